"""The log of changes, for administrators."""

from datetime import UTC, datetime

import httpx
import pytest
from playwright.sync_api import Page, expect
from selectolax.lexbor import LexborHTMLParser

from buzon.store.changes import THINGS, Change
from buzon.web.log_words import ADDED, CHANGED, REMOVED, tell
from web.fake_desk import FakeDesk
from web.site import Site

LOG = "/settings/log"


async def entries(client: httpx.AsyncClient, path: str = LOG) -> list[str]:
    nodes = LexborHTMLParser((await client.get(path)).text).css(".log-what")
    return [" ".join(node.text(separator=" ").split()) for node in nodes]


async def test_each_change_is_a_sentence_with_before_and_after(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.note()
    desk.note(was={"disabled_at": None}, becomes={"disabled_at": "2026-11-27T03:00:00+00:00"})
    desk.note(what="promotions", which="own-2", by="each night", was=None,
              becomes={"why": "It is better."})  # fmt: skip
    desk.note(what="categories", which="quejas", was={"becomes": None, "retired_at": None},
              becomes={"becomes": "reclamacion", "retired_at": "2026"})  # fmt: skip
    assert await entries(client) == [
        "Ana Ruiz made quejas another category now called reclamacion",
        "Buzón (at night) put the model own-2 to work",
        "Ana Ruiz disabled Luis Gil",
        "Ana Ruiz changed Luis Gil role viewer → operator",
    ]


@pytest.mark.parametrize(
    ("what", "which", "field", "value", "told"),
    [
        ("users", "Luis", "role", "viewer", "rol observador"),
        ("tokens", "n8n", "scopes", ["read", "admin"], "ver correos, modelos y cifras, entrenar"),
        ("tokens", "n8n", "expires_at", "2027-01-02T11:00:00+00:00", "hasta 2 ene 2027"),
        ("sessions", "Luis", "device", "Mozilla/5.0 (X11; Linux) Firefox/130.0",
         "navegador Firefox en Linux"),
        ("sessions", "Luis", "device", "", "navegador Programa desconocido"),
        ("inboxes", "ventas", "after", "seen", "una vez guardado Marcarlo como leído"),
        ("inboxes", "ventas", "after", "Hecho", "una vez guardado Hecho"),
        ("inboxes", "ventas", "security", "none", "ninguno"),
        ("inboxes", "ventas", "auth", "oauth2", "OAuth2, sin contraseña"),
        ("categories", "quejas", "colour", "rose", "color Rosa"),
        ("categories", "quejas", "key", "q", "tecla Q"),
        ("categories", "quejas", "titles", {"es": "Quejas", "en": "Complaints"},
         "Complaints · Quejas"),
        ("webhooks", "chat", "kinds", ["reply.sent"], "Se respondió a un cliente"),
        ("webhooks", "chat", "content", "ids", "Números y categoría"),
        ("answer_templates", "quejas", "language", "fr", "idioma Francés"),
        ("quiet_times", "4", "begins", "20:00:00", "desde 20:00"),
        ("mail_grants", "a@example.com", "provider", "google", "proveedor Google"),
        ("settings", "answering", "value", "off", "valor No"),
        ("settings", "retrain_at", "value", "off", "valor nunca"),
        ("settings", "risk", "value", 0.05, "valor 5 %"),
        ("settings", "smtp_security", "value", "starttls", "Cifrado del servidor SMTP"),
    ],
)  # fmt: skip
async def test_values_are_called_as_their_own_pages_call_them(
    client: httpx.AsyncClient, desk: FakeDesk, what: str, which: str, field: str, value: object,
    told: str,
) -> None:  # fmt: skip
    desk.note(what=what, which=which, was=None, becomes={field: value})
    page = LexborHTMLParser((await client.get(LOG, headers={"Accept-Language": "es"})).text)
    shown = " ".join(page.css_first(".log-what").text(separator=" ").split()).lower()
    assert told.lower() in shown
    for code in ("{", "[", "'", "20:00:00", "_"):
        assert code not in shown


@pytest.mark.parametrize(
    ("which", "begins", "ends", "told"),
    [
        ("4", "15:00:00", "00:00:00", "made quiet: Friday hours 15:00 – 00:00"),
        ("2026-12-25", "00:00:00", "00:00:00", "made quiet: 25 Dec 2026 hours the whole day"),
    ],
)
async def test_quiet_times_are_told_by_day_and_hours(
    client: httpx.AsyncClient, desk: FakeDesk, which: str, begins: str, ends: str, told: str
) -> None:
    hours = {"begins": begins, "ends": ends}
    desk.note(what="quiet_times", which=which, was=None, becomes=hours)
    assert await entries(client) == [f"Ana Ruiz {told}"]


async def test_a_secret_is_told_of_but_not_shown(client: httpx.AsyncClient, desk: FakeDesk) -> None:
    desk.note(what="settings", which="smtp_password", was={"secret": True},
              becomes={"secret": True})  # fmt: skip
    assert "••• → •••" in (await entries(client))[0]


async def test_changes_are_sieved_and_the_sieve_goes_along_to_older_ones(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    for number in range(51):
        desk.note(which=f"User {number}")
    desk.note(by="Eva Sanz", which="somebody else")
    page = LexborHTMLParser((await client.get(f"{LOG}?by=Ana+Ruiz&what=users")).text)
    assert len(page.css(".log-entry")) == 50
    (older,) = page.css(".pages a")
    assert await entries(client, older.attributes["href"] or "") == [
        "Ana Ruiz changed User 0 role viewer → operator"
    ]


async def test_days_are_the_company_s(client: httpx.AsyncClient, desk: FakeDesk) -> None:
    await client.get(f"{LOG}?since=2026-07-01&until=2026-07-01")
    assert desk.log_wanted.since == datetime(2026, 6, 30, 22, tzinfo=UTC)
    assert desk.log_wanted.until == datetime(2026, 7, 1, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    "query", ["since=tomorrow", "what=everything", "until=9999-12-31", "by=%00"]
)
async def test_a_sieve_that_makes_no_sense_shows_all(
    client: httpx.AsyncClient, desk: FakeDesk, query: str
) -> None:
    desk.note()
    assert len(await entries(client, f"{LOG}?{query}")) == 1


async def test_no_change_is_told_as_such(client: httpx.AsyncClient) -> None:
    assert "Nothing was changed yet." in (await client.get(LOG)).text
    assert "Nothing was changed that fits." in (await client.get(f"{LOG}?by=nobody")).text


@pytest.mark.parametrize("what", THINGS)
def test_everything_that_is_noted_has_its_sentences(what: str) -> None:
    now = datetime.now(UTC)
    added, changed, removed = (
        tell(Change(1, now, "ana", what, "1", was, becomes)).sentence  # type: ignore[arg-type]
        for was, becomes in ((None, {}), ({}, {}), ({}, None))
    )
    assert {added, changed, removed} <= {*ADDED.values(), *CHANGED.values(), *REMOVED.values()}


def test_the_log_is_not_wider_than_the_screen(site: Site, page: Page) -> None:
    for number in range(60):
        site.do(lambda number=number: site.desk.note(which=f"Somebody-{number}" * 6))
    page.goto(site.url + LOG)
    expect(page.locator(".log-entry")).to_have_count(50)
    for width in (390, 768, 1024, 2560):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
