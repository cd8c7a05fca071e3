from datetime import UTC, datetime, timedelta

import pytest

from buzon.reception.mailbox import STALE, State, StateName

LONG_AGO = datetime.now(UTC) - STALE - timedelta(minutes=1)


@pytest.mark.parametrize(
    ("state", "since", "seen_at", "is_read"),
    [
        ("starting", datetime.now(UTC), None, True),
        ("starting", LONG_AGO, None, False),
        ("waiting", LONG_AGO, datetime.now(UTC), True),
        ("waiting", LONG_AGO, LONG_AGO, False),
        ("elsewhere", LONG_AGO, None, True),
        ("failing", datetime.now(UTC), datetime.now(UTC), False),
    ],
)
def test_a_mailbox_that_was_not_seen_for_long_is_not_read(
    state: StateName, since: datetime, seen_at: datetime | None, is_read: bool
) -> None:
    assert State("ventas", state, since=since, seen_at=seen_at).is_read == is_read
