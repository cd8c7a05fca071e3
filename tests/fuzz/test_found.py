"""What `make fuzz` once found, and mails of many kinds: what must hold for any bytes holds for
them."""

from pathlib import Path

import pytest

from fuzz.holds import TARGETS, hold
from mail.golden import MESSAGES

FOUND = sorted(path for path in Path(__file__).with_name("found").iterdir() if path.is_file())


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.name)
def test_what_was_found_once_breaks_nothing_any_more(path: Path) -> None:
    target = path.name.partition("-")[0]
    hold(target, path.read_bytes())


@pytest.mark.parametrize("target", TARGETS)
def test_what_must_hold_for_any_bytes_holds_for_every_golden_mail(target: str) -> None:
    for path in sorted(MESSAGES.glob("*.eml")):
        hold(target, path.read_bytes())
