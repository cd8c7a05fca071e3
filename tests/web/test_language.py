"""Spanish and English."""

import ast
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest
from babel.messages.pofile import read_po
from jinja2 import Environment

from buzon.web import dates, language, quantities, render
from buzon.web.language import LOCALE, catalog, choose

MADRID = ZoneInfo("Europe/Madrid")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("de,en;q=0.5,es;q=0.7", "es"),
        ("fr,de", "en"),
        ("", "en"),
        ("es;q=0,en;q=0.1", "en"),
        ("es;q=abc, en", "en"),
        ("ES", "es"),
    ],
)
def test_the_browsers_best_language_that_we_have(header: str, expected: str) -> None:
    assert choose(header) == expected


async def test_a_page_is_in_the_browsers_language(client: httpx.AsyncClient) -> None:
    page = await client.get("/mails/1", headers={"Accept-Language": "es-ES"})
    assert '<html lang="es"' in page.text
    assert "Guardada, sin enviar" in page.text
    assert "97\N{NO-BREAK SPACE}%" in page.text
    assert "Sign out" not in page.text


async def test_the_sandbox_has_a_name_in_the_reader_s_language(client: httpx.AsyncClient) -> None:
    for path in ("/mails/1", "/?mailbox=sandbox", "/dashboard?mailbox=sandbox"):
        page = await client.get(path, headers={"Accept-Language": "es"})
        assert "Buzón de pruebas" in page.text, path
        assert not re.search(r">[^<]*\bsandbox\b[^<]*<", page.text), path
    assert "· ventas" in (await client.get("/dashboard?mailbox=ventas")).text


def texts_of_templates() -> set[str]:
    env = Environment(extensions=["jinja2.ext.i18n"])  # noqa: S701 - nothing is rendered
    found = set()
    for path in render.TEMPLATES.glob("*.html"):
        for _, _, message in env.extract_translations(path.read_text("utf-8")):  # type: ignore[attr-defined]
            found.add(message if isinstance(message, str) else message[0])
    return found


def texts_of_code() -> set[str]:
    return {
        call.args[0].value
        for path in LOCALE.parent.glob("*.py")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "_"
        and isinstance(call.args[0], ast.Constant)
    }


def spanish() -> dict[str, list[str]]:
    """Each text with its translations: one, or one for each number."""
    found = {}
    for message in read_po((LOCALE / "es.po").read_text("utf-8").splitlines(), "es"):
        texts, told = message.id, message.string
        text = texts if isinstance(texts, str) else texts[0]
        if text:
            found[text] = [told] if isinstance(told, str) else list(told)
    return found


def test_every_text_has_its_spanish_and_no_other_is_kept() -> None:
    assert set(spanish()) == texts_of_templates() | texts_of_code()


def named(text: str) -> list[str]:
    return sorted(re.findall(r"%\(\w+\)s", text))


def test_a_translation_names_the_same_values() -> None:
    for text, translations in spanish().items():
        for translation in translations:
            assert named(translation) == named(text)


def test_no_text_lacks_its_translation() -> None:
    assert [text for text, translations in spanish().items() if not all(translations)] == []


def test_one_attachment_is_not_plural() -> None:
    es = catalog("es")
    assert es.ngettext("%(num)s attachment", "%(num)s attachments", 1) == "%(num)s adjunto"
    assert es.ngettext("%(num)s attachment", "%(num)s attachments", 2) == "%(num)s adjuntos"
    assert language.catalog("en").ngettext("mail", "mails", 2) == "mails"


@pytest.mark.parametrize(
    ("ago", "expected"),
    [
        (timedelta(seconds=-5), "ahora"),
        (timedelta(seconds=59), "ahora"),
        (timedelta(minutes=59, seconds=59), "hace 59 min"),
        (timedelta(hours=23), "hace 23 h"),
        (timedelta(days=2), "22 nov"),
        (timedelta(days=400), "20 oct 2025"),
    ],
)
def test_a_time_is_told_as_people_say_it(ago: timedelta, expected: str) -> None:
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert dates.relative(now - ago, now, MADRID, "es") == expected


def test_the_exact_time_is_in_the_companys_zone() -> None:
    when = datetime(2026, 8, 1, 22, 30, tzinfo=UTC)
    told = dates.exact(when, MADRID, "es")
    assert told == "2 ago 2026, 00:30:00 CEST"


def test_what_was_measured_is_told_to_a_tenth_and_never_rounded_to_certainty() -> None:
    assert quantities.tenths(0.8321, "en") == "83.2%"
    assert quantities.tenths(0.8321, "es") == "83,2\N{NO-BREAK SPACE}%"
    assert [quantities.tenths(share, "en") for share in (0, 0.0001, 0.99999, 1)] == [
        "0%", "0.1%", "99.9%", "100%",
    ]  # fmt: skip


def test_large_numbers_are_grouped_as_each_language_does() -> None:
    assert [quantities.number(n, "en") for n in (999, 4282, 12345)] == ["999", "4,282", "12,345"]
    assert [quantities.number(n, "es") for n in (999, 4282, 12345)] == ["999", "4282", "12.345"]


def test_nothing_short_of_certainty_is_shown_as_certain() -> None:
    assert quantities.percent(0.9999, "en") == "99%"
    assert quantities.percent(1.0, "en") == "100%"
    assert quantities.percent(0.004, "es") == "<1\N{NO-BREAK SPACE}%"
