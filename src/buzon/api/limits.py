"""No request is larger than the largest mail: refused by its length, or once it grows too long.

Whoever reads the body meets the refusal, so that pages, whose forms are smaller, use their own
words."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from buzon.errors import TooLarge
from buzon.records import SIZE_LIMIT

# JSON escapes make a mail longer than it is.
LIMIT = SIZE_LIMIT + 1024 * 1024


class LimitBody:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            told = Headers(scope=scope).get("content-length", "")
            receive = _Counted(receive, int(told) if told.isdigit() else 0)
        await self.app(scope, receive, send)


class _Counted:
    def __init__(self, receive: Receive, announced: int) -> None:
        self.receive = receive
        self.announced = announced
        self.length = 0

    async def __call__(self) -> Message:
        if self.announced > LIMIT:
            raise too_large()
        message = await self.receive()
        self.length += len(message.get("body", b""))
        if self.length > LIMIT:
            raise too_large()
        return message


def too_large() -> TooLarge:
    """The error for more than is taken, of whatever it is."""
    return TooLarge(
        f"The request is larger than {SIZE_LIMIT // 1024**2} MB.",
        "Send a mail without its attachments, and of many items some at a time.",
    )
