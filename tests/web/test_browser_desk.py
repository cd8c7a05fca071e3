"""Searching, selecting, doing to many at once, undoing and reviewing, in Debian's Chromium."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Browser, Page, Route, expect

from buzon.store.long_acts import LongAct
from web.fake_desk import FakeDesk, make_event
from web.fake_people import SESSIONS
from web.site import Site, running
from web.watched import Watched, intercept


def is_open(page: Page, id: int) -> None:
    expect(page.locator(".mail")).to_have_attribute("data-id", str(id))
    page.wait_for_load_state()  # keys are heard from then on


def listed(page: Page, *ids: int) -> None:
    expect(page.locator(".row")).to_have_count(len(ids))
    found = page.locator(".row").evaluate_all("rows => rows.map(row => Number(row.dataset.id))")
    assert found == list(ids)


def toast(page: Page, text: str) -> None:
    expect(page.locator(".toast-text")).to_contain_text(text)


def test_somebody_searches_by_key_and_comes_back(site: Site, page: Page) -> None:
    site.desk.events[2] = make_event(2, subject="Caja rota")
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type("rota")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site.url}/?q=rota")
    listed(page, 2)
    expect(page.locator(".row mark")).to_have_text("rota")
    page.go_back()
    listed(page, 5, 4, 3, 2, 1)


def test_filters_are_chosen_kept_in_the_address_and_taken_away(site: Site, page: Page) -> None:
    site.desk.events[2] = make_event(2, language="en", true_label="otro")
    page.get_by_role("button", name="Filter").click()
    page.get_by_label("Category").select_option("otro")
    page.get_by_label("Language").select_option("en")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page).to_have_url(f"{site.url}/?category=otro&language=en")
    listed(page, 2)
    page.locator("#event-2 a").click()
    is_open(page, 2)
    expect(page).to_have_url(f"{site.url}/mails/2?category=otro&language=en")
    page.reload()
    listed(page, 2)
    page.keyboard.press("Escape")
    page.get_by_role("link", name="English").click()
    expect(page).to_have_url(f"{site.url}/?category=otro")


def test_a_view_is_saved_forgotten_and_brought_back(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/?category=pedido")
    page.get_by_role("button", name="Save this view").click()
    page.get_by_label("Name").fill("Pedidos")
    page.keyboard.press("Enter")
    saved = page.get_by_role("link", name="Pedidos")
    expect(saved).to_have_attribute("aria-current", "page")
    page.goto(site.url)
    saved.click()
    expect(page).to_have_url(f"{site.url}/?category=pedido")
    page.get_by_role("button", name="Forget this view").click()
    expect(saved).to_have_count(0)
    toast(page, "The view “Pedidos” is gone.")
    page.keyboard.press("u")
    expect(saved).to_have_attribute("aria-current", "page")
    expect(page.locator(".toast-text")).to_have_count(0)


def test_a_mail_that_does_not_fit_the_list_stays_out_of_it(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/?category=pedido")
    expect(page.locator("#line")).to_have_text("Live")
    site.do(site.desk.keep, make_event(6, category="otro"), make_event(7))
    expect(page.locator("#event-7")).to_be_visible()
    listed(page, 7, 5, 4, 3, 2, 1)
    site.do(site.desk.keep, replace(site.desk.events[3], true_label="otro"))
    expect(page.locator("#event-3 .row-category")).to_have_text("Other")


def test_a_mail_that_was_received_earlier_comes_in_where_it_belongs(site: Site, page: Page) -> None:
    for id in (4, 5):
        event = site.desk.events[id]
        site.desk.events[id] = replace(event, received_at=event.received_at + timedelta(minutes=1))
    page.reload()
    expect(page.locator("#line")).to_have_text("Live")
    site.do(site.desk.keep, make_event(9))
    expect(page.locator("#event-9")).to_be_visible()
    listed(page, 5, 4, 9, 3, 2, 1)


def test_five_are_corrected_by_key_and_one_is_undone(site: Site, page: Page) -> None:
    page.locator("#event-5 a").click()
    for id in (5, 4, 3, 2, 1):
        is_open(page, id)
        page.keyboard.press("2")
        toast(page, "1 mail is now “Incident”.")
        expect(page.locator(f"#event-{id} .row-category")).to_have_text("Incident")
    page.keyboard.press("u")
    toast(page, "Undone for 1 mail.")
    expect(page.locator("#event-1 .row-category")).to_have_text("Order")
    labels = [site.desk.events[id].true_label for id in (5, 4, 3, 2, 1)]
    assert labels == ["incidencia"] * 4 + [None]


def test_letters_and_digits_can_be_switched_off(site: Site, page: Page) -> None:
    page.locator("#event-5 a").click()
    is_open(page, 5)
    page.keyboard.press("?")
    page.get_by_label("Letters and digits do this").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    for key in ("2", "e", "j", "/", "?"):
        page.keyboard.press(key)
    expect(page.locator("#keys")).to_be_hidden()
    is_open(page, 5)
    assert (site.desk.events[5].true_label, site.desk.events[5].done_at) == (None, None)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Keys").click()
    page.get_by_label("Letters and digits do this").check()
    page.locator("#keys").get_by_role("button", name="Close").click()
    expect(page.locator("#keys")).to_be_hidden()
    page.locator("#event-5 a").click()
    is_open(page, 5)
    page.keyboard.press("2")
    toast(page, "1 mail is now “Incident”.")


def test_enter_opens_a_mail_and_then_confirms_it(site: Site, page: Page) -> None:
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    is_open(page, 5)
    page.keyboard.press("Enter")
    is_open(page, 4)
    assert site.desk.events[5].true_label == "pedido"


def test_enter_confirms_the_mail_that_was_gone_on_to(site: Site, browser: Browser) -> None:
    watched = Watched(browser, site, 1440, "light")
    page = watched.page
    page.locator("#event-4 a").click()
    is_open(page, 4)
    for id in (3, 2):
        page.keyboard.press("Enter")
        is_open(page, id)
    labels = [site.desk.events[id].true_label for id in (4, 3)]
    assert labels == [site.desk.events[id].category for id in (4, 3)]
    watched.context.close()
    assert watched.complaints == []


def test_some_are_selected_by_key_and_called_something_at_once(site: Site, page: Page) -> None:
    for _ in range(2):
        page.keyboard.press("j")
        page.keyboard.press("x")
    expect(page.locator(".bulk-count")).to_have_text("Selected: 2")
    page.keyboard.press("3")
    toast(page, "2 mails are now “Query”.")
    expect(page.locator("#bulk")).to_be_hidden()
    expect(page.locator("#event-4 .row-category")).to_have_text("Query")
    page.keyboard.press("u")
    toast(page, "Undone for 2 mails.")
    assert {event.true_label for event in site.desk.events.values()} == {None}


def test_what_is_chosen_but_not_open_is_called_something_and_done_by_one_key(
    site: Site, page: Page
) -> None:
    page.keyboard.press("j")
    page.keyboard.press("2")
    toast(page, "1 mail is now “Incident”.")
    expect(page.locator("#event-4 a")).to_be_focused()
    page.keyboard.press("e")
    toast(page, "Done with 1 mail.")
    expect(page.locator("#event-3 a")).to_be_focused()
    expect(page.locator("#bulk")).to_be_hidden()
    assert {id for id, event in site.desk.events.items() if event.true_label} == {5}
    assert site.desk.events[4].done_at
    page.keyboard.press("u")
    toast(page, "Undone for 1 mail.")
    assert not site.desk.events[4].done_at


def test_what_is_still_on_its_way_is_done_to_no_other_mail(site: Site, page: Page) -> None:
    held: list[Route] = []
    intercept(page, "**/mails/label**", lambda route: held.append(route))  # noqa: PLW0108
    page.keyboard.press("j")
    with page.expect_request("**/mails/label**"):
        page.keyboard.press("2")
    page.keyboard.press("j")
    page.keyboard.press("3")
    for route in held:
        route.continue_()
    toast(page, "1 mail is now “Incident”.")
    assert len(held) == 1
    assert [event.true_label for event in site.desk.events.values() if event.true_label] == [
        "incidencia"
    ]


def test_with_shift_all_between_two_are_selected(page: Page) -> None:
    page.locator("#event-5 .row-select").click()
    page.locator("#event-2 .row-select input").click(modifiers=["Shift"])
    expect(page.locator("#bulk-count")).to_have_text("4")
    page.keyboard.press("Escape")
    expect(page.locator("#bulk")).to_be_hidden()
    expect(page.locator(".row input:checked")).to_have_count(0)


def test_who_selects_by_mouse_goes_on_by_key_from_there(page: Page) -> None:
    page.locator("#event-4 .row-select").click()
    page.keyboard.press("j")
    expect(page.locator("#event-3 .row-subject")).to_be_focused()
    page.locator("#event-2 .row-select").click()
    page.keyboard.press("k")
    expect(page.locator("#event-3 .row-subject")).to_be_focused()
    for act in (r"^Query", "Select none"):
        page.locator("#event-3 .row-select").click()
        page.locator("#bulk").get_by_role("button", name=re.compile(act)).click()
        expect(page.locator("#bulk")).to_be_hidden()
        expect(page.locator("#event-3 .row-subject")).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator("#event-2 .row-subject")).to_be_focused()


def test_a_selected_mail_stays_so_when_its_row_is_drawn_anew(site: Site, page: Page) -> None:
    page.locator("#event-4 .row-select").click()
    site.do(site.desk.keep, replace(site.desk.events[4], confidence=0.5))
    expect(page.locator("#event-4 .row-share")).to_contain_text("50%")
    expect(page.locator("#event-4 input")).to_be_checked()


def test_a_thousand_that_match_are_called_something_at_once(browser: Browser) -> None:
    desk = FakeDesk([make_event(id, language="en" if id % 2 else "es") for id in range(1, 2001)])
    with running(desk) as site:
        watched = Watched(browser, site, 1440, "light")
        page = watched.page
        page.goto(f"{site.url}/?language=en")
        page.locator("#event-1999 .row-select").click()
        page.get_by_role("button", name="Select all of this list").click()
        expect(page.locator("#bulk-count")).to_have_text("1,000")
        page.locator("#bulk").get_by_role("button", name="Complaint").click()
        toast(page, "1,000 mails are now “Complaint”.")
        expect(page.locator("#event-1951 .row-category")).to_have_text("Complaint")
        labels = [event.true_label for event in desk.events.values()]
        assert (labels.count("reclamacion"), labels.count(None)) == (1000, 1000)
        page.get_by_role("button", name="Undo").click()
        toast(page, "Undone for 1,000 mails.")
        assert {event.true_label for event in desk.events.values()} == {None}
        watched.context.close()
        assert watched.complaints == []


def test_who_is_done_goes_on_and_finds_what_is_left(site: Site, page: Page) -> None:
    page.locator("#event-5 a").click()
    is_open(page, 5)
    page.keyboard.press("e")
    is_open(page, 4)
    toast(page, "Done with 1 mail.")
    expect(page.locator("#event-5.done")).to_have_count(1)
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Not done").click()
    expect(page).to_have_url(f"{site.url}/?done=no")
    listed(page, 4, 3, 2, 1)


def test_what_somebody_else_says_is_seen_at_once_and_not_overwritten(
    browser: Browser, site: Site
) -> None:
    watched = Watched(browser, site, 1440, "light")
    page = watched.page
    page.locator("#event-4 a").click()
    is_open(page, 4)
    # Before the page has heard of it: the key is pressed on what was shown.
    site.desk.events[4] = replace(site.desk.events[4], true_label="otro")
    page.keyboard.press("2")
    expect(page.locator("#notice")).to_contain_text("Somebody else has said meanwhile")
    assert site.desk.events[4].true_label == "otro"
    site.do(site.desk.keep, site.desk.events[4])
    expect(page.locator("#say-otro")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("2")
    is_open(page, 3)
    assert site.desk.events[4].true_label == "incidencia"
    watched.context.close()


def test_what_waits_is_reviewed_by_key_one_after_the_other(site: Site, page: Page) -> None:
    for id in (1, 2, 3):
        site.desk.events[id] = replace(site.desk.events[id], needs_review=True)
    page.goto(f"{site.url}/review")
    expect(page.locator(".review-figures")).to_contain_text("3 wait")
    is_open(page, 1)
    page.keyboard.press("2")
    is_open(page, 2)
    page.keyboard.press("j")
    is_open(page, 3)
    toast(page, "Left for an hour.")
    page.keyboard.press("u")
    is_open(page, 2)
    page.keyboard.press("j")
    is_open(page, 3)
    page.keyboard.press("Enter")
    expect(page.get_by_text("before others, or left for later")).to_be_visible()
    labels = [site.desk.events[id].true_label for id in (1, 2, 3)]
    assert labels == ["incidencia", None, "pedido"]
    page.keyboard.press("u")
    toast(page, "Undone for 1 mail.")
    page.get_by_role("link", name="Look again").click()
    is_open(page, 3)


def test_what_is_done_to_many_shows_that_it_is_under_way(page: Page) -> None:
    coming: list[Route] = []
    intercept(page, "**/mails/label*", lambda route: coming.append(route))  # noqa: PLW0108
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator(".bulk-working")).to_be_hidden()
    page.keyboard.press("3")
    expect(page.locator(".bulk-working")).to_be_visible()
    coming[0].continue_()
    toast(page, "1 mail is now “Query”.")
    expect(page.locator(".bulk-working")).to_be_hidden()


def test_a_viewer_has_no_boxes_and_no_keys_that_label(browser: Browser, site: Site) -> None:
    watched = Watched(browser, site, 1440, "light", session=SESSIONS["viewer"])
    page = watched.page
    page.locator("#event-4 a").click()
    is_open(page, 4)
    page.keyboard.press("2")
    page.keyboard.press("x")
    expect(page.locator("#event-4 .row-select")).to_be_hidden()
    expect(page.locator("#verdict")).to_have_count(0)
    assert site.desk.events[4].true_label is None
    page.keyboard.press("?")
    told = page.locator("#keys dd").all_inner_texts()
    assert "next mail" in told
    assert not {"done with it", "select", "undo"} & set(told)
    watched.context.close()
    assert watched.complaints == []


def test_the_place_of_a_mail_that_is_long_on_its_way_is_held(page: Page) -> None:
    coming: list[Route] = []
    intercept(page, "**/mails/3*", lambda route: coming.append(route))  # noqa: PLW0108
    page.locator("#event-4 a").click()
    is_open(page, 4)
    page.keyboard.press("j")
    expect(page.locator(".mail")).to_have_css("visibility", "hidden")
    expect(page.locator("#pane")).to_have_css("background-image", re.compile("gradient"))
    coming[0].continue_()
    expect(page.locator(".mail")).to_have_attribute("data-id", "3")
    expect(page.locator(".mail")).to_have_css("visibility", "visible")
    expect(page.locator("#pane")).to_have_css("background-image", "none")


def a_long_act(desk: FakeDesk, **fields: object) -> LongAct:
    """What somebody does to 25,000 mails, half done."""
    act = LongAct(
        number=7,
        kind="label",
        by="Ana",
        asked_at=datetime.now(UTC),
        seen_at=datetime.now(UTC),
        category="reclamacion",
        undoes=None,
        wanted={},
        done_until=20_000,
        last=40_000,
        mails=12_500,
        left=2,
        why="",
        finished_at=None,
    )
    desk.long = replace(act, **fields)  # type: ignore[arg-type]
    return desk.long


def test_what_goes_on_in_pieces_is_found_again_where_one_comes_back_and_undone(
    site: Site, page: Page
) -> None:
    a_long_act(site.desk)
    page.goto(f"{site.url}/dashboard")
    page.goto(site.url)
    toast(page, "12,500 mails are now “Complaint”.")
    expect(page.locator("#toast progress")).to_have_js_property("value", 0.5)
    page.get_by_role("button", name="Undo").focus()
    a_long_act(site.desk, done_until=30_000, mails=20_000)
    toast(page, "20,000 mails are now “Complaint”.")
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    page.keyboard.press("u")
    toast(page, "Undone for 0 mails.")
    a_long_act(site.desk, number=8, kind="undo", mails=25_000, finished_at=datetime.now(UTC))
    toast(page, "Undone for 25,000 mails.")
    expect(page.locator("#toast progress")).to_have_count(0)
    site.desk.long = None
