"""The dashboard's pages, as they are sent."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime

import httpx
from selectolax.lexbor import LexborHTMLParser

from buzon.flow.statistics import Accuracy, Answers, Compared
from buzon.store.drift_alarms import Drift
from buzon.web.charts import TITLES
from web.fake_desk import FakeDesk
from web.fake_statistics import EMPTY


async def page_of(client: httpx.AsyncClient, path: str) -> LexborHTMLParser:
    answer = await client.get(path)
    assert answer.status_code == 200
    return LexborHTMLParser(answer.text)


def words(page: LexborHTMLParser, selector: str) -> str:
    return " ".join(" ".join(node.text() for node in page.css(selector)).split())


async def test_the_dashboard_has_every_chart_with_its_table_and_csv(
    client: httpx.AsyncClient,
) -> None:
    page = await page_of(client, "/dashboard?period=7")
    assert [c.attributes["data-chart"] for c in page.css("[data-chart]")] == list(TITLES)
    behind = [node.attributes["hx-get"] for node in page.css("[data-chart] details .scrolls")]
    assert behind == [f"/dashboard/{name}/table?period=7" for name in TITLES]
    links = [link.attributes["href"] for link in page.css("a.csv")]
    assert links == [f"/dashboard/{name}.csv?period=7" for name in TITLES]


async def test_what_is_drawn_are_the_rows_of_the_table(client: httpx.AsyncClient) -> None:
    page = await page_of(client, "/dashboard/languages")
    drawing = json.loads(page.css_first(".drawing").text())
    assert drawing["kind"] == "bars"
    cells = [node.text() for node in page.css("tbody tr:first-child > *")]
    assert cells[:2] == ["Spanish", "3,150"]
    assert drawing["rows"][0][:2] == ["Spanish", 3150]
    table = page.css_first("table").html
    asked = await page_of(client, "/dashboard/languages/table?period=30")
    assert asked.css_first("table").html == table
    assert not asked.css("header")


async def test_figures_are_told_with_what_they_were_before(client: httpx.AsyncClient) -> None:
    numbers = words(await page_of(client, "/dashboard"), "#numbers")
    assert "Mails 3,450 +17% against the period before" in numbers
    assert "Answered automatically 88% 86% before" in numbers
    assert "Time to answer 2.4 s half within this; 95 of 100 within 11.8 s" in numbers
    assert "95.8% between 92.1% and 98.0%, from 212 mails that were checked" in numbers


async def test_what_cannot_be_told_says_so_instead_of_nought(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.figures = replace(
        desk.figures,
        accuracy=Accuracy(None, None, {}),
        answers=Answers(0, 0, 12, 0, 3),
        answered=Compared(None, None),
        volume=Compared(5, None),
    )
    numbers = words(await page_of(client, "/dashboard"), "#numbers")
    assert "Can't be told yet: of the mails that chance drew, none was checked." in numbers
    assert "12 answers were written and kept: in the sandbox nothing is sent." in numbers
    assert "nothing to compare with yet" in numbers
    assert "0%" not in numbers


async def test_days_without_a_mail_are_an_empty_page_with_a_sentence(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.figures = EMPTY
    page = await page_of(client, "/dashboard?period=today")
    assert page.css("#numbers .none")
    assert "The next one is counted here by itself." in words(page, ".empty")


async def test_the_csv_of_a_chart_is_named_after_it_and_holds_no_formula(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/dashboard/senders.csv?period=own&since=2026-01-01&until=2026-01-31")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    named = 'attachment; filename="buzon-senders-2026-01-01-2026-01-31.csv"'
    assert answer.headers["content-disposition"] == named
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[1][:2] == ["compras@example.org", "120"]
    assert rows[2][0] == "'=HYPERLINK(1)@example.org"


async def test_a_chart_that_there_is_not_is_told_with_the_way_on(
    client: httpx.AsyncClient,
) -> None:
    for path in ("/dashboard/cakes", "/dashboard/cakes.csv", "/dashboard/stream/cakes"):
        answer = await client.get(path)
        assert answer.status_code == 404
        assert "There is no such chart." in answer.text


async def test_a_wall_shows_no_navigation_and_is_dark_by_choice(client: httpx.AsyncClient) -> None:
    page = await page_of(client, "/dashboard?wall=1&dark=1&period=today")
    assert not page.css("header.top, nav, form, details, a.csv")
    dark = next(link for link in page.css("link") if "dark.css" in (link.attributes["href"] or ""))
    assert dark.attributes["media"] == "all"
    assert page.css_first(".leave-wall").attributes["href"] == "/dashboard?period=today"
    light = await client.get("/dashboard?wall=1")
    assert 'media="(prefers-color-scheme: dark)"' in light.text


async def test_nothing_of_a_sender_becomes_markup(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    evil = '</script><img src=x onerror="alert(1)">@x.org'
    desk.figures = replace(desk.figures, senders=[replace(desk.figures.senders[0], sender=evil)])
    page = await page_of(client, "/dashboard/senders")
    assert not page.css("main img")
    assert page.css_first("tbody th").text() == evil
    assert json.loads(page.css_first(".drawing").text())["rows"][0][0] == evil


async def test_only_the_dashboard_loads_echarts(client: httpx.AsyncClient) -> None:
    assert "echarts" in (await client.get("/dashboard")).text
    for path in ("/", "/model", "/account"):
        assert "echarts" not in (await client.get(path)).text


async def test_what_has_moved_and_since_when_is_told_with_the_way_to_more(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    page = await page_of(client, "/dashboard")
    assert "Yes: neither the mix of categories" in words(page, "#drift")
    alarm = Drift("confidence", date(2026, 11, 3), datetime.now(UTC), 0.01, {"": (0.91, 0.83)})
    desk.figures = replace(desk.figures, drift=[alarm])
    page = await page_of(client, "/dashboard")
    assert "91% sure on average, and is 83% sure since 3 Nov 2026." in words(page, "#drift")
    assert [a.attributes["href"] for a in page.css("#drift a")] == ["/model#drift"]
    model = await page_of(client, "/model")
    assert model.css_first("#drift h2").text() == page.css_first("#drift h2").text()
