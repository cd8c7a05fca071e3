"""No request is larger than the largest mail: refused by its length, or once it grows too long."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from buzon.api.problems import problem
from buzon.mail.parse import SIZE_LIMIT

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
            await self._refuse(scope, receive, send)
            return
        counted = _Counted(receive)
        try:
            await self.app(scope, counted, send)
        except _TooLong:
            await self._refuse(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = problem(
            413,
            "too-large",
            f"The mail is larger than {SIZE_LIMIT // 1024**2} MB.",
            "Send it without its attachments.",
        )
        await answer(scope, receive, send)


class _TooLong(Exception):
    pass


class _Counted:
    def __init__(self, receive: Receive) -> None:
        self.receive = receive
        self.length = 0

    async def __call__(self) -> Message:
        message = await self.receive()
        self.length += len(message.get("body", b""))
        if self.length > LIMIT:
            raise _TooLong
        return message
