"""From data to HTML: the templates, once for each language."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.runtime import Context

from buzon.records import Event
from buzon.store.categories import Category
from buzon.web import (
    dates,
    defect_words,
    delivery_words,
    figures,
    highlight,
    log_words,
    period,
    quantities,
    sheet,
    ways,
    words,
)
from buzon.web.assets import static_url
from buzon.web.category_keys import keys_of
from buzon.web.chart_table import table_rows
from buzon.web.devices import device
from buzon.web.drawn_rows import DrawnRows
from buzon.web.language import LANGUAGES, catalog
from buzon.web.passages import passages
from buzon.web.saying import Plural, filled, grouped
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


class DirectContext(Context):
    """Calls at once what wants nothing of its context. Jinja asks five questions before each call,
    and the rows of a list are a thousand. What wants something must be a function: not an object
    whose `__call__` does."""

    def call(self, called: Callable[..., object], *args: object, **values: object) -> object:
        if getattr(called, "jinja_pass_arg", None) is not None:
            return super().call(called, *args, **values)
        values.pop("_block_vars", None)
        values.pop("_loop_vars", None)
        return called(*args, **values)


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
                key_of=keys_of(categories),
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
            auto_reload=False,  # which looks at the file of every template at every use
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        env.context_class = DirectContext
        env.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]
        env.globals["ngettext"] = grouped(cast("Plural", env.globals["ngettext"]), language)
        gettext = translations.gettext
        env.globals["_"] = env.globals["gettext"] = filled(gettext)
        env.globals["once"] = cache
        zone = self.zone

        def say(text: str) -> str:
            return gettext(text) if text else ""  # "" is how gettext asks for a catalog's header

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
            inbox=lambda name: words.inbox(name, gettext),
            told=lambda text: delivery_words.told(text, gettext),
            defect=lambda text: defect_words.told(text, gettext),
            say=say,  # for texts that come from data: a % in them is only that
            htmx_config=HTMX_CONFIG,
            today=lambda: datetime.now(zone).date(),
            ago=(dates.NOW, dates.MINUTES, dates.HOURS),
        )
        env.filters.update(
            relative=lambda when: dates.relative(when, datetime.now(UTC), zone, language),
            until=lambda when: dates.until(when, datetime.now(UTC), zone, language),
            stamp=lambda when: dates.stamp(when, datetime.now(UTC), zone, language),
            exact=lambda when: dates.exact(when, zone, language),
            day=lambda when: dates.day(when, language),
            percent=lambda share: quantities.percent(share, language),
            tenths=lambda share: quantities.tenths(share, language),
            number=lambda count: quantities.number(count, language),
            size=lambda number: quantities.size(number, language),
            lasting=lambda seconds: quantities.lasting(seconds, language),
            change=lambda now, before: quantities.change(now, before, language),
            snippet=snippet,
            table_rows=lambda chart: table_rows(chart, language),
        )
        env.globals["drawn"] = DrawnRows(env.filters["relative"]).row
        return env


def snippet(text: str) -> str:
    """The beginning of a mail on one line."""
    return " ".join(text[: SNIPPET_LENGTH * 3].split())[:SNIPPET_LENGTH]
