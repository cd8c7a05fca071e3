"""Imports and exports that were asked for on the pages are done, once, whatever stops them."""

import asyncio
import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from buzon.cli.export import line_of
from buzon.cli.transfers import Porter
from buzon.errors import Conflict, Invalid, NotFound, TooLarge
from buzon.flow import Flow, erase_person, find_person, handle_mails, label, transferring
from buzon.mail.archive import file_archive
from buzon.store import changes, events, locks, notify, parked, transfers
from buzon.store.db import Database
from buzon.store.transfers import PIECE, Transfer
from buzon.web.spreadsheets import as_rows
from peers.deadly import deadly_mails
from peers.flows import raw_mail
from reception.test_archives import write

__all__ = ["deadly_mails"]

MAILBOX = "ventas@example.com"


@pytest.fixture
def porter(flow: Flow) -> Porter:
    return Porter(flow, "es")


async def send(db: Database, content: bytes, name: str = "a.mbox") -> int:
    id = await transferring.begin_upload(db, name, len(content), MAILBOX, "ana")
    for begin in range(0, len(content), PIECE):
        piece = content[begin : begin + PIECE]
        await transferring.add_piece(db, id, begin // PIECE, piece)
    return id


async def get(db: Database, id: int) -> Transfer:
    async with db.transaction() as connection:
        return await transfers.get(connection, id)


async def newest(db: Database) -> Transfer:
    async with db.transaction() as connection:
        return (await transfers.newest(connection, 1))[0]


async def file(db: Database, id: int) -> bytes:
    content, number = b"", 0
    async with db.transaction() as connection:
        while (piece := await transfers.piece(connection, id, number)) is not None:
            content, number = content + piece, number + 1
    return content


async def test_a_file_that_was_sent_in_pieces_is_imported_and_no_mail_answered(
    db: Database, flow: Flow, porter: Porter, tmp_path: Path
) -> None:
    large = b"From x\nFrom: b@example.org\nMessage-ID: <large@x.org>\n\n" + b"hola\n" * (PIECE // 5)
    content = write(tmp_path, 3).read_bytes() + large + b"\n" + write(tmp_path, 3).read_bytes()
    id = await send(db, content)
    await transferring.begin_import(db, flow.queue, id, "ana")
    await porter.run()
    done = await get(db, id)
    assert (done.state, done.taken, done.known, done.refused) == ("done", 4, 3, 0)
    assert (done.position, done.share, done.has_file) == (len(content), 1.0, False)
    async with db.transaction() as connection:
        found = await events.after(connection, 0, 10)
        noted = await changes.listed(connection, changes.Wanted(what="imports"), 10)
    assert {(event.mailbox, event.answered, event.reply) for event in found} == {
        (MAILBOX, False, None)
    }
    assert [(each.by, each.which, each.becomes) for each in noted] == [
        ("ana", "a.mbox", {"mailbox": MAILBOX})
    ]


@pytest.mark.usefixtures("deadly_mails")
async def test_a_mail_that_ends_the_process_which_parses_it_is_parked_and_counted(
    db: Database, flow: Flow, porter: Porter, tmp_path: Path
) -> None:
    lethal = b"From x\nFrom: b@example.org\nX-Deadly: SIGSEGV\n\nhola\n\n"
    id = await send(db, lethal + write(tmp_path, 60).read_bytes())
    await transferring.begin_import(db, flow.queue, id, "ana")
    await porter.run()
    done = await get(db, id)
    assert (done.state, done.taken, done.known, done.refused) == ("done", 60, 0, 1)
    async with db.transaction() as connection:
        assert len(await events.after(connection, 0, 100)) == 60
        assert [about.source for about in await parked.newest(connection, 5)] == ["import"]


async def test_an_import_that_a_process_died_over_goes_on_and_counts_all(
    db: Database, flow: Flow, porter: Porter, tmp_path: Path
) -> None:
    id = await send(db, write(tmp_path, 1200).read_bytes())
    await transferring.begin_import(db, flow.queue, id, "ana")
    heard = notify.listen(db)
    await anext(heard)
    dying = asyncio.create_task(porter.run())
    await anext(heard)  # a batch is stored
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    assert (await get(db, id)).state == "running"
    await porter.run()
    done = await get(db, id)
    assert (done.state, done.taken, done.known) == ("done", 1200, 0)


async def test_what_is_stopped_stays_so_until_somebody_goes_on_with_it(
    db: Database, flow: Flow, porter: Porter, tmp_path: Path
) -> None:
    id = await send(db, write(tmp_path, 2).read_bytes())
    await transferring.begin_import(db, flow.queue, id, "ana")
    async with db.transaction() as connection:
        await transfers.begin(connection)
    await transferring.stop(db, id, "eva")
    with pytest.raises(transfers.Ended):
        async with db.transaction() as connection:
            await transfers.note(connection, id, 1, 1)
    await porter.run()
    assert (await get(db, id)).state == "stopped"
    await transferring.go_on(db, flow.queue, id, "eva")
    await porter.run()
    assert (await get(db, id)).taken == 2


async def test_a_short_export_does_not_wait_for_the_import_that_is_under_way(
    db: Database, flow: Flow, porter: Porter, tmp_path: Path
) -> None:
    id = await send(db, write(tmp_path, 250).read_bytes())
    await transferring.begin_import(db, flow.queue, id, "ana")
    async with db.transaction() as connection:  # somebody asks once the first 50 are stored
        await connection.execute(
            """
            CREATE FUNCTION ask() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                INSERT INTO transfers (kind, asked_by, name) VALUES ('corrections', 'eva', 'a.csv');
                RETURN NULL;
            END $$
            """
        )
        await connection.execute(
            "CREATE TRIGGER ask AFTER UPDATE ON transfers FOR EACH ROW"
            " WHEN (old.taken = 0 AND new.taken = 50) EXECUTE FUNCTION ask()"
        )
    await porter.run()
    first, last = await newest(db), await get(db, id)
    assert (first.kind, first.state) == ("corrections", "done")
    assert (last.state, last.taken, last.known) == ("done", 250, 0)
    assert first.finished_at
    assert last.finished_at
    assert first.finished_at < last.finished_at


async def test_who_lost_the_lock_without_noticing_writes_nothing_more(
    db: Database, flow: Flow, porter: Porter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = await send(db, write(tmp_path, 2).read_bytes())
    await transferring.begin_import(db, flow.queue, id, "ana")
    monkeypatch.setattr("buzon.cli.transfers.file_archive", after_loss(db, file_archive))
    await porter.run()
    left = await get(db, id)
    assert (left.state, left.position, left.taken) == ("running", 0, 0)
    async with db.transaction() as connection:
        assert await events.after(connection, 0, 10) == []
        await transfers.finish(connection, id, "stopped")
    await transferring.ask_for_export(db, flow.queue, "corrections", "ana")
    monkeypatch.setattr("buzon.cli.transfers.as_rows", after_loss(db, as_rows))
    await porter.run()
    left = await newest(db)
    assert (left.state, left.size, left.has_file) == ("running", 0, False)


def after_loss(db: Database, do: Callable[..., Any]) -> Callable[..., Any]:
    """What does so once the connection that holds the lock was cut off."""

    def done(*args: object) -> object:
        with psycopg.connect(db.url) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks"
                " WHERE locktype = 'advisory' AND classid = %s",
                [locks.TRANSFERS],
            )
        return do(*args)

    return done


async def test_an_import_that_fails_says_why_and_can_go_on(
    db: Database,
    flow: Flow,
    porter: Porter,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    id = await send(db, write(tmp_path, 2).read_bytes())
    await transferring.begin_import(db, flow.queue, id, "ana")
    with monkeypatch.context() as patch:
        patch.setattr("buzon.cli.transfers.file_archive", lambda *_: 1 / 0)
        await porter.run()
    failed = await get(db, id)
    assert (failed.state, failed.may_go_on) == ("failed", True)
    assert failed.why.startswith("Something failed that nobody had foreseen. Try again.")
    assert "division" in capsys.readouterr().out
    await transferring.go_on(db, flow.queue, id, "ana")
    await porter.run()
    assert (await get(db, id)).taken == 2


async def test_a_database_that_lacks_something_ends_one_and_holds_up_no_other(
    db: Database, flow: Flow, porter: Porter, tmp_path: Path
) -> None:
    id = await send(db, write(tmp_path, 2).read_bytes())
    await transferring.begin_import(db, flow.queue, id, "ana")
    await handle_mails(flow, [raw_mail()])
    await transferring.ask_for_export(db, flow.queue, "mails", "ana")
    await transferring.ask_for_export(db, flow.queue, "corrections", "ana")
    async with db.transaction() as connection:
        await connection.execute(
            """
            CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'no space left' USING ERRCODE = TG_ARGV[0];
            END $$
            """
        )
        await connection.execute(
            "CREATE TRIGGER fill BEFORE INSERT ON events FOR EACH ROW"
            " EXECUTE FUNCTION fill('disk_full')"
        )
        await connection.execute(
            "CREATE TRIGGER fill BEFORE INSERT ON transfer_pieces FOR EACH ROW"
            " WHEN (new.content LIKE '{%') EXECUTE FUNCTION fill('out_of_memory')"
        )
    await porter.run()
    async with db.transaction() as connection:
        found = await transfers.newest(connection, 3)
    assert [(one.kind, one.state, one.has_file) for one in found] == [
        ("corrections", "done", True), ("mails", "failed", False), ("import", "failed", True),
    ]  # fmt: skip
    assert "short of memory" in found[1].why
    assert "disk is full" in found[2].why


async def test_an_export_that_leaves_no_room_is_given_up_and_its_file_deleted(
    db: Database, flow: Flow, porter: Porter, monkeypatch: pytest.MonkeyPatch
) -> None:
    await send(db, b"From x\n\n")
    await handle_mails(flow, [raw_mail()])
    await transferring.ask_for_export(db, flow.queue, "mails", "ana")
    async with db.transaction() as connection:
        (line,) = map(line_of, await events.after(connection, 0, 1))
    monkeypatch.setattr("buzon.store.transfers.ROOM", len(line) + len(b"From x\n\n") - 1)
    await porter.run()
    failed = await newest(db)
    assert (failed.state, failed.has_file, failed.may_go_on) == ("failed", False, False)
    assert "larger than 5 GB" in failed.why
    monkeypatch.setattr("buzon.store.transfers.ROOM", len(line) + len(b"From x\n\n"))
    await transferring.ask_for_export(db, flow.queue, "mails", "ana")
    await porter.run()
    assert (await newest(db)).state == "done"


async def test_what_makes_no_sense_is_refused(db: Database, flow: Flow) -> None:
    with pytest.raises(Invalid):
        await transferring.begin_upload(db, "a.mbox", 0, MAILBOX, "ana")
    with pytest.raises(TooLarge):
        await transferring.begin_upload(db, "a.mbox", 3 * 1024**3, MAILBOX, "ana")
    with pytest.raises(Invalid, match="no mbox"):
        await send(db, b"\x89PNG")
    id = await send(db, b"From x\n\n")
    with pytest.raises(Conflict):  # another length than was announced
        await transferring.add_piece(db, id, 0, b"From x\n\nhola")
    with pytest.raises(Conflict):
        await transferring.add_piece(db, id, 1, b"")
    with pytest.raises(NotFound):
        await transferring.add_piece(db, 999, 0, b"x")
    half = await transferring.begin_upload(db, "a.mbox", 10, MAILBOX, "ana")
    with pytest.raises(Conflict):
        await transferring.begin_import(db, flow.queue, half, "ana")


async def test_all_mails_are_exported_as_the_command_does(
    db: Database, flow: Flow, porter: Porter
) -> None:
    await handle_mails(flow, [raw_mail(message_id=f"<{n}@x.org>") for n in range(3)])
    await transferring.ask_for_export(db, flow.queue, "mails", "ana")
    with pytest.raises(Conflict):
        await transferring.ask_for_export(db, flow.queue, "mails", "eva")
    await handle_mails(flow, [raw_mail(message_id="<later@x.org>")])
    await porter.run()
    done = await newest(db)
    content = await file(db, done.id)
    assert (done.state, done.taken, done.size) == ("done", 3, len(content))
    assert [json.loads(line)["message_id"] for line in content.splitlines()] == [
        "0@x.org", "1@x.org", "2@x.org",
    ]  # fmt: skip


async def test_corrections_are_exported_and_none_is_a_formula(
    db: Database, flow: Flow, porter: Porter
) -> None:
    (handled,) = await handle_mails(flow, [raw_mail()])
    assert handled.event_id
    await label(db, [handled.event_id], "pedido", "=cmd|' /C calc'!A0")
    await transferring.ask_for_export(db, flow.queue, "corrections", "ana")
    await porter.run()
    content = (await file(db, (await newest(db)).id)).decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(content), delimiter=";")
    assert (row["mail"], row["was"], row["becomes"]) == (str(handled.event_id), "", "pedido")
    assert row["by"] == "'=cmd|' /C calc'!A0"


async def test_an_export_of_nothing_is_a_file_too(db: Database, flow: Flow, porter: Porter) -> None:
    await transferring.ask_for_export(db, flow.queue, "corrections", "ana")
    await porter.run()
    done = await newest(db)
    assert (done.state, done.taken, done.has_file) == ("done", 0, True)
    assert (await file(db, done.id)).decode("utf-8-sig").startswith("mail;at;by;")


async def test_who_is_erased_is_in_no_export_that_is_kept(
    db: Database, flow: Flow, porter: Porter
) -> None:
    await handle_mails(flow, [raw_mail()])
    await transferring.ask_for_export(db, flow.queue, "mails", "ana")
    await porter.run()
    await erase_person(db, await find_person(db, "ana@example.org"), "ana")
    assert not (await newest(db)).has_file


async def test_files_are_deleted_after_three_days(db: Database, flow: Flow, porter: Porter) -> None:
    await transferring.ask_for_export(db, flow.queue, "mails", "ana")
    broken_off = await send(db, b"From x\n\n")
    await porter.run()
    async with db.transaction() as connection:
        await connection.execute(
            "UPDATE transfers SET asked_at = asked_at - interval '73 hours',"
            " finished_at = finished_at - interval '73 hours',"
            " heard_at = heard_at - interval '73 hours'"
        )
    await porter.run()
    async with db.transaction() as connection:
        kept = await transfers.newest(connection, 9)
    assert [one.has_file for one in kept] == [False, False]
    assert (await get(db, broken_off)).state == "stopped"


async def test_an_upload_that_broke_off_is_deleted_an_hour_after_its_last_piece(
    db: Database, porter: Porter
) -> None:
    first = b"From x\n\n".ljust(PIECE, b"x")
    ids = [
        await transferring.begin_upload(db, "a.mbox", PIECE + 1, MAILBOX, "ana") for _ in range(2)
    ]
    for id in ids:
        await transferring.add_piece(db, id, 0, first)
    async with db.transaction() as connection:
        await connection.execute(
            "UPDATE transfers SET asked_at = now() - interval '5 hours',"
            " heard_at = now() - interval '61 minutes'"
        )
    await transferring.add_piece(db, ids[1], 0, first)
    await porter.run()
    kept = [await get(db, id) for id in ids]
    assert [(one.state, one.has_file) for one in kept] == [("stopped", False), ("uploading", True)]


async def test_what_came_of_a_file_that_is_stopped_is_deleted_at_once(db: Database) -> None:
    id = await transferring.begin_upload(db, "a.mbox", PIECE + 1, MAILBOX, "ana")
    await transferring.add_piece(db, id, 0, b"From x\n\n".ljust(PIECE, b"x"))
    await transferring.stop(db, id, "ana")
    assert not (await get(db, id)).has_file


async def test_only_a_few_files_are_sent_at_once(db: Database) -> None:
    for _ in range(transferring.MOST_UPLOADS):
        last = await transferring.begin_upload(db, "a.mbox", 10, MAILBOX, "ana")
    with pytest.raises(Conflict, match="Several files"):
        await transferring.begin_upload(db, "a.mbox", 10, MAILBOX, "ana")
    await transferring.stop(db, last, "ana")
    await transferring.begin_upload(db, "a.mbox", 10, MAILBOX, "ana")
