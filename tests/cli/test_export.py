"""`buzon export`: all mails, or those of a person."""

import json
from pathlib import Path
from zipfile import ZipFile

import pytest

from buzon.cli import export
from buzon.cli.export import export_all, export_person
from buzon.config import Settings
from buzon.errors import BuzonError
from buzon.flow import Flow, handle_mails, label
from buzon.mail.archive import open_archive
from buzon.reception import import_archive
from buzon.store import events, parked
from buzon.store.db import Database
from flow.test_retention import several
from peers.flows import raw_mail
from reception.test_archives import nobody

ANA = "ana@example.org"


@pytest.fixture
def settings(db: Database) -> Settings:
    return Settings(_env_file=None, database_url=db.url)


async def test_every_mail_is_a_line_however_many_there_are(
    flow: Flow, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "PAGE", 2)
    ids = await several(flow, 5)
    await export_all(settings, tmp_path / "all.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "all.jsonl").read_text().splitlines()]
    assert [row["id"] for row in rows] == ids
    assert rows[0]["reply"]["to"] == "C0.Consulta@x.org"
    assert (tmp_path / "all.jsonl").stat().st_mode & 0o77 == 0


async def test_what_was_exported_can_be_imported(
    flow: Flow, db: Database, settings: Settings, tmp_path: Path
) -> None:
    mail = raw_mail(sender="Ana Ñu <ana@x.org>", subject="Año =?x?= 1", body="Hola\n\nAna")
    await handle_mails(flow, [mail])
    await export_all(settings, tmp_path / "all.jsonl")
    await import_archive(flow, open_archive(tmp_path / "all.jsonl"), "ventas@x.org", nobody)
    async with db.transaction() as connection:
        was, becomes = await events.after(connection, 0, 9)
    assert becomes.mailbox == "ventas@x.org"
    for field in (
        "message_id", "received_at", "sender", "sender_name", "recipients", "subject", "body",
    ):  # fmt: skip
        assert getattr(becomes, field) == getattr(was, field), field


async def test_without_a_file_it_goes_to_standard_output(
    flow: Flow, settings: Settings, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    await several(flow, 2)
    capfdbinary.readouterr()
    await export_all(settings, None)
    told, progress = capfdbinary.readouterr()
    assert [json.loads(line)["subject"] for line in told.splitlines()] == ["Consulta"] * 2
    assert b"2 mails exported." in progress


async def test_a_person_gets_their_mails_as_they_came_and_what_became_of_them(
    flow: Flow, db: Database, settings: Settings, tmp_path: Path
) -> None:
    mail = raw_mail(sender="Ana@Example.org", subject="Pedido ../../=1+1", message_id="<1@x>")
    other = raw_mail(sender="luis@x.org", subject="Secreto", message_id="<2@x>", body="Soy Luis")
    (handled, _) = await handle_mails(flow, [mail, other])
    await label(db, [handled.event_id or 0], "incidencia", "Marta")
    async with db.transaction() as connection:
        await parked.add(connection, mail, "refused")
    await export_person(settings, ANA, tmp_path / "ana.zip")
    with ZipFile(tmp_path / "ana.zip") as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    assert [name.partition("/")[0] for name in content] == [
        "README.txt", "mails.json", "mails", "parked",
    ]  # fmt: skip
    names = [name for name in content if "/" in name]
    assert names[0].endswith(" 1 Pedido ..-..-=1+1.eml")
    assert [content[name] for name in names] == [mail.content] * 2
    (told,) = json.loads(content["mails.json"])
    assert (told["subject"], told["reply"]["to"]) == ("Pedido ../../=1+1", "Ana@example.org")
    assert [step["becomes"] for step in told["labels"]] == ["incidencia"]
    everything = b"".join(content.values())
    assert b"Luis" not in everything
    assert b"Marta" not in everything


async def test_no_file_is_written_over(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("mine")
    with pytest.raises(BuzonError, match="There is a file"):
        await export_all(settings, tmp_path / "there")
    with pytest.raises(BuzonError, match="No such file or directory"):
        await export_person(settings, ANA, tmp_path / "no" / "ana.zip")
    assert (tmp_path / "there").read_text() == "mine"


async def test_of_somebody_unknown_the_file_says_so(settings: Settings, tmp_path: Path) -> None:
    await export_person(settings, ANA, tmp_path / "ana.zip")
    with ZipFile(tmp_path / "ana.zip") as archive:
        assert json.loads(archive.read("mails.json")) == []
