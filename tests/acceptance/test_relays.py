"""Answers go out through what people put behind Buzón: a mail sandbox, a real relay."""

import os
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest

from peers import needs, needs_maildev
from peers.maildev import Maildev
from peers.mails import customer_mail
from peers.postfix import Postfix
from peers.scene import wait_until
from peers.service import Service, copy_model

FROM = "soporte@example.com"
TOKEN = "a token that is given by the environment"


def answered_through(relay: Maildev | Postfix, folder: Path, models: Path) -> None:
    """A customer's mail comes in, and something has come out at the relay."""
    copy_model(models, folder)
    settings = {
        "BUZON_SMTP_HOST": relay.host,
        "BUZON_SMTP_PORT": str(relay.port),
        "BUZON_SMTP_SECURITY": "none",
        "BUZON_SMTP_FROM": FROM,
        "BUZON_COMPANY": "Muñoz y Cía.",
        "BUZON_API_TOKEN": TOKEN,
    }
    with Service(folder, settings) as service:
        answer = httpx.post(
            f"{service.url}/messages",
            content=customer_mail(2),
            headers={"Authorization": f"Bearer {TOKEN}"},
        )
        assert answer.status_code == 200, answer.text
        wait_until(relay.mails, "an answer came out")


@needs_maildev
def test_an_answer_is_seen_in_a_mail_sandbox_with_the_headers_of_an_automatic_one(
    tmp_path: Path, models: Path
) -> None:
    with Maildev(tmp_path) as sandbox:
        answered_through(sandbox, tmp_path / "buzon", models)
        (mail,) = sandbox.mails()
    assert mail["from"] == [{"address": FROM, "name": "Muñoz y Cía."}]
    assert mail["to"][0]["address"] == "cliente2@example.org"
    assert mail["subject"] == "Re: Horario 2"
    assert mail["headers"]["auto-submitted"] == "auto-replied"
    assert mail["headers"]["in-reply-to"] == "<m2@mail.example.org>"
    assert "<m2@mail.example.org>" in mail["headers"]["references"]
    assert "Muñoz y Cía." in mail["text"]
    assert "Muñoz y Cía." in mail["html"]
    assert mail["envelope"]["from"]["address"] in (None, "", False)


@pytest.fixture
def postfix() -> Iterator[Postfix]:
    # Not below pytest's own folder, which is closed to Postfix's users.
    with TemporaryDirectory(prefix="buzon-postfix-") as folder, Postfix(Path(folder)) as relay:
        yield relay


@needs("postfix")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start Postfix")
def test_an_answer_goes_through_postfix_into_the_customer_s_maildir(
    tmp_path: Path, postfix: Postfix, models: Path
) -> None:
    answered_through(postfix, tmp_path, models)
    (raw,) = postfix.mails()
    mail = message_from_bytes(raw, policy=policy.default)
    assert mail["Return-Path"] == "<>"
    assert mail["X-Original-To"] == "cliente2@example.org"
    assert mail["In-Reply-To"] == "<m2@mail.example.org>"
    assert mail["Auto-Submitted"] == "auto-replied"
    assert str(mail["From"]).endswith(f"<{FROM}>")
    body = mail.get_body(("plain",))
    assert body is not None
    assert "Muñoz y Cía." in body.get_content()
    assert "status=sent" in postfix.log()
