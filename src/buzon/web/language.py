"""Spanish and English. Texts are written in English in templates and code, as gettext does; a
catalog gives the Spanish."""

from functools import cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

LOCALE = Path(__file__).with_name("locale")
LANGUAGES = ("en", "es")
LOCALES = {"en": "en_GB", "es": "es_ES"}  # in which dates and numbers are written
FALLBACK = "en"


@cache
def catalog(language: str) -> NullTranslations:
    """The texts of a language, read from its .po file: there is no step that compiles it."""
    path = LOCALE / f"{language}.po"
    if not path.exists():
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, read_po(path.read_text("utf-8").splitlines(), language))
    compiled.seek(0)
    return Translations(compiled)


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
