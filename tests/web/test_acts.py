"""People say what mails really are, are done with them, and undo either."""

from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from buzon.store.scores import Said
from buzon.web.context import COOKIE
from web.fake_desk import FakeDesk, make_event
from web.fake_learning import INVOICE
from web.fake_people import SESSIONS

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
        "Order1↵", "Incident2", "Query3", "Complaint4", "Other5", "Factura6",
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
    assert [words(button) for button in pressed] == ["Query3↵"]
    assert "the model had said “Order”" in answer.text
    assert desk.events[1].true_label == "consulta"
    assert [change.by for change in desk.pasts[1].called] == ["Ana Ruiz"]


async def test_a_label_is_taken_back(client: httpx.AsyncClient, desk: FakeDesk) -> None:
    await client.post("/mails/1/label?category=consulta", headers=HTMX)
    answer = await client.post("/mails/1/label?was=consulta", headers=HTMX)
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
    for said in ("Query Ana Ruiz", "Complaint 41% Built-in model", "Order 97% Your own model"):
        assert said in words(history)


async def test_what_was_called_so_elsewhere_says_by_what_road(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    await client.post("/mails/1/label?category=consulta")
    (called,) = desk.pasts[1].called
    desk.pasts[1] = replace(
        desk.pasts[1], called=[replace(called, by="buzon_bi", source="metabase")]
    )
    history = LexborHTMLParser((await client.get("/mails/1")).text).css_first("details.history")
    assert "buzon_bi (Metabase)" in words(history)


@pytest.mark.parametrize(
    ("path", "status", "english", "spanish"),
    [
        ("/mails/1/label?category=nada", 422, "no such category", "No existe esa categoría"),
        ("/mails/77/label?category=otro", 404, "no mail with this number", "No hay ningún"),
    ],
)
async def test_what_is_there_no_more_is_a_sentence_on_top_of_the_page(
    path: str, status: int, english: str, spanish: str, client: httpx.AsyncClient
) -> None:
    for language, told in {"en": english, "es": spanish}.items():
        headers = {**HTMX, "Accept-Language": language}
        answer = await client.post(path, headers=headers)
        assert answer.status_code == status
        assert told in answer.text
        assert answer.headers["HX-Retarget"] == "#notice"


async def test_another_site_and_a_stranger_label_nothing(
    stranger: httpx.AsyncClient, desk: FakeDesk
) -> None:
    assert (await stranger.post("/mails/1/label?category=otro")).status_code == 401
    foreign = {"Sec-Fetch-Site": "cross-site"}
    answer = await stranger.post("/mails/1/label?category=otro", headers=foreign)
    assert answer.status_code == 403
    assert desk.events[1].true_label is None


async def test_a_mail_that_somebody_else_labelled_meanwhile_is_not_labelled_unseen(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.events[1] = make_event(1, true_label="consulta")
    answer = await client.post("/mails/1/label?category=pedido", headers=HTMX)
    assert answer.status_code == 409
    assert "Somebody else has said meanwhile what this mail is." in answer.text
    assert answer.headers["HX-Retarget"] == "#notice"
    assert desk.events[1].true_label == "consulta"


async def test_each_choice_tells_what_the_mail_was_called_when_it_was_shown(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.events[1] = make_event(1, true_label="consulta")
    page = LexborHTMLParser((await client.get("/mails/1")).text)
    first, back = page.css_first("#say-pedido"), page.css_first(".take-back")
    assert first.attributes["hx-post"] == "/mails/1/label?category=pedido&was=consulta"
    assert back.attributes["hx-post"] == "/mails/1/label?was=consulta"


async def test_what_was_done_is_told_with_the_way_to_undo_it(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    answer = await client.post("/mails/1/label?category=consulta", headers=HTMX)
    toast = LexborHTMLParser(answer.text).css_first("#toast")
    assert words(toast) == "1 mail is now “Query”. Open it UndoU"
    undo = toast.css_first("button").attributes["hx-post"]
    answer = await client.post(undo or "", headers=HTMX)
    assert "Undone for 1 mail." in answer.text
    assert desk.events[1].true_label is None


async def test_many_are_labelled_at_once(client: httpx.AsyncClient, desk: FakeDesk) -> None:
    form = {"ids": "1,2", "seen_at": datetime.now(UTC).isoformat()}
    answer = await client.post("/mails/label?category=otro", data=form, headers=HTMX)
    assert "2 mails are now “Other”." in answer.text
    assert {event.true_label for event in desk.events.values()} == {"otro"}
    await client.post("/acts/1/undo", headers=HTMX)
    assert {event.true_label for event in desk.events.values()} == {None}


async def test_all_of_a_list_are_labelled_at_once(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.events[3] = make_event(3, language="en")
    form = {"ids": "1", "all": "?language=en", "seen_at": datetime.now(UTC).isoformat()}
    answer = await client.post("/mails/label?category=otro", data=form, headers=HTMX)
    assert "1 mail is now “Other”." in answer.text
    assert [desk.events[id].true_label for id in (1, 2, 3)] == [None, None, "otro"]


async def test_how_many_were_so_already_is_told_apart(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.events[1] = make_event(1, true_label="otro")
    form = {"ids": "1,2", "seen_at": datetime.now(UTC).isoformat()}
    said = [(await client.post("/mails/label?category=otro", data=form)).text for _ in range(2)]
    assert "1 mail is now “Other”. 1 was so already." in words(LexborHTMLParser(said[0]).body)
    assert "Nothing changed: it was so already." in said[1]
    assert "/undo" not in said[1]


async def test_how_many_were_left_alone_is_told(client: httpx.AsyncClient, desk: FakeDesk) -> None:
    desk.left = 1
    form = {"ids": "1,2", "seen_at": datetime.now(UTC).isoformat()}
    answer = await client.post("/mails/label?category=otro", data=form, headers=HTMX)
    assert "1 was left alone: somebody else has labelled it meanwhile." in answer.text


@pytest.mark.parametrize("ids", ["", "1,x", "1;2", "²", "9" * 30])
async def test_a_selection_that_is_none_is_a_sentence(client: httpx.AsyncClient, ids: str) -> None:
    form = {"ids": ids, "seen_at": datetime.now(UTC).isoformat()}
    answer = await client.post("/mails/label?category=otro", data=form, headers=HTMX)
    assert answer.status_code == 422
    assert "No mail is selected." in answer.text


@pytest.mark.parametrize("seen_at", ["", "yesterday", "2026-11-27T10:00:00"])
async def test_a_selection_that_does_not_say_when_it_was_seen_is_refused(
    client: httpx.AsyncClient, desk: FakeDesk, seen_at: str
) -> None:
    form = {"ids": "1", "seen_at": seen_at}
    answer = await client.post("/mails/label?category=otro", data=form, headers=HTMX)
    assert answer.status_code == 422
    assert desk.events[1].true_label is None


async def test_a_mail_is_done_with_and_opened_again(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    answer = await client.post("/mails/1/done", headers=HTMX)
    assert "Done with 1 mail." in answer.text
    assert desk.events[1].done_by == "Ana Ruiz"
    button = LexborHTMLParser(answer.text).css_first("#done button")
    assert button.attributes["aria-pressed"] == "true"
    assert LexborHTMLParser((await client.get("/")).text).css_first("#event-1.done")
    await client.post("/mails/1/reopen", headers=HTMX)
    assert desk.events[1].done_at is None


async def test_many_are_done_with_at_once(client: httpx.AsyncClient, desk: FakeDesk) -> None:
    answer = await client.post(
        "/mails/done", data={"ids": "1,2", "seen_at": datetime.now(UTC).isoformat()}, headers=HTMX
    )
    assert "Done with 2 mails." in answer.text
    assert all(event.done_at for event in desk.events.values())


async def test_a_viewer_sees_no_way_to_change_a_mail(stranger: httpx.AsyncClient) -> None:
    stranger.cookies.set(COOKIE, SESSIONS["viewer"])
    page = (await stranger.get("/mails/1")).text
    assert "Necesito veinte cajas" in page
    assert not LexborHTMLParser(page).css("#verdict, #done, #bulk, a[href='/review']")
