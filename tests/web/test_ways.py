"""Ways from a mail to where a person answers it."""

from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from buzon.web.ways import MAILTO_LIMIT, gmail, mailto
from web.fake_desk import make_event


def fields(link: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}


def test_an_answer_goes_to_the_sender_under_the_mail_with_its_text_as_a_quote() -> None:
    event = make_event(1, subject="RE: Pedido", body="Hola:\n\nUno & dos, 100%.\n")
    link = mailto(event, "ana@example.org")
    assert unquote(urlsplit(link).path) == "ana@example.org"
    assert fields(link) == {
        "subject": "Re: Pedido",
        "in-reply-to": "<m1@example.org>",
        "body": "\r\n\r\n> Hola:\r\n> \r\n> Uno & dos, 100%.\r\n",
    }


@pytest.mark.parametrize(
    "evil", ["?cc=eva@example.net&body=x", "a\r\nBcc: eva@example.net", "%0D%0ABcc:x", "#x", "á ñ"]
)
def test_nothing_in_a_mail_adds_a_field_to_the_answer(evil: str) -> None:
    event = make_event(1, subject=evil, body=evil, message_id=evil)
    link = mailto(event, f"ana{evil}@example.org")
    parts = urlsplit(link)
    assert set(fields(link)) == {"subject", "in-reply-to", "body"}
    assert unquote(parts.path) == f"ana{evil}@example.org"
    assert parts.fragment == ""
    assert "%0D%0A" not in link.partition("subject=")[2].partition("&")[0]
    assert link.isascii()


def test_only_what_a_person_wrote_last_is_quoted() -> None:
    body = "Sí, gracias.\n\nEl lun, 3 feb 2025 a las 10:15, Ana <a@x.es> escribió:\n> antes\n"
    assert fields(mailto(make_event(1, body=body), "a@x.es"))["body"].strip() == "> Sí, gracias."


@pytest.mark.parametrize("body", ["ñ" * 5000, "palabra " * 2000, "línea\n" * 5000, "😀 \n" * 900])
def test_the_link_is_never_longer_than_a_mail_program_takes(body: str) -> None:
    assert len(mailto(make_event(1, body=body), "ana@example.org")) <= MAILTO_LIMIT


def test_gmail_is_asked_for_this_very_mail() -> None:
    event = make_event(1, message_id="a+b/c=#?&@mail.example.org")
    assert gmail(event) == (
        "https://mail.google.com/mail/u/0/#search/rfc822msgid%3Aa%2Bb%2Fc%3D%23%3F%26%40"
        "mail.example.org"
    )
