"""Spanish and English. Texts are written in English in templates and code, as gettext does; a
catalog gives the Spanish."""

import json
from functools import cache
from gettext import NullTranslations
from pathlib import Path

LOCALE = Path(__file__).with_name("locale")
LANGUAGES = ("en", "es")
FALLBACK = "en"


class Catalog(NullTranslations):
    """The texts of one language, read from JSON: text → translation, or [singular, plural]."""

    def __init__(self, texts: dict[str, str | list[str]]) -> None:
        super().__init__()
        self.texts = texts

    def gettext(self, message: str) -> str:
        found = self.texts.get(message, message)
        return found if isinstance(found, str) else found[0]

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        found = self.texts.get(msgid1)
        singular, plural = found if isinstance(found, list) else (msgid1, msgid2)
        return singular if n == 1 else plural


@cache
def catalog(language: str) -> NullTranslations:
    path = LOCALE / f"{language}.json"
    return Catalog(json.loads(path.read_text("utf-8")) if path.exists() else {})


def choose(accept_language: str) -> str:
    """The best of our languages for an Accept-Language header (RFC 9110, section 12.5.4)."""
    wanted = []
    for position, item in enumerate(accept_language.split(",")[:20]):
        name, _, weight = item.partition(";q=")
        wanted.append((-_number(weight), position, name.strip().lower().partition("-")[0]))
    names = (name for weight, _, name in sorted(wanted) if weight < 0)
    return next((name for name in names if name in LANGUAGES), FALLBACK)


def _number(weight: str) -> float:
    try:
        return float(weight or 1)
    except ValueError:
        return 0.0


def _(text: str) -> str:
    """Marks a text for the catalogs; it is translated where it is shown."""
    return text
