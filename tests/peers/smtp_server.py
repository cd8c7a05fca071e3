"""An SMTP server whose behaviour the test commands while it runs.

    with SmtpServer() as smtp:
        smtp.behave("RCPT", "451 4.3.0 not now", times=3)
        smtp.behave("dot", DROP_AFTER_STORING)

A behaviour belongs to a step: connect, EHLO, AUTH, MAIL, RCPT, DATA, and dot, the answer to the
whole mail.
"""

import asyncio
import base64
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from peers.dovecot import free_port

HANG = "hang"
DROP = "drop"  # the connection, at this step, before anything else
DROP_AFTER_STORING = "drop after storing"  # at "dot": the mail is taken, the 250 never goes out

OKAY = {
    "connect": "220 test ESMTP",
    "EHLO": "250-test\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-AUTH PLAIN\r\n250 SIZE 30000000",
    "AUTH": "235 2.7.0 welcome",
    "MAIL": "250 2.1.0 ok",
    "RCPT": "250 2.1.5 ok",
    "DATA": "354 go on",
    "dot": "250 2.0.0 queued",
}


@dataclass(frozen=True, slots=True)
class Received:
    """A mail that the server took."""

    envelope_from: str
    recipient: str
    data: bytes
    at: float  # time.time()

    def header(self, name: str) -> str:
        start = f"{name}: ".lower()
        head = self.data.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
        lines = head.replace("\r\n ", " ").split("\r\n")
        return next((line[len(start) :] for line in lines if line.lower().startswith(start)), "")


@dataclass
class Behaviour:
    what: str
    left: float
    when: Callable[[str], bool]


class SmtpServer:
    """Runs in a thread for the length of a `with`. With `vouches`, which says whether an access
    token is this user's, it takes tokens by the `mechanism` alone."""

    host = "127.0.0.1"

    def __init__(
        self,
        vouches: Callable[[str, str], bool] | None = None,
        mechanism: str = "XOAUTH2",
    ) -> None:
        self.port = free_port()
        self.vouches = vouches
        self.mechanism = mechanism
        self.received: list[Received] = []
        self.attempts: Counter[str] = Counter()
        self.connections = 0  # open now
        self._behaviours: dict[str, Behaviour] = {}
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def behave(
        self,
        step: str,
        what: str,
        *,
        times: float = float("inf"),
        when: Callable[[str], bool] = lambda _line: True,
    ) -> None:
        """From now on at this step: an answer such as "451 not now", HANG, DROP or
        DROP_AFTER_STORING; `when` looks at the client's line, at "dot" at the recipient."""
        assert step in OKAY
        self._behaviours[step] = Behaviour(what, times, when)

    def be_good(self) -> None:
        self._behaviours.clear()

    def start(self) -> None:
        started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self._thread.start()
        assert started.wait(10)

    def stop(self) -> None:
        """Close the port and every connection."""
        if self._thread and self._loop and self._stop:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(10)
            self._thread = None

    def wait_for(self, count: int, seconds: float = 30.0) -> list[Received]:
        """The mails received, once there are so many."""
        deadline = time.monotonic() + seconds
        while len(self.received) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(self.received)} of {count} mails after {seconds} s")
            time.sleep(0.02)
        return self.received

    def _run(self, started: threading.Event) -> None:
        asyncio.run(self._serve(started))

    async def _serve(self, started: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        sessions: set[asyncio.Task[None]] = set()

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            sessions.add(task)
            self.connections += 1
            try:
                await self._session(reader, writer)
            except (OSError, asyncio.IncompleteReadError, Drop, asyncio.CancelledError):
                pass
            finally:
                sessions.discard(task)
                self.connections -= 1
                writer.close()

        server = await asyncio.start_server(
            accept, self.host, self.port, limit=2**26, reuse_address=True
        )
        started.set()
        await self._stop.wait()
        server.close()
        for task in list(sessions):
            task.cancel()
        await asyncio.gather(*sessions, return_exceptions=True)

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._answer(writer, "connect", "")
        sender, recipient = "", ""
        while line := (await reader.readline()).decode("utf-8", "replace").rstrip("\r\n"):
            verb = line[:4].upper()
            if verb == "MAIL":
                sender = line.partition("<")[2].partition(">")[0]
                await self._answer(writer, "MAIL", line)
            elif verb == "RCPT":
                recipient = line.partition("<")[2].partition(">")[0]
                await self._answer(writer, "RCPT", line)
            elif verb == "DATA":
                if (await self._answer(writer, "DATA", line)).startswith("354"):
                    data = (await reader.readuntil(b"\r\n.\r\n"))[:-3].replace(b"\r\n..", b"\r\n.")
                    await self._take(writer, Received(sender, recipient, data, time.time()))
            elif verb == "AUTH" and self.vouches:
                await self._take_token(reader, writer, line)
            elif verb == "AUTH":
                await self._answer(writer, "AUTH", line)
            elif verb in ("EHLO", "HELO") and self.vouches:
                offered = OKAY["EHLO"].replace("PLAIN", self.mechanism)
                await self._do(writer, offered)
            elif verb in ("EHLO", "HELO"):
                await self._answer(writer, "EHLO", line)
            elif verb == "QUIT":
                writer.write(b"221 bye\r\n")
                return
            else:
                writer.write(b"250 ok\r\n")

    async def _take_token(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: str
    ) -> None:
        """AUTH XOAUTH2 or OAUTHBEARER: who is refused is told why first, and must answer that."""
        assert self.vouches is not None
        _, mechanism, said = line.split(" ")
        assert mechanism == self.mechanism
        words = base64.b64decode(said).decode()
        user = re.search(r"(?:user|n,a)=([^\x01,]*)", words)
        token = re.search(r"\x01auth=Bearer ([^\x01]+)\x01\x01$", words)
        assert user, words
        assert token, words
        if await asyncio.to_thread(self.vouches, user[1], token[1]):
            await self._answer(writer, "AUTH", line)
            return
        self.attempts["AUTH"] += 1
        why = base64.b64encode(b'{"status":"401","schemes":"bearer"}').decode()
        await self._do(writer, f"334 {why}")
        end = (await reader.readline()).strip()
        assert end == (b"AQ==" if mechanism == "OAUTHBEARER" else b""), end
        await self._do(writer, "535 5.7.8 not you")

    async def _take(self, writer: asyncio.StreamWriter, mail: Received) -> None:
        what = self._behaviour("dot", mail.recipient)
        self.attempts["dot"] += 1
        if what.startswith("250") or what == DROP_AFTER_STORING:
            self.received.append(mail)
        await self._do(writer, what)

    async def _answer(self, writer: asyncio.StreamWriter, step: str, line: str) -> str:
        self.attempts[step] += 1
        what = self._behaviour(step, line)
        await self._do(writer, what)
        return what

    def _behaviour(self, step: str, about: str) -> str:
        behaviour = self._behaviours.get(step)
        if behaviour and behaviour.left > 0 and behaviour.when(about):
            behaviour.left -= 1
            return behaviour.what
        return OKAY[step]

    async def _do(self, writer: asyncio.StreamWriter, what: str) -> None:
        if what == HANG:
            await asyncio.Event().wait()
        if what in (DROP, DROP_AFTER_STORING):
            with suppress(OSError):
                writer.transport.abort()
            raise Drop
        writer.write(what.encode() + b"\r\n")
        await writer.drain()


class Drop(Exception):
    pass
