"""The stream that keeps open pages up to date, over a real server."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import pytest
from structlog.testing import capture_logs

from buzon.web import live, stream
from buzon.web.context import COOKIE
from buzon.web.open_pages import frame
from web.fake_desk import FakeDesk, make_event
from web.fake_people import SESSION
from web.site import Site, running


@pytest.fixture
def site() -> Iterator[Site]:
    with running(FakeDesk([make_event(1), make_event(2)])) as site:
        yield site


class Page:
    """An open page: the events that its stream brings, one after the other."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.lines = response.aiter_lines()

    async def next(self, wanted: str) -> str:
        """The data of the next event of this name, whatever comes before it."""
        async with asyncio.timeout(5):
            name, data = "", []
            async for line in self.lines:
                field, _, value = line.partition(": ")
                if field == "event":
                    name, data = value, []
                elif field == "data":
                    data.append(value)
                elif not line and name == wanted:
                    return "\n".join(data)
        raise AssertionError(f"The stream ended without {wanted}.")


@asynccontextmanager
async def open_page(site: Site, language: str = "en", path: str = "/live") -> AsyncIterator[Page]:
    limits = httpx.Limits(max_connections=None)
    async with (
        httpx.AsyncClient(base_url=site.url, cookies={COOKIE: SESSION}, limits=limits) as client,
        client.stream("GET", path, headers={"Accept-Language": language}, timeout=20) as response,
    ):
        assert response.headers["content-type"].startswith("text/event-stream")
        yield Page(response)


async def test_a_stream_begins_with_the_newest_rows(site: Site) -> None:
    async with open_page(site) as page:
        rows = await page.next("newest")
        assert rows.index('id="event-2"') < rows.index('id="event-1"')


async def test_a_new_mail_reaches_each_page_in_its_language_within_a_second(site: Site) -> None:
    async with open_page(site, "es") as spanish, open_page(site, "en") as english:
        await spanish.next("newest")
        await english.next("newest")
        began = time.monotonic()
        site.do(site.desk.keep, make_event(3))
        assert "Pedido</span>" in (row := await spanish.next("rows"))
        assert 'id="event-3"' in row
        assert "Order</span>" in await english.next("rows")
        assert time.monotonic() - began < 1


async def test_a_page_of_what_is_to_review_begins_with_that(site: Site) -> None:
    site.do(site.desk.keep, make_event(3, needs_review=True))
    async with open_page(site, path="/live?review=1") as page, open_page(site) as other:
        rows = await page.next("newest")
        assert 'id="event-3"' in rows
        assert 'id="event-2"' not in rows
        assert 'id="event-2"' in await other.next("newest")


async def test_two_hundred_pages_cost_one_query(site: Site) -> None:
    async with asyncio.TaskGroup() as tasks:
        ready = asyncio.Semaphore(0)

        async def watch() -> None:
            async with open_page(site) as page:
                await page.next("newest")
                ready.release()
                assert 'id="event-9"' in await page.next("rows")

        watching = [tasks.create_task(watch()) for _ in range(200)]
        for _ in watching:
            await ready.acquire()
        asked = site.desk.asked
        site.do(site.desk.keep, make_event(9))
    assert site.desk.asked - asked <= 6  # `some` once, and the status now and then


async def test_a_changed_status_is_told_without_a_mail(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "STATUS_EVERY", 0.05)
    async with open_page(site) as page:
        await page.next("status")
        site.desk.state = replace(site.desk.state, held=7)
        assert "7 answers are held back" in await page.next("status")


async def test_a_lost_database_ends_the_streams_and_is_logged_once(site: Site) -> None:
    with capture_logs() as logs:
        async with open_page(site) as page:
            await page.next("newest")
            site.desk.down = True
            site.do(site.desk.fail)
            with pytest.raises(AssertionError, match="stream ended"):
                await page.next("rows")
        for _ in range(3):
            async with open_page(site) as page:
                with pytest.raises(AssertionError, match="stream ended"):
                    await page.next("newest")
    assert [entry["event"] for entry in logs] == ["live pages wait"]
    site.desk.down = False
    async with open_page(site) as page:
        assert 'id="event-2"' in await page.next("newest")


async def test_streams_end_at_once_when_the_server_stops(site: Site) -> None:
    async with open_page(site) as page, open_page(site) as other:
        await page.next("newest")
        await other.next("newest")
        assert await asyncio.to_thread(site.stop) < 2


async def test_nothing_is_followed_while_no_page_is_open(site: Site) -> None:
    async with open_page(site) as page:
        await page.next("newest")
        assert site.desk._listeners
    async with asyncio.timeout(3):
        while site.desk._listeners:
            await asyncio.sleep(0.02)


async def test_a_page_that_does_not_read_is_dropped_and_the_others_go_on(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "PAUSE", 0.001)
    many = [make_event(id, subject="x" * 3000) for id in range(10, 60)]
    with socket.create_connection(("127.0.0.1", site.port)) as deaf:
        request = f"GET /live HTTP/1.1\r\nHost: x\r\nCookie: {COOKIE}={SESSION}\r\n\r\n"
        deaf.sendall(request.encode())
        async with open_page(site) as page, asyncio.timeout(20):
            await page.next("newest")
            pages = site.app.state.context.live._pages
            assert len(pages) == 2
            while len(pages) == 2:
                site.do(site.desk.keep, *many)
                await page.next("rows")


def test_a_line_end_in_a_mail_cannot_forge_an_event() -> None:
    sent = frame("rows", "a\r\nevent: forged\rdata: b\n\nid: 1")
    assert sent == (
        b"event: rows\ndata: a\ndata: event: forged\ndata: data: b\ndata: \ndata: id: 1\n\n"
    )


async def test_a_stream_ends_with_its_session(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "SESSION_SECONDS", 0.1)
    async with open_page(site) as page:
        await page.next("newest")
        site.desk.sessions_of.clear()
        with pytest.raises(AssertionError, match="The stream ended"):
            await page.next("rows")
