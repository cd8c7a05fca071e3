"""Which requests get through to the pages, by what they say of where they go and come from."""

from collections.abc import AsyncIterator

import httpx
import pytest

from buzon.web import create_web
from web.fake_desk import FakeDesk
from web.fake_people import ANA, EVA, PASSWORD, SESSION

RIGHT = {"email": ANA.email, "password": PASSWORD}


@pytest.fixture
async def known(desk: FakeDesk) -> AsyncIterator[httpx.AsyncClient]:
    """A browser before pages that people know by one address, behind a proxy that tells nothing."""
    app = create_web(desk, address="https://mail.example.com")
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://buzon:8000", headers={"Accept-Language": "en"}
    ) as client:
        yield client


@pytest.mark.parametrize(
    "host", ["mail.example.com", "MAIL.example.com:443", "localhost:8000", "127.0.0.1", "[::1]:80"]
)
async def test_our_address_and_this_machine_are_answered(
    known: httpx.AsyncClient, host: str
) -> None:
    assert (await known.get("/sign-in", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "mail.example.com:8443", "mail.example.com.evil.example", "[::1", "a:b", ""],
)
async def test_any_other_host_is_refused_with_where_to_go(
    known: httpx.AsyncClient, host: str
) -> None:
    for method in ("GET", "POST"):
        answer = await known.request(method, "/sign-in", headers={"Host": host})
        assert answer.status_code == 421
        assert "Buzón is at https://mail.example.com, not at" in answer.text
        assert answer.headers["content-type"].startswith("text/plain")
    spanish = await known.get("/", headers={"Host": host, "Accept-Language": "es"})
    assert "Buzón está en https://mail.example.com" in spanish.text


async def test_whoever_asks_for_our_https_address_gets_secure_cookies_and_comes_back_by_https(
    known: httpx.AsyncClient,
) -> None:
    for host, secure in (("mail.example.com", True), ("127.0.0.1:8000", False)):
        answer = await known.post("/sign-in", data=RIGHT, headers={"Host": host})
        assert ("secure" in answer.headers["set-cookie"].lower()) == secure
        assert ("strict-transport-security" in answer.headers) == secure


@pytest.mark.parametrize("host", ["mail.example.com", "localhost:8000"])
async def test_links_are_made_of_our_address_whoever_asks(
    known: httpx.AsyncClient, host: str
) -> None:
    headers = {"Host": host, "Cookie": f"buzon_session={SESSION}"}
    page = await known.post(f"/settings/people/{EVA.id}/link", headers=headers)
    assert "<code>https://mail.example.com/sign-in/new-link</code>" in page.text


async def test_without_an_address_links_are_of_the_one_that_was_asked_for(
    client: httpx.AsyncClient,
) -> None:
    page = await client.post(f"/settings/people/{EVA.id}/link", headers={"Host": "buzon.lan:8000"})
    assert "<code>http://buzon.lan:8000/sign-in/new-link</code>" in page.text
