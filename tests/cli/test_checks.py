"""What `buzon check` says of the database."""

from pathlib import Path

import pytest

from buzon.cli.checks import embedded_in


def test_an_embedded_database_is_told_with_the_whole_path_of_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert embedded_in("PostgreSQL 18.4", Path("var")) == (
        f"embedded PostgreSQL 18.4 in {tmp_path}/var"
    )
