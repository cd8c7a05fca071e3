"""The pages over a desk in memory."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, Page

from buzon.web import create_web
from buzon.web.context import COOKIE
from web import fake_desk
from web.fake_desk import FakeDesk, make_event
from web.fake_people import SESSION
from web.site import Site, running
from web.watched import Watched, chromium


@pytest.fixture(autouse=True)
def mails_of_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test makes came three minutes ago, whenever the tests began."""
    monkeypatch.setattr(fake_desk, "STARTED", datetime.now(UTC))


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk([make_event(1), make_event(2)])


@pytest.fixture
def app(desk: FakeDesk) -> FastAPI:
    return create_web(desk, company="Cajas Ejemplo")


@pytest.fixture
async def stranger(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who has not signed in, and reads English."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"Accept-Language": "en"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://buzon.example", headers=headers
    ) as client:
        yield client


@pytest.fixture
async def client(stranger: httpx.AsyncClient) -> httpx.AsyncClient:
    """Somebody who has signed in."""
    stranger.cookies.set(COOKIE, SESSION)
    return stranger


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def site() -> Iterator[Site]:
    with running(FakeDesk([make_event(id) for id in range(1, 6)])) as site:
        yield site


@pytest.fixture
def slow_site() -> Iterator[Site]:
    mails = [make_event(id, needs_review=id == 3) for id in range(1, 41)]
    with running(FakeDesk(mails), slow=True) as site:
        yield site


@pytest.fixture(params=[(1440, "light"), (390, "dark")], ids=["desktop-light", "phone-dark"])
def watched(request: pytest.FixtureRequest, browser: Browser, site: Site) -> Iterator[Watched]:
    watched = Watched(browser, site, *request.param)
    yield watched
    watched.context.close()
    assert watched.complaints == []
    assert watched.foreign == []


@pytest.fixture
def page(watched: Watched) -> Page:
    return watched.page
