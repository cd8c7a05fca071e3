"""What `make fuzz` once found, and mails of many kinds: what must hold for any bytes holds for
them."""

from pathlib import Path

import pytest

from fuzz.holds import TARGETS, hold
from mail.golden import MESSAGES

FOUND = Path(__file__).with_name("found")


@pytest.mark.parametrize("target", TARGETS)
def test_what_must_hold_for_any_bytes_holds_for_what_was_found_once_and_for_golden_mails(
    target: str,
) -> None:
    mails = [*sorted(FOUND.glob(f"{target}-*")), *sorted(MESSAGES.glob("*.eml"))]
    assert len(mails) > 60
    for path in mails:
        hold(target, path.read_bytes())
