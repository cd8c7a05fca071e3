"""Numbers that tell who somebody is, made unreadable: of cards and bank accounts (IBAN), Spanish
identity numbers (DNI, NIE), and telephone numbers.

Each of their digits becomes a 0. So it can still be seen that there was one and of what kind, no
text gets longer or shorter, and a model to which all numbers are one (classifier/codes) reads what
it read before. Where a kind has a checksum only what agrees with it is masked; a telephone number
has none and is told by how it is written and by the words before it. Numbers of orders, dates and
amounts stay.
"""

import re
from collections.abc import Iterator

Span = tuple[int, int]

_FEWEST = 7  # digits: a telephone's behind a word, and those of a NIE
_ZEROS = str.maketrans("123456789", "000000000")

_NOT_WITHIN = r"(?<![\w+])(?<!\w[-./,#])"  # a longer number, a word, a file's name
_ENDS = r"(?!\w)(?![-.,/]\d)"
_GAP = r"[ \u00a0.-]"

# As they stand on the card: four by four, American Express 4-6-5, Diners Club 4-6-4.
_CARD = re.compile(
    rf"{_NOT_WITHIN}(?:[2-6]\d{{3}}(?P<four>{_GAP}?)\d{{4}}(?P=four)\d{{4}}(?P=four)\d{{4}}"
    rf"(?:(?P=four)\d{{3}})?"
    rf"|3[47]\d{{2}}(?P<six>{_GAP}?)\d{{6}}(?P=six)\d{{5}}"
    rf"|3[0689]\d{{2}}(?P<last>{_GAP}?)\d{{6}}(?P=last)\d{{4}}){_ENDS}"
)

_IBAN = re.compile(r"(?<!\w)[A-Za-z]{2}\d\d(?=[ \u00a0.-]?[A-Za-z\d])")
_IBAN_LENGTHS = {
    country: int(length)
    for country, length in re.findall(
        r"([A-Z]{2})(\d\d)",
        "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28"
        " EE20 EG29 ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26"
        " IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30"
        " NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 ST25 SV28 TL23"
        " TN24 TR26 UA29 VA22 VG24 XK20",
    )
}

_IDENTITY = re.compile(
    r"(?<!\w)(?<!\w[-.])(?:(?P<foreign>[XYZxyz])[ -]?(?P<seven>\d{7})"
    r"|(?P<eight>\d{8}|\d{1,2}\.\d{3}\.\d{3}))"
    r"(?:[ -]?(?P<upper>[A-Z])|-?(?P<lower>[a-z]))(?!\w|-\w)"
)
_IDENTITY_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"

_DATE = r"\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d\d(?!\d)|\d{4}[./-]\d{1,2}[./-]\d{1,2}(?!\d)"
_DIGITS = r"(?:[ \u00a0./()-]{0,2}\d)"  # each with what is written before it

_ABROAD = re.compile(
    rf"{_NOT_WITHIN}(?P<number>(?:\+ ?|00 ?)"
    rf"(?:34{_DIGITS}{{9}}|(?!34)[1-9]{_DIGITS}{{7,13}}))(?!\w)"
)
_IN_SPAIN = re.compile(
    rf"{_NOT_WITHIN}(?P<number>(?:6\d|7[1-9]|[89][1-8])\d(?P<three>{_GAP}?)\d{{3}}(?P=three)\d{{3}}"
    rf"|(?:6\d|7[1-9]|[89][1-8])\d(?P<two>{_GAP})\d\d(?P=two)\d\d(?P=two)\d\d"
    rf"|[89][1-8]{_GAP}\d{{3}}{_GAP}?\d\d{_GAP}?\d\d){_ENDS}"
)
_WITH_ZERO = re.compile(  # as in Germany, France, Italy and the United Kingdom
    rf"{_NOT_WITHIN}(?!{_DATE})(?P<number>0[1-9]{_DIGITS}{{8,10}}){_ENDS}"
)
_TELEPHONE_WORD = (
    r"\b(?:tels?|t[eé]l[eéè](?:f[oòóô]n|phon)\w{0,8}|telèfon|tfnos?|tlfn?o?|m[oòó]bil\w{0,4}|m[oó]vil(?:es)?|telem[oó]vel"
    r"|celular|cellulare|cell|portable|handy|phones?|whats ?app|wasap|fax|ll[aá]m\w{0,8}|call|ring"
    r"|appel\w{0,3}|anruf\w{0,3}|chiam\w{0,6}|lig(?:ue|ar|uem)|truc\w{0,6})\b"
)
_AFTER_A_WORD = re.compile(
    rf"{_TELEPHONE_WORD}[^\d\n]{{0,20}}(?!{_DATE})(?P<number>\d{_DIGITS}{{6,14}}){_ENDS}",
    re.IGNORECASE,
)
_TELEPHONES = (_ABROAD, _IN_SPAIN, _WITH_ZERO, _AFTER_A_WORD)

# What a number can be called, in our seven languages.
_CALLED = re.compile(
    rf"(?P<telephone>{_TELEPHONE_WORD})|#|\b(?:pedido|comand[ae]|encomenda|order"
    r"|ord[ei]n|commande|bestell|auftrag|fact?ur|fatt?ur|invoice|rechnung|albar|ref|ticket"
    r"|expediente|incid|seguim|track|env[ií]o|cliente?|custom|kunde|c[oó]dig|code|serie|serial"
    r"|contrat|contract|p[oó]l|lote|art[ií]c|article|artikel|sku|ean|isbn)",
    re.IGNORECASE,
)
_NEAR = 30  # characters before a number in which that stands

_MONEY = re.compile(r"[ \u00a0]?(?:[€$£]|eur|usd|gbp)", re.IGNORECASE)
_SIGNS = frozenset("€$£")


def mask(text: str) -> str:
    """The text with zeros for the digits of such numbers."""
    if len(text) < _FEWEST or sum(map(text.count, "0123456789")) < _FEWEST:
        return text
    masked = list(text)
    for start, end in (*_cards(text), *_ibans(text), *_identities(text), *_telephones(text)):
        masked[start:end] = text[start:end].translate(_ZEROS)
    return "".join(masked)


def _cards(text: str) -> Iterator[Span]:
    return (found.span() for found in _CARD.finditer(text) if _agrees_with_luhn(found[0]))


def _agrees_with_luhn(number: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    digits = [int(character) for character in reversed(number) if character.isdigit()]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def _ibans(text: str) -> Iterator[Span]:
    for head in _IBAN.finditer(text):
        length = _IBAN_LENGTHS.get(head[0][:2].upper(), 0)
        end = _end_of(text, head.start(), length)
        if end and _is_iban(text[head.start() : end]):
            yield head.start(), end


def _end_of(text: str, start: int, length: int) -> int:
    """Where so many letters and digits end, with one gap at most between two, or 0."""
    at, left, gap = start, length, False
    while left and at < len(text):
        character = text[at]
        if character.isascii() and character.isalnum():
            left, gap = left - 1, False
        elif gap or character not in " \u00a0.-":
            return 0
        else:
            gap = True
        at += 1
    return 0 if left or text[at : at + 1].isalnum() else at


def _is_iban(text: str) -> bool:
    """ISO 13616: modulo 97, with letters as numbers."""
    bare = "".join(filter(str.isalnum, text))
    return int("".join(str(int(each, 36)) for each in bare[4:] + bare[:4])) % 97 == 1


def _identities(text: str) -> Iterator[Span]:
    for found in _IDENTITY.finditer(text):
        first = "XYZ".index(found["foreign"].upper()) if found["foreign"] else ""
        number = f"{first}{found['seven'] or found['eight']}".replace(".", "")
        letter = (found["upper"] or found["lower"]).upper()
        if _IDENTITY_LETTERS[int(number) % 23] == letter:
            yield found.span()


def _telephones(text: str) -> Iterator[Span]:
    for pattern in _TELEPHONES:
        for found in pattern.finditer(text):
            start, end = found.span("number")
            is_other = text[start] != "+" and _is_called_otherwise(text, start)
            if not is_other and not _is_money(text, start, end):
                yield start, end


def _is_called_otherwise(text: str, start: int) -> bool:
    """Whether the last thing that a number is called before it isn't a telephone. It isn't called
    so any more behind another number, or in another line."""
    before = text[max(0, start - _NEAR) : start]
    before = before[max(map(before.rfind, "0123456789\n")) + 1 :]
    called = [found.lastgroup for found in _CALLED.finditer(before)]
    return bool(called) and called[-1] != "telephone"


def _is_money(text: str, start: int, end: int) -> bool:
    return bool(_MONEY.match(text, end)) or text[max(0, start - 2) : start].strip() in _SIGNS
