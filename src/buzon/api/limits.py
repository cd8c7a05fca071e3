"""No request is larger than the largest mail: refused by its length, or once it grows too long."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from buzon.api.problems import problem
from buzon.errors import TooLarge
from buzon.records import SIZE_LIMIT

# JSON escapes make a mail longer than it is.
LIMIT = SIZE_LIMIT + 1024 * 1024


class LimitBody:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if length.isdigit() and int(length) > LIMIT:
            error = _too_large()
            await problem(error.status, error.code, error.what, error.do)(scope, receive, send)
            return
        await self.app(scope, _Counted(receive), send)


def _too_large() -> TooLarge:
    return TooLarge(
        f"The mail is larger than {SIZE_LIMIT // 1024**2} MB.", "Send it without its attachments."
    )


class _Counted:
    def __init__(self, receive: Receive) -> None:
        self.receive = receive
        self.length = 0

    async def __call__(self) -> Message:
        message = await self.receive()
        self.length += len(message.get("body", b""))
        if self.length > LIMIT:
            raise _too_large()
        return message
