"""The pages over a desk in memory."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from buzon.web import create_web
from buzon.web.context import COOKIE
from web.fake_desk import SESSION, FakeDesk, make_event


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
