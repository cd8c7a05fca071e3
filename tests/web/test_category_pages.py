"""Categories on their page: how they look, in which order, and what becomes of them."""

import re
from dataclasses import replace

import httpx
import pytest
from playwright.sync_api import Page, expect
from selectolax.lexbor import LexborHTMLParser

from buzon.store.categories import COLOURS
from buzon.web import Examples
from buzon.web.assets import STATIC
from buzon.web.category_pages import name_of
from web.fake_desk import FakeDesk
from web.fake_learning import INVOICE
from web.site import Site

PLACE = "/settings/categories"


async def text_of(client: httpx.AsyncClient, path: str, selector: str = "main") -> str:
    nodes = LexborHTMLParser((await client.get(path)).text).css(selector)
    return " ".join(" ".join(node.text(separator=" ") for node in nodes).split())


def named(desk: FakeDesk, name: str) -> str:
    return next(c for c in desk.known if c.name == name).titles.get("es", "")


async def test_each_category_says_what_it_was_learnt_from_and_whether_it_is_predicted(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.known.append(INVOICE)
    desk.known.append(replace(INVOICE, name="averia", titles={"en": "Fault"}, position=7))
    desk.learnt = {
        "pedido": Examples(12, 900, True), "factura": Examples(3), "averia": Examples(6),
    }  # fmt: skip
    assert "12 labelled mails, 900 sample texts predicted" in await text_of(
        client, PLACE, "#category-pedido"
    )
    invoice = await text_of(client, PLACE, "#category-factura")
    assert "3 labelled mails Not predicted yet: 2 examples are missing." in invoice
    fault = await text_of(client, PLACE, "#category-averia")
    assert "Predicted after the next training." in fault


async def test_a_category_is_added_with_titles_and_a_colour(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    form = {"title_es": " Avería  de calefacción", "title_en": "Heating", "colour": "gold"}
    answer = await client.post(PLACE, data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, PLACE)
    added = desk.known[-1]
    assert (added.name, added.colour) == ("averia-de-calefaccion", "gold")
    assert added.titles == {"es": "Avería de calefacción", "en": "Heating"}


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"colour": "gold"}, "has no title"),
        ({"title_es": "Факс", "colour": "gold"}, "No name for the data"),
        ({"title_es": "x" * 41, "colour": "gold"}, "too long"),
        ({"title_es": "pedido", "colour": "gold"}, "Another category is called so."),
        ({"title_es": "Pedído", "colour": "gold"}, "There is a category pedido."),
        ({"title_es": "Avería", "colour": "#f00"}, "There is no such colour."),
    ],
)
async def test_what_can_t_be_a_category_is_told_and_stays_in_the_form(
    client: httpx.AsyncClient, desk: FakeDesk, form: dict[str, str], told: str
) -> None:
    known = list(desk.known)
    answer = await client.post(PLACE, data=form)
    assert answer.status_code == 422
    assert told in answer.text
    if title := form.get("title_es"):
        assert f'value="{title}"' in answer.text
    assert desk.known == known


async def test_titles_and_colour_are_changed_and_every_page_follows(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    before = await client.get("/categories.css")
    tag = {"If-None-Match": before.headers["etag"]}
    assert (await client.get("/categories.css", headers=tag)).status_code == 304
    form = {"title_es": "Compra", "title_en": "Purchase", "colour": "brown"}
    await client.post(f"{PLACE}/pedido", data=form)
    sheet = await client.get("/categories.css", headers=tag)
    assert ".cat-pedido { --category: var(--brown); }" in sheet.text
    assert "Purchase" in await text_of(client, "/", "#event-1")


async def test_whether_a_category_is_answered_is_seen_and_switched_here_too(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    page = LexborHTMLParser((await client.get("/settings/categories/consulta")).text)
    (form,) = page.css('form[action="/answers/consulta/switch"]')
    fields = {n.attributes["name"]: n.attributes["value"] for n in form.css("input")}
    answer = await client.post("/answers/consulta/switch", data=fields)
    assert answer.headers["location"] == "/settings/categories/consulta"
    assert [c.answered for c in desk.known if c.name == "consulta"] == [False]
    page = LexborHTMLParser((await client.get("/settings/categories")).text)
    for name, told in (("consulta", "isn't"), ("pedido", "is"), ("otro", "isn't")):
        assert f"· {told} answered" in page.css_first(f"#category-{name} .small").text()
    told = (await client.get("/settings/categories/consulta")).text
    assert "get no automatic answer" in told
    assert "Answer them" in told


async def test_a_moved_category_has_another_key(client: httpx.AsyncClient) -> None:
    await client.post(f"{PLACE}/incidencia/move", data={"where": "up"})
    assert (await text_of(client, "/mails/1", ".choices")).startswith("Incident 1 Order 2")
    await client.post(f"{PLACE}/incidencia/move", data={"where": "down"})
    assert (await text_of(client, "/mails/1", ".choices")).startswith("Order 1 Incident 2")


async def test_a_category_is_merged_retired_and_brought_back(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    await client.post(f"{PLACE}/consulta/merge", data={"becomes": "pedido"})
    assert "Query" not in await text_of(client, PLACE, ".category-name")
    await client.post(f"{PLACE}/incidencia/retire")
    page = await text_of(client, PLACE)
    assert "Retired" in page
    assert "Incident Bring back" in page
    await client.post(f"{PLACE}/incidencia/restore")
    assert "Incident" in await text_of(client, PLACE, ".category-name")
    assert named(desk, "incidencia") == "Incidencia"


async def test_a_category_gets_another_name_in_the_data(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    answer = await client.post(f"{PLACE}/consulta/rename", data={"becomes": "pregunta_2"})
    assert answer.headers["location"] == f"{PLACE}/pregunta_2"
    assert named(desk, "pregunta_2") == "Consulta"
    for wrong, told in (("Pregunta", "be a name in the data"), ("pedido", "has this name")):
        answer = await client.post(f"{PLACE}/pregunta_2/rename", data={"becomes": wrong})
        assert answer.status_code == 422
        assert told in answer.text


async def test_what_is_never_answered_can_only_be_dressed(client: httpx.AsyncClient) -> None:
    page = await text_of(client, f"{PLACE}/otro")
    assert "is never answered" in page
    assert "Retire it" not in page
    answer = await client.post(f"{PLACE}/otro/retire")
    assert answer.status_code == 422


@pytest.mark.parametrize("name", ["nada", "%00", "x" * 500])
async def test_a_category_that_there_is_not_is_told(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.get(f"{PLACE}/{name}")
    assert answer.status_code == 404
    assert "There is no such category." in answer.text


@pytest.mark.parametrize("colour", COLOURS)
def test_every_colour_is_there_in_both_themes(colour: str) -> None:
    tokens, dark = ((STATIC / f"{name}.css").read_text() for name in ("tokens", "dark"))
    assert f"--{colour}: #" in tokens
    assert f"--{colour}: #" in dark
    assert f".hue-{colour} " in tokens


@pytest.mark.parametrize(
    ("title", "name"),
    [("Avería", "averia"), ("  ¿Qué tal? ", "que-tal"), ("ÑU " * 20, "nu-" * 13 + "n")],
)
def test_a_title_gives_a_name(title: str, name: str) -> None:
    assert name_of({"es": title}) == name


async def test_how_far_a_renaming_is_is_shown_and_the_page_follows_until_it_is_done(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    assert not LexborHTMLParser((await client.get(PLACE)).text).css(".renamings")
    await client.post(f"{PLACE}/consulta/merge", data={"becomes": "pedido"})
    page = LexborHTMLParser((await client.get(PLACE)).text)
    told = page.css_first(".renamings")
    assert "“consulta” counts as “Order” from now on" in told.text()
    assert told.css_first("progress").attributes["value"] == "0.30"
    going_on = await client.get("/settings/renamings")
    assert "progress" in going_on.text
    assert "HX-Refresh" not in going_on.headers
    desk.under_way = []
    assert (await client.get("/settings/renamings")).headers["HX-Refresh"] == "true"


async def test_a_key_is_chosen_and_stands_on_the_list_and_at_the_mail(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    form = {"title_es": "Consulta", "colour": "blue", "key": "q"}
    assert (await client.post(f"{PLACE}/consulta", data=form)).status_code == 303
    assert await text_of(client, PLACE, "#category-consulta .key") == "Q"
    assert await text_of(client, PLACE, "#category-pedido .key") == "1"
    page = LexborHTMLParser((await client.get("/mails/1")).text)
    assert page.css_first("#say-consulta").attributes["data-key"] == "q"
    edit = LexborHTMLParser((await client.get(f"{PLACE}/pedido")).text)
    assert edit.css_first("option[value=q]").text() == "Q · Consulta"


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("q", "Another category has this key."),
        ("j", "This key does something else, or is none."),
        ("0", "This key does something else, or is none."),
        ("ab", "This key does something else, or is none."),
    ],
)
async def test_a_key_that_can_t_be_had_is_told(
    client: httpx.AsyncClient, desk: FakeDesk, key: str, told: str
) -> None:
    desk.known = [replace(c, key="q" if c.name == "consulta" else None) for c in desk.known]
    form = {"title_es": "Pedido", "colour": "teal", "key": key}
    answer = await client.post(f"{PLACE}/pedido", data=form)
    assert answer.status_code == 422
    assert told in answer.text
    assert all(c.key is None for c in desk.known if c.name != "consulta")


def test_a_category_gets_a_colour_and_a_key_and_the_desk_uses_them(site: Site, page: Page) -> None:
    page.goto(site.url + PLACE)
    page.get_by_role("link", name="Edit Incident").click()
    page.get_by_text("brown", exact=True).click()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Incident earlier").click()
    page.goto(f"{site.url}/mails/4")
    page.keyboard.press("1")
    expect(page.locator("#event-4 .row-share")).to_contain_text("Corrected")
    page.goto(f"{site.url}/mails/4")
    chosen = page.locator("#say-incidencia")
    expect(chosen).to_have_attribute("aria-pressed", "true")
    brown = re.compile(r"rgb\(138, 90, 60\)|rgb\(192, 144, 116\)")  # in light, in dark
    expect(chosen.locator(".dot")).to_have_css("background-color", brown)
    assert site.desk.events[4].true_label == "incidencia"


@pytest.mark.parametrize("path", [PLACE, f"{PLACE}/pedido"])
def test_these_pages_are_not_wider_than_the_screen(site: Site, page: Page, path: str) -> None:
    long = {"es": "Reclamacionesextraordinarias-" * 3, "en": "Extraordinarycomplaints-" * 3}
    site.desk.known = [replace(c, titles=long) for c in site.desk.known]
    page.goto(site.url + path)
    for width in (390, 768, 1024, 2560):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
