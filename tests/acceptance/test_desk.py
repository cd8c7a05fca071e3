"""The desk as people use it: the real service, its own database, and Debian's Chromium."""

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from peers.first import PASSWORD, begin, fill
from peers.scene import wait_until
from peers.service import Service, settings_for

PATIENCE = 15_000  # milliseconds
MANY = 1_000  # mails


@pytest.fixture
def service(tmp_path: Path, models: Path, database_url: str) -> Iterator[Service]:
    settings = settings_for(database_url=database_url, models=models)
    # A new model would judge anew what waits.
    settings |= {"BUZON_RETRAIN_AFTER": "0", "BUZON_RETRAIN_AT": "off"}
    with Service(tmp_path, settings) as service:
        yield service


@pytest.fixture
def page(browser: Browser, service: Service) -> Iterator[Page]:
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    begin(page, service)
    page.goto(service.url)
    expect(page.locator("#line")).to_have_text("Live", timeout=PATIENCE)
    yield page
    context.close()


def luis(service: Service, browser: Browser) -> Page:
    """An operator in a browser of his own."""
    told = service.run("user", "add", "luis@example.com", "--name", "Luis", "--role", "operator")
    address = next(part for part in told.stdout.split() if "/sign-in/" in part)
    page = browser.new_context(locale="en-GB").new_page()
    page.goto(address)
    fill(page, password=PASSWORD, again=PASSWORD)
    expect(page.locator(".user")).to_have_text("Luis")
    return page


def labels(url: str) -> list[tuple[str | None, int]]:
    with psycopg.connect(url) as db:
        return db.execute(
            "SELECT true_label, count(*) FROM events GROUP BY 1 ORDER BY 1 NULLS FIRST"
        ).fetchall()


def test_mails_arrive_are_found_labelled_by_the_thousand_and_that_is_undone(
    service: Service, page: Page, database_url: str
) -> None:
    service.run("simulate", "--rate", "200", "--count", str(MANY))
    wait_until(lambda: labels(database_url) == [(None, MANY)], "all are stored", 60)

    page.locator("#search").fill("@")  # nothing to look for, and nothing found
    page.keyboard.press("Enter")
    expect(page.get_by_text("No mail is like that")).to_be_visible()

    page.goto(f"{service.url}/?answered=yes")
    subjects = " ".join(page.locator(".row .subject").all_inner_texts())
    word = max(re.findall(r"\w+", subjects), key=len)
    page.goto(f"{service.url}/?q={word}")
    expect(page.locator(".row mark").first).to_be_visible()

    page.goto(service.url)
    page.locator(".row-select").first.click()
    page.get_by_role("button", name="Select all of this list").click()
    expect(page.locator("#bulk-count")).to_have_text(f"{MANY:,}")
    page.locator("#bulk").get_by_role("button", name="Query").click()
    expect(page.locator(".toast-text")).to_contain_text(f"{MANY:,} mails are now “Query”.")
    assert labels(database_url) == [("consulta", MANY)]
    page.keyboard.press("u")
    expect(page.locator(".toast-text")).to_contain_text(f"Undone for {MANY:,} mails.")
    assert labels(database_url) == [(None, MANY)]


def test_two_operators_see_each_other_s_work(
    service: Service, page: Page, browser: Browser
) -> None:
    service.run("simulate", "--rate", "50", "--count", "3")
    expect(page.locator(".row")).to_have_count(3, timeout=PATIENCE)
    other = luis(service, browser)
    expect(other.locator(".row")).to_have_count(3)
    for one in (page, other):
        one.locator(".row-subject").first.click()
        expect(one.locator("#verdict")).to_be_visible()
    other.locator("#say-otro").click()
    expect(page.locator("#say-otro")).to_have_attribute("aria-pressed", "true", timeout=PATIENCE)
    other.context.close()


def test_what_waits_is_never_before_two_people(
    service: Service, page: Page, database_url: str
) -> None:
    service.run("simulate", "--rate", "50", "--count", "20")
    expect(page.locator(".row")).to_have_count(20, timeout=PATIENCE)
    with psycopg.connect(database_url) as db:
        db.execute("UPDATE events SET needs_review = true")
        db.execute("INSERT INTO users (email, name, role) VALUES ('x@x.org', 'X', 'operator')")
        db.execute(
            "INSERT INTO review_claims SELECT e.id, u.id, now() + interval '5 minutes'"
            " FROM events e, users u WHERE u.name = 'X' AND e.id <> (SELECT max(id) FROM events)"
        )
    page.goto(f"{service.url}/review")
    expect(page.locator(".review-figures")).to_contain_text("20 wait")
    page.keyboard.press("2")
    expect(page.get_by_text("before others, or left for later")).to_be_visible()
    assert [count for _, count in labels(database_url)] == [19, 1]


def test_two_review_side_by_side_and_what_one_leaves_the_other_gets(
    service: Service, page: Page, browser: Browser, database_url: str
) -> None:
    service.run("simulate", "--rate", "50", "--count", "3")
    expect(page.locator(".row")).to_have_count(3, timeout=PATIENCE)
    with psycopg.connect(database_url) as db:
        db.execute("UPDATE events SET needs_review = true")
        db.execute(
            "INSERT INTO audits (event_id, category, confidence, model_version, threshold,"
            " probability) SELECT id, category, confidence, model_version, 0, 1 FROM events"
            " ON CONFLICT DO NOTHING"
        )
    other = luis(service, browser)
    for one in (page, other):
        one.goto(f"{service.url}/review")
        expect(one.locator(".mail")).to_have_count(1)
        assert not {"audit", "lot"} & set(one.locator("body").inner_text().lower().split())
    hers, his = (one.locator(".mail").get_attribute("data-id") for one in (page, other))
    assert hers != his

    page.keyboard.press("1")
    expect(page.locator(f'.mail:not([data-id="{hers}"])')).to_have_count(1, timeout=PATIENCE)
    third = page.locator(".mail").get_attribute("data-id")
    assert third != his
    page.keyboard.press("1")
    expect(page.get_by_text("before others, or left for later")).to_be_visible(timeout=PATIENCE)

    other.goto("about:blank")  # he leaves, and has a moment to come back
    with psycopg.connect(database_url) as db:
        claim = "SELECT until < now() + interval '1 minute' FROM review_claims WHERE event_id = %s"
        wait_until(lambda: db.execute(claim, [his]).fetchone() == (True,), "it is given back")
        db.execute("UPDATE review_claims SET until = now()")
        db.commit()
    page.reload()
    expect(page.locator(".mail")).to_have_attribute("data-id", str(his))
    other.context.close()


def test_five_hundred_are_reviewed_by_key_without_a_lost_label(
    service: Service, page: Page, database_url: str
) -> None:
    service.run("simulate", "--rate", "200", "--count", "500", seconds=180)
    with psycopg.connect(database_url) as db:
        assert db.execute("UPDATE events SET needs_review = true").rowcount == 500
        names = [name for (name,) in db.execute("SELECT name FROM categories ORDER BY position")]
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.goto(f"{service.url}/review")
    said = {}
    for turn in range(500):
        id = int(page.locator(".mail").get_attribute("data-id") or 0)
        key = turn % len(names)
        said[id] = names[key]
        page.keyboard.press(str(key + 1))
        page.wait_for_selector(f'.mail:not([data-id="{id}"]), .empty-mark', timeout=PATIENCE)
    expect(page.get_by_text("No mail waits for a person")).to_be_visible()
    with psycopg.connect(database_url) as db:
        kept = dict(db.execute("SELECT id, true_label FROM events").fetchall())
    assert kept == said
    assert errors == []
