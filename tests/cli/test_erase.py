"""`buzon erase`: it asks, and says what was done and what can't be."""

import io

import pytest
import typer

from buzon.cli.erase import erase
from buzon.config import Settings
from buzon.flow import Flow
from buzon.store.db import Database
from flow.test_retention import kept_raw, several


async def test_it_erases_nothing_until_somebody_says_yes(
    flow: Flow, db: Database, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = await several(flow, 2)
    settings = Settings(_env_file=None, database_url=db.url)
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    with pytest.raises(typer.Abort):
        await erase(settings, "c0.consulta@x.org", sure=False)
    assert await kept_raw(db) == ids
    await erase(settings, "c0.consulta@x.org", sure=True)
    assert await kept_raw(db) == ids[1:]
    said = capsys.readouterr().out
    assert "c0.consulta@x.org: mails 1, parked mails 0" in said
    assert "mails             1, of which 1 were kept as they came" in said
    assert "by buzon erase" in said
    assert "Not erased" in said


async def test_of_whom_there_is_nothing_nothing_is_asked(
    db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(_env_file=None, database_url=db.url)
    await erase(settings, "nobody@x.org", sure=False)
    assert "nobody@x.org: mails 0" in capsys.readouterr().out
