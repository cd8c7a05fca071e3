from pathlib import Path

import pytest

from buzon.cli.serve import refuse_database_of_its_own
from buzon.config import Settings
from buzon.errors import SettingsError
from buzon.store.embedded import Embedded


def test_a_part_alone_makes_no_database_that_no_other_part_sees(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="BUZON_DATABASE_URL"):
        refuse_database_of_its_own(Settings(data_dir=tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_part_shares_the_embedded_database_that_runs_in_its_folder(tmp_path: Path) -> None:
    running = Embedded(tmp_path)
    running.start()
    try:
        refuse_database_of_its_own(Settings(data_dir=tmp_path))
    finally:
        running.stop()
