"""The mail to the administrator."""

from datetime import UTC, datetime

import pytest

from buzon.mail import loops
from buzon.mail.alarm_letter import WORDS, letter
from buzon.mail.compose import Identity
from buzon.mail.loops import Own
from buzon.mail.parse import parse
from buzon.mail.wire import to_bytes
from buzon.records import RawMail, Reply
from buzon.store.alarms import Found, Kind

ME = Identity(company="Cajas", address="soporte@example.com", secret=b"s" * 32)
KINDS: list[Kind] = [
    "promise-broken",
    "mailbox-silent", "mailbox-fails", "answers-wait", "answers-held", "disk-fills", "secret-lost",
]  # fmt: skip


def write(language: str, *found: Found) -> Reply:
    return letter(ME, "jefa@example.com", language, "https://b.example.com", found)


@pytest.mark.parametrize("language", ["es", "en"])
def test_each_kind_is_told_in_both_languages_with_what_to_do(language: str) -> None:
    mail = write(language, *(Found(kind, "ventas", 1200, "no route") for kind in KINDS))
    assert set(WORDS[language]) == set(KINDS)
    assert len(mail.text.strip().split("\n\n")) == len(KINDS) + 1
    for part in ("ventas", "no route", "20", "1200", "https://b.example.com"):
        assert part in mail.text
    assert "%(" not in mail.text


def test_another_language_gets_english() -> None:
    assert write("de", Found("answers-held", figure=3)).text.startswith("The global limit holds 3")


def test_what_a_server_said_stays_on_one_line_of_plain_text() -> None:
    mail = write("en", Found("mailbox-fails", "v", 0, "no\r\nBcc: x@example.org <b>" + "y" * 900))
    assert "no Bcc: x@example.org <b>" in mail.text
    assert "<b>" not in mail.html
    assert len(mail.text) < 700


def test_nobody_answers_it_not_even_another_buzon() -> None:
    raw = to_bytes(write("es", Found("answers-held", figure=3)), datetime.now(UTC))
    message = parse(RawMail("jefa", raw, datetime.now(UTC), "imap", len(raw)))
    own = Own(frozenset(), frozenset(), frozenset())
    assert "auto-submitted" in {sign.rule for sign in loops.signs(message, own)}
