"""The answers' pages: who is answered with what, when, and what the limits held back."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from buzon.mail.quiet import WHOLE_DAY, Hours, Quiet
from buzon.store.categories import Category
from buzon.store.held_back import HeldBack
from buzon.web import Answers, Sending, Status
from buzon.web.context import COOKIE
from web.fake_desk import FakeDesk, make_event, make_reply
from web.fake_people import SESSIONS

TEXT = "{{ greeting }}\n\nSu pedido es el {{ reference }}."
DRAFT = {"subject": "", "text": TEXT, "after": "0", "mail": "1"}


async def page_of(client: httpx.AsyncClient, path: str) -> LexborHTMLParser:
    answer = await client.get(path)
    assert answer.status_code == 200
    return LexborHTMLParser(answer.text)


async def text_of(client: httpx.AsyncClient, path: str, selector: str) -> str:
    nodes = (await page_of(client, path)).css(selector)
    assert nodes, f"{selector} is not on {path}"
    return " ".join(" ".join(node.text(separator=" ") for node in nodes).split())


async def rows_of(client: httpx.AsyncClient) -> list[str]:
    rows = (await page_of(client, "/answers")).css(".matrix tbody tr")
    return [" ".join(row.text(separator=" ").split()) for row in rows]


@pytest.fixture
def viewer(client: httpx.AsyncClient) -> httpx.AsyncClient:
    client.cookies.clear()
    client.cookies.set(COOKIE, SESSIONS["viewer"])
    return client


async def test_the_overview_says_who_has_an_own_text_and_who_falls_back(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.known.append(Category("factura", {"es": "Factura"}, None, None, position=9))
    await client.post("/answers/pedido/es", data=DRAFT)
    neutral, order, incident, _, _, invoice, other = await rows_of(client)
    assert neutral == "Neutral always " + " ".join(["Built in"] * 7)
    assert order == "Order Version 1 " + " ".join(["Built in"] * 6)
    assert incident == "Incident " + " ".join(["Built in"] * 7)
    assert invoice == "Factura " + " ".join(["Neutral"] * 7)
    assert other == "Other never It is for what is no customer's request."


async def test_it_says_in_which_language_the_other_languages_are_answered(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.overview_of_answers = Answers(language="de")
    assert "answered in this one: German." in await text_of(client, "/answers", "main")


async def test_a_category_is_switched_off_and_on(client: httpx.AsyncClient, desk: FakeDesk) -> None:
    answer = await client.post("/answers/consulta/switch", data={"answered": "no"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/answers")
    page = await page_of(client, "/answers")
    switch = page.css_first('main [action="/answers/consulta/switch"]')
    assert switch.css_first("button").attributes["aria-checked"] == "false"
    await client.post("/answers/consulta/switch", data={"answered": "yes"})
    assert all(category.answered for category in desk.known)


async def test_the_category_that_is_never_answered_has_no_switch(
    client: httpx.AsyncClient,
) -> None:
    page = await page_of(client, "/answers")
    assert len(page.css(".switch")) == 4
    answer = await client.post("/answers/otro/switch", data={"answered": "yes"})
    assert answer.status_code == 422
    assert "never answered" in answer.text


async def test_who_only_looks_is_shown_no_switch_no_form_and_the_text(
    viewer: httpx.AsyncClient,
) -> None:
    overview = await page_of(viewer, "/answers")
    assert overview.css("main form, main button, main input") == []
    page = await page_of(viewer, "/answers/pedido/es")
    assert page.css("textarea, [formaction], .variable, [hx-post]") == []
    assert "{{ greeting }}" in page.css_first(".text").text()
    assert "Hola, Ana Ruiz:" in page.css_first("#tried").text()
    assert "Answers" in page.css_first(".places").text()


async def test_quiet_hours_are_set_by_weekday_and_for_whole_days(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    day = (datetime.now(UTC) + timedelta(days=30)).date()
    form = {
        "begins-0": "20:00", "ends-0": "08:00", "begins-1": "", "ends-1": "", "whole-6": "on",
        "day": ["2027-01-01", day.isoformat(), ""],
    }  # fmt: skip
    answer = await client.post("/answers/quiet", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/answers#quiet")
    quiet = desk.overview_of_answers.quiet
    assert quiet.week == {0: Hours(time(20), time(8)), 6: WHOLE_DAY}
    assert quiet.days == {date(2027, 1, 1), day}
    page = await page_of(client, "/answers")
    assert page.css_first('[name="begins-0"]').attributes["value"] == "20:00"
    assert "checked" in page.css_first('[name="whole-6"]').attributes
    assert len(page.css('[name="day"][checked]')) == 2


async def test_quiet_hours_are_told_in_words_days_that_are_alike_together(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    week = {n: Hours(time(20), time(8)) for n in range(4)}
    week |= {4: Hours(time(15), time(0)), 5: WHOLE_DAY, 6: WHOLE_DAY}
    desk.overview_of_answers = replace(desk.overview_of_answers, quiet=Quiet(week))
    page = await page_of(client, "/answers")
    assert [" ".join(node.text().split()) for node in page.css(".spans li")] == [
        "Monday – Thursday answers wait until 08:00, and again from 20:00 on.",
        "Friday answers wait from 15:00 until 00:00.",
        "Saturday – Sunday answers wait the whole day.",
    ]


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"begins-2": "20:00", "ends-2": ""}, "need a time from which on"),
        ({"begins-2": "25:00", "ends-2": "08:00"}, "need a time from which on"),
        ({"begins-2": "08:00", "ends-2": "08:00"}, "at the same time"),
        ({f"whole-{n}": "on" for n in range(7)}, "more than four days"),
        ({"begins-2": "20:00", "ends-2": "08:00", "day": "mañana"}, "This is no date."),
    ],
)
async def test_quiet_hours_that_make_no_sense_are_told_and_what_was_typed_stays(
    client: httpx.AsyncClient, desk: FakeDesk, form: dict[str, str], told: str
) -> None:
    answer = await client.post("/answers/quiet", data=form)
    assert answer.status_code == 422
    assert told in answer.text
    page = LexborHTMLParser(answer.text)
    if typed := form.get("begins-2"):
        assert page.css_first('[name="begins-2"]').attributes["value"] == typed
    assert desk.overview_of_answers.quiet.week == {}


async def test_the_page_says_whether_it_is_quiet_and_what_waits(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    assert "None are set: answers go out at once" in await text_of(client, "/answers", "#quiet")
    desk.overview_of_answers = Answers(
        quiet_until=datetime.now(UTC) + timedelta(hours=3), waiting=2
    )
    assert "Quiet now, until" in await text_of(client, "/answers", "#quiet")
    assert "2 answers wait." in await text_of(client, "/answers", "#quiet")


async def test_where_an_external_program_sends_the_page_says_how_it_gets_what_waited(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.state = Status(sending=Sending("external"))
    assert "gets those that waited when it next asks" in await text_of(client, "/answers", "#quiet")


async def test_what_the_limits_held_back_is_counted_and_leads_to_the_mails(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    assert "no limit kept an answer" in await text_of(client, "/answers", "main")
    at = datetime.now(UTC)
    held = [
        HeldBack(2, at, "luis@x.org", "Luis", "<b>Hola</b>", "consulta", "global-cap", True),
        HeldBack(1, at, "ana@x.org", "", "", "pedido", "sender-hour", False),
    ]
    desk.overview_of_answers = Answers(held_back=held, held_by={"sender-hour": 61, "global-cap": 1})
    page = await page_of(client, "/answers")
    assert [a.attributes["href"] for a in page.css(".held-list a")] == ["/mails/2", "/mails/1"]
    assert page.css_first(".held-list a").text() == "<b>Hola</b>"
    assert "61 This sender already had the most" in await text_of(client, "/answers", ".held-by")
    assert "The last 2 of 62 within seven days." in await text_of(client, "/answers", "main")


async def test_a_saved_text_is_the_next_version_under_the_name_of_who_wrote_it(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    answer = await client.post("/answers/pedido/es", data=DRAFT)
    assert (answer.status_code, answer.headers["location"]) == (303, "/answers/pedido/es?mail=1")
    (version,) = desk.wordings["pedido", "es"]
    assert (version.text, version.made_by) == (TEXT, "Ana Ruiz")
    shown = await text_of(client, "/answers/pedido/es", "main")
    assert "Version 1 is at work." in shown
    assert "Su pedido es el B-000002." in shown


async def test_a_text_that_can_t_answer_is_told_why_and_stays_in_the_form(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    form = {**DRAFT, "text": "Hola\n{{ nombre }} <&>"}
    answer = await client.post("/answers/pedido/es", data=form)
    assert answer.status_code == 422
    page = LexborHTMLParser(answer.text)
    told = " ".join(page.css_first(".fault").text().split())
    assert told.startswith("Line 2: there is no variable “nombre”. There are {{ greeting }}, {{")
    assert page.css_first("textarea").text().strip() == form["text"]
    assert len(page.css(".fault")) == 1
    assert desk.wordings == {}


async def test_the_same_is_told_in_spanish(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/answers/pedido/es",
        data={**DRAFT, "text": "{% for x in name %}"},
        headers={"Accept-Language": "es"},
    )
    assert "Línea 1: «{% for x in name %}» no significa nada aquí." in answer.text
    assert "{% if name %}…{% else %}…{% endif %}" in answer.text


async def test_who_was_slower_is_told_and_loses_nothing(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    await client.post("/answers/pedido/es", data=DRAFT)
    answer = await client.post("/answers/pedido/es", data={**DRAFT, "text": "Otra cosa"})
    assert answer.status_code == 409
    assert "Somebody else changed this answer meanwhile." in answer.text
    assert LexborHTMLParser(answer.text).css_first("textarea").text().strip() == "Otra cosa"
    assert len(desk.wordings["pedido", "es"]) == 1


async def test_an_older_version_and_the_built_in_are_brought_back(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    await client.post("/answers/pedido/es", data=DRAFT)
    await client.post("/answers/pedido/es", data={**DRAFT, "text": "Adiós", "after": "1"})
    page = await page_of(client, "/answers/pedido/es")
    assert len(page.css('main [action$="/bring-back"]')) == 2
    for version, after in (("1", "2"), ("0", "3")):
        form = {"version": version, "after": after}
        answer = await client.post("/answers/pedido/es/bring-back", data=form)
        assert answer.headers["location"] == "/answers/pedido/es"
    texts = [version.text for version in desk.wordings["pedido", "es"]]
    assert texts == [None, TEXT, "Adiós", TEXT]
    shown = await text_of(client, "/answers/pedido/es", "main")
    assert "The text that comes with Buzón is at work." in shown
    assert "as version 1" in shown
    answer = await client.post("/answers/pedido/es/bring-back", data={"version": "9", "after": "4"})
    assert answer.status_code == 404


async def test_the_preview_is_made_by_what_makes_the_answers_and_keeps_nothing(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.events[7] = make_event(7, sender_name="<i>Eva</i>", subject="Pedido & más", language="en")
    answer = await client.post(
        "/answers/pedido/en/preview",
        data={**DRAFT, "text": "{{ greeting }}\n\nabout{{ quoted_subject }}", "mail": "7"},
        headers={"HX-Request": "true"},
    )
    shown = LexborHTMLParser(answer.text).css_first(".text").text()
    assert shown == "Hello,\n\nabout “Pedido & más”"
    assert desk.wordings == {}
    without_script = await client.post("/answers/pedido/en/preview", data={**DRAFT, "text": "Hi"})
    assert LexborHTMLParser(without_script.text).css_first("#tried .text").text() == "Hi"


async def test_a_draft_that_is_unfit_leaves_the_last_preview_and_says_why(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.post(
        "/answers/pedido/es/preview",
        data={**DRAFT, "text": "{{ name"},
        headers={"HX-Request": "true"},
    )
    assert (
        "Line 1: what begins with “{{” is not closed."
        in LexborHTMLParser(answer.text).css_first("#unfit").text()
    )
    assert 'id="tried"' not in answer.text


async def test_mails_of_that_category_and_language_are_offered_to_try_it_on(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.events[3] = make_event(3, category="consulta", subject="¿Abren?")
    page = await page_of(client, "/answers/consulta/es")
    assert [o.attributes["value"] for o in page.css("#mail option")] == ["3"]
    page = await page_of(client, "/answers/consulta/fr")
    assert len(page.css("#mail option")) == 3
    assert "others stand in" in await text_of(client, "/answers/consulta/fr", "main")
    desk.events.clear()
    assert "An invented mail" in await text_of(client, "/answers/consulta/fr", "main")
    assert "Bonjour Ana García," in await text_of(client, "/answers/consulta/fr", "#tried")


async def test_a_test_is_sent_to_who_asks_for_it(client: httpx.AsyncClient, desk: FakeDesk) -> None:
    answer = await client.post("/answers/pedido/es/test", data={**DRAFT, "to": "x@evil.example"})
    assert "Sent to ana@example.com, marked as a test." in answer.text
    assert [(to, template.text) for to, template in desk.tests_sent] == [("ana@example.com", TEXT)]
    desk.wait = 1800
    answer = await client.post("/answers/pedido/es/test", data=DRAFT)
    assert "Ten tests were sent within an hour." in answer.text
    assert "Try again in 30 minutes." in answer.text


@pytest.mark.parametrize(
    ("sending", "told"),
    [("off", "sending is not set up yet"), ("external", "an external program sends the answers")],
)
async def test_where_nothing_is_sent_the_test_says_so(
    client: httpx.AsyncClient, desk: FakeDesk, sending: str, told: str
) -> None:
    desk.state = replace(desk.state, sending=Sending(sending))  # type: ignore[arg-type]
    desk.sends = False
    answer = await client.post(
        "/answers/pedido/es/test", data=DRAFT, headers={"HX-Request": "true"}
    )
    assert "It was put together, but not sent" in answer.text
    assert told in answer.text


@pytest.mark.parametrize("path", ["quejas/es", "otro/es", "pedido/ja", "pedido/zz"])
async def test_an_answer_that_there_can_t_be_is_not_found(
    client: httpx.AsyncClient, path: str
) -> None:
    assert (await client.get(f"/answers/{path}")).status_code == 404


async def test_the_page_of_a_mail_names_the_version_and_says_until_when_it_waits(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    until = datetime.now(UTC) + timedelta(hours=2)
    quiet = make_reply(status="queued", template_version=3, quiet_until=until)
    desk.events[3] = make_event(3, reply=quiet)
    shown = await text_of(client, "/mails/3", "#answer")
    assert "Answer for “Order”, version 3" in shown
    assert "because of quiet hours" in shown
    assert "Waits for the quiet hours to end" in await text_of(client, "/", "#event-3")
    over = replace(quiet, quiet_until=datetime.now(UTC) - timedelta(minutes=1))
    desk.events[3] = make_event(3, reply=over)
    assert "quiet" not in await text_of(client, "/mails/3", "#answer")
