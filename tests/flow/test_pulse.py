"""When what changes all the time is told again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from buzon.errors import DatabaseError
from buzon.flow import pulse


async def of(queue: "asyncio.Queue[list[int] | None]") -> AsyncIterator[list[int]]:
    while (ids := await queue.get()) is not None:
        yield ids


async def test_many_changes_are_told_once_a_pause(  # the first item is the listener's own
) -> None:
    queue: asyncio.Queue[list[int] | None] = asyncio.Queue()
    queue.put_nowait([])
    loop = asyncio.get_running_loop()
    async with aclosing(pulse(of(queue), pause=0.2, at_least=5)) as beats:
        assert await anext(beats)
        began = loop.time()
        for id in range(50):
            queue.put_nowait([id])
        assert await anext(beats)
        assert loop.time() - began >= 0.2
    assert queue.empty()


async def test_where_nothing_changes_it_says_so_after_a_while() -> None:
    queue: asyncio.Queue[list[int] | None] = asyncio.Queue()
    async with aclosing(pulse(of(queue), pause=0, at_least=0.05)) as beats:
        assert not await anext(beats)
        queue.put_nowait([1])
        assert await anext(beats)
        assert not await anext(beats)


async def test_changes_that_can_t_be_followed_end_it() -> None:
    queue: asyncio.Queue[list[int] | None] = asyncio.Queue()
    queue.put_nowait(None)
    async with aclosing(pulse(of(queue), pause=0, at_least=5)) as beats:
        with pytest.raises(DatabaseError):
            await anext(beats)
