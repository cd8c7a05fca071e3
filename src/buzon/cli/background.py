"""What runs beside the pages."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from buzon.errors import gist
from buzon.flow import grants

log = structlog.get_logger()

RESTART_PAUSE = 1.0  # seconds
# Seconds. Whoever takes its time to end in order must have it: a renewed access to a mailbox is
# never given twice.
CANCEL_AGAIN = grants.STOPPING + 2.0


class Background:
    """Tasks that run beside the pages, started again when they fail, ended with us."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, name: str, work: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        task = asyncio.create_task(self._keep_running(name, work), name=name)
        self._tasks.append(task)
        return task

    async def _keep_running(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        said = ""
        task = asyncio.current_task()
        # What fails while it is being ended must not begin anew.
        while task and not task.cancelling():
            try:
                await work()
            except Exception as error:
                why = repr(error.__cause__ or error)
                if said != gist(why):
                    said = gist(why)
                    log.warning("restarted after a failure", part=name, why=said[:300])
            await asyncio.sleep(RESTART_PAUSE)

    async def __aenter__(self) -> "Background":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Until all have ended. Who goes on is cancelled again: before Python 3.12, wait_for, with
        which the pool waits for a connection, swallows a cancellation that comes at the moment at
        which a connection is there."""
        left = {task for task in self._tasks if not task.done()}
        while left:
            for task in left:
                task.cancel()
            _, left = await asyncio.wait(left, timeout=CANCEL_AGAIN)
