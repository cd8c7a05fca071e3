"""Which request a line of the log speaks of, and an answer answers."""

import re
from uuid import uuid4

from structlog.contextvars import get_contextvars

NAME = "X-Request-ID"
FIT = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,100}")  # nothing that could forge a line of the log


def fit_id(given: bytes) -> str:
    """The caller's own id, where it is short and harmless; else a new one."""
    return given.decode() if FIT.fullmatch(given) else uuid4().hex


def present_id() -> str | None:
    """Of the request that is being answered."""
    found = get_contextvars().get("request_id")
    return str(found) if found else None
