"""An SMTP server whose behaviour the test commands while it runs.

    with SmtpServer() as smtp:
        smtp.behave("RCPT", "451 4.3.0 not now", times=3)
        smtp.behave("dot", DROP_AFTER_STORING)

A behaviour belongs to a step: connect, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, and dot, the answer
to the whole mail.
"""

import asyncio
import base64
import re
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from peers.dovecot import free_port

HANG = "hang"
DROP = "drop"  # the connection, at this step, before anything else
DROP_AFTER_STORING = "drop after storing"  # at "dot": the mail is taken, the 250 never goes out
BREAK_TLS = "break TLS"  # at "STARTTLS": what follows the 220 is no TLS

OKAY = {
    "connect": "220 test ESMTP",
    "EHLO": "250-test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-AUTH PLAIN\r\n"
    "250 SIZE 30000000",
    "STARTTLS": "220 2.0.0 go ahead",
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
    pause: float  # seconds before the answer
    drip: float  # seconds between its bytes


class SmtpServer:
    """Runs in a thread for the length of a `with`. With a certificate and its key it offers
    STARTTLS; with `vouches`, which says whether an access token is this user's, it takes tokens
    by the `mechanism` alone."""

    def __init__(
        self,
        certificate: tuple[Path, Path] | None = None,
        vouches: Callable[[str, str], bool] | None = None,
        mechanism: str = "XOAUTH2",
        host: str = "127.0.0.1",
    ) -> None:
        self.host = host
        self.port = free_port()
        self.vouches = vouches
        self.mechanism = mechanism
        self.received: list[Received] = []
        self.confirmed: list[Received] = []  # those of which the whole 250 was handed to the system
        self.refused: list[tuple[str, str]] = []  # recipient, and the words of a 5xx
        self.attempts: Counter[str] = Counter()
        self.connections = 0  # open now
        self._tls: ssl.SSLContext | None = None
        if certificate:
            self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self._tls.load_cert_chain(*certificate)
        self._behaviours: dict[str, Behaviour] = {}
        self._hanging: set[asyncio.Event] = set()
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
        pause: float = 0.0,
        drip: float = 0.0,
    ) -> None:
        """From now on at this step: an answer such as "451 not now", HANG, DROP, BREAK_TLS or
        DROP_AFTER_STORING; `when` looks at the client's line, at "dot" at the recipient. An answer
        may come late, and byte by byte."""
        assert step in OKAY
        self._behaviours[step] = Behaviour(what, times, when, pause, drip)

    def be_good(self, *steps: str) -> None:
        """At these steps; without any at all."""
        for step in steps or OKAY:
            self._behaviours.pop(step, None)

    def hang_up(self) -> None:
        """Close the connections that hang."""
        if self._loop and self._thread:
            self._loop.call_soon_threadsafe(lambda: [event.set() for event in self._hanging])

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
                pass  # also where TLS breaks: an SSLError is an OSError
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
        sender, recipient, begun = "", "", False
        while line := (await reader.readline()).decode("utf-8", "replace").rstrip("\r\n"):
            verb = line[:4].upper()
            if verb == "MAIL":
                sender, recipient = line.partition("<")[2].partition(">")[0], ""
                begun = (await self._answer(writer, "MAIL", line)).startswith("250")
            elif verb == "RCPT" and begun:
                if (await self._answer(writer, "RCPT", line)).startswith("250"):
                    recipient = line.partition("<")[2].partition(">")[0]
            elif verb == "RCPT":
                writer.write(b"503 5.5.1 no MAIL\r\n")
            elif verb == "DATA" and not recipient:  # said before we refused the recipient
                writer.write(b"554 5.5.1 no valid recipients\r\n")
            elif verb == "DATA":
                if (await self._answer(writer, "DATA", line)).startswith("354"):
                    data = (await reader.readuntil(b"\r\n.\r\n"))[:-3].replace(b"\r\n..", b"\r\n.")
                    await self._take(writer, Received(sender, recipient, data, time.time()))
            elif verb == "AUTH" and self.vouches:
                await self._take_token(reader, writer, line)
            elif verb == "AUTH":
                await self._answer(writer, "AUTH", line)
            elif verb == "STAR":
                await self._start_tls(writer, await self._answer(writer, "STARTTLS", line))
            elif verb in ("EHLO", "HELO"):
                await self._answer(writer, "EHLO", line)
            elif verb == "QUIT":
                writer.write(b"221 bye\r\n")
                return
            else:
                writer.write(b"250 ok\r\n")

    async def _start_tls(self, writer: asyncio.StreamWriter, answer: str) -> None:
        if answer == BREAK_TLS:
            writer.write(b"this is no TLS\r\n" * 8)
            await writer.drain()
            raise Drop
        if answer.startswith("220") and self._tls:
            await writer.start_tls(self._tls)

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
        writer.write(f"334 {why}\r\n".encode())
        end = (await reader.readline()).strip()
        assert end == (b"AQ==" if mechanism == "OAUTHBEARER" else b""), end
        writer.write(b"535 5.7.8 not you\r\n")

    async def _take(self, writer: asyncio.StreamWriter, mail: Received) -> None:
        behaviour = self._behaviour("dot", mail.recipient)
        self.attempts["dot"] += 1
        if behaviour.what.startswith("250") or behaviour.what == DROP_AFTER_STORING:
            self.received.append(mail)
        self._note_refusal(mail.recipient, behaviour.what)
        await self._do(writer, behaviour)
        if behaviour.what.startswith("250"):
            self.confirmed.append(mail)

    async def _answer(self, writer: asyncio.StreamWriter, step: str, line: str) -> str:
        self.attempts[step] += 1
        behaviour = self._behaviour(step, line)
        if step == "RCPT":
            self._note_refusal(line.partition("<")[2].partition(">")[0], behaviour.what)
        await self._do(writer, behaviour)
        return behaviour.what

    def _note_refusal(self, recipient: str, what: str) -> None:
        if what.startswith("5"):
            self.refused.append((recipient, what))

    def _behaviour(self, step: str, about: str) -> Behaviour:
        behaviour = self._behaviours.get(step)
        if behaviour and behaviour.left > 0 and behaviour.when(about):
            behaviour.left -= 1
            return behaviour
        okay = OKAY[step]
        if step == "EHLO" and self._tls:
            okay = okay.replace("250 SIZE", "250-STARTTLS\r\n250 SIZE")
        if step == "EHLO" and self.vouches:
            okay = okay.replace("PLAIN", self.mechanism)
        return Behaviour(okay, 0, lambda _line: True, 0.0, 0.0)

    async def _do(self, writer: asyncio.StreamWriter, behaviour: Behaviour) -> None:
        await asyncio.sleep(behaviour.pause)
        what = behaviour.what
        if what == HANG:
            await self._hang()
        if what in (HANG, DROP, DROP_AFTER_STORING):
            with suppress(OSError):
                writer.transport.abort()
            raise Drop
        answer = OKAY["STARTTLS"] if what == BREAK_TLS else what
        for piece in _pieces(answer.encode() + b"\r\n", behaviour.drip):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(behaviour.drip)

    async def _hang(self) -> None:
        released = asyncio.Event()
        self._hanging.add(released)
        try:
            await released.wait()
        finally:
            self._hanging.discard(released)


def _pieces(answer: bytes, drip: float) -> list[bytes]:
    return [answer[n : n + 1] for n in range(len(answer))] if drip else [answer]


class Drop(Exception):
    pass
