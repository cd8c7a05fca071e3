"""Passwords in the database are of no use without the key, which is not there."""

import stat
from pathlib import Path

import pytest

from buzon.cli.safe import FILE, Safe, WrongKey
from buzon.config import Settings


def safe(folder: Path, key: str = "") -> Safe:
    return Safe(Settings(_env_file=None, data_dir=folder, secret_key=key))


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    locked = safe(folder).lock("siete cajas")
    file = folder / FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "siete" not in locked
    kept = file.read_text()
    assert safe(folder).unlock(locked) == "siete cajas"
    safe(folder).lock("otra")
    assert file.read_text() == kept


def test_the_same_given_key_unlocks_on_another_machine(tmp_path: Path) -> None:
    locked = safe(tmp_path / "a", "una clave").lock("siete cajas")
    assert safe(tmp_path / "b", "una clave").unlock(locked) == "siete cajas"
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("key", ["", "otra clave"])
def test_a_wrong_key_is_told_with_what_to_do(tmp_path: Path, key: str) -> None:
    locked = safe(tmp_path, "una clave").lock("siete cajas")
    with pytest.raises(WrongKey, match=r"locked with another key.*BUZON_SECRET_KEY"):
        safe(tmp_path, key).unlock(locked)
