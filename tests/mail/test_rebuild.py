import pytest
from hypothesis import given
from hypothesis import strategies as st

from buzon.mail.parse import parse
from buzon.mail.rebuild import rebuild
from buzon.records import Message, RawMail
from mail import golden


def understood(content: bytes) -> Message:
    return parse(RawMail("soporte", content, golden.ARRIVED, "http", len(content)))


def rebuilt(message: Message) -> Message:
    content = rebuild(
        sender=message.sender,
        sender_name=message.sender_name,
        recipients=message.recipients,
        subject=message.subject,
        text=message.text,
        html=message.html,
        message_id=message.message_id,
        date=message.sent_at.isoformat() if message.sent_at else "",
        in_reply_to=message.in_reply_to,
        references=" ".join(f"<{reference}>" for reference in message.references),
        headers={name: message.header(name) for name, _ in message.headers},
    )
    return understood(content)


@pytest.mark.parametrize(
    "name",
    [
        *("plain", "alternative", "html-only", "encoded-words", "encoded-name-holds-an-address"),
        *("from-idn", "recipients", "thread", "message-id-missing", "message-id-long"),
        *("charset-gb2312", "moved-mailbox", "delivery-report", "machine"),
    ],
)
def test_a_mail_rebuilt_from_its_fields_is_the_same_mail(name: str) -> None:
    mail = golden.read(name)
    again = rebuilt(mail)
    for field in (
        *("message_id", "digest", "sender", "sender_name", "recipients", "subject", "sent_at"),
        *("arrived_at", "in_reply_to", "references", "text", "html", "newest", "language"),
    ):
        assert getattr(again, field) == getattr(mail, field), field


def test_signs_of_machines_come_along() -> None:
    report = rebuilt(golden.read("delivery-report"))
    assert "multipart/report" in report.part_types
    assert report.header("auto-submitted") == "auto-replied"


def test_a_field_wins_over_the_header_of_that_name() -> None:
    mail = understood(
        rebuild(
            sender="ana@example.org",
            subject="el campo",
            text="Hola",
            headers={
                "FROM": "otra@example.net",
                "Subject": "la cabecera",
                "Reply-To": "x@example.org",
            },
        )
    )
    assert (mail.sender, mail.subject) == ("ana@example.org", "el campo")
    assert mail.reply_to == "x@example.org"


def test_headers_give_what_the_fields_do_not() -> None:
    mail = understood(
        rebuild(
            sender="",
            subject="",
            text="x",
            headers={"From": "Ana <ana@example.org>", "Subject": "s"},
        )
    )
    assert (mail.sender, mail.subject) == ("ana@example.org", "s")


def test_a_sender_given_with_its_name_is_understood() -> None:
    mail = understood(rebuild(sender="Ana López <ana@example.org>", subject="x", text="x"))
    assert (mail.sender, mail.sender_name) == ("ana@example.org", "Ana López")


def test_what_looks_like_an_encoded_word_stays_as_it_was_written() -> None:
    mail = understood(
        rebuild(
            sender="a@example.org",
            sender_name="=?utf-8?Q?b@example.net?=",
            subject="=?utf-8?Q?no?=",
            text="x",
        )
    )
    assert (mail.sender_name, mail.subject) == ("=?utf-8?Q?b@example.net?=", "=?utf-8?Q?no?=")


def test_text_that_looks_like_a_boundary_stays_text() -> None:
    mail = understood(
        rebuild(sender="a@example.org", subject="x", text="uno\n--b\n\ndos", html="<p>uno</p>")
    )
    assert mail.text == "uno\n--b\n\ndos"


HOSTILE = st.text(alphabet='ab:,;<>@"\\()=?Q \r\n\t\0\x0b\x85\u2028é\ud800', max_size=30)


@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE, st.dictionaries(HOSTILE, HOSTILE, max_size=3))
def test_no_value_brings_a_header_of_its_own(
    sender: str, name: str, subject: str, other: str, headers: dict[str, str]
) -> None:
    content = rebuild(
        sender=f"x{sender}",
        sender_name=name,
        recipients=[other, other],
        subject=subject,
        text="cuerpo",
        message_id=other,
        date=other,
        in_reply_to=other,
        references=other,
        headers=headers | {f"{other}\r\nX-Injected": "1", "X-Ok": f"{subject}\r\nX-Injected: 1"},
    )
    mail = understood(content)
    assert "x-injected" not in dict(mail.headers)
    assert mail.text == "cuerpo"
    assert [name for name, _ in mail.headers].count("from") == 1
