"""How long a client may take to say what it wants: who opens connections and dawdles holds up
nobody. Uvicorn itself waits for ever."""

from asyncio import TimerHandle, Transport
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADERS_WITHIN = 10.0  # seconds from the first byte, or from the connection
REQUEST_WITHIN = 120.0  # the largest mail at 2 Mbit/s

# Open at once, answers that are streamed too; another one gets a 503. A process may usually have
# 1,024 files open: the rest is for the database and for mail.
CONNECTIONS = 800


class Impatient(H11Protocol):
    """HTTP/1.1 whose requests come in within a bounded time, or the connection is closed."""

    headers_within = HEADERS_WITHIN
    request_within = REQUEST_WITHIN

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._awaited: object = None  # what of a request the timer runs for
        self._timer: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait_for(h11.IDLE)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._wait_for(self.conn.their_state)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        # Until the next request begins, uvicorn's own time of keeping a connection holds.
        self._wait_for(h11.SEND_BODY if self.conn.their_state is h11.SEND_BODY else None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_for(None)
        super().connection_lost(exc)

    def _wait_for(self, state: object) -> None:
        if state is self._awaited:
            return
        if self._timer:
            self._timer.cancel()
        self._awaited, self._timer = state, None
        if state is h11.IDLE:
            self._timer = self.loop.call_later(self.headers_within, self.transport.abort)
        elif state is h11.SEND_BODY:
            self._timer = self.loop.call_later(self.request_within, self.transport.abort)
