"""What a person asks to be erased is gone, and whatever was counted stays."""

from datetime import timedelta

import pytest

from buzon.errors import Conflict, Invalid
from buzon.flow import Flow, Receipt, erase_person, find_person, handle_mails, label
from buzon.flow import persons as module
from buzon.store import changes, handed, labels, notify, parked, rollups, search, transfers
from buzon.store.db import Database
from flow.test_retention import event, everything, figures
from peers.flows import OWN, raw_mail

ANA = "Ana@Example.org"


@pytest.fixture
async def ids(flow: Flow) -> list[int]:
    """Two mails of Ana, one by a form in her name, one to be reviewed, and one of Luis."""
    mails = [
        raw_mail(sender=f"Ana <{ANA}>", message_id="<1@example.org>", subject="Pedido"),
        raw_mail(sender="ana@example.org", message_id="<2@example.org>", subject="Incidencia"),
        raw_mail(
            sender="Formulario <web@forms.example>", message_id="<3@forms.example>",
            headers="Reply-To: ANA@example.org",
        ),
        raw_mail(sender="ana@example.org", message_id="<4@example.org>", subject="dudoso"),
        raw_mail(
            sender="luis@x.org", message_id="<5@x.org>", body="Soy Luis", headers=f"Cc: {ANA}"
        ),
    ]  # fmt: skip
    return [handled.event_id or 0 for handled in await handle_mails(flow, mails)]


async def erase(db: Database) -> Receipt:
    return await erase_person(db, await find_person(db, " ana@EXAMPLE.org "), "marta")


async def add_webhook(db: Database) -> None:
    async with db.transaction() as connection:
        await connection.execute(
            "INSERT INTO webhooks (name, url, secret, kinds, content, made_by)"
            " VALUES ('crm', 'https://crm.example', '', '{event.stored}', 'text', 'ana')"
        )


async def test_nothing_is_left_of_a_person_however_the_address_is_written(
    flow: Flow, db: Database, ids: list[int]
) -> None:
    await add_webhook(db)
    mail = raw_mail(sender="ana@example.org", message_id="<6@example.org>")
    (last,) = await handle_mails(flow, [mail])
    async with db.transaction() as connection:
        await parked.add(connection, mail, "refused")
        await search.index(connection, 3)
        await connection.execute(
            "INSERT INTO idempotency_keys (token, key, digest, event_id, duplicate)"
            " VALUES ('n8n', 'ana@example.org 1', '', %s, false)",
            [last.event_id],
        )
    receipt = await erase(db)
    assert (receipt.mails, receipt.raw_mails, receipt.parked) == (5, 5, 1)
    assert (receipt.mentions, receipt.webhook_messages) == (1, 1)
    async with db.transaction() as connection:
        await connection.execute("DELETE FROM raw_mails WHERE event_id = %s", [ids[4]])  # his own
        assert await parked.count(connection) == 0
    left = (await everything(db)).lower()
    for trace in ("ana@", "ana lópez", "example.org>", "forms.example"):
        assert trace not in left
    assert (await event(db, ids[4])).body.strip() == "Soy Luis"
    assert (await event(db, ids[4])).recipients == (OWN,)


async def test_what_was_counted_and_labelled_stays(
    flow: Flow, db: Database, ids: list[int]
) -> None:
    await label(db, ids[:2], "pedido", "marta")
    async with db.transaction() as connection:
        before = await figures(connection)
    await erase(db)
    async with db.transaction() as connection:
        after = await figures(connection)
        await rollups.recount(connection)
        assert await figures(connection) == after
        assert await labels.counts(connection) == {"pedido": 2}
    assert before.pop(("waiting",)) == 1  # the one that nobody needs to look at any more
    answers = {key for key in before | after if key[0] == "answers"}
    assert {k: n for k, n in before.items() if k not in answers} == {
        k: n for k, n in after.items() if k not in answers
    }
    assert sum(before.get(k, 0) for k in answers) == sum(after.get(k, 0) for k in answers)


async def test_no_answer_goes_out_any_more_and_nobody_is_asked(
    flow: Flow, db: Database, ids: list[int]
) -> None:
    receipt = await erase(db)
    assert receipt.unsent == receipt.answers > 0
    async with db.transaction() as connection:
        rows = await connection.execute("SELECT DISTINCT status FROM outbox WHERE recipient = ''")
        assert await rows.fetchall() == [("failed",)]
        rows = await connection.execute("SELECT id FROM events WHERE needs_review")
        assert await rows.fetchall() == []


async def test_what_an_external_sender_did_not_report_is_not_handed_out_again(
    flow: Flow, db: Database, ids: list[int]
) -> None:
    async with db.transaction() as connection:
        await connection.execute(
            "UPDATE outbox SET status = 'handed', handed_at = now() - interval '1 hour',"
            " due_at = now() - interval '50 minutes'"
        )
    await erase(db)
    async with db.transaction() as connection:
        day = timedelta(days=1)
        assert await handed.hand_out(connection, 9, None, day, 2 * day, again=True) == ids[4:]


async def test_the_receipt_says_what_by_whom_and_not_of_whom(
    flow: Flow, db: Database, ids: list[int]
) -> None:
    first = await erase(db)
    again = await erase(db)
    assert (again.mails, again.person) == (0, first.person)
    async with db.transaction() as connection:
        kept = await changes.listed(connection, changes.Wanted(what="erasures"), 9)
    assert [change.which for change in kept] == [first.person] * 2
    assert (kept[1].by, (kept[1].becomes or {})["mails"]) == ("marta", 4)
    assert "ana" not in str(first).lower()


async def test_open_pages_hear_of_it(flow: Flow, db: Database, ids: list[int]) -> None:
    heard = notify.listen(db)
    assert await anext(heard) == []
    await erase(db)
    assert await anext(heard) == ids[:4]


async def test_many_mails_go_in_several_transactions(
    flow: Flow, db: Database, ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 3)
    receipt = await erase(db)
    assert receipt.mails == 4
    async with db.transaction() as connection:
        assert len(await changes.listed(connection, changes.Wanted(what="erasures"), 9)) == 1


async def test_an_erased_mail_that_the_mailbox_hands_out_again_stays_erased(
    flow: Flow, db: Database, ids: list[int]
) -> None:
    await erase(db)
    mail = raw_mail(sender="ana@example.org", message_id="<1@example.org>", subject="Pedido")
    (handled,) = await handle_mails(flow, [mail])
    assert (handled.event_id, handled.duplicate) == (ids[0], True)


async def test_another_mail_with_the_message_id_of_an_erased_one_is_kept(
    flow: Flow, db: Database, ids: list[int]
) -> None:
    await erase(db)
    mail = raw_mail(sender="eva@x.org", message_id="<3@forms.example>", body="Soy Eva")
    (handled,) = await handle_mails(flow, [mail])
    assert not handled.duplicate
    assert (await event(db, handled.event_id or 0)).body.strip() == "Soy Eva"


async def test_what_is_no_address_is_refused(db: Database) -> None:
    with pytest.raises(Invalid, match="no e-mail address"):
        await find_person(db, "ana%")


async def test_while_an_import_may_bring_more_of_theirs_nothing_is_erased(
    db: Database, ids: list[int]
) -> None:
    async with db.transaction() as connection:
        await transfers.add(connection, "import", "eva", "viejos.mbox", state="uploading")
    with pytest.raises(Conflict, match=r"being imported: “viejos\.mbox”"):
        await erase(db)
    assert (await find_person(db, ANA)).mails


async def test_no_file_of_an_import_that_has_ended_is_kept(db: Database, ids: list[int]) -> None:
    async with db.transaction() as connection:
        id = await transfers.add(connection, "import", "eva", "viejos.mbox", length=6)
        await transfers.add_piece(connection, id, 0, b"From x")
        await transfers.finish(connection, id, "stopped")
        assert (await transfers.get(connection, id)).may_go_on
    await erase(db)
    async with db.transaction() as connection:
        kept = await transfers.get(connection, id)
    assert (kept.has_file, kept.may_go_on) == (False, False)
