"""A reply as the bytes of a mail: RFC 5322, seven bits, CRLF, the same whenever it is called."""

import re
from binascii import b2a_qp
from datetime import UTC, datetime
from email import base64mime, quoprimime
from email.header import Header
from email.utils import format_datetime
from functools import lru_cache

from buzon.records import Reply

LINE_LIMIT = 76
LINE_BREAK = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


def to_bytes(reply: Reply, when: datetime) -> bytes:
    """The mail that goes out: multipart/alternative, text and HTML, quoted-printable.

    Written by hand, for the standard library's generator takes many times as long. `when` becomes
    the Date. All is ASCII unless the recipient's address is not (RFC 6532; such a mail needs
    SMTPUTF8). Raises ValueError where a header would be more than one line.
    """
    # A quoted-printable body never holds "=_": after "=" comes a hexadecimal digit or CRLF.
    boundary = f"=_{reply.message_id.partition('@')[0]}"
    headers = {
        "From": reply.from_header,
        "To": reply.recipient,
        "Subject": reply.subject,
        "Date": format_datetime(when.astimezone(UTC)),
        "Message-ID": f"<{reply.message_id}>",
        **reply.headers,
        "MIME-Version": "1.0",
        "Content-Type": f'multipart/alternative; boundary="{boundary}"',
    }
    lines = [
        *(_header(name, value) for name, value in headers.items()),
        "",
        f"--{boundary}",
        _part("plain", reply.text),
        f"--{boundary}",
        _part("html", reply.html),
        f"--{boundary}--",
        "",
    ]
    return "\r\n".join(lines).encode()


def _header(name: str, value: str) -> str:
    if LINE_BREAK.search(value):
        raise ValueError(f"The header {name} would be more than one line: {value[:80]!r}.")
    match name:
        case "From":
            value = _mailbox(value)
        case "Subject":
            value = _unstructured(name, value)
        case "References":
            value = value.replace(" ", "\r\n ")
    return f"{name}: {value}"


@lru_cache(maxsize=64)
def _mailbox(header: str) -> str:
    """`"Name" <address>` with the name encoded where it must be."""
    name, bracket, address = header.rpartition(" <")
    if not bracket or (name.isascii() and "=?" not in name):
        return header
    return f"{_unstructured('From', name.strip(chr(34)))} <{address}"


def _unstructured(name: str, text: str) -> str:
    """A header's text, folded, in encoded words (RFC 2047) where it is not ASCII. Text that
    looks like an encoded word is encoded as well, so that nobody decodes it into another."""
    plain = text.isascii() and "=?" not in text
    # As Header gives it, in no time, where it is one word that fits on the line.
    written = text if plain else _encoded_word(text)
    if len(f"{name}: {written}") <= LINE_LIMIT and (not plain or text == text.strip()):
        return written
    charset = "us-ascii" if plain else "utf-8"
    header = Header(text, charset, maxlinelen=LINE_LIMIT, header_name=name)
    return header.encode(linesep="\r\n")


def _encoded_word(text: str) -> str:
    data = text.encode()
    return min(
        quoprimime.header_encode(data, "utf-8"), base64mime.header_encode(data, "utf-8"), key=len
    )


def _part(subtype: str, text: str) -> str:
    content = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
    encoded = b2a_qp(content.encode(), istext=True).decode("ascii")
    # Without a line end to go by, it breaks long lines by a bare LF.
    encoded = encoded.replace("\r\n", "\n").replace("\n", "\r\n")
    return (
        f"Content-Type: text/{subtype}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
        f"{encoded}"
    )
