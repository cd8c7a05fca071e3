"""The hostile mails of ../shared/hostile, opened in Debian's Chromium by who reads HTML."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from buzon.mail.parse import parse
from buzon.records import Event, RawMail
from mail.golden import ARRIVED
from web.fake_desk import FakeDesk, make_event
from web.site import Site, running
from web.watched import Watched

GENERATOR = Path(__file__).parents[3] / "shared" / "hostile" / "make_hostile.py"
OWN_PATHS = re.compile(r"/(?:mails/\d+(?:/html\?lang=\w+)?|live|categories\.css|static/.*)$")
RUNS = "script, svg, math, iframe, form, input, base, link, style, object, embed, meta"

pytestmark = pytest.mark.skipif(
    not GENERATOR.exists(), reason="../shared/hostile, the generator of hostile mails, is not here"
)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Those that try to run something or to have something fetched."""
    folder = tmp_path_factory.mktemp("hostile")
    command = [sys.executable, GENERATOR, folder, "--skip-big"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    manifest = json.loads((folder / "manifest.json").read_text())
    wanted = {"no-script", "no-fetch"}
    return {
        name: (folder / name).read_bytes()
        for name, about in sorted(manifest.items())
        if wanted & set(about["checks"])
    }


@pytest.fixture(scope="module")
def opened(browser: Browser, hostile: dict[str, bytes]) -> Iterator[Watched]:
    desk = FakeDesk()
    for id, raw in enumerate(hostile.values(), 1):
        desk.raws[id], desk.events[id] = raw, event_of(id, raw)
    with running(desk) as site:
        watched = Watched(browser, site, 1440, "light")
        watched.page.set_default_timeout(60_000)  # some are intricate, and the machine may be busy
        yield watched
        watched.context.close()


def event_of(id: int, raw: bytes) -> Event:
    message = parse(RawMail("soporte", raw, ARRIVED, "imap", len(raw)))
    return make_event(
        id,
        subject=message.subject,
        body=message.text,
        sender=message.sender,
        sender_name=message.sender_name,
        recipients=message.recipients,
        message_id=message.message_id,
        attachments=message.attachments,
        defects=message.defects,
        reply=None,
    )


def look(page: Page, site: Site, id: int, name: str) -> list[str]:
    """What is wrong with an opened mail."""
    wrong: list[str] = []
    page.goto(f"{site.url}/mails/{id}")
    expect(page.locator(".mail")).to_have_attribute("data-id", str(id))
    if page.locator(".sheet").count():
        page.frame_locator(".sheet").locator("body").wait_for(state="attached")
        inner = page.frame_locator(".sheet").locator("body")
        if inner.locator(RUNS).count():
            wrong.append(f"{name}: {inner.inner_html()[:200]}")
    if page.locator(".mail script, .mail img, .mail [onerror], .mail [onload]").count():
        wrong.append(f"{name}: markup in the page")
    return wrong


def test_none_runs_anything_or_has_anything_fetched(
    opened: Watched, hostile: dict[str, bytes]
) -> None:
    page, site = opened.page, opened.site
    opened.context.add_cookies([{"name": "buzon_letter", "value": "html", "url": site.url}])
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append(f"a dialog: {dialog.message}"))
    wrong = [fault for id, name in enumerate(hostile, 1) for fault in look(page, site, id, name)]
    own = [url.removeprefix(site.url) for url in asked if not url.startswith("data:image/")]
    assert [path for path in own if not OWN_PATHS.match(path)] == []
    assert wrong == []
    assert opened.foreign == []
    assert opened.complaints == []
