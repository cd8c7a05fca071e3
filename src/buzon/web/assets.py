"""Static files: each is asked for with a hash of its content, and then never again."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

STATIC = Path(__file__).with_name("static")
PATH = "/static/{name:path}"
# What pages always ask for together is one file on its way: each is a request that others wait for.
JOINED = {
    "page.css": ("font.css", "tokens.css", "base.css", "desk.css"),
    "mail.js": (
        "times.js", "notice.js", "parts.js", "words.js", "letter.js", "keys.js", "acts.js",
        "toasts.js", "stream.js",
    ),
}  # fmt: skip
NAMES = JOINED.keys() | {
    path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*") if path.is_file()
}
FOR_GOOD, ASK_AGAIN = "public, max-age=31536000, immutable", "no-cache"


def static_url(name: str) -> str:
    """The address of a static file, which changes with its content."""
    return f"/static/{name}?v={_read(name).digest}"


async def answer(request: Request) -> Response:
    """A static file, out of memory: a page asks for twenty of them before it is seen. A browser may
    keep it for good when it asked with a hash.

    Raises HTTPException (404) where there is none of that name.
    """
    name = request.path_params["name"]
    if name not in NAMES:
        raise HTTPException(404)
    file, headers = _read(name), request.headers
    told = {
        "ETag": f'W/"{file.digest}"',
        # Asked with another hash it is another version's, which a cache must not keep for this one.
        "Cache-Control": FOR_GOOD if request.query_params.get("v") == file.digest else ASK_AGAIN,
        "Vary": "Accept-Encoding",
    }
    if f'"{file.digest}"' in headers.get("if-none-match", ""):
        return Response(status_code=304, headers=told)
    if file.compressed and "gzip" in headers.get("accept-encoding", ""):
        told["Content-Encoding"] = "gzip"
        return Response(file.compressed, headers=told, media_type=file.media_type)
    return Response(file.content, headers=told, media_type=file.media_type)


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    compressed: bytes  # b"" where that is no less, as of fonts
    digest: str
    media_type: str


@cache
def _read(name: str) -> _File:
    content = b"\n".join((STATIC / part).read_bytes() for part in JOINED.get(name, (name,)))
    compressed = gzip.compress(content, 6)
    return _File(
        content,
        compressed if len(compressed) < len(content) else b"",
        hashlib.sha256(content).hexdigest()[:12],
        mimetypes.guess_type(name)[0] or "text/plain",
    )
