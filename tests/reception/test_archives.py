from pathlib import Path

import pytest

from buzon.errors import Invalid
from buzon.flow import Flow
from buzon.mail.archive import open_archive
from buzon.reception import Progress, import_archive
from buzon.store import events, parked
from buzon.store.db import Connection, Database

MAILBOX = "soporte@example.com"


def write(folder: Path, count: int, name: str = "a.mbox") -> Path:
    file = folder / name
    file.write_text(
        "".join(
            "From x@example.org Mon Feb  3 10:15:00 2025\n"
            f"From: c{n}@example.org\nSubject: Pedido {n}\nMessage-ID: <{n}@example.org>\n"
            f"Date: Mon, 3 Feb 2025 10:15:00 +0100\n\nHola {n}\n\n"
            for n in range(count)
        )
    )
    return file


async def run(flow: Flow, file: Path, mailbox: str = MAILBOX) -> Progress:
    return await import_archive(flow, open_archive(file), mailbox, nobody)


async def nobody(_db: Connection, _progress: Progress) -> None:
    """Hears how far it is."""


async def test_imported_mails_are_stored_and_never_answered(
    flow: Flow, db: Database, tmp_path: Path
) -> None:
    done = await run(flow, write(tmp_path, 1200))
    assert (done.stored, done.known, done.parked) == (1200, 0, 0)
    async with db.transaction() as connection:
        found = await events.after(connection, 0, 2000)
    assert len(found) == 1200
    assert not any(event.answered or event.reply for event in found)
    assert {sign.rule for event in found for sign in event.signs} >= {"imported"}
    assert found[0].received_at.year == 2025


async def test_a_finished_import_has_nothing_left_to_do(flow: Flow, tmp_path: Path) -> None:
    file = write(tmp_path, 10)
    await run(flow, file)
    assert (await run(flow, file)).stored == 0


async def test_the_same_file_is_imported_into_each_mailbox(flow: Flow, tmp_path: Path) -> None:
    file = write(tmp_path, 10)
    await run(flow, file)
    assert (await run(flow, file, "ventas@example.com")).stored == 10
    assert (await run(flow, file, "ventas@example.com")).stored == 0


async def test_an_interrupted_import_goes_on_where_it_stopped(
    flow: Flow, db: Database, tmp_path: Path
) -> None:
    file = write(tmp_path, 1200)

    async def stop(_db: Connection, progress: Progress) -> None:
        if progress.stored > 600:
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await import_archive(flow, open_archive(file), MAILBOX, stop)
    done = await run(flow, file)
    assert 0 < done.stored < 1200
    assert done.known == 0
    async with db.transaction() as connection:
        assert len(await events.after(connection, 0, 2000)) == 1200


async def test_the_same_mails_in_another_file_are_known(flow: Flow, tmp_path: Path) -> None:
    await run(flow, write(tmp_path, 10))
    done = await run(flow, write(tmp_path, 12, "b.mbox"))
    assert (done.stored, done.known) == (2, 10)


async def test_a_file_that_vanishes_meanwhile_ends_the_import_with_a_sentence(
    flow: Flow, tmp_path: Path
) -> None:
    for name in ("a.eml", "b.eml"):
        (tmp_path / name).write_text(f"Message-ID: <{name}@example.org>\n\nhola\n")
    archive = open_archive(tmp_path)
    (tmp_path / "b.eml").unlink()
    with pytest.raises(
        Invalid, match=r"b\.eml can't be read: No such file.*Start the import again"
    ):
        await import_archive(flow, archive, MAILBOX, nobody)


async def test_a_line_that_is_no_mail_is_parked(flow: Flow, db: Database, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text('{"from": "ana@example.org", "subject": "x", "text": "y"}\n{broken\n')
    done = await run(flow, file)
    assert (done.stored, done.parked) == (1, 1)
    async with db.transaction() as connection:
        assert await parked.count(connection) == 1


async def test_a_file_whose_lines_are_no_mails_fills_no_quarantine(
    flow: Flow, db: Database, tmp_path: Path
) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text('{"from": 5, "text": "hola"}\n' * 200)
    with pytest.raises(Invalid, match="None of the first lines"):
        await run(flow, file)
    async with db.transaction() as connection:
        assert await parked.count(connection) == 0


async def test_what_is_parked_comes_again_with_its_batch_and_is_parked_once(
    flow: Flow, db: Database, tmp_path: Path
) -> None:
    async with db.transaction() as connection:
        await connection.execute(
            "ALTER TABLE events ADD CONSTRAINT refused CHECK (subject <> 'Pedido 1')"
        )

    async def stop(_db: Connection, progress: Progress) -> None:
        if progress.stored:
            raise RuntimeError

    file = write(tmp_path, 3)
    with pytest.raises(RuntimeError):
        await import_archive(flow, open_archive(file), MAILBOX, stop)
    done = await run(flow, file)
    assert (done.stored, done.known, done.parked) == (0, 2, 1)
    async with db.transaction() as connection:
        assert await parked.count(connection) == 1
