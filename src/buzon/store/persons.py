"""What is kept of one person, over all tables; addresses are given in lower case."""

from collections.abc import AsyncIterator, Sequence
from urllib.parse import unquote_plus

from buzon.records import RawMail
from buzon.store import events
from buzon.store.db import Connection
from buzon.store.retention import GOES_OUT, HIDDEN, IS_READABLE

HEAD = 65_536  # bytes of a parked mail, in which its headers stand


async def mails(db: Connection, address: str) -> list[int]:
    """The mails of who has this address: those it sent, or that were answered there, as those of a
    contact form. Looks through all mails: some seconds for millions."""
    rows = await db.execute(
        """
        SELECT id FROM events WHERE lower(sender) = %(address)s OR lower(reply_to) = %(address)s
        UNION
        SELECT event_id FROM outbox WHERE lower(recipient) = %(address)s
        ORDER BY 1
        """,
        {"address": address},
    )
    return [id for (id,) in await rows.fetchall()]


async def parked_heads(db: Connection) -> AsyncIterator[tuple[int, RawMail]]:
    """Each parked mail's number and beginning."""
    rows = await db.execute(
        "SELECT id, mailbox, substring(content FOR %s), parked_at, source FROM parked", [HEAD]
    )
    async for id, mailbox, content, parked_at, source in rows:
        yield id, RawMail(mailbox, bytes(content), parked_at, source)


async def mentions(db: Connection, address: str) -> list[int]:
    """The mails that were sent to them too."""
    rows = await db.execute(
        "SELECT id FROM events"
        " WHERE EXISTS (SELECT FROM unnest(recipients) AS r WHERE lower(r) = %s) ORDER BY id",
        [address],
    )
    return [id for (id,) in await rows.fetchall()]


async def views(db: Connection, address: str) -> list[int]:
    """The lists that somebody saved of this address."""
    rows = await db.execute("SELECT id, name, query FROM saved_views ORDER BY id")
    return [
        id async for id, name, query in rows if address in f"{name}\n{unquote_plus(query)}".lower()
    ]


async def drop_views(db: Connection, ids: Sequence[int]) -> None:
    await db.execute("DELETE FROM saved_views WHERE id = ANY(%s)", [list(ids)])


async def end_acts(db: Connection, address: str) -> None:
    """Go no further through lists that were searched for this address."""
    await db.execute(
        "UPDATE long_acts SET finished_at = now(), wanted = '{}'"
        " WHERE finished_at IS NULL AND position(%s in lower(wanted ->> 'words')) > 0",
        [address],
    )


async def unmention(db: Connection, ids: Sequence[int], address: str) -> None:
    """Take the address out of the recipients of these mails."""
    await events.lock(db, ids)
    await db.execute(
        "UPDATE events SET recipients ="
        " ARRAY(SELECT r FROM unnest(recipients) AS r WHERE lower(r) <> %s) WHERE id = ANY(%s)",
        [address, list(ids)],
    )


async def withdraw(db: Connection, ids: Sequence[int]) -> int:
    """Have nobody look at these forgotten mails, send none of their answers, and leave no
    Message-ID of theirs that can be read; how many answers are not sent for that."""
    await db.execute(
        """
        DELETE FROM audits a USING events e
        WHERE a.event_id = e.id AND e.id = ANY(%s) AND e.true_label IS NULL
        """,
        [list(ids)],
    )
    await db.execute("DELETE FROM review_claims WHERE event_id = ANY(%s)", [list(ids)])
    await db.execute(
        f"""
        UPDATE events SET needs_review = false, message_id = {HIDDEN.format("message_id")},
                          message_key = {HIDDEN.format("message_key")}
        WHERE id = ANY(%s) AND {IS_READABLE.format("message_id")}
        """,  # noqa: S608
        [list(ids)],
    )
    stopped = await db.execute(
        f"""
        UPDATE outbox o
        SET status = 'failed', detail = 'erased', claimed_by = NULL, claimed_at = NULL
        WHERE event_id = ANY(%s) AND {GOES_OUT}
        """,  # noqa: S608
        [list(ids)],
    )
    return stopped.rowcount
