"""How the templates say a text of the interface: `_` and `ngettext`."""

from collections.abc import Callable
from functools import cache

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from buzon.web import quantities

Plural = Callable[..., str]


def filled(gettext: Callable[[str], str]) -> Callable[..., Markup]:
    """Says a text with its values, escaped, as Jinja's own does; one without any, of which a list
    has hundreds, is looked up once."""

    @cache
    def plain(text: str) -> Markup:
        return Markup(gettext(text)) % ()  # noqa: S704 - texts of the interface

    def say(text: str, **values: object) -> Markup:
        return Markup(gettext(text)) % values if values else plain(text)  # noqa: S704

    return say


def grouped(ngettext: Plural, language: str) -> Plural:
    """How many there are is written as the language writes numbers: "12,345 mails"."""

    @pass_context
    def say(context: Context, one: str, many: str, num: int, **values: object) -> str:
        values.setdefault("num", quantities.number(num, language))
        return ngettext(context, one, many, num, **values)

    return say
