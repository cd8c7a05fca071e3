"""Message-IDs: the same cleaning wherever one stands, so that a reply finds what it answers."""

import hashlib
import re

LIMIT = 500
REFERENCES_LIMIT = 100
MADE, SHORTENED = "@buzon.invalid", "@long.invalid"
_BRACKETED = re.compile("<([^<>]*+)>")
_DROPPED = re.compile("[<>\\s\x00-\x1f\x7f-\x9f\u200b\u2028\u2029\ufeff\ud800-\udfff]+")


def clean(value: str) -> str:
    """An id without angle brackets and white space; "" where there is none. What is longer than
    500 characters keeps its head and gets a hash of the whole."""
    value = value.strip()
    found = _BRACKETED.fullmatch(value)
    bare = _DROPPED.sub("", found[1] if found else value)
    if len(bare) <= LIMIT:
        return bare
    return f"{bare[:100]}.{_hash(bare)}{SHORTENED}"


def first(value: str) -> str:
    """The first id of a value that may hold several, such as In-Reply-To."""
    return next(iter(references(value)), "")


def references(value: str) -> tuple[str, ...]:
    """The last 100 ids of a References header, the oldest first, each once."""
    found = _BRACKETED.findall(value) or value.split()
    ids = dict.fromkeys(clean(item) for item in found[-REFERENCES_LIMIT:])
    return tuple(item for item in ids if item)


def made_of(*content: str) -> str:
    """The id of a mail that has none: the same for the same content, whatever its white space."""
    return f"{_hash(*content)[:40]}{MADE}"


def digest(subject: str, text: str) -> str:
    """SHA-256 of subject and text without white space, in hexadecimal: is it the same mail?"""
    return _hash(subject, text)


def _hash(*content: str) -> str:
    bare = "\0".join("".join(item.split()) for item in content)
    return hashlib.sha256(bare.encode("utf-8", "replace")).hexdigest()


def is_of_sender(id: str) -> bool:
    """Whether an id stands so in the mail itself, where others can look for it."""
    return not id.endswith((MADE, SHORTENED))
