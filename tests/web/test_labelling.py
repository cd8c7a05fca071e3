"""People say what a mail really is."""

from dataclasses import replace
from datetime import UTC, datetime

import httpx
from selectolax.lexbor import LexborHTMLParser, LexborNode

from buzon.store.scores import Said
from web.fake_desk import FakeDesk, make_event
from web.fake_learning import INVOICE

HTMX = {"HX-Request": "true", "HX-Target": "verdict"}


def choices(html: str) -> list[LexborNode]:
    return LexborHTMLParser(html).css("#verdict button.choice:not(.take-back)")


def words(node: LexborNode | None) -> str:
    assert node is not None
    return " ".join(node.text().split())


async def test_each_category_has_a_button_and_a_key_the_companys_own_too(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.known.insert(0, INVOICE)
    found = choices((await client.get("/mails/1")).text)
    assert [words(button) for button in found] == [
        "Order1", "Incident2", "Query3", "Complaint4", "Other5", "Factura6",
    ]  # fmt: skip
    assert [button.attributes["data-key"] for button in found] == list("123456")


async def test_a_tenth_category_has_a_button_without_a_key(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.known += [replace(INVOICE, name=f"c{n}", titles={"en": f"C{n}"}) for n in range(5)]
    last = choices((await client.get("/mails/1")).text)[-1]
    assert words(last) == "C4"
    assert "data-key" not in last.attributes


async def test_a_retired_category_has_no_button_but_keeps_its_title(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.known.append(replace(INVOICE, retired_at=datetime.now(UTC)))
    desk.events[3] = make_event(3, true_label="factura")
    page = (await client.get("/mails/3")).text
    assert "Factura" not in "".join(words(button) for button in choices(page))
    assert words(LexborHTMLParser(page).css_first("#event-3 .row-category")) == "Factura"
    assert words(LexborHTMLParser(page).css_first(".choice.retired")) == "Factura"


async def test_a_label_is_set_marked_and_signed(client: httpx.AsyncClient, desk: FakeDesk) -> None:
    answer = await client.post("/mails/1/label?category=consulta", headers=HTMX)
    pressed = [b for b in choices(answer.text) if b.attributes["aria-pressed"] == "true"]
    assert [words(button) for button in pressed] == ["Query3"]
    assert "the model had said “Order”" in answer.text
    assert desk.events[1].true_label == "consulta"
    assert [change.by for change in desk.pasts[1].called] == ["Ana Ruiz"]


async def test_a_label_is_taken_back(client: httpx.AsyncClient, desk: FakeDesk) -> None:
    await client.post("/mails/1/label?category=consulta", headers=HTMX)
    answer = await client.post("/mails/1/label", headers=HTMX)
    assert desk.events[1].true_label is None
    assert not LexborHTMLParser(answer.text).css(".take-back")
    assert "“Query” was taken back" in answer.text


async def test_without_scripts_the_page_of_the_mail_follows(client: httpx.AsyncClient) -> None:
    answer = await client.post("/mails/1/label?category=pedido")
    assert (answer.status_code, answer.headers["location"]) == (303, "/mails/1")


async def test_what_people_and_models_said_stands_folded(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    assert not LexborHTMLParser((await client.get("/mails/1")).text).css(".history")
    await client.post("/mails/1/label?category=consulta")
    past = desk.pasts[1]
    earlier = Said(datetime.now(UTC), "starter-0", "reclamacion", 0.41)
    desk.pasts[1] = replace(past, said=[earlier, *past.said])
    history = LexborHTMLParser((await client.get("/mails/1")).text).css_first("details.history")
    assert "open" not in history.attributes
    for said in ("Query Ana Ruiz", "Complaint 41% Model starter-0", "Order 97% Model 3"):
        assert said in words(history)


async def test_a_category_that_there_is_not_is_a_sentence_on_top_of_the_page(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.post("/mails/1/label?category=nada", headers=HTMX)
    assert answer.status_code == 422
    assert "There is no category “nada”." in answer.text
    assert answer.headers["HX-Retarget"] == "#notice"


async def test_another_site_and_a_stranger_label_nothing(
    stranger: httpx.AsyncClient, desk: FakeDesk
) -> None:
    assert (await stranger.post("/mails/1/label?category=otro")).status_code == 401
    foreign = {"Sec-Fetch-Site": "cross-site"}
    answer = await stranger.post("/mails/1/label?category=otro", headers=foreign)
    assert answer.status_code == 403
    assert desk.events[1].true_label is None
