"""What runs in the background of `serve`."""

import asyncio

from structlog.testing import capture_logs

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
