"""How long a client may take to say what it wants: who opens connections and dawdles holds up
nobody. Uvicorn itself waits for ever."""

from asyncio import TimerHandle, Transport
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADERS_WITHIN = 10.0  # seconds from the first byte, or from the connection
REQUEST_WITHIN = 120.0  # the largest mail at 2 Mbit/s
HEADERS_LIMIT = 64 * 1024  # bytes that a head may be long when it still has no end

# Open at once, answers that are streamed too; another one gets a 503. A process may usually have
# 1,024 files open: the rest is for the database and for mail.
CONNECTIONS = 800


class Impatient(HttpToolsProtocol):
    """HTTP/1.1 whose requests come in within a bounded time, or the connection is closed."""

    headers_within = HEADERS_WITHIN
    request_within = REQUEST_WITHIN

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._timer: TimerHandle | None = None
        self._head: int | None = None  # bytes of the head that is coming in

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait(self.headers_within)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._head is not None:
            self._head += len(data)
            if self._head > HEADERS_LIMIT:
                self.send_400_response("The headers are too long.")
        elif self._timer is None and (self.cycle is None or self.cycle.response_complete):
            self._wait(self.headers_within)  # for what is no request, such as empty lines

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head = 0
        self._wait(self.headers_within)

    def on_headers_complete(self) -> None:
        self._head = None
        self._wait(self.request_within)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        # Until the next request begins, uvicorn's own time of keeping a connection holds.
        self._wait(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait(None)
        super().connection_lost(exc)

    def _wait(self, seconds: float | None) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = self.loop.call_later(seconds, self.transport.abort) if seconds else None
