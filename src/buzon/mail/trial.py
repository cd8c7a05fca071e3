"""Trying a mail server step by step, so that it can be told which step fails. Patience is short:
somebody waits for it."""

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

from imapclient import SocketTimeout

from buzon.config import Mailbox
from buzon.errors import MailboxError, SendError, TransportError
from buzon.mail.bearer import Bearer
from buzon.mail.imap import Inbox
from buzon.mail.smtp_connection import Connection, Server
from buzon.records import QueuedReply

Step = Literal["name", "connection", "greeting", "tls", "sign-in", "folder", "mail"]

SECONDS = 5.0  # to find and reach it
ANSWER_SECONDS = 20.0  # Dovecot makes who was wrong before wait for up to 15


@dataclass(frozen=True, slots=True)
class Trial:
    """The steps that went well, and `failed`, at which it ended, with the `error`; where all went
    well, what came of it."""

    passed: Sequence[Step]
    failed: Step | None = None
    error: TransportError | None = None
    outcome: str = ""


async def try_mailbox(mailbox: Mailbox, bearer: Bearer | None = None) -> Trial:
    """Look the server up, connect, sign in, and look into the folder; nothing is changed there."""
    steps = _steps(mailbox.security, signs_in=True)
    try:
        await _reach(mailbox.host, mailbox.actual_port, MailboxError)
        token = await bearer.token() if bearer else ""
        upto = await asyncio.to_thread(_look_in, mailbox, token)
    except TransportError as error:
        return _ended([*steps, "folder"], error)
    outcome = f"signed in at {mailbox.host}, {mailbox.folder} ends with UID {upto}"
    return Trial([*steps, "folder"], outcome=outcome)


def _look_in(mailbox: Mailbox, token: str) -> int:
    inbox = Inbox(mailbox, SocketTimeout(connect=SECONDS, read=ANSWER_SECONDS), token)
    try:
        return inbox.open().uidnext - 1
    finally:
        inbox.close()


async def try_sending(server: Server, mail: QueuedReply | None = None) -> Trial:
    """Look the server up, connect, sign in, and hand over the mail if there is one."""
    steps = _steps(server.security, signs_in=bool(server.user))
    hurried = replace(
        server,
        connect_timeout=SECONDS,
        command_timeout=ANSWER_SECONDS,
        mail_timeout=3 * ANSWER_SECONDS,
    )
    connection = Connection(hurried)
    try:
        await _reach(server.host, server.port, SendError)
        await connection.ready()
        outcome = f"{server.host}:{server.port} is ready"
        if mail:
            steps.append("mail")
            outcome = await _hand_over(connection, mail)
        return Trial(steps, outcome=outcome)
    except TransportError as error:
        return _ended(steps, error)
    finally:
        await connection.quit()


async def _hand_over(connection: Connection, mail: QueuedReply) -> str:
    done = await connection.deliver(mail)
    if done.status != "sent":
        what = f"{connection.server} does not take the mail: {done.detail}."
        raise SendError(what, step="mail", said=done.detail)
    return done.detail


async def _reach(host: str, port: int, kind: type[MailboxError] | type[SendError]) -> None:
    """That there is such a host, and that something listens there."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(SECONDS):
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, TimeoutError) as error:
        what = f"The server's name {host} could not be found: {_words(error)}."
        do = "Check it for a slip of the pen; if it is right, check the DNS of this machine."
        raise kind(what, do, step="name", said=_words(error)) from error
    try:
        async with asyncio.timeout(SECONDS):
            _, writer = await asyncio.open_connection(str(found[0][4][0]), port)
    except (OSError, TimeoutError) as error:
        what = f"Nothing answers at {host}:{port}: {_words(error)}."
        do = "Check the server's name and the port."
        raise kind(what, do, step="connection", said=_words(error)) from error
    writer.close()


def _words(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return str(getattr(error, "strerror", "") or error).rstrip(".")


def _steps(security: str, *, signs_in: bool) -> list[Step]:
    encrypted: dict[str, list[Step]] = {
        "tls": ["tls", "greeting"], "starttls": ["greeting", "tls"], "none": ["greeting"],
    }  # fmt: skip
    return ["name", "connection", *encrypted[security], *(["sign-in"] if signs_in else [])]  # type: ignore[list-item]


def _ended(steps: Sequence[Step], error: TransportError) -> Trial:
    failed = cast(Step, error.step if error.step in steps else steps[-1])
    return Trial(steps[: steps.index(failed)], failed, error)
