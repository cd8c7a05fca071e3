"""`buzon purge`: what it says."""

import pytest

from buzon.cli.purge import purge
from buzon.config import Settings
from buzon.flow import Flow
from buzon.store.db import Database
from flow.test_retention import age, several


async def test_it_deletes_what_is_old_and_says_how_much(
    flow: Flow, db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = await several(flow)
    await age(db, ids[:1], 100)
    settings = Settings(_env_file=None, database_url=db.url)
    await purge(settings)
    said = capsys.readouterr().out
    assert "Raw mails deleted: 1 (" in said
    assert "of 0 mails, 0 answers" in said
    assert "Mails as they came are kept for 90 days.\n" in said
    await purge(settings.model_copy(update={"keep_raw_days": 0, "keep_text_days": 99}))
    said = capsys.readouterr().out
    assert (
        "Raw mails deleted: 0 (0 bytes). Forgotten: texts and addresses of 1 mails, 1 ans" in said
    )
    assert "Mails as they came are kept for ever." in said
