"""From data to HTML: the templates, once for each language."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from buzon.records import Event
from buzon.store.categories import Category
from buzon.web import charts, dates, figures, highlight, log_words, period, sheet, ways, words
from buzon.web.assets import static_url
from buzon.web.devices import device
from buzon.web.language import LANGUAGES, catalog
from buzon.web.passages import passages
from buzon.web.view import View, place_of

TEMPLATES = Path(__file__).with_name("templates")

SNIPPET_LENGTH = 160

# No eval and no injected styles, which the Content-Security-Policy forbids; no copy of a mail in
# the browser's storage; what arrived works at once; errors are shown where the answer would be.
HTMX_CONFIG = json.dumps({
    "allowEval": False,
    "includeIndicatorStyles": False,
    "historyCacheSize": 0,
    "historyRestoreAsHxRequest": False,
    "selfRequestsOnly": True,
    "defaultSettleDelay": 0,
    "responseHandling": [{"code": "204", "swap": False}, {"code": "...", "swap": True}],
})  # fmt: skip


class Renderer:
    """Renders a template in a language. A row of the list looks the same on a page and in the
    live stream, because both come from here."""

    def __init__(self, explain: Callable[[str, str], str], zone: ZoneInfo, company: str) -> None:
        self._explain = explain
        self.zone = zone
        self._company = company
        self._environments = {language: self._environment(language) for language in LANGUAGES}

    def page(
        self,
        language: str,
        template: str,
        *,
        categories: Sequence[Category] = (),
        **context: object,
    ) -> str:
        return (
            self._environments[language]
            .get_template(template)
            .render(
                context,
                titles=words.titles(categories, language),
                choices=words.choices(categories),
            )
        )

    def gettext(self, language: str) -> Callable[[str], str]:
        """Says texts in a language that are no part of a page."""
        return catalog(language).gettext

    def rows(self, language: str, events: Sequence[Event], categories: Sequence[Category]) -> str:
        """The rows of these events, as the live stream sends them."""
        return self.page(
            language,
            "rows.html",
            categories=categories,
            events=events,
            view=View(),
            opened=None,
            found={},
        )

    def _environment(self, language: str) -> Environment:
        translations = catalog(language)
        env = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        env.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]
        gettext = translations.gettext
        zone = self.zone

        def explain(rule: str) -> str:
            return self._explain(rule, language)

        env.globals.update(
            language=language,
            company=self._company,
            static=static_url,
            words=words,
            log_words=log_words,
            figures=figures,
            highlight=highlight,
            periods=period,
            sheet=sheet,
            ways=ways,
            passages=passages,
            device=device,
            place_of=place_of,
            explain=explain,
            say=gettext,  # for texts that come from data: a % in them is only that
            htmx_config=HTMX_CONFIG,
            today=lambda: datetime.now(zone).date(),
            ago=(dates.NOW, dates.MINUTES, dates.HOURS),
        )
        env.filters.update(
            relative=lambda when: dates.relative(when, datetime.now(UTC), zone, gettext),
            until=lambda when: dates.until(when, datetime.now(UTC), zone, gettext),
            exact=lambda when: dates.exact(when, zone, gettext),
            day=lambda when: dates.day(when, gettext),
            percent=lambda share: percent(share, language),
            tenths=lambda share: tenths(share, language),
            number=lambda count: number(count, language),
            size=lambda number: size(number, language),
            lasting=lambda seconds: charts.lasting(seconds, language),
            change=lambda now, before: change(now, before, language),
            snippet=snippet,
        )
        return env


def percent(share: float, language: str) -> str:
    """ "97%", in Spanish "97 %" with a space that doesn't break. What is neither certain nor
    impossible is never shown as 100% or 0%."""
    number = str(min(round(share * 100), 99 if share < 1 else 100))
    if number == "0" and share > 0:
        number = "<1"
    return number + ("\N{NO-BREAK SPACE}%" if language == "es" else "%")


def tenths(share: float, language: str) -> str:
    """As `percent`, to a tenth: for what is measured, and never rounded to certainty."""
    permille = min(max(round(share * 1000), 1 if share > 0 else 0), 999 if share < 1 else 1000)
    text = f"{permille / 10:.1f}" if 0 < permille < 1000 else str(permille // 10)
    return text.replace(".", ",") + "\N{NO-BREAK SPACE}%" if language == "es" else f"{text}%"


def change(now: float, before: float, language: str) -> str:
    """By how much something grew: "+12%", "-3%", "±0%"."""
    percent = round(100 * (now - before) / before)
    sign = "+" if percent > 0 else "\N{MINUS SIGN}" if percent < 0 else "±"
    text = f"{sign}{number(abs(percent), language)}"
    return text + ("\N{NO-BREAK SPACE}%" if language == "es" else "%")


def number(count: int, language: str) -> str:
    """ "12,345", in Spanish with a point, and none in numbers of four digits."""
    if language == "en":
        return f"{count:,}"
    return str(count) if count < 10_000 else f"{count:,}".replace(",", ".")


def size(number: int, language: str) -> str:
    """A size in bytes as "12 kB" or "1.4 MB"."""
    if number < 1_000_000:
        return f"{max(1, round(number / 1000))}\N{NO-BREAK SPACE}kB"
    text = f"{number / 1_000_000:.1f}\N{NO-BREAK SPACE}MB"
    return text.replace(".", ",") if language == "es" else text


def snippet(text: str) -> str:
    """The beginning of a mail on one line."""
    return " ".join(text[: SNIPPET_LENGTH * 3].split())[:SNIPPET_LENGTH]
