"""What we repeat of a stranger's words, and how: bounded, on one line, and nothing to click."""

import re
import unicodedata

SUBJECT_LIMIT = 200
QUOTED_SUBJECT_LIMIT = 100
NAME_LIMIT = 40

# They join and part letters in Persian and Indic scripts, and emoji.
JOINERS = "\u200c\u200d"

# What mail programs put before the subject of a reply or of a forwarded mail.
PREFIXES = frozenset(
    ("re", "aw", "sv", "rv", "fw", "fwd", "wg", "tr", "rif", "r", "i", "res", "enc")
)

# What a mail program makes a link of: an address, a URL, a host name.
LINK = re.compile(r"@|://|\w\.[^\W\d_]{2}")

# Words that no person is called: with one of them the name is a company's or a desk's.
NO_PERSON_WORDS = """
sl slu sa sas sarl srl spa gmbh ag kg ug ltd llc inc bv nv lda ltda cia co
info admin contacto contact kontakt contatto contato soporte support ventas sales vertrieb
pedidos compras facturacion facturación administracion administración administracio
administració servicio service servizio servei serviço departamento dpto office oficina
tienda shop store team equipo equip equipe équipe atencion atención cliente clientes
recepcion recepción hotel user usuario webmaster noreply web mail email correo
"""
NO_PERSON = frozenset(NO_PERSON_WORDS.split())


def one_line(text: str, limit: int) -> str:
    """A stranger's text on one line: no control character, line break or mark that turns the
    writing direction; runs of white space are one space; cut to `limit` characters."""
    text = text[: limit * 4]
    if not text.isprintable():
        text = "".join(c if c.isprintable() or c in JOINERS else " " for c in text)
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def bare_subject(subject: str) -> str:
    """The subject on one line, bounded, without "Re:", "AW:", "RV:", "Fwd:", "Re[2]:"…"""
    subject = one_line(subject, SUBJECT_LIMIT)
    while True:
        prefix, colon, rest = subject.partition(":")
        if not colon or prefix.partition("[")[0].strip().lower() not in PREFIXES:
            return subject
        subject = rest.strip()


def quotable(subject: str) -> str:
    """The subject as the body may repeat it; "" where it holds a link, for a stranger could
    have us advertise that to whomever he gives as the sender."""
    return "" if LINK.search(subject) else one_line(subject, QUOTED_SUBJECT_LIMIT)


def person_name(name: str) -> str:
    """The name to greet with; "" where it does not look like a person's.

    Letters, hyphens and apostrophes in up to four words. "López, Marta" is turned round.
    """
    if len(name) > NAME_LIMIT * 2:
        return ""
    name = unicodedata.normalize("NFC", name).strip("'\" ")
    last, comma, first = name.partition(",")
    words = f"{first} {last}".split(" ") if comma else name.split(" ")
    words = [word for word in words if word]
    cleaned = " ".join(words)
    if len(cleaned) > NAME_LIMIT or not 1 <= len(words) <= 4 or not all(map(_is_name, words)):
        return ""
    return cleaned.title() if cleaned.isupper() or cleaned.islower() else cleaned


def _is_name(word: str) -> bool:
    letters = word.replace("-", "").replace("'", "").replace("’", "")
    initial = len(word) == 2 and word[0].isalpha() and word[1] == "."
    return initial or (letters.isalpha() and letters.lower() not in NO_PERSON)
