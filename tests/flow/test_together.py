"""Askers that are answered together."""

import asyncio
from collections.abc import Sequence

import pytest

from buzon.errors import BuzonError, DatabaseUnreachable, ParsingEnded
from buzon.flow import Together

AWAY: dict[int, BuzonError] = {
    0: DatabaseUnreachable("The database is away."),
    -1: ParsingEnded("No process that parses mails stays."),
}


class Doubling:
    """Doubles numbers once the gate is open, and knows which it was given together."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate = asyncio.Event()

    async def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.batches.append(list(numbers))
        await self.gate.wait()
        if 13 in numbers:
            raise ValueError("13 brings bad luck")
        for number, error in AWAY.items():
            if number in numbers:
                raise error
        return [2 * number for number in numbers]


async def settled() -> None:
    """Everybody has gone as far as they can."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_who_asks_while_the_first_is_answered_is_answered_with_the_others() -> None:
    work = Doubling()
    together = Together(work, most=10)
    first = asyncio.create_task(together.ask(1))
    await settled()
    others = [asyncio.create_task(together.ask(number)) for number in (2, 3, 4)]
    await settled()
    assert work.batches == [[1]]
    work.gate.set()
    assert await asyncio.gather(first, *others) == [2, 4, 6, 8]
    assert work.batches == [[1], [2, 3, 4]]
    assert await together.ask(5) == 10


async def test_no_more_than_the_most_go_together() -> None:
    work = Doubling()
    work.gate.set()
    asked = map(Together(work, most=2).ask, range(1, 6))
    assert await asyncio.gather(*asked) == [2, 4, 6, 8, 10]
    assert work.batches == [[1, 2], [3, 4], [5]]


async def test_what_is_the_fault_of_one_is_told_to_that_one_alone() -> None:
    work = Doubling()
    work.gate.set()
    together = Together(work, most=10)
    one, bad, other = await asyncio.gather(*map(together.ask, (1, 13, 2)), return_exceptions=True)
    assert (one, other) == (2, 4)
    assert isinstance(bad, ValueError)


@pytest.mark.parametrize("number", AWAY)
async def test_what_is_away_for_all_is_told_to_all_at_once(number: int) -> None:
    work = Doubling()
    work.gate.set()
    found = await asyncio.gather(
        *map(Together(work, most=10).ask, (1, number, 2)), return_exceptions=True
    )
    assert found == [AWAY[number]] * 3
    assert work.batches == [[1, number, 2]]


async def test_who_gives_up_spoils_it_for_nobody() -> None:
    work = Doubling()
    together = Together(work, most=10)
    under_way, gone = (asyncio.create_task(together.ask(number)) for number in (1, 2))
    await settled()
    waiting, gone_too, last = (asyncio.create_task(together.ask(n)) for n in (3, 4, 5))
    await settled()
    gone.cancel()
    gone_too.cancel()
    work.gate.set()
    assert await asyncio.gather(under_way, waiting, last) == [2, 6, 10]
    assert work.batches == [[1, 2], [3, 5]]
    with pytest.raises(asyncio.CancelledError):
        await gone
