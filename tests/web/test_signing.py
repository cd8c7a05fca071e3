"""Who gets in, and what every answer carries."""

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from buzon.errors import DatabaseUnreachable
from buzon.web.context import COOKIE
from buzon.web.guard import CONTENT_SECURITY_POLICY
from web.cookies import assert_out_of_reach
from web.fake_desk import FakeDesk
from web.fake_people import ANA, EVA, EVAS_LINK, FIRST_LINK, PASSWORD, SESSION

FIRST = {"email": "ana@example.com", "name": "Ana", "password": PASSWORD, "again": PASSWORD}
RIGHT = {"email": ANA.email, "password": PASSWORD}


@pytest.mark.parametrize("path", ["/", "/mails/1", "/live"])
async def test_a_stranger_sees_only_how_to_sign_in(stranger: httpx.AsyncClient, path: str) -> None:
    answer = await stranger.get(path)
    assert answer.status_code == 401
    assert "Sign in to Buzón" in answer.text
    assert "Pedido de veinte cajas" not in answer.text


async def test_as_long_as_nobody_was_let_in_the_page_tells_of_the_link(
    stranger: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.users.clear()
    page = (await stranger.get("/")).text
    assert "one-time link" in page
    assert "password" not in page


async def test_the_one_time_link_makes_the_first_administrator_once(
    stranger: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.users.clear()
    page = await stranger.get(f"/sign-in/{FIRST_LINK}")
    assert "Make the first administrator" in page.text
    first = await stranger.post(f"/sign-in/{FIRST_LINK}", data=FIRST)
    assert (first.status_code, first.headers["location"]) == (303, "/set-up")
    assert (await stranger.get("/")).status_code == 200
    stranger.cookies.clear()
    for second in (
        await stranger.get(f"/sign-in/{FIRST_LINK}"),
        await stranger.post(f"/sign-in/{FIRST_LINK}", data=FIRST),
    ):
        assert second.status_code == 404
        assert "This link no longer works" in second.text
        assert COOKIE not in second.cookies


async def test_a_link_sets_a_password_and_says_whose(
    stranger: httpx.AsyncClient, desk: FakeDesk
) -> None:
    page = LexborHTMLParser((await stranger.get(f"/sign-in/{EVAS_LINK}")).text)
    assert "Hello, Eva Sanz" in page.css_first("main").text()
    assert not page.css("#name")
    new = {"password": "otra cosa larga", "again": "otra cosa larga"}
    assert (await stranger.post(f"/sign-in/{EVAS_LINK}", data=new)).status_code == 303
    assert desk.passwords[EVA.email] == "otra cosa larga"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"again": "siete cajas azulea"}, "The two passwords differ."),
        ({"password": "corta", "again": "corta"}, "The password is too short."),
    ],
)
async def test_what_is_wrong_is_said_above_the_form_which_keeps_the_rest(
    stranger: httpx.AsyncClient, desk: FakeDesk, changes: dict[str, str], told: str
) -> None:
    desk.users.clear()
    answer = await stranger.post(f"/sign-in/{FIRST_LINK}", data=FIRST | changes)
    assert answer.status_code == 422
    page = LexborHTMLParser(answer.text)
    assert told in page.css_first("[role=alert]").text()
    assert page.css_first("#email").attributes["value"] == FIRST["email"]
    assert PASSWORD not in answer.text


async def test_looking_at_a_link_does_not_use_it_up(
    stranger: httpx.AsyncClient, desk: FakeDesk
) -> None:
    await stranger.get(f"/sign-in/{EVAS_LINK}")
    assert EVAS_LINK in desk.links


async def test_address_and_password_sign_in_and_lead_where_one_wanted(
    stranger: httpx.AsyncClient,
) -> None:
    form = LexborHTMLParser((await stranger.get("/mails/1?before=2")).text).css_first("form")
    wanted = form.css_first("[name=wanted]").attributes["value"]
    answer = await stranger.post("/sign-in", data=RIGHT | {"wanted": wanted or ""})
    assert (answer.status_code, answer.headers["location"]) == (303, "/mails/1?before=2")
    assert (await stranger.get("/")).status_code == 200


async def test_who_wanted_to_change_something_is_led_to_the_start(
    stranger: httpx.AsyncClient,
) -> None:
    answer = await stranger.post("/mails/1/label?category=otro")
    form = LexborHTMLParser(answer.text).css_first("form")
    assert form.css_first("[name=wanted]").attributes["value"] == "/"


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "/\\evil.example", "https://evil.example", "", "/a\r\nX: y"]
)
async def test_signing_in_leads_nowhere_else(stranger: httpx.AsyncClient, wanted: str) -> None:
    answer = await stranger.post("/sign-in", data=RIGHT | {"wanted": wanted})
    assert answer.headers["location"] == "/"


async def test_a_wrong_password_is_a_sentence_and_keeps_the_address(
    stranger: httpx.AsyncClient,
) -> None:
    answer = await stranger.post("/sign-in", data=RIGHT | {"password": "no"})
    assert answer.status_code == 401
    page = LexborHTMLParser(answer.text)
    assert "the password is wrong" in page.css_first("[role=alert]").text()
    assert page.css_first("#email").attributes["value"] == ANA.email
    assert COOKIE not in answer.cookies


async def test_too_many_attempts_say_how_long_to_wait(
    stranger: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.wait = 130
    answer = await stranger.post("/sign-in", data=RIGHT)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "130")
    assert "Try again in 3 minutes." in answer.text
    spanish = await stranger.post("/sign-in", data=RIGHT, headers={"Accept-Language": "es"})
    assert "Vuelva a intentarlo en 3 minutos." in spanish.text


async def test_signing_in_again_ends_the_session_before(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    await client.post("/sign-in", data=RIGHT)
    assert SESSION not in desk.sessions_of


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(
    stranger: httpx.AsyncClient, scheme: str
) -> None:
    answer = await stranger.post(f"{scheme}://buzon.example/sign-in", data=RIGHT)
    assert_out_of_reach(answer, scheme)


async def test_another_site_cannot_sign_us_in(stranger: httpx.AsyncClient) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert (await stranger.post("/sign-in", data=RIGHT, headers=foreign)).status_code == 403


async def test_a_form_of_a_thousand_fields_is_refused(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.post("/sign-in", data={f"f{n}": "" for n in range(1000)})
    assert answer.status_code == 422


async def test_a_database_that_is_away_is_told_to_strangers_too(
    stranger: httpx.AsyncClient, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away() -> bool:
        raise DatabaseUnreachable("The database at localhost:5432/buzon is not available.")

    monkeypatch.setattr(desk, "has_users", away)
    assert (await stranger.get("/")).status_code == 503


async def test_signing_out_ends_the_session(client: httpx.AsyncClient, desk: FakeDesk) -> None:
    assert (await client.post("/sign-out")).status_code == 303
    assert SESSION not in desk.sessions_of
    assert (await client.get("/")).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}],
)
async def test_another_site_cannot_sign_us_out(
    client: httpx.AsyncClient, desk: FakeDesk, headers: dict[str, str]
) -> None:
    assert (await client.post("/sign-out", headers=headers)).status_code == 403
    assert SESSION in desk.sessions_of


@pytest.mark.parametrize("path", ["/", "/sign-in", "/nowhere", "/static/desk.css"])
async def test_every_answer_carries_the_security_headers(
    client: httpx.AsyncClient, path: str
) -> None:
    headers = (await client.get(path)).headers
    assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


async def test_a_fault_of_ours_is_a_sentence_with_the_security_headers(
    client: httpx.AsyncClient, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "newest", None)
    answer = await client.get("/")
    assert answer.status_code == 500
    assert "Something failed that should not." in answer.text
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY


def test_the_policy_allows_nothing_from_elsewhere_and_nothing_inline() -> None:
    assert CONTENT_SECURITY_POLICY.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY


async def test_pages_are_not_kept_by_the_browser(client: httpx.AsyncClient) -> None:
    assert (await client.get("/")).headers["cache-control"] == "no-store"
