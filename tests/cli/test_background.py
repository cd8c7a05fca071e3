"""What runs in the background of `serve`."""

import asyncio

import pytest
from structlog.testing import capture_logs

from buzon.cli import background as module
from buzon.cli.background import Background


async def test_a_part_that_fails_again_and_again_in_the_same_way_is_told_once() -> None:
    tried, enough = 0, asyncio.Event()

    async def work() -> None:
        nonlocal tried
        tried += 1
        if tried == 3:
            enough.set()
        raise OSError(f"could not write to file pg_wal/xlogtemp.{tried}")

    with capture_logs() as told:
        async with Background() as background:
            background.start("database", work)
            await asyncio.wait_for(enough.wait(), 30)
    assert [line["event"] for line in told] == ["restarted after a failure"]


async def test_a_part_that_swallowed_its_cancellation_is_cancelled_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "CANCEL_AGAIN", 0.01)
    swallowed, waiting = 0, asyncio.Event()

    async def work() -> None:
        nonlocal swallowed
        while swallowed < 2:
            try:
                waiting.set()
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                swallowed += 1
        await asyncio.Event().wait()

    async with Background() as background:
        task = background.start("settings", work)
        await waiting.wait()
    assert task.cancelled()
    assert swallowed == 2
