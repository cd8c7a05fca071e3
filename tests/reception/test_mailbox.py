from datetime import UTC, datetime, timedelta

import pytest

from buzon.reception.mailbox import STALE, State, StateName

NOW = timedelta()
LONG_AGO = STALE + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("state", "since", "seen", "is_read"),
    [
        ("starting", NOW, None, True),
        ("starting", LONG_AGO, None, False),
        ("waiting", LONG_AGO, NOW, True),
        ("waiting", LONG_AGO, LONG_AGO, False),
        ("elsewhere", LONG_AGO, None, True),
        ("failing", NOW, NOW, False),
    ],
)
def test_a_mailbox_that_was_not_seen_for_long_is_not_read(
    state: StateName, since: timedelta, seen: timedelta | None, is_read: bool
) -> None:
    # Reckoned now and not when the tests are collected: that may be long ago, too.
    now = datetime.now(UTC)
    seen_at = None if seen is None else now - seen
    assert State("ventas", state, since=now - since, seen_at=seen_at).is_read == is_read
