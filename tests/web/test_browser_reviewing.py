"""Going through mails by key and by click, in Debian's Chromium."""

import re
from dataclasses import replace
from datetime import UTC, datetime

from playwright.sync_api import Browser, Page, expect

from buzon.store.scores import Said
from web.fake_desk import FakeDesk, make_event
from web.site import Site, running
from web.watched import Watched


def is_open(page: Page, id: int) -> None:
    expect(page.locator(".mail")).to_have_attribute("data-id", str(id))


def open_mail(page: Page, id: int) -> None:
    page.locator(f"#event-{id} a").click()
    is_open(page, id)


def marked(page: Page, yes: bool = True) -> None:
    expect(page.locator("#text mark")).to_have_count(3 if yes else 0)
    pressed = "true" if yes else "false"
    expect(page.locator("#words-switch")).to_have_attribute("aria-pressed", pressed)


def waiting(site: Site, *ids: int) -> None:
    for id in ids:
        site.desk.events[id] = replace(site.desk.events[id], needs_review=True)


def listed(page: Page, *ids: int) -> None:
    expect(page.locator(".row")).to_have_count(len(ids))
    found = page.locator(".row").evaluate_all("rows => rows.map(row => Number(row.dataset.id))")
    assert found == list(ids)


def test_somebody_asks_which_words_decided_and_has_enough_of_it(page: Page) -> None:
    open_mail(page, 4)
    marked(page, False)
    page.get_by_role("button", name="Words that decided").click()
    marked(page)
    expect(page.get_by_role("button", name="Words that decided")).to_be_focused()
    page.get_by_role("button", name="Words that decided").click()
    marked(page, False)
    expect(page.locator("#text")).to_contain_text("Necesito veinte cajas")


def test_the_words_stay_marked_from_mail_to_mail_and_after_a_reload(page: Page) -> None:
    open_mail(page, 4)
    page.keyboard.press("w")
    marked(page)
    page.keyboard.press("j")
    is_open(page, 3)
    marked(page)
    page.reload()
    marked(page)
    page.go_back()
    is_open(page, 4)
    marked(page)
    page.keyboard.press("w")
    marked(page, False)
    page.keyboard.press("j")
    is_open(page, 3)
    marked(page, False)


def test_for_and_against_differ_without_colour_and_strength_by_depth(page: Page) -> None:
    open_mail(page, 4)
    page.keyboard.press("w")
    marked(page)
    line, ground = (
        [
            page.locator("#text mark").nth(n).evaluate(f"mark => getComputedStyle(mark).{style}")
            for n in range(3)
        ]
        for style in ("textDecorationStyle", "backgroundColor")
    )
    assert line == ["solid", "solid", "dotted"]
    assert len(set(ground)) == 3


def test_the_marked_mail_is_not_left_in_the_browser(page: Page) -> None:
    open_mail(page, 4)
    page.keyboard.press("w")
    marked(page)
    kept = page.evaluate("JSON.stringify([localStorage, sessionStorage])")
    assert "cajas" not in kept


def test_a_mail_is_found_opened_and_closed_by_key(page: Page) -> None:
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("j")
    expect(page.locator("#event-4 a")).to_be_focused()
    page.keyboard.press("Enter")
    is_open(page, 4)
    page.keyboard.press("Escape")
    expect(page.locator(".mail")).to_have_count(0)
    expect(page.locator("#event-4 a")).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator("#event-3 a")).to_be_focused()


def test_the_next_and_the_previous_mail_are_a_key_and_a_button_away(page: Page) -> None:
    open_mail(page, 4)
    page.keyboard.press("k")
    is_open(page, 5)
    expect(page.get_by_role("button", name="Previous mail")).to_be_disabled()
    page.get_by_role("button", name="Next mail").click()
    is_open(page, 4)
    expect(page.locator("#event-4 a")).to_have_attribute("aria-current", "true")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("j")
    is_open(page, 1)
    expect(page.get_by_role("button", name="Next mail")).to_be_disabled()


def test_a_key_pressed_too_early_does_not_label_the_mail_that_is_left(
    site: Site, page: Page
) -> None:
    open_mail(page, 4)
    page.evaluate(
        "for (const key of 'j2')"
        " document.body.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}))"
    )
    is_open(page, 3)
    assert {event.true_label for event in site.desk.events.values()} == {None}


def test_a_quick_hand_labels_each_mail_and_no_other(site: Site, page: Page) -> None:
    open_mail(page, 5)
    for id, key in ((5, "2"), (4, "3"), (3, "1")):
        is_open(page, id)
        page.keyboard.press(key)
    is_open(page, 2)
    page.wait_for_load_state("networkidle")
    labels = [site.desk.events[id].true_label for id in (5, 4, 3, 2)]
    assert labels == ["incidencia", "consulta", "pedido", None]
    expect(page.locator("#verdict [aria-pressed=true]")).to_have_count(0)


def test_a_question_mark_shows_the_keys_and_escape_closes_them_and_nothing_else(
    page: Page,
) -> None:
    open_mail(page, 4)
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keys")).to_be_visible()
    page.keyboard.press("w")
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Keys")).to_be_hidden()
    is_open(page, 4)
    marked(page, False)


def test_the_keys_have_a_button(browser: Browser, site: Site) -> None:
    watched = Watched(browser, site, 1440, "dark", "es-ES")
    watched.page.get_by_role("button", name="Teclas").click()
    expect(watched.page.get_by_text("palabras que decidieron")).to_be_visible()
    watched.context.close()
    assert watched.complaints == []


def test_what_is_to_review_is_gone_through_and_keeps_its_place(site: Site, page: Page) -> None:
    waiting(site, 4, 2, 1)
    page.reload()
    expect(page.locator("#to-review")).to_have_text("3")
    page.get_by_role("link", name="To review", exact=True).click()
    expect(page).to_have_url(f"{site.url}/?review=1")
    listed(page, 4, 2, 1)
    open_mail(page, 4)
    expect(page).to_have_url(f"{site.url}/mails/4?review=1")
    page.keyboard.press("3")
    expect(page.locator("#event-4 .row-share")).to_contain_text("Corrected")
    expect(page.locator("#to-review")).to_have_text("2")
    is_open(page, 2)
    listed(page, 4, 2, 1)
    page.reload()
    is_open(page, 2)
    listed(page, 2, 1)
    page.keyboard.press("Escape")
    expect(page).to_have_url(f"{site.url}/?review=1")
    page.go_back()
    is_open(page, 2)


def test_only_a_mail_that_waits_comes_in_among_those_to_review(site: Site, page: Page) -> None:
    waiting(site, 2)
    page.goto(f"{site.url}/?review=1")
    expect(page.locator("#line")).to_have_text("Live")
    site.do(site.desk.keep, make_event(6), make_event(7, needs_review=True))
    expect(page.locator("#event-7")).to_be_visible()
    listed(page, 7, 2)
    expect(page.locator("#to-review")).to_have_text("2")
    open_mail(page, 7)
    expect(page).to_have_url(f"{site.url}/mails/7?review=1")


def test_nothing_to_review_is_said_and_ends_by_itself(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/?review=1")
    expect(page.get_by_text("No mail waits for a person")).to_be_visible()
    expect(page.locator("#line")).to_have_text("Live")
    site.do(site.desk.keep, make_event(6, needs_review=True))
    expect(page.locator("#event-6")).to_be_visible()
    expect(page.get_by_text("No mail waits for a person")).to_be_hidden()


def test_who_comes_back_finds_only_what_still_waits(browser: Browser) -> None:
    """60 wait, more than a page: what lies beyond the newest fifty is left alone."""
    with running(FakeDesk([make_event(id, needs_review=True) for id in range(1, 61)])) as site:
        watched = Watched(browser, site, 1440, "light")
        page = watched.page
        page.goto(f"{site.url}/?review=1")
        expect(page.locator(".row")).to_have_count(50)
        expect(page.locator("#line")).to_have_text("Live")
        page.evaluate("window.dispatchEvent(new Event('pagehide'))")
        site.desk.events[58] = replace(site.desk.events[58], true_label="pedido")
        page.evaluate(
            "window.dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))"
        )
        expect(page.locator("#event-58")).to_have_count(0)
        expect(page.locator("#event-59")).to_be_visible()
        page.get_by_role("link", name="Older").click()
        expect(page).to_have_url(re.compile(r"/\?review=1&before=\d+-11$"))
        watched.context.close()
        assert watched.complaints == []


def test_the_unfolded_history_stays_open_when_the_mail_is_refreshed(site: Site, page: Page) -> None:
    open_mail(page, 4)
    page.get_by_role("button", name="Query").click()
    page.locator(".history summary").click()
    page.get_by_role("button", name="Incident").click()
    expect(page.locator(".history li")).to_have_count(3)
    expect(page.locator(".history ol")).to_be_visible()
    past = site.desk.pasts[4]
    page.locator(".history summary").focus()
    scored_again = Said(datetime.now(UTC), "own-2", "consulta", 0.55)
    site.desk.pasts[4] = replace(past, said=[*past.said, scored_again])
    site.do(site.desk.keep, replace(site.desk.events[4], confidence=0.55))
    expect(page.locator(".history ol")).to_contain_text("55%")
    expect(page.locator(".history ol")).to_be_visible()
    expect(page.locator(".history summary")).to_be_focused()


def test_an_alarm_of_the_model_leads_to_its_page(site: Site, page: Page) -> None:
    site.desk.state = replace(site.desk.state, alarms=("promise",))
    page.reload()
    expect(page.locator(".alarms")).to_contain_text("The promise is not kept")
    page.get_by_role("link", name="See the model").click()
    expect(page).to_have_url(f"{site.url}/model")
    expect(page.locator(".alarms")).to_have_count(0)
