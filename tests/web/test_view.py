"""Which mails the list shows, as its address says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from buzon.errors import Invalid
from buzon.store.filters import Filter
from buzon.web.view import View, place_of, takes, view_of, view_of_query
from web.fake_desk import FakeDesk, make_event

MADRID = ZoneInfo("Europe/Madrid")
AT = datetime(2026, 3, 1, 10, 0, 0, 5, tzinfo=UTC)


def test_the_newest_of_all_mails_need_no_word() -> None:
    assert View().query == ""
    assert View().wanted(MADRID) == Filter()


def test_an_address_keeps_the_filters_on_the_way_to_older_mails_and_back() -> None:
    event = make_event(71, received_at=AT)
    older = View(review="1", q="caja rota").older_than(event)
    assert older.query == f"?review=1&q=caja+rota&before={place_of(event)}"
    assert older.place == (AT, 71)
    assert older.newest.query == "?review=1&q=caja+rota"
    assert view_of_query(older.query) == older


def test_a_filter_more_or_less_begins_at_the_newest() -> None:
    view = View(category="pedido", before="5-1")
    assert view.having(category="").query == ""
    assert view.having(language="es").query == "?category=pedido&language=es"


def test_days_are_those_of_the_company_both_ends_among_them() -> None:
    wanted = View(since="2026-03-29", until="2026-03-29").wanted(MADRID)
    assert wanted.since == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert wanted.until == datetime(2026, 3, 29, 22, tzinfo=UTC)


@pytest.mark.parametrize(("period", "days"), [("today", 1), ("7", 7), ("30", 30), ("90", 90)])
def test_a_period_is_so_many_days_with_today(period: str, days: int) -> None:
    since = View(period=period).wanted(MADRID).since
    today = datetime.now(MADRID).date()
    assert since
    assert since.astimezone(MADRID).date() == today - timedelta(days=days - 1)


@pytest.mark.parametrize(
    "parts",
    [
        {"before": "7"},
        {"before": "x-1"},
        {"before": f"1-{2**63}"},
        {"before": "9" * 30 + "-1"},
        {"since": "2026-02-30"},
        {"until": "gestern"},
        {"until": "9999-12-31"},
        {"period": "8"},
        {"answered": "maybe"},
        {"review": "2"},
        {"q": "x" * 201},
        {"mailbox": "a\0b"},
    ],
)
def test_an_address_that_makes_no_sense_is_refused(parts: dict[str, str]) -> None:
    with pytest.raises(Invalid, match="makes no sense"):
        view_of(parts)


async def test_and_that_is_a_page_with_a_sentence(client: httpx.AsyncClient) -> None:
    answer = await client.get("/?before=7")
    assert answer.status_code == 422
    assert "This address makes no sense." in answer.text


def test_what_an_address_has_that_is_no_part_of_it_is_ignored() -> None:
    assert view_of({"utm_source": "x", "category": " pedido "}) == View(category="pedido")


@pytest.mark.parametrize(
    ("changes", "right", "wrong"),
    [
        ({"true_label": "otro"}, {"shown": "otro"}, {"shown": "pedido"}),
        ({"needs_review": True}, {"to_review": True}, {"audited": True}),
        ({"audited": True, "true_label": "otro"}, {"audited": True}, {"to_review": True}),
        ({"audited": True}, {"done": False}, {"audited": True}),  # nobody is to know yet
        ({"done_at": AT}, {"done": True}, {"done": False}),
        ({"received_at": AT}, {"since": AT}, {"until": AT}),
        ({"language": "en"}, {"language": "en", "answered": True}, {"language": "es"}),
        ({"mailbox": "a"}, {"mailbox": "a"}, {"mailbox": "a", "words": "caja"}),
    ],
)
def test_a_mail_is_of_a_list_as_the_database_would_say(
    changes: dict[str, object], right: dict[str, object], wrong: dict[str, object]
) -> None:
    event = make_event(1, **changes)
    assert takes(Filter(), event)
    assert takes(Filter(**right), event)  # type: ignore[arg-type]
    assert not takes(Filter(**wrong), event)  # type: ignore[arg-type]


async def test_the_filters_that_hold_stand_above_the_list_each_with_its_end(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.events[2] = replace(desk.events[2], language="en")
    page = LexborHTMLParser((await client.get("/?category=pedido&language=en&period=7")).text)
    ends = {chip.text().split("\n")[0]: chip.attributes["href"] for chip in page.css(".chip")}
    assert list(ends.values()) == [
        "/?language=en&period=7", "/?category=pedido&period=7", "/?category=pedido&language=en",
    ]  # fmt: skip
    assert [row.attributes["data-id"] for row in page.css(".row")] == ["2"]
    assert page.css_first("#by-language option[selected]").text() == "English"


async def test_the_words_that_were_looked_for_are_marked_and_nothing_else_is_markup(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.events[3] = make_event(3, subject="Una <b>caja</b>", body="x " * 200 + "la Caja rota")
    page = LexborHTMLParser((await client.get("/?q=caja")).text)
    row = page.css_first("#event-3")
    assert [mark.text() for mark in row.css("mark")] == ["caja", "Caja"]
    assert row.css_first(".subject").text() == "Una <b>caja</b>"
    assert row.css_first(".snippet").text().startswith("… x x")
    assert page.css_first("#search").attributes["value"] == "caja"


async def test_a_list_without_mails_says_why_and_leads_on(client: httpx.AsyncClient) -> None:
    page = (await client.get("/?q=nada")).text
    assert "No mail is like that" in page


async def test_how_many_a_list_has_is_told(client: httpx.AsyncClient) -> None:
    assert (await client.get("/mails/count?category=pedido")).text == "2"
    assert (await client.get("/mails/count?category=otro")).text == "0"
