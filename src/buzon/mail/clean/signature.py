"""What stands below the sender's own words: his signature, his phone's line, his disclaimer.

All of it looks at the sender's own lines, stripped of white space at both ends.
"""

import re
from typing import Literal

from buzon.mail.clean import phrases

Kind = Literal["newest", "signature", "disclaimer"]

MAX_DELIMITERS = 8  # the last ones are looked at
MAX_SIGNATURE_LINES = 12
MAX_SIGNATURE_LINE_LENGTH = 120
MAX_DISCLAIMER_LENGTH = 6_000
MAX_OPENINGS = 12
MAX_OPENING_LENGTH = 60
MAX_SENT_FROM_WORDS = 12
TAIL = 30  # lines in which a closing phrase is looked for

_ADDRESS = re.compile(r"\S{1,64}@[\w.-]{3,80}|https?://\S+|(?<!\w)www\.\S+")
_PHONE = re.compile(r"\+?\(?\d[\d ().\-/]{6,18}")
_POSTCODE = re.compile(r"(?:[a-z]{1,2}-)?\d{4,5} [^\W\d_]")


def find_endings(lines: list[str], own: list[int]) -> dict[int, Kind]:
    """Which of the sender's own lines are signature or disclaimer; the others are not in it."""
    filled = [i for i in own if lines[i]]
    found: dict[int, Kind] = dict.fromkeys(_disclaimer_lines(lines, filled), "disclaimer")
    for i in [i for i in filled if lines[i] == "--"][-MAX_DELIMITERS:]:
        if i not in found:
            found.update(dict.fromkeys(_signature_lines(lines, i, found), "signature"))
    found.update((i, "signature") for i in filled if _is_sent_from(lines, i))
    for i in _contact_lines(lines, [i for i in filled if i not in found]):
        found[i] = "signature"
    return found


# --- "-- " and "Enviado desde mi iPhone"


def _is_sent_from(lines: list[str], at: int) -> bool:
    """Whether a line is a phone's or a mail program's, and not about a parcel sent from there."""
    line = lines[at]
    below = lines[at + 1] if at + 1 < len(lines) else ""
    if len(line) > 90 or line.endswith(("?", ":")) or "," in line:
        return False
    if below and not below.startswith((">", "--", "__", "De:", "From:")):
        return False
    lower = line.strip("*_<>[]() ").lower()
    if not lower.startswith(phrases.SENT_FROM):
        return False
    words = len(lower.split())
    if phrases.DEVICES.search(lower):
        return words <= MAX_SENT_FROM_WORDS
    return lower.startswith(phrases.SENT_FROM_MINE) and words <= MAX_SENT_FROM_WORDS // 2


def _signature_lines(lines: list[str], start: int, found: dict[int, Kind]) -> list[int]:
    """The delimiter and what is below; nothing where that is too much for a signature."""
    block = [start]
    for i in range(start + 1, len(lines)):
        line = lines[i]
        if i in found or line.startswith(">") or line.lower().startswith(phrases.POSTSCRIPTS):
            break
        if line:
            block.append(i)
        if len(block) > MAX_SIGNATURE_LINES or len(line) > MAX_SIGNATURE_LINE_LENGTH:
            return []
    return block


# --- Disclaimers


def _disclaimer_lines(lines: list[str], filled: list[int]) -> list[int]:
    """The lines of all disclaimers. Of many openings only the last are looked at: it's there that
    disclaimers stand, and each costs a reading of its paragraph."""
    openings = [i for i in filled if _opens_disclaimer(lines[i])]
    found: list[int] = []
    for start in openings[-MAX_OPENINGS:]:
        if found and start <= found[-1]:
            continue
        if _is_disclaimer(_paragraph(lines, start), first=start == filled[0]):
            end = start
            while end < len(lines) and lines[end] and not lines[end].startswith(">"):
                end += 1
            found.extend(range(start, end))
    return found


def _opens_disclaimer(line: str) -> bool:
    opening = line.lstrip("*_-–—·•=#[⚠️ \t")[:MAX_OPENING_LENGTH].lower().replace("’", "'")
    return phrases.DISCLAIMER_OPENINGS.match(opening) is not None


def _is_disclaimer(paragraph: str, *, first: bool) -> bool:
    """Whether a paragraph with an opening is a disclaimer. A mail's first paragraph is none, but
    for a warning that the reader's own mail server put there."""
    if phrases.ASKING.search(paragraph):
        return False
    topics = {name for name, words in phrases.DISCLAIMER_TOPICS.items() if words.search(paragraph)}
    if first:
        return "from outside" in topics
    return len(topics) >= 2 or bool(topics & {"paper", "from outside"})


def _paragraph(lines: list[str], start: int) -> str:
    text: list[str] = []
    size = 0
    for i in range(start, len(lines)):
        if not lines[i] or size > MAX_DISCLAIMER_LENGTH:
            break
        text.append(lines[i][:MAX_DISCLAIMER_LENGTH].lower())
        size += len(lines[i])
    return " ".join(text).replace("’", "'")


# --- Telephone, address and web page below "Un saludo,"


def _contact_lines(lines: list[str], own: list[int]) -> list[int]:
    """The contact lines below the last closing phrase, up to a line that introduces something."""
    tail = own[-TAIL:]
    closing = next((n for n in reversed(range(len(tail))) if _closes(lines[tail[n]])), None)
    if closing is None:
        return []
    contact = []
    for i in tail[closing + 1 :]:
        line = lines[i]
        if line.endswith(":") or line.lower().startswith(phrases.POSTSCRIPTS):
            break
        if _is_contact(line):
            contact.append(i)
    return contact


def _closes(line: str) -> bool:
    return len(line) < 70 and len(line.split()) <= 7 and line.lower().startswith(phrases.CLOSINGS)


def _is_contact(line: str) -> bool:
    """Whether a line is a telephone number, an address or a web page and little else."""
    if len(line) > MAX_SIGNATURE_LINE_LENGTH or line.endswith("?"):
        return False
    lower = line.strip("*_|·•<>[]() \t").lower()
    if phrases.REFERENCES.search(lower):
        return False
    words = lower.split()
    if len(words) <= 10 and (phrases.STREETS.match(lower) or phrases.HOUSES.search(lower)):
        return True
    if len(words) <= 8 and _POSTCODE.match(lower):
        return True
    rest, addresses = _ADDRESS.subn(" ", lower)
    rest, phones = _PHONE.subn(" ", rest)
    if not addresses and not phones:
        return False
    left = [word.strip(".:,;|·•-–/()<>[]") for word in rest.split()]
    labels = [word for word in left if word in phrases.PHONE_LABELS]
    others = [word for word in left if word and word not in phrases.PHONE_LABELS]
    return len(others) <= (4 if addresses or labels else 0)
