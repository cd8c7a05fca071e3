"""Of who is erased nothing is left in any table: every one that can hold something is filled."""

import pytest
from psycopg.types.json import Jsonb

from buzon.flow import Flow, erase_person, find_person, handle_mails, label
from buzon.records import RawMail
from buzon.store import labels, lessons, metrics, parked, rollups, search
from buzon.store.db import Connection, Database
from flow.test_retention import figures
from peers.flows import raw_mail

ADDRESS, NAME, WORD = "zoe.quiroga@ejemplo.org", "Zoe Quiroga", "xilofonia"
TRACES = (ADDRESS, "quiroga", WORD)
SENDER = f"{NAME} <{ADDRESS}>"
ALL_KINDS = "{event.stored,event.to_review,event.corrected,reply.sent}"


def hers(number: int, subject: str = "Pedido", headers: str = "", sender: str = SENDER) -> RawMail:
    return raw_mail(
        sender=sender,
        subject=f"{subject} {WORD}",
        body=f"Soy {NAME}: {WORD}",
        message_id=f"<{number}.{ADDRESS}>",
        headers=headers,
    )


MAILS = [
    hers(1),
    hers(2, "dudoso"),
    hers(3, sender="Formulario <web@forms.example>", headers=f"Reply-To: {SENDER}"),
    # Another's, in her conversation, to her too.
    raw_mail(
        sender="Luis <luis@x.org>", message_id="<luis@x.org>", body="Soy Luis",
        headers=f"References: <1.{ADDRESS}>\nCc: {SENDER}",
    ),
]  # fmt: skip


@pytest.fixture
async def ids(flow: Flow, db: Database) -> list[int]:
    async with db.transaction() as connection:
        await connection.execute(
            "INSERT INTO webhooks (name, url, secret, kinds, content, made_by)"
            " VALUES ('crm', 'https://crm.example', '', %s, 'text', 'marta')",
            [ALL_KINDS],
        )
    ids = [handled.event_id or 0 for handled in await handle_mails(flow, MAILS)]
    await label(db, ids[:1], "pedido", "marta")
    async with db.transaction() as connection:
        await search.index(connection, 9)
        await rollups.fold(connection)
        await fill(connection, ids)
    # Once more, for what has not been folded, indexed, answered or sent yet.
    (last,) = await handle_mails(flow, [hers(5)])
    return [*ids, last.event_id or 0]


async def fill(db: Connection, ids: list[int]) -> None:
    """What comes of mails later on, and around them."""
    await parked.add(db, hers(4), f"The database refuses: {WORD}")
    await db.execute("UPDATE events SET true_label = 'consulta' WHERE id = %s", [ids[3]])
    await db.execute(
        "UPDATE outbox SET status = 'sent', sent_at = now(), detail = '250 for ' || recipient"
        " WHERE event_id <> %s",
        [ids[2]],
    )
    await db.execute(
        "INSERT INTO delivery_attempts (reply_id, number, status, detail)"
        " SELECT id, 1, 'sent', detail FROM outbox"
    )
    await db.execute("UPDATE webhook_deliveries SET response = data::text")
    await db.execute(
        "INSERT INTO idempotency_keys (token, key, digest, event_id, duplicate)"
        " VALUES ('n8n', %s, '', %s, false)",
        [f"{ADDRESS} 1", ids[0]],
    )
    await db.execute(
        "INSERT INTO users (email, name, role) VALUES ('marta@x.org', 'Marta', 'operator')"
    )
    for name, query in (("Mía", f"q={ADDRESS.replace('@', '%40').upper()}"), (ADDRESS, "")):
        await db.execute(
            "INSERT INTO saved_views (user_id, name, query) SELECT id, %s, %s FROM users",
            [name, query],
        )
    await db.execute(
        "INSERT INTO review_claims (event_id, user_id, until) SELECT %s, id, now() FROM users",
        [ids[1]],
    )
    for table in ("audits", "predictions"):
        at = {"audits": "drawn_at", "predictions": "at"}[table]
        extra = ", probability, threshold" if table == "audits" else ""
        await db.execute(
            f"INSERT INTO {table} (event_id, {at}, category, confidence, model_version{extra})"
            f" SELECT id, now(), category, confidence, model_version{', 1, 0.5' if extra else ''}"
            " FROM events ON CONFLICT DO NOTHING"
        )
    await db.execute(
        "INSERT INTO models (version, asked_by, sha256, artifact, made_by, examples, why, unseen,"
        " report) VALUES ('own-1', 'marta', '', '', '{}', 1, '', '{}', %s)",
        [Jsonb({"suspects": [{"key": str(ids[0])}]})],
    )
    await lessons.add(db, "own-1", [(ids[0], "pedido", "pedido")])


async def holding(db: Connection) -> dict[str, int]:
    """In how many rows of which tables there is something of her, also within bytes."""
    tables = await db.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    wanted = "|".join((*TRACES, *(trace.encode().hex() for trace in (*TRACES, NAME))))
    found = {}
    for (table,) in await tables.fetchall():
        rows = await db.execute(
            f"SELECT count(*) FROM {table} t WHERE to_jsonb(t)::text ~* %s", [wanted]
        )
        if (row := await rows.fetchone()) and row[0]:
            found[table] = row[0]
    return found


async def stored(db: Connection) -> dict[tuple[str, ...], float]:
    """What /metrics tells of mails that are stored, which only grows."""
    return {
        (each.name, *each.labels): each.value
        for each in await metrics.figures(db)
        if each.name in ("mails", "confidence", "confidence sum")
    }


async def test_whatever_table_it_was_in_nothing_of_her_is_left(
    db: Database, ids: list[int]
) -> None:
    async with db.transaction() as connection:
        assert set(await holding(connection)) == {
            "events", "raw_mails", "parked", "search_texts", "outbox", "delivery_attempts",
            "idempotency_keys", "webhook_deliveries", "rollups", "rollup_changes", "saved_views",
        }  # fmt: skip
    receipt = await erase_person(db, await find_person(db, ADDRESS), "marta")
    assert (receipt.mails, receipt.parked, receipt.mentions, receipt.views) == (4, 1, 1, 2)
    async with db.transaction() as connection:
        assert await holding(connection) == {"raw_mails": 1}  # what Luis sent, as it came
        rows = await connection.execute("SELECT sender, body FROM events WHERE id = %s", [ids[3]])
        assert await rows.fetchall() == [("luis@x.org", "Soy Luis")]
        rows = await connection.execute("SELECT DISTINCT event_id FROM webhook_deliveries")
        assert await rows.fetchall() == [(ids[3],)]


async def test_what_was_counted_labelled_and_measured_stays(db: Database, ids: list[int]) -> None:
    async with db.transaction() as connection:
        counted, told = await figures(connection), await stored(connection)
        labelled, learnt = await labels.counts(connection), await lessons.of(connection, "own-1")
    await erase_person(db, await find_person(db, ADDRESS), "marta")
    async with db.transaction() as connection:
        assert await stored(connection) == told
        assert await labels.counts(connection) == labelled == {"pedido": 1, "consulta": 1}
        assert await lessons.of(connection, "own-1") == learnt
        moved = {name for name, n in (await figures(connection)).items() if counted.get(name) != n}
    # Answers that had not gone out have failed, and nobody is asked for hers any more.
    assert {name[0] for name in moved} <= {"answers"}
