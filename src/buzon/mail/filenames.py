"""Attachment names that are safe to show and to save: no path, nothing invisible, bounded."""

import re
import unicodedata

LIMIT = 150
_SUFFIX_LIMIT = 20
_READ_LIMIT = 1_000  # normalising takes quadratic time for heaps of combining marks
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_RESERVED = re.compile(
    r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\.|$)", re.I
)


def plain(name: str, otherwise: str = "attachment") -> str:
    """The last part of the path as a file name that every system takes; `otherwise` where
    nothing is left."""
    name = name.replace("\\", "/").rpartition("/")[2]
    if len(name) > _READ_LIMIT:
        name = name[: _READ_LIMIT // 2] + name[-_READ_LIMIT // 2 :]
    name = unicodedata.normalize("NFC", name)
    if not name.isprintable():
        name = "".join(c for c in name if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Cn"))
    name = " ".join(_FORBIDDEN.sub("_", name).split()).strip(". ")
    name = _short(name) or otherwise
    return f"_{name}" if _RESERVED.match(name) else name


def _short(name: str) -> str:
    if len(name) < LIMIT:
        return name
    stem, dot, suffix = name.rpartition(".")
    if not stem or len(suffix) > _SUFFIX_LIMIT:
        stem, dot, suffix = name, "", ""
    return stem[: LIMIT - 1 - len(dot + suffix)].rstrip(". ") + dot + suffix
