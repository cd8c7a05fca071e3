"""The way to an OpenID provider and back, as the pages go it."""

from urllib.parse import quote

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from buzon.errors import NotLetIn, ProviderFailed, RequestError, TooManyAttempts
from buzon.web.context import COOKIE
from buzon.web.openid import BROWSER, RETURNS_TO
from web.cookies import assert_out_of_reach
from web.fake_desk import FakeDesk
from web.fake_elsewhere import PROVIDER
from web.fake_people import EVA, LUIS, SESSION

LEAVE = "/sign-in/elsewhere"
OUTSIDE = NotLetIn(
    "Nobody has let in %(email)s yet.", "Ask an administrator of Buzón.", email="x@example.com"
)
AWAY = ProviderFailed(
    "%(provider)s does not answer.", "Use your password, or try again in a minute.", provider="Casa"
)


@pytest.fixture
def desk(desk: FakeDesk) -> FakeDesk:
    desk.provided_by = "Casa"
    return desk


async def test_the_button_is_there_where_a_provider_is_and_keeps_what_one_wanted(
    stranger: httpx.AsyncClient, desk: FakeDesk
) -> None:
    page = LexborHTMLParser((await stranger.get("/mails/1?before=2")).text)
    button = page.css_first(f"a[href^='{LEAVE}']")
    assert button.text() == "Sign in with Casa"
    assert button.attributes["href"] == f"{LEAVE}?wanted={quote('/mails/1?before=2')}"
    desk.provided_by = ""
    assert LEAVE not in (await stranger.get("/")).text
    assert (await stranger.get(LEAVE)).status_code == 404


async def test_nobody_is_sent_there_before_there_is_somebody(
    stranger: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.users.clear()
    assert LEAVE not in (await stranger.get("/")).text


async def test_one_goes_there_and_comes_back_to_what_one_wanted(
    stranger: httpx.AsyncClient,
) -> None:
    left = await stranger.get(LEAVE, params={"wanted": "/mails/1"})
    assert (left.status_code, left.headers["location"]) == (303, f"{PROVIDER}/auth")
    back = await stranger.get(RETURNS_TO, params={"code": "c", "state": "s"})
    assert (back.status_code, back.headers["location"]) == (303, "/mails/1")
    assert (await stranger.get("/")).status_code == 200


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_the_cookie_of_the_way_is_for_the_way_alone(
    stranger: httpx.AsyncClient, scheme: str
) -> None:
    left = await stranger.get(f"{scheme}://buzon.example{LEAVE}")
    assert f"path={LEAVE}" in left.headers["set-cookie"].lower()
    assert_out_of_reach(left, scheme)


async def test_one_that_leaves_twice_can_come_back_from_both(
    stranger: httpx.AsyncClient, desk: FakeDesk
) -> None:
    first = (await stranger.get(LEAVE)).cookies[BROWSER]
    assert (await stranger.get(LEAVE)).cookies[BROWSER] == first
    assert list(desk.departed) == [first]


async def test_one_is_led_nowhere_else(stranger: httpx.AsyncClient, desk: FakeDesk) -> None:
    await stranger.get(LEAVE, params={"wanted": "//evil.example"})
    assert list(desk.departed.values()) == ["/"]


async def test_another_site_sends_nobody_there(stranger: httpx.AsyncClient, desk: FakeDesk) -> None:
    answer = await stranger.get(LEAVE, headers={"Sec-Fetch-Site": "cross-site"})
    assert "Sign in with Casa" in answer.text
    assert desk.departed == {}


@pytest.mark.parametrize(
    ("refusal", "status", "english", "spanish"),
    [
        (OUTSIDE, 401, "Nobody has let in x@example.com yet.", "Nadie ha dado acceso todavía a x@"),
        (AWAY, 502, "Casa does not answer.", "Casa no responde."),
    ],
)
async def test_what_goes_wrong_there_is_a_sentence_above_the_password(
    stranger: httpx.AsyncClient,
    desk: FakeDesk,
    refusal: RequestError,
    status: int,
    english: str,
    spanish: str,
) -> None:
    desk.refusal = refusal
    for language, told in (("en", english), ("es", spanish)):
        answer = await stranger.get(RETURNS_TO, headers={"Accept-Language": language})
        assert answer.status_code == status
        page = LexborHTMLParser(answer.text)
        assert told in page.css_first("[role=alert]").text()
        assert page.css("#password")
        assert COOKIE not in answer.cookies


async def test_who_leaves_too_often_or_finds_nobody_there_is_told_so(
    stranger: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.refusal = TooManyAttempts("There were too many attempts.", 130)
    assert (await stranger.get(LEAVE)).headers["retry-after"] == "130"
    desk.refusal = AWAY
    assert (await stranger.get(LEAVE)).status_code == 502


async def test_coming_in_ends_the_session_before(client: httpx.AsyncClient, desk: FakeDesk) -> None:
    await client.get(LEAVE)
    await client.get(RETURNS_TO)
    assert SESSION not in desk.sessions_of


async def test_people_are_told_apart_by_how_they_sign_in(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.elsewhere = {LUIS.id}
    link = await client.post(f"/settings/people/{EVA.id}/link")
    assert "Whoever signs in with Casa, with this e-mail address, needs no link." in link.text
    path = f"/settings/people/{LUIS.id}/disconnect"
    page = (await client.get("/settings/people")).text
    assert "signs in with Casa" in page
    assert page.count("/disconnect") == 1
    assert (await client.post(path)).status_code == 303
    assert desk.elsewhere == set()
    assert (await client.post("/settings/people/99/disconnect")).status_code == 404


async def test_who_has_no_password_is_asked_for_none(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk._change(EVA.id, ready=False)
    client.cookies.set(COOKIE, "evas-session")
    page = (await client.get("/account")).text
    assert "You have no password here." in page
    assert 'type="password"' not in page
