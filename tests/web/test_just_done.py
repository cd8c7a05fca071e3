"""What a form did, with the way to undo it, on the page that follows."""

from dataclasses import replace

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from buzon.store.saved_views import SavedView
from buzon.web.just_done import COOKIE, LONGEST
from web.cookies import assert_out_of_reach
from web.fake_desk import FakeDesk, make_event
from web.fake_people import LUIS


async def toast_after(
    client: httpx.AsyncClient, address: str, data: dict[str, str] | None = None
) -> LexborNode:
    """What is told on the page that a form leads to, and not on the next."""
    answer = await client.post(address, data=data or {})
    assert answer.status_code == 303
    page = LexborHTMLParser((await client.get(answer.headers["location"])).text)
    again = LexborHTMLParser((await client.get(answer.headers["location"])).text)
    assert not again.css("#toast *")
    toast = page.css_first("#toast")
    assert toast
    return toast


def said(toast: LexborNode) -> str:
    text = toast.css_first(".toast-text")
    return text.text().strip() if text else ""


async def undo(client: httpx.AsyncClient, toast: LexborNode) -> None:
    fields = {field.attributes["name"]: field.attributes["value"] for field in toast.css("input")}
    answer = await client.post(toast.attributes["action"] or "", data=fields)
    assert answer.status_code == 303


async def test_a_view_that_was_forgotten_comes_back(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.views = [SavedView(1, "Cajas & <más>", "?category=pedido&q=cajas+%26+m%C3%A1s")]
    before = [(view.name, view.query) for view in desk.views]
    toast = await toast_after(client, "/views/1/remove")
    assert said(toast) == "The view “Cajas & <más>” is gone."
    assert desk.views == []
    await undo(client, toast)
    assert [(view.name, view.query) for view in desk.views] == before


async def test_a_category_that_was_retired_is_as_it_was(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.known = [replace(c, key="q") if c.name == "incidencia" else c for c in desk.known]
    before = await choices(client)
    assert "Incident Q" in before
    toast = await toast_after(client, "/settings/categories/incidencia/retire")
    assert said(toast) == "No mail is called “Incident” any more."
    assert "Incident Q" not in await choices(client)
    await undo(client, toast)
    assert await choices(client) == before


async def test_a_category_that_somebody_else_retired_or_brought_back_just_now_is_no_error(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    before = desk.known
    for act in ("retire", "restore"):
        for _ in range(2):
            answer = await client.post(f"/settings/categories/incidencia/{act}")
            assert (answer.status_code, answer.headers["location"]) == (303, "/settings/categories")
    assert [c.retired_at for c in desk.known] == [c.retired_at for c in before]


async def test_a_key_that_another_category_took_meanwhile_stays_with_it(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.known = [replace(c, key="q") if c.name == "incidencia" else c for c in desk.known]
    toast = await toast_after(client, "/settings/categories/incidencia/retire")
    desk.known = [replace(c, key="q") if c.name == "pedido" else c for c in desk.known]
    await undo(client, toast)
    assert (await choices(client))[:2] == ["Order Q", "Incident 2"]


async def choices(client: httpx.AsyncClient) -> list[str]:
    page = LexborHTMLParser((await client.get("/mails/1")).text)
    return [" ".join(node.text(separator=" ").split()) for node in page.css(".choices button")]


@pytest.mark.parametrize("place", ["", "category"])
async def test_answers_that_were_switched_off_are_switched_on(
    client: httpx.AsyncClient, desk: FakeDesk, place: str
) -> None:
    form = {"answered": "no", "place": place}
    toast = await toast_after(client, "/answers/consulta/switch", form)
    assert said(toast) == "Mails of “Query” get no automatic answer now."
    await undo(client, toast)
    assert all(category.answered for category in desk.known)


async def test_the_last_text_of_an_answer_is_brought_back(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    here = "/answers/pedido/es"
    await toast_after(client, here, {"text": "Uno.", "after": "0"})
    toast = await toast_after(client, here, {"text": "Dos.", "after": "1"})
    assert said(toast) == "Version 2 is at work."
    await undo(client, toast)
    assert [one.text for one in desk.wordings["pedido", "es"]] == ["Uno.", "Dos.", "Uno."]
    toast = await toast_after(client, f"{here}/bring-back", {"version": "2", "after": "3"})
    await undo(client, toast)
    assert desk.wordings["pedido", "es"][0].text == "Uno."


async def test_a_first_text_gives_way_to_the_one_that_comes_with_buzon(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    await undo(client, await toast_after(client, "/answers/pedido/es", {"text": "X", "after": "0"}))
    assert [one.text for one in desk.wordings["pedido", "es"]] == [None, "X"]


async def test_of_a_text_that_was_saved_unchanged_nothing_is_told(
    client: httpx.AsyncClient,
) -> None:
    here = "/answers/pedido/es"
    await toast_after(client, here, {"text": "Uno.", "after": "0"})
    assert said(await toast_after(client, here, {"text": "Uno.", "after": "1"})) == ""


async def test_somebody_who_was_disabled_is_let_in_again(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    toast = await toast_after(client, f"/settings/people/{LUIS.id}/disable")
    assert said(toast) == "Luis Gil is signed out everywhere and can't sign in any more."
    await undo(client, toast)
    assert desk.users[LUIS.id].disabled_at is None


async def test_a_mail_that_was_left_for_later_is_taken_up_again(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.events = {id: make_event(id, needs_review=True) for id in (4, 5)}
    toast = await toast_after(client, "/review/4/later")
    assert said(toast) == "Left for an hour."
    await undo(client, toast)
    page = LexborHTMLParser((await client.get("/review")).text)
    assert page.css_first(".mail").attributes["data-id"] == "4"


async def test_somebody_with_another_role_gets_the_one_before_back(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    toast = await toast_after(client, f"/settings/people/{LUIS.id}/role", {"role": "viewer"})
    assert said(toast) == "Luis Gil has another role now: viewer."
    await undo(client, toast)
    assert desk.users[LUIS.id].role == "operator"


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(
    client: httpx.AsyncClient, scheme: str
) -> None:
    form = {"answered": "no"}
    answer = await client.post(f"{scheme}://buzon.example/answers/consulta/switch", data=form)
    assert_out_of_reach(answer, scheme)


async def test_what_no_cookie_can_hold_is_done_without_being_told(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.views = [SavedView(1, "X", "?q=" + "x" * LONGEST)]
    assert said(await toast_after(client, "/views/1/remove")) == ""
    assert desk.views == []


@pytest.mark.parametrize("told", ["", "what=forgotten", "what=unheard-of&x=1", "%ff", "what"])
async def test_a_cookie_that_makes_no_sense_tells_nothing(
    client: httpx.AsyncClient, told: str
) -> None:
    client.cookies.set(COOKIE, told)
    answer = await client.get("/")
    assert answer.status_code == 200
    assert not LexborHTMLParser(answer.text).css("#toast *")


async def test_only_who_did_it_is_told_and_nobody_else_can_have_them_told(
    client: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    answer = await client.post("/answers/consulta/switch", data={"answered": "no"})
    seal, _, told = answer.cookies[COOKIE].strip('"').partition(".")
    for name, seen in {
        "theirs": f"{seal}.{told}",
        "changed": f"{seal}.{told.replace('consulta', 'pedido')}",
        "unsealed": told,
    }.items():
        client.cookies.delete(COOKIE)
        client.cookies.set(COOKIE, seen)
        toasts = LexborHTMLParser((await client.get("/answers")).text).css("#toast *")
        assert bool(toasts) == (name == "theirs"), name
