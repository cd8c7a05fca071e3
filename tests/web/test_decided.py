"""The words that decided, marked in an open mail."""

import httpx
from selectolax.lexbor import LexborHTMLParser

from web.fake_desk import FakeDesk, make_event

EVIL = "<script>alert(1)</script><b onmouseover='x'>Pedido &amp; {{ 7*7 }}</b>\n\n  fin"


async def words_of(client: httpx.AsyncClient, id: int, language: str = "en") -> LexborHTMLParser:
    answer = await client.get(f"/mails/{id}/words", headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    return LexborHTMLParser(answer.text)


def text_of(page: LexborHTMLParser, selector: str) -> str:
    node = page.css_first(selector)
    assert node is not None, f"there is no {selector}"
    return node.text()


def marks(page: LexborHTMLParser, within: str) -> list[tuple[str, str]]:
    return [(mark.text(), str(mark.attributes["class"])) for mark in page.css(f"{within} mark")]


async def test_what_spoke_for_the_category_and_against_it_is_marked_by_its_strength(
    client: httpx.AsyncClient,
) -> None:
    page = await words_of(client, 1)
    assert marks(page, "#subject") == [
        ("Pedido", "for step-2 cat-pedido"),
        ("veinte cajas", "for step-3 cat-pedido"),
    ]
    assert marks(page, "#text") == [
        ("Necesito", "for step-1 cat-pedido"),
        ("veinte cajas", "for step-3 cat-pedido"),
        ("Gracias", "against step-1 cat-consulta"),
    ]


async def test_a_word_that_hardly_matters_beside_the_strongest_is_not_marked(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.weights["Necesito"] = 0.1
    assert "Necesito" not in [text for text, _ in marks(await words_of(client, 1), "#text")]


async def test_not_one_character_of_the_mail_changes(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.events[3] = make_event(3, subject=EVIL, body=EVIL)
    page = await words_of(client, 3)
    assert text_of(page, "#text") == EVIL
    assert text_of(page, "#subject") == EVIL


async def test_markup_in_a_marked_mail_stays_text(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.weights = {EVIL: 1.0, "<i": -0.5}
    desk.events[3] = make_event(3, subject=EVIL, body=f"<i {EVIL}", message_id=EVIL)
    page = await words_of(client, 3)
    assert [text for text, _ in marks(page, "#text")] == ["<i", EVIL]
    assert not page.css("script, b, i, [onmouseover], [style]")


async def test_the_legend_names_category_and_runner_up(client: httpx.AsyncClient) -> None:
    legend = text_of(await words_of(client, 1), ".legend").split("\n")
    assert [line for line in legend if line] == ["for “Order”", "against it, for “Query”"]
    assert "en contra, por «Consulta»" in text_of(await words_of(client, 1, "es"), ".legend")


async def test_it_is_told_when_another_model_explains_than_scored_the_mail(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.explains = "own-2"
    told = text_of(await words_of(client, 1), ".legend")
    assert "So says the model that is at work now; another one sorted this mail." in told


async def test_a_mail_without_a_phrase_that_decided_says_so(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.events[3] = make_event(3, subject="Hola", body="> citado")
    page = await words_of(client, 3)
    assert text_of(page, ".legend").strip() == "No single word decided."
    assert not page.css("mark")


async def test_of_a_mail_without_text_no_words_are_offered(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.events[3] = make_event(3, subject="", body=" \n")
    desk.events[4] = make_event(4, body="")
    without, named = [LexborHTMLParser((await client.get(f"/mails/{id}")).text) for id in (3, 4)]
    assert not without.css("#words-switch")
    assert text_of(without, "#text") == "This mail has no text."
    assert named.css("#words-switch")


async def test_that_the_text_as_a_whole_counted_is_told(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.rest = 0.4
    assert "The text as a whole counted too." in text_of(await words_of(client, 1), ".legend")


async def test_a_mail_is_opened_without_marks_and_its_words_are_not_asked_for(
    client: httpx.AsyncClient,
) -> None:
    page = LexborHTMLParser((await client.get("/mails/1")).text)
    assert not page.css("mark, .legend")
    switch = page.css_first("#words-switch")
    assert switch.attributes["aria-pressed"] == "false"
    assert switch.attributes["hx-get"] == "/mails/1/words"


async def test_the_words_of_no_mail_are_not_found_and_a_stranger_sees_none(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/mails/77/words")
    assert answer.status_code == 404
    assert "There is no mail with this number." in answer.text
    client.cookies.clear()
    assert (await client.get("/mails/1/words")).status_code == 401
