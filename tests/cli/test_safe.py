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


def test_the_file_s_old_key_unlocks_until_it_is_dropped(tmp_path: Path) -> None:
    rotated = safe(tmp_path)
    locked = rotated.lock("siete cajas")
    rotated.add_key()
    file = tmp_path / FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    keys = file.read_text()
    rotated.add_key()  # one that was broken off is gone on with
    assert file.read_text() == keys
    assert safe(tmp_path).unlock(locked) == "siete cajas"
    anew = safe(tmp_path).lock_anew(locked)
    assert safe(tmp_path).lock_anew(anew) == anew
    rotated.drop_old_keys()
    assert safe(tmp_path).unlock(anew) == "siete cajas"
    with pytest.raises(WrongKey):
        safe(tmp_path).unlock(locked)


def test_a_given_old_key_unlocks_and_the_new_one_locks(tmp_path: Path) -> None:
    locked = safe(tmp_path, "una clave").lock("siete cajas")
    both = Safe(
        Settings(_env_file=None, data_dir=tmp_path, secret_key="otra", old_secret_key="una clave")
    )
    assert both.unlock(locked) == "siete cajas"
    assert safe(tmp_path, "otra").unlock(both.lock_anew(locked)) == "siete cajas"


def test_a_key_that_others_may_read_is_told(tmp_path: Path) -> None:
    kept = safe(tmp_path)
    kept.lock("siete cajas")
    assert kept.exposed == ""
    (tmp_path / FILE).chmod(0o640)
    assert kept.exposed == str(tmp_path / FILE)
    assert safe(tmp_path, "una clave").exposed == ""
