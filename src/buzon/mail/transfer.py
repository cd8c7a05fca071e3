"""Content-Transfer-Encoding (RFC 2045, section 6): what can be decoded is decoded."""

from binascii import Error as BadBase64
from binascii import a2b_base64, a2b_qp

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_OTHERS = bytes(set(range(256)) - set(_ALPHABET))
AS_IS = ("", "7bit", "8bit", "binary")


def encoding(raw: bytes) -> str:
    """The encoding's name in lower case, without comments, parameters and quotes."""
    words = raw.decode("latin-1").lower().strip("\"' \t").replace(";", " ").split()
    return words[0].strip("\"'")[:40] if words else ""


def decode(data: bytes, name: str, *, is_text: bool) -> tuple[bytes, str]:
    """The content and what was wrong, "" for nothing."""
    if name == "quoted-printable":
        return a2b_qp(data), ""
    if name == "base64":
        if is_text and not _may_be_base64(data):
            return data, "says base64, but is plain text"
        return base64(data)
    return data, "" if name in AS_IS else f"unknown transfer encoding {name!r}: left as it is"


def decoded_size(content: bytes, start: int, end: int, name: str) -> int:
    """How many bytes a part has once decoded, told without decoding it."""
    if name == "base64":
        breaks = content.count(b"\n", start, end) + content.count(b"\r", start, end)
        tail = content[max(start, end - 8) : end].rstrip()
        padding = len(tail) - len(tail.rstrip(b"="))
        return max(0, (end - start - breaks) * 3 // 4 - padding)
    if name == "quoted-printable":
        soft = content.count(b"=\r\n", start, end)
        return max(0, end - start - 2 * content.count(b"=", start, end) - soft)
    return max(0, end - start)


def _may_be_base64(data: bytes) -> bool:
    """Base64 has no space within a line, but for what somebody wrote behind its end."""
    first, *others = data[:200].lstrip().split(b"\n", 1)[0].split()[:2] or [b""]
    return not others or first.endswith(b"=")


def base64(data: bytes) -> tuple[bytes, str]:
    """What can be decoded of broken base64: up to the first padding, without other characters."""
    try:
        return a2b_base64(data), ""
    except BadBase64:
        letters = data.partition(b"=")[0].translate(None, _OTHERS)
        whole = letters[: len(letters) - 1] if len(letters) % 4 == 1 else letters
        return a2b_base64(whole + b"=" * (-len(whole) % 4)), "broken base64"
