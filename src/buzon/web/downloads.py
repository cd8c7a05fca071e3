"""Files that are handed out to be saved: none is ever opened in place of a page."""

import re
from collections.abc import AsyncIterator
from urllib.parse import quote

from fastapi.responses import Response, StreamingResponse

# What a browser may take for what it says to be; everything else is just bytes.
TYPES = frozenset(
    ("application/pdf", "image/gif", "image/jpeg", "image/png", "image/webp", "text/plain")
)
ANYTHING = "application/octet-stream"
MAIL = "message/rfc822"

# In a quoted name: some browsers decode "%", and a quote or a backslash would end or change it.
UNSAFE = re.compile(r'[^ -~]|["\\%]')

# For who has a browser show it after all.
POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"


def download(name: str, content_type: str, content: bytes) -> Response:
    """A file under its name."""
    return Response(content, headers=_headers(name, content_type))


def streamed(name: str, size: int, pieces: AsyncIterator[bytes]) -> Response:
    """A file of so many bytes, of which a piece is in memory at a time."""
    headers = {**_headers(name, ANYTHING), "Content-Length": str(size)}
    return StreamingResponse(pieces, headers=headers)


def _headers(name: str, content_type: str) -> dict[str, str]:
    """RFC 6266; RFC 8187 for letters beyond ASCII."""
    plain = UNSAFE.sub("_", name)
    return {
        "Content-Type": content_type if content_type in {*TYPES, MAIL} else ANYTHING,
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''"
        + quote(name, safe=""),
        "Content-Security-Policy": POLICY,
    }
