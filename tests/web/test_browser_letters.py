"""Mails as people read them, in Debian's Chromium: nothing in them runs and nothing is fetched."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from web.fake_desk import ATTACHMENT, make_event, make_reply
from web.letters import PAGES, make_raw
from web.site import Site
from web.watched import Watched

SOURCES = sorted(path for path in PAGES.glob("*.html") if not path.stem.endswith(".safe"))
LONG = "<p>Un párrafo que se lee.</p>" * 60


@pytest.fixture
def html(watched: Watched, site: Site) -> Watched:
    """Somebody who reads HTML."""
    watched.context.add_cookies([{"name": "buzon_letter", "value": "html", "url": site.url}])
    return watched


def show(site: Site, page: Page, html: str, **changes: object) -> None:
    """A mail with this HTML, opened."""
    site.desk.raws[6] = make_raw(html)
    site.desk.events[6] = make_event(6, **changes)
    page.goto(f"{site.url}/mails/6")


def frame_height(page: Page) -> float:
    box = page.locator(".sheet").bounding_box()
    assert box
    return box["height"]


@pytest.mark.parametrize("source", SOURCES, ids=[path.stem for path in SOURCES])
def test_a_hostile_mail_runs_nothing_and_fetches_nothing(
    html: Watched, site: Site, source: Path
) -> None:
    asked: list[str] = []
    html.page.on("request", lambda request: asked.append(request.url))
    show(site, html.page, source.read_text("utf-8"))
    frame = html.page.frame_locator(".sheet")
    expect(frame.locator("body")).not_to_be_empty()
    html.page.wait_for_load_state("networkidle")
    assert html.page.evaluate("window.hacked") is None
    assert frame.locator("script, svg, iframe, form, input, base, object, [onerror]").count() == 0
    own = [url.removeprefix(site.url) for url in asked if not url.startswith("data:")]
    assert [
        path
        for path in own
        if not re.match(r"/(mails/6(/html\?lang=\w+)?$|live|static/|categories.css)", path)
    ] == []


def test_even_what_got_past_the_cleaning_would_not_run(html: Watched, site: Site) -> None:
    """The second wall by itself: what nh3 takes out, put into the frame by hand."""
    show(site, html.page, "<p>Hola</p>")
    frame = html.page.frame_locator(".sheet")
    expect(frame.locator("p")).to_have_text("Hola")
    stopped = {}
    html.page.on("requestfailed", lambda request: stopped.update({request.url: request.failure}))
    html.page.evaluate(
        """
        const inner = document.querySelector(".sheet").contentDocument;
        const script = inner.createElement("script");
        script.textContent = "parent.hacked = 1";
        inner.body.append(script);
        inner.body.insertAdjacentHTML("beforeend",
          '<img src="https://evil.example/x.png" onerror="parent.hacked = 1">' +
          '<p style="background:url(https://evil.example/y)" onclick="parent.hacked = 1">x</p>' +
          '<a id="run" href="javascript:parent.hacked=1">x</a>' +
          '<form action="https://evil.example/"><button>x</button></form>');
        inner.querySelector("#run").click();
        inner.querySelector("button").click();
        """
    )
    frame.locator("p").last.click()
    html.page.wait_for_timeout(200)
    assert html.page.evaluate("window.hacked") is None
    assert html.page.url == f"{site.url}/mails/6"
    assert all("violates" in said or "sandbox" in said for said in html.complaints)
    assert stopped == {"https://evil.example/x.png": "csp", "https://evil.example/y": "csp"}
    assert set(html.foreign) == stopped.keys()  # Chromium tells of requests that it stops, too
    html.complaints.clear()
    html.foreign.clear()


def test_the_frame_is_as_high_as_what_stands_in_it(html: Watched, site: Site) -> None:
    show(site, html.page, LONG)
    expect(html.page.frame_locator(".sheet").locator("p").last).to_be_visible()
    long = frame_height(html.page)
    inner = html.page.evaluate(
        "document.querySelector('.sheet').contentDocument.documentElement.scrollHeight"
    )
    assert inner <= long < inner + 20
    show(site, html.page, "<p>Corto</p>")
    expect(html.page.frame_locator(".sheet").locator("p")).to_have_text("Corto")
    assert frame_height(html.page) < 120


def test_what_is_quoted_in_html_is_folded_and_the_frame_follows(html: Watched, site: Site) -> None:
    show(site, html.page, f"<p>Gracias</p><blockquote>{LONG}</blockquote>")
    frame = html.page.frame_locator(".sheet")
    expect(frame.locator("blockquote")).to_be_hidden()
    folded = frame_height(html.page)
    frame.locator("summary").click()
    expect(frame.locator("blockquote")).to_be_visible()
    html.page.wait_for_function(
        "height => document.querySelector('.sheet').offsetHeight > height", arg=folded + 500
    )


def test_a_mail_is_black_on_white_in_the_dark_too(html: Watched, site: Site) -> None:
    show(site, html.page, "<p>Hola</p>")
    inner = html.page.frame_locator(".sheet").locator("body")
    assert inner.evaluate("body => getComputedStyle(body).color") == "rgb(28, 28, 26)"
    ground = inner.evaluate("body => getComputedStyle(body.parentElement).backgroundColor")
    assert ground == "rgb(255, 255, 255)"


def test_somebody_switches_between_text_and_html_and_it_stays_so(
    site: Site, watched: Watched
) -> None:
    page = watched.page
    site.desk.raws |= {4: make_raw("<p>Del cuatro</p>"), 3: make_raw("<p>Del tres</p>")}
    page.locator("#event-4 a").click()
    expect(page.locator("#text")).to_be_visible()
    page.locator(".segments").get_by_text("HTML").click()
    expect(page.frame_locator(".sheet").locator("p")).to_have_text("Del cuatro")
    expect(page.locator("#words-switch")).to_have_count(0)
    page.locator(".mail-head").get_by_role("button", name="Next mail").click()
    expect(page.frame_locator(".sheet").locator("p")).to_have_text("Del tres")
    page.keyboard.press("h")
    expect(page.locator("#text")).to_be_visible()
    page.reload()
    expect(page.locator("#text")).to_be_visible()


def test_keys_pressed_in_a_mail_are_the_desks(html: Watched, site: Site) -> None:
    show(site, html.page, "<p>Hola</p>")
    html.page.frame_locator(".sheet").locator("p").click()
    html.page.keyboard.press("2")
    expect(html.page.locator("#event-6 .row-category")).to_have_text("Incident")
    html.page.goto(f"{site.url}/mails/6")
    html.page.frame_locator(".sheet").locator("p").click()
    html.page.keyboard.press("Escape")
    expect(html.page.locator(".mail")).to_have_count(0)


def test_a_link_opens_beside_buzon_and_does_not_know_it(html: Watched, site: Site) -> None:
    target = f"{site.url}/static/icon.svg"
    show(site, html.page, f'<a href="{target}">la tienda</a>')
    with html.context.expect_page() as opened:
        html.page.frame_locator(".sheet").get_by_text("la tienda").click()
    assert opened.value.url == target
    assert opened.value.evaluate("[opener, document.referrer]") == [None, ""]
    assert html.page.url == f"{site.url}/mails/6"


def test_the_conversation_is_unfolded_in_its_place(site: Site, watched: Watched) -> None:
    page = watched.page
    for id in (6, 7, 8):
        site.desk.events[id] = make_event(
            id, thread_id="one", body=f"Texto del {id}", reply=make_reply() if id == 6 else None
        )
    page.goto(f"{site.url}/mails/8")
    page.locator(".folded summary", has_text="Texto del 7").click()
    expect(page.locator(".folded .text", has_text="Texto del 7")).to_be_visible()
    page.locator(".folded.answer summary").click()
    expect(page.locator(".folded.answer .text")).to_contain_text("lo estamos preparando")
    page.locator(".folded[open]", has_text="Texto del 7").get_by_text("Open this mail").click()
    expect(page).to_have_url(f"{site.url}/mails/7")


def test_more_of_a_long_conversation_is_brought_in(site: Site, watched: Watched) -> None:
    page = watched.page
    for id in range(100, 160):
        site.desk.events[id] = make_event(id, thread_id="one", body=f"Texto {id}", reply=None)
    page.goto(f"{site.url}/mails/159")
    expect(page.locator(".folded")).to_have_count(25)
    page.get_by_text("Earlier mails of this conversation").click()
    expect(page.locator(".folded")).to_have_count(50)
    page.get_by_text("Earlier mails of this conversation").click()
    expect(page.locator(".folded")).to_have_count(59)
    expect(page.get_by_text("Earlier mails of this conversation")).to_have_count(0)
    assert page.locator(".folded .snippet").first.text_content() == "Texto 100"


def test_an_attachment_is_saved_and_not_opened(site: Site, watched: Watched) -> None:
    page = watched.page
    site.desk.raws[6] = make_raw(attachments={"año <b>.pdf": b"%PDF"})
    site.desk.events[6] = make_event(6, attachments=(ATTACHMENT,))
    page.goto(f"{site.url}/mails/6")
    with page.expect_download() as saved:
        page.locator(".attachments a").click()
    assert saved.value.suggested_filename == "año _b_.pdf"
    assert Path(saved.value.path()).read_bytes() == b"%PDF"


@pytest.mark.parametrize("path", ["/mails/6", "/mails/6/source", "/outbox", "/quarantine"])
def test_no_page_is_wider_than_the_screen(
    site: Site, html: Watched, path: str, browser: Browser
) -> None:
    long = "x" * 400
    site.desk.raws[6] = make_raw(f"<table width=900><tr><td>{long}</td></tr></table>", subject=long)
    for id in (6, 7):
        site.desk.events[id] = make_event(
            id, thread_id="one", subject=long, body=long, attachments=(ATTACHMENT,) * 9,
            reply=make_reply(subject=long, recipient=long, detail=long, status="failed"),
        )  # fmt: skip
    site.desk.park(7, site.desk.raws[6], long)
    html.page.goto(f"{site.url}{path}")
    assert html.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if path == "/mails/6":
        assert html.page.evaluate("pane.scrollWidth <= pane.clientWidth")


@pytest.mark.parametrize("width", [390, 1440])
def test_a_long_name_of_an_attachment_is_cut_and_the_mail_as_wide_as_it_should(
    site: Site, watched: Watched, width: int
) -> None:
    page = watched.page
    page.set_viewport_size({"width": width, "height": 900})
    named = replace(ATTACHMENT, name=f"{'factura muy larga ' * 9}.pdf")
    site.desk.events[6] = make_event(6, attachments=(named,))
    page.goto(f"{site.url}/mails/6")
    wide = "(one) => one.getBoundingClientRect().right"
    end = page.locator(".letters").evaluate(wide)
    assert page.locator(".opened").evaluate(wide) <= end
    assert page.locator(".attachments .small").evaluate(wide) < end


def test_a_time_to_come_is_not_told_as_now(site: Site, watched: Watched) -> None:
    page = watched.page
    site.desk.events[6] = make_event(6, reply=make_reply(status="queued", attempts=1))
    page.clock.install()
    page.goto(f"{site.url}/outbox?state=waiting")
    due, made = page.locator(".post-state time"), page.locator(".post-when time")
    told = due.inner_text()
    page.clock.fast_forward("02:05")
    expect(made).to_have_text(re.compile("[567] min ago"))
    expect(due).to_have_text(told)
