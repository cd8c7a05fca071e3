"""What a stored raw mail is asked for when somebody looks at it: HTML, files, headers. Nothing is
unpacked."""

from base64 import b64encode
from dataclasses import dataclass

from buzon.mail import body, charsets, headers, ids, mime
from buzon.mail.mime import Part
from buzon.mail.sanitize import Sanitized, sanitize
from buzon.records import SIZE_LIMIT

PICTURES = frozenset(("image/gif", "image/jpeg", "image/png", "image/webp"))
PICTURES_LIMIT = 8_000_000  # bytes of all that are shown within a mail
HEADERS_LIMIT = 200
HEADER_LIMIT = 2_000


@dataclass(frozen=True, slots=True)
class File:
    """An attachment; its name is safe to save under."""

    name: str
    content_type: str
    content: bytes


def has_html(content: bytes) -> bool:
    """Whether a mail, of which this is the beginning at least, has HTML."""
    return body.has_html(mime.read(content).root)


def page(content: bytes) -> Sanitized | None:
    """The mail's HTML so that it can be shown, with its own pictures in it; None where it has
    none."""
    root = mime.read(content).root
    source = body.read(root).html
    return sanitize(source, _pictures(root, source)) if source else None


def _pictures(root: Part, source: str) -> dict[str, str]:
    found: dict[str, str] = {}
    left = PICTURES_LIMIT
    for part in body.attached(root):
        id = ids.clean(headers.text(part.first("content-id")))
        if part.kind not in PICTURES or not id or "cid:" not in source or part.size > left:
            continue
        content, _ = part.content(SIZE_LIMIT)
        left -= len(content)
        found[id] = f"data:{part.kind};base64,{b64encode(content).decode('ascii')}"
    return found


def file(content: bytes, number: int) -> File | None:
    """The attachment of that number, counted from 0 as the event's attachments are."""
    parts = body.attached(mime.read(content).root)
    if number >= len(parts):
        return None
    part = parts[number]
    return File(body.attachment_name(part), part.kind, part.content(SIZE_LIMIT)[0])


def decoded_headers(content: bytes) -> list[tuple[str, str]]:
    """Names and values of the outermost headers, as their reader means them."""
    fields = mime.read(content).root.fields[:HEADERS_LIMIT]
    return [
        (
            "-".join(word.capitalize() for word in field.name.split("-")),
            headers.decode(field.raw[: 4 * HEADER_LIMIT], HEADER_LIMIT),
        )
        for field in fields
    ]


def source(content: bytes) -> str:
    """The raw mail as text, as far as it is text."""
    return charsets.decode(content.replace(b"\r\n", b"\n"))
