"""What a form did, told once by the page that follows it, with the way to undo it."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import parse_qsl, urlencode

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from buzon.web.context import COOKIE as SESSION
from buzon.web.cookies import Safe, safe

What = Literal["forgotten", "switched", "worded", "disabled", "left", "given", "retired"]
# What just_done.html has to know of each.
NAMES: dict[str, frozenset[str]] = {
    "forgotten": frozenset({"name", "query"}),
    "switched": frozenset({"category", "answered", "place"}),
    "worded": frozenset({"category", "tongue", "before", "version"}),
    "disabled": frozenset({"id", "name"}),
    "left": frozenset({"id"}),
    "given": frozenset({"id", "name", "role", "before"}),
    "retired": frozenset({"category", "place", "key"}),
}

COOKIE = "buzon_just_done"
LIVES = 60  # seconds: whoever comes later has forgotten it
LONGEST = 3_000  # characters: browsers keep no cookie of more than 4 kB


@dataclass(frozen=True, slots=True)
class JustDone:
    """`told`: `what` the form before this page did, and its values; empty where there was none.
    `session`: only whoever did it is told, and nobody else can have them told anything."""

    told: Mapping[str, str]
    session: str
    safe: Safe

    def on_to(self, place: str, what: What, /, **values: str) -> Response:
        """Go to a page that tells of it."""
        answer = RedirectResponse(place, 303)
        told = urlencode({"what": what, **values})
        if len(told) <= LONGEST:
            sealed = f"{_seal(self.session, told)}.{told}"
            answer.set_cookie(COOKIE, sealed, max_age=LIVES, **self.safe)
        return answer

    def page(self, html: str, status: int = 200) -> Response:
        """A page that has told of it: the next one doesn't."""
        answer = HTMLResponse(html, status)
        if self.told:
            answer.delete_cookie(COOKIE, **self.safe)
        return answer


NOTHING = JustDone({}, "", {"httponly": True, "samesite": "lax", "secure": False})


async def of(request: Request) -> JustDone:
    session = request.cookies.get(SESSION, "")
    seal, _, sealed = request.cookies.get(COOKIE, "").partition(".")
    told = dict(parse_qsl(sealed, keep_blank_values=True))
    known = NAMES.get(told.get("what", ""), frozenset()) | {"what"} == told.keys()
    is_theirs = hmac.compare_digest(seal.encode(), _seal(session, sealed).encode())
    return JustDone(told if known and is_theirs else {}, session, safe(request))


def _seal(session: str, told: str) -> str:
    return hmac.new(session.encode(), told.encode(), "sha256").hexdigest()


Telling = Annotated[JustDone, Depends(of)]
