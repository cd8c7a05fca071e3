"""When to tell again what changes all the time."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence

from buzon.errors import DatabaseError


async def pulse(
    changes: AsyncIterator[Sequence[int]], *, pause: float, at_least: float
) -> AsyncGenerator[bool, None]:
    """An item at once, then one after changes, `pause` seconds apart, and one at least every
    `at_least` seconds; it says whether something changed. Raises DatabaseError when the changes
    can't be followed any more."""
    changed = asyncio.Event()

    async def note() -> None:
        async for _ in changes:
            changed.set()
        raise DatabaseError("The stream of changes has ended.")

    noting = asyncio.create_task(note())
    try:
        while True:
            await _either(noting, changed, at_least)
            news = changed.is_set()
            changed.clear()
            yield news
            await asyncio.sleep(pause)
    finally:
        noting.cancel()


async def _either(noting: asyncio.Task[None], changed: asyncio.Event, seconds: float) -> None:
    """Until something changed, or so long; raises what ended the noting."""
    waiting = asyncio.create_task(changed.wait())
    try:
        await asyncio.wait({noting, waiting}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
    if noting.done():
        noting.result()
