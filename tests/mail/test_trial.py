"""Trying mail servers step by step, against a real Dovecot and an SMTP server that misbehaves."""

import asyncio
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from pydantic import SecretStr

from buzon.config import Mailbox
from buzon.mail import trial
from buzon.mail.smtp_connection import Server
from buzon.mail.trial import try_mailbox, try_sending
from buzon.records import QueuedReply, Reply
from peers.dovecot import PASSWORD, Dovecot, free_port
from peers.smtp_server import DROP, SmtpServer

USER = "soporte@example.com"


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    with TemporaryDirectory(prefix="buzon-dovecot-") as folder, Dovecot(Path(folder)) as server:
        server.add_user(USER)
        yield server


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


def mailbox(dovecot: Dovecot, **changes: object) -> Mailbox:
    fields = {
        "host": dovecot.host, "port": dovecot.port, "security": "none", "user": USER,
        "password": SecretStr(PASSWORD),
    }  # fmt: skip
    return Mailbox.model_validate({**fields, **changes})


async def test_a_mailbox_that_works_passes_every_step(dovecot: Dovecot) -> None:
    done = await try_mailbox(mailbox(dovecot))
    assert done.passed == ["name", "connection", "greeting", "sign-in", "folder"]
    assert (done.failed, done.error) == (None, None)
    assert done.outcome == "signed in at 127.0.0.1, INBOX ends with UID 0"


@pytest.mark.parametrize(
    ("changes", "failed", "passed"),
    [
        ({"host": "imap.invalid"}, "name", []),
        ({"host": "x" * 300}, "name", []),
        ({"port": 1}, "connection", ["name"]),
        ({"security": "starttls"}, "tls", ["name", "connection", "greeting"]),
        ({"security": "tls"}, "tls", ["name", "connection"]),
        ({"folder": "Nada"}, "folder", ["name", "connection", "greeting", "sign-in"]),
        ({"password": "falsch"}, "sign-in", ["name", "connection", "greeting"]),
        ({"user": "nobody"}, "sign-in", ["name", "connection", "greeting"]),
    ],
)
async def test_the_step_is_told_at_which_a_mailbox_fails(
    dovecot: Dovecot, changes: dict[str, object], failed: str, passed: list[str]
) -> None:
    done = await try_mailbox(mailbox(dovecot, **changes))
    assert (done.failed, done.passed) == (failed, passed)
    assert done.error is not None
    assert PASSWORD not in str(done.error)


async def test_a_port_that_says_nothing_fails_soon_at_the_greeting(
    dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "ANSWER_SECONDS", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        done = await asyncio.wait_for(try_mailbox(mailbox(dovecot, port=port)), 10)
    assert done.failed == "greeting"


def server(smtp: SmtpServer, **changes: object) -> Server:
    fields = {"host": smtp.host, "port": smtp.port, "security": "none"}
    return Server(**{**fields, **changes})  # type: ignore[arg-type]


MAIL = QueuedReply(
    id=0,
    attempts=0,
    created_at=datetime.now(UTC),
    reply=Reply(
        event_id=0, message_id="prueba@example.com", thread_id="", mailbox="",
        envelope_from=USER, from_header=USER, recipient="ana@example.com", subject="Prueba",
        text="Prueba", html="<p>Prueba</p>",
    ),
)  # fmt: skip


async def test_a_test_mail_is_handed_over(smtp: SmtpServer) -> None:
    done = await try_sending(server(smtp), MAIL)
    assert (done.passed, done.failed) == (["name", "connection", "greeting", "mail"], None)
    (received,) = smtp.wait_for(1)
    assert received.recipient == "ana@example.com"
    assert received.header("Subject") == "Prueba"


@pytest.mark.parametrize(
    ("step", "behaviour", "failed"),
    [
        ("connect", DROP, "greeting"),
        ("EHLO", "421 4.3.2 not now", "greeting"),
        ("AUTH", "535 5.7.8 wrong", "sign-in"),
        ("MAIL", "550 5.7.1 not from there", "mail"),
        ("dot", "554 5.6.0 no", "mail"),
    ],
)
async def test_the_step_is_told_at_which_sending_fails(
    smtp: SmtpServer, step: str, behaviour: str, failed: str
) -> None:
    smtp.behave(step, behaviour)
    done = await try_sending(server(smtp, user=USER, password="falsch"), MAIL)
    assert done.failed == failed
    assert done.error is not None
    assert "falsch" not in str(done.error)
    assert smtp.received == []


async def test_where_nothing_listens_is_told_of_sending_too(smtp: SmtpServer) -> None:
    done = await try_sending(server(smtp, port=free_port()))
    assert done.failed == "connection"
