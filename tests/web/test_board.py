"""Open dashboards: who hears of what, how often, and what it costs."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date

import pytest
from fastapi import FastAPI

from buzon.web import board as boards
from buzon.web import end_streams
from buzon.web.board import Board
from buzon.web.open_pages import OpenPage
from buzon.web.period import Period
from web.fake_desk import FakeDesk, make_event

ALL = ("mails", "languages")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boards, "PAUSE", 0.02)
    monkeypatch.setattr(boards, "LONGEST", 0.05)


@pytest.fixture
async def board(app: FastAPI) -> AsyncIterator[Board]:
    yield app.state.context.board
    end_streams(app)


async def hear(page: OpenPage) -> str:
    return (await asyncio.wait_for(page.frames.get(), 5)).decode()


async def test_a_page_begins_with_the_figures_and_hears_of_new_ones(
    board: Board, desk: FakeDesk
) -> None:
    with board.open("en", Period(), ALL) as page:
        assert "3,450" in await hear(page)
        desk.figures = replace(desk.figures, mails=3451)
        desk.keep(make_event(9))
        frame = await hear(page)
    assert frame.startswith("event: figures\n")
    assert "3,451" in frame
    assert 'data-chart="languages"' in frame
    assert 'data-chart="hours"' not in frame


async def test_what_changes_no_figure_sends_nothing(board: Board, desk: FakeDesk) -> None:
    with board.open("en", Period(), ALL) as page:
        await hear(page)
        asked = len(desk.wanted)
        desk.keep(make_event(9))
        async with asyncio.timeout(5):
            while len(desk.wanted) == asked:
                await asyncio.sleep(0.01)
        assert page.frames.empty()


async def test_many_that_look_at_the_same_ask_once(board: Board, desk: FakeDesk) -> None:
    with (
        board.open("en", Period(), ALL) as one,
        board.open("en", Period(), ALL) as other,
        board.open("es", Period("7"), ALL) as third,
    ):
        frames = [await hear(page) for page in (one, other, third)]
        assert len(desk.wanted) == 2
    assert frames[0] == frames[1] != frames[2]


async def test_a_database_that_fails_ends_the_streams_and_they_can_begin_again(
    board: Board, desk: FakeDesk
) -> None:
    with board.open("en", Period(), ALL) as page:
        await hear(page)
        desk.fail()
        await asyncio.wait_for(page.ended.wait(), 5)
    with board.open("en", Period(), ALL) as page:
        assert "3,450" in await hear(page)


async def test_a_period_that_can_t_be_told_ends_its_page_and_no_other(board: Board) -> None:
    never = Period("own", date(2026, 2, 1), date(2026, 1, 1))
    with board.open("en", never, ALL) as page, board.open("en", Period(), ALL) as other:
        await asyncio.wait_for(page.ended.wait(), 5)
        assert "3,450" in await hear(other)
        assert not other.ended.is_set()


async def test_stopping_ends_every_stream(app: FastAPI, board: Board) -> None:
    with board.open("en", Period(), ALL) as page:
        end_streams(app)
        await asyncio.wait_for(page.ended.wait(), 5)
