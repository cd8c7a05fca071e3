"""What we say of an attempt is in the reader's language, what others said as it came."""

from datetime import UTC, datetime

import pytest
from aiosmtplib import SMTPResponseException, SMTPSenderRefused
from markupsafe import Markup

from buzon.errors import SendError
from buzon.flow.grants import AGAIN
from buzon.mail import smtp_connection
from buzon.mail.smtp_connection import Connection, Server
from buzon.records import QueuedReply, Reply
from buzon.store.backup import NOT_SENT
from buzon.web import delivery_words
from buzon.web.language import catalog

REPLY = Reply(
    event_id=1, message_id="r1@example.com", thread_id="m1", mailbox="sandbox",
    envelope_from="", from_header="", recipient="x@example.com", subject="", text="", html="",
)  # fmt: skip


def spanish(text: str) -> str:
    return delivery_words.told(text, catalog("es").gettext)


def refused(refusal: SMTPResponseException) -> str:
    queued = QueuedReply(1, 1, datetime.now(UTC), REPLY)
    return spanish(smtp_connection._judge(queued, refusal).detail)


def test_a_server_s_words_stay_as_they_came() -> None:
    said = "550 5.1.1 <x@example.com>: Recipient address rejected"
    assert spanish(said) == Markup("<code>{}</code>").format(said)
    assert refused(SMTPResponseException(550, "no such user")) == "<code>550 no such user</code>"


def test_what_a_setting_would_cure_is_said_in_spanish() -> None:
    assert refused(SMTPResponseException(535, "5.7.8 bad <credentials>")) == (
        "Corrija BUZON_SMTP_USER y BUZON_SMTP_PASSWORD; el servidor dice:"
        " <code>535 5.7.8 bad &lt;credentials&gt;</code>"
    )
    assert refused(SMTPSenderRefused(553, "not yours", "x@example.com")) == (
        "Corrija BUZON_SMTP_ENVELOPE_FROM; se rechaza el remitente x@example.com:"
        " <code>553 not yours</code>"
    )
    assert refused(SMTPSenderRefused(553, "not null", "")).startswith("Defina ")


async def test_a_server_that_is_not_there_is_told_of_in_spanish() -> None:
    with pytest.raises(SendError) as raised:
        await Connection(Server(host="127.0.0.1", port=1)).ready()
    told = spanish(str(raised.value))
    assert told.startswith("No se llega al servidor SMTP 127.0.0.1:1: <code>")
    assert told.endswith(
        "</code>. Compruebe BUZON_SMTP_HOST, BUZON_SMTP_PORT y BUZON_SMTP_SECURITY."
    )
    given_up = spanish(f"not sent in 2 days, tried 60 times: {raised.value}")
    assert given_up == f"no se envió en 2 días, tras 60 intentos: {told}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "The SMTP server a:25 broke off at DATA: no answer in time.",
            "El servidor SMTP a:25 cortó la conexión en DATA: no respondió a tiempo.",
        ),
        (
            "This mail can't be sent: The SMTP server a:25 takes no address like ñ@b.es (SMTPUTF8)",
            "Este correo no se puede enviar: El servidor SMTP a:25 no admite direcciones como"
            " ñ@b.es (SMTPUTF8)",
        ),
        (
            f"a@b.es no longer lets Buzón in: invalid_grant. {AGAIN}",
            "a@b.es ya no deja entrar a Buzón: <code>invalid_grant</code>. Autorícela de nuevo en"
            " la página Buzones o con buzon mailbox authorize.",
        ),
        ("n8n: not sent", "n8n: no se envió"),
        ("n8n: 550 no", "<code>n8n: 550 no</code>"),
        (
            "not sent, handed out 10 times: n8n: not sent",
            "no se envió, aunque se entregó 10 veces: n8n: no se envió",
        ),
        (
            "held back by the global cap for too long",
            "retenida demasiado tiempo por el límite global",
        ),
        (
            NOT_SENT,
            "esperaba cuando se hizo la copia de seguridad; puede que el Buzón de entonces la haya"
            " enviado",
        ),
    ],
)
def test_a_sentence_of_ours_is_said_in_spanish(text: str, expected: str) -> None:
    assert spanish(text) == expected


def test_every_advice_of_a_connection_has_its_spanish() -> None:
    errors = [
        smtp_connection.SMTPAuthenticationError(535, ""),
        OSError(),
        smtp_connection.ssl.SSLError(),
    ]
    told = {smtp_connection._advice(each) for each in errors}
    told |= {smtp_connection._advice(each, by_token=True) for each in errors}
    told.add(smtp_connection._advice(smtp_connection.ssl.SSLCertVerificationError()))
    assert told <= set(delivery_words.ADVICE)


def test_markup_in_what_was_said_is_only_text() -> None:
    evil = "<script>alert(1)</script>"
    for text in (evil, f"{evil} has not authorized Buzón yet.", f"{evil}: not sent"):
        assert "<script>" not in spanish(text)
