"""One's account, and for administrators people and tokens."""

import httpx
import pytest
from playwright.sync_api import Page, expect
from selectolax.lexbor import LexborHTMLParser

from buzon.web.devices import Device, device
from web.fake_desk import FakeDesk
from web.fake_people import ANA, EVA, LUIS, PASSWORD, SESSION
from web.site import Site

LONG = "otra cosa larga"
PATHS = ("/account", "/settings/people", "/settings/tokens")


async def text_of(client: httpx.AsyncClient, path: str, selector: str = "main") -> str:
    nodes = LexborHTMLParser((await client.get(path)).text).css(selector)
    return " ".join(" ".join(node.text(separator=" ") for node in nodes).split())


async def test_the_account_lists_where_one_is_signed_in(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.sessions_of["phone"], desk.devices["phone"] = ANA.id, "iPhone FxiOS/1"
    entries = await text_of(client, "/account", ".entry")
    assert "Firefox on Linux this browser" in entries
    assert "Firefox on iPhone last used now" in entries
    await client.post("/account/sessions/end-others")
    assert list(desk.sessions_of.values()).count(ANA.id) == 1
    assert SESSION in desk.sessions_of


async def test_a_chosen_language_holds_whatever_the_browser_says(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    await client.post("/account/language", data={"language": "es"})
    for path in ("/", "/account", "/mails/99"):
        assert '<html lang="es"' in (await client.get(path)).text
    await client.post("/account/language", data={"language": ""})
    assert '<html lang="en"' in (await client.get("/")).text


async def test_a_language_that_there_is_not_is_refused(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    answer = await client.post("/account/language", data={"language": "xx"})
    assert answer.status_code == 422
    assert desk.users[ANA.id].language is None


async def test_a_session_is_ended_only_by_its_owner(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    everyone = dict(desk.sessions_of)
    await client.post("/account/sessions/2/end")  # Luis's
    assert desk.sessions_of == everyone
    await client.post("/account/sessions/1/end")
    assert SESSION not in desk.sessions_of


@pytest.mark.parametrize(
    ("old", "new", "again", "told"),
    [
        ("no", LONG, LONG, "The present password is wrong."),
        (PASSWORD, "corta", "corta", "too short"),
        (PASSWORD, LONG, "otra", "differ"),
    ],
)
async def test_a_password_is_changed_only_by_who_knows_it(
    client: httpx.AsyncClient, desk: FakeDesk, old: str, new: str, again: str, told: str
) -> None:
    form = {"old": old, "password": new, "again": again}
    answer = await client.post("/account/password", data=form)
    assert answer.status_code in {401, 422}
    assert told in answer.text
    assert desk.passwords[ANA.email] == PASSWORD


async def test_a_new_password_goes_on_with_a_new_session(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    form = {"old": PASSWORD, "password": LONG, "again": LONG}
    answer = await client.post("/account/password", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert SESSION not in desk.sessions_of
    assert (await client.get("/account")).status_code == 200


async def test_somebody_is_let_in_by_a_link_that_is_shown_once(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    form = {"email": "marta@example.com", "name": "Marta", "role": "viewer"}
    answer = await client.post("/settings/people", data=form)
    assert "http://buzon.example/sign-in/new-link" in answer.text
    assert "The link for Marta" in answer.text
    page = await text_of(client, "/settings/people")
    assert "new-link" not in page
    assert "marta@example.com · has set no password yet" in page
    assert desk.users[4].role == "viewer"


@pytest.mark.parametrize("role", ["king", ""])
async def test_a_role_that_there_is_not_is_not_given(
    client: httpx.AsyncClient, desk: FakeDesk, role: str
) -> None:
    form = {"email": "marta@example.com", "name": "Marta", "role": role}
    answer = await client.post("/settings/people", data=form)
    assert answer.status_code == 422
    assert "There is no such role." in answer.text
    assert (await client.post(f"/settings/people/{EVA.id}/role", data=form)).status_code == 422
    assert desk.users[EVA.id].role == "viewer"


async def test_a_role_is_changed_and_somebody_disabled_and_let_in_again(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    await client.post(f"/settings/people/{LUIS.id}/role", data={"role": "administrator"})
    assert desk.users[LUIS.id].role == "administrator"
    await client.post(f"/settings/people/{LUIS.id}/disable")
    assert "luis@example.com · disabled" in await text_of(client, "/settings/people")
    await client.post(f"/settings/people/{LUIS.id}/enable")
    assert desk.users[LUIS.id].disabled_at is None
    answer = await client.post(f"/settings/people/{LUIS.id}/link")
    assert "The link for Luis Gil" in answer.text


async def test_the_last_administrator_can_t_lock_all_out(client: httpx.AsyncClient) -> None:
    for path, form in (("disable", {}), ("role", {"role": "viewer"})):
        answer = await client.post(f"/settings/people/{ANA.id}/{path}", data=form)
        assert answer.status_code == 409
        assert "Nobody would be left to administer Buzón." in answer.text


async def test_an_administrator_sees_where_others_are_signed_in_and_signs_them_out(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.sessions_of["phone"], desk.devices["phone"] = LUIS.id, "iPhone FxiOS/1"
    place = f"/settings/people/{LUIS.id}/sessions"
    page = LexborHTMLParser((await client.get("/settings/people")).text)
    link = page.css_first(f'a[href="{place}"]')
    assert link.text(strip=True) == "signed in at 2 placesLuis Gil"
    assert "Firefox on iPhone last used now" in await text_of(client, place, ".entry")
    await client.post(f"{place}/4/end")
    assert "phone" not in desk.sessions_of
    await client.post(f"{place}/end")
    assert LUIS.id not in desk.sessions_of.values()
    assert {ANA.id, EVA.id} == set(desk.sessions_of.values())
    assert "They are signed in nowhere." in await text_of(client, place)
    assert place not in (await client.get("/settings/people")).text


async def test_sessions_of_nobody_are_not_found(client: httpx.AsyncClient) -> None:
    assert (await client.get("/settings/people/99/sessions")).status_code == 404
    assert (await client.post("/settings/people/99/sessions/end")).status_code == 404


async def test_a_token_is_made_shown_once_and_revoked(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    form = {"name": " n8n  del taller", "scope": ["intake", "read", "king"], "days": "90"}
    answer = await client.post("/settings/tokens", data=form)
    assert "bz_token" in answer.text
    (token,) = desk.given
    assert (token.name, token.scopes, token.made_by) == (
        "n8n del taller", ("read", "intake"), "Ana Ruiz",
    )  # fmt: skip
    assert token.expires_at is not None
    assert (token.expires_at - token.created_at).days == 90
    page = await text_of(client, "/settings/tokens")
    assert "bz_token" not in page
    assert "n8n del taller read, intake never used made now · Ana Ruiz until" in page
    again = await client.post("/settings/tokens", data=form)
    assert "There is a token of this name." in again.text
    assert len(desk.given) == 1
    await client.post("/settings/tokens/revoke", data={"name": "n8n del taller"})
    assert desk.given == []


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"name": "n8n"}, "good for nothing"),
        ({"name": "  ", "scope": "read"}, "no name"),
        ({"name": "x" * 81, "scope": "read"}, "too long"),
    ],
)
async def test_a_token_without_name_or_scope_is_not_made(
    client: httpx.AsyncClient, desk: FakeDesk, form: dict[str, str], told: str
) -> None:
    answer = await client.post("/settings/tokens", data=form)
    assert answer.status_code == 422
    assert told in answer.text
    assert desk.given == []


async def test_who_does_not_administer_has_no_way_to_the_settings(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    assert "Settings" in await text_of(client, "/model", ".places")
    assert "Train now" in await text_of(client, "/model")
    desk.sessions_of[SESSION] = LUIS.id
    assert "Settings" not in await text_of(client, "/model", ".places")
    assert "Train now" not in await text_of(client, "/model")


async def test_these_pages_have_no_style_or_script_within(
    client: httpx.AsyncClient,
) -> None:
    for path in (*PATHS, "/sign-in", "/sign-in/first-link"):
        page = LexborHTMLParser((await client.get(path)).text)
        assert not page.css("[style], style, script:not([src])"), path


def test_what_is_shown_once_is_copied_by_a_button(site: Site, page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{site.url}/settings/tokens")
    page.get_by_label("Name").fill("n8n")
    page.get_by_role("button", name="Make the token").click()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    shown = page.locator(".once code").inner_text()
    assert page.evaluate("navigator.clipboard.readText()") == shown


@pytest.mark.parametrize("path", [*PATHS, "/sign-in", "/sign-in/first-link"])
def test_none_of_these_pages_is_wider_than_the_screen(site: Site, page: Page, path: str) -> None:
    page.goto(site.url + path)
    for width in (390, 768, 1024, 2560):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width


@pytest.mark.parametrize(
    ("user_agent", "known"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
            Device("Edge", "Windows"),
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, "
            "like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
            Device("Safari", "iPhone"),
        ),
        (
            "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/126.0.0.0 Mobile Safari/537.36",
            Device("Chrome", "Android"),
        ),
        ("curl/8.5.0", Device("curl", "")),
        ("", Device("", "")),
    ],
)
def test_a_browser_is_called_what_its_owner_calls_it(user_agent: str, known: Device) -> None:
    assert device(user_agent) == known
