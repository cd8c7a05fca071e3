"""The sandbox's way in: an SMTP listener (RFC 5321) that takes mail for any address."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from aiosmtpd.smtp import SMTP, Envelope, Session

from buzon.config import SANDBOX
from buzon.errors import AddressInUse, DatabaseError
from buzon.records import SIZE_LIMIT, RawMail

LINE_LIMIT = 1024 * 1024  # longer than RFC 5321 allows: what a mailbox can hold, we take

Store = Callable[[RawMail], Awaitable[object]]


class Listener(SMTP):
    line_length_limit = LINE_LIMIT


class Handler:
    """Acknowledges a mail only once it is stored."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        # The last hop notes the envelope's sender (RFC 5321, section 4.4): "<>" marks a bounce.
        sender = (envelope.mail_from or "").replace("\r", "").replace("\n", "")
        content = f"Return-Path: <{sender}>\r\n".encode("utf-8", "replace") + content
        raw = RawMail(SANDBOX, content, datetime.now(UTC), "smtp", len(content))
        try:
            await self.store(raw)
        except DatabaseError:
            return "451 4.3.0 Not stored, the database is away; try again later"
        return "250 2.0.0 Stored"


async def listen(host: str, port: int, store: Store) -> asyncio.Server:
    """Take mail there until the server is closed. Raises AddressInUse."""
    loop = asyncio.get_running_loop()
    handler = Handler(store)

    def protocol() -> SMTP:
        return Listener(
            handler,
            data_size_limit=SIZE_LIMIT,
            enable_SMTPUTF8=True,
            ident="Buzon sandbox",
            loop=loop,
        )

    try:
        return await loop.create_server(protocol, host, port)
    except OSError as error:
        raise AddressInUse(
            f"The sandbox can't listen on {host}:{port} ({os.strerror(error.errno or 0)}).",
            "Set BUZON_SANDBOX_SMTP to another address, such as 127.0.0.1:2526.",
        ) from error
