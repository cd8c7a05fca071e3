"""Invented archives to import, written as a stream: of small mails, or with attachments too."""

import base64
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path

from buzon.classifier.corpus import starter

SINCE = datetime(2023, 1, 9, 8, tzinfo=UTC)
ATTACHED = 100_000, 2_000_000  # bytes, as they stand in the mail
WITH_ATTACHMENT = 0.2  # share of mails in the mixed archive
LINE = 77  # bytes of a line of base64 with its end
STYLES = "\n".join(
    f"p.Style{number}, li.Style{number} {{margin: 0cm; font-size: 11.0pt; font-family: Calibri}}"
    for number in range(24)
)
PARAGRAPH = '<p class="Style1" style="margin-bottom: 0.0001pt"><span lang="ES">%s</span></p>\n'


def write_small(path: Path, count: int) -> int:
    """An mbox of so many mails without attachments; its size in bytes."""
    return _write(path, count, _plain)


def write_formatted(path: Path, count: int) -> int:
    """An mbox of so many mails of 4 kB in the mean, as text and as HTML; its size in bytes."""
    return _write(path, count, _formatted)


def _write(path: Path, count: int, body: Callable[[tuple[str, str]], bytes]) -> int:
    with path.open("wb") as file:
        for number, mail in enumerate(_texts()):
            if number == count:
                return file.tell()
            file.write(b"From cliente@example.org Mon Jan  9 08:00:00 2023\n")
            file.write(_headers(f"{path.stem}{number}", number, mail) + body(mail) + b"\n")
    raise AssertionError("the texts never end")


def write_mixed(path: Path, size: int) -> int:
    """An mbox of about `size` bytes, a fifth of its mails with an attachment; how many mails."""
    chance = random.Random(2)
    noise = base64.encodebytes(chance.randbytes(3_000_000))
    with path.open("wb") as file:
        for number, mail in enumerate(_texts()):
            if file.tell() >= size:
                return number
            file.write(b"From cliente@example.org Mon Jan  9 08:00:00 2023\n")
            file.write(_headers(f"{path.stem}{number}", number, mail))
            if chance.random() < WITH_ATTACHMENT:
                lines = chance.randrange(*ATTACHED) // LINE
                start = chance.randrange(len(noise) // LINE - lines) * LINE
                file.write(_attached(mail, noise[start : start + lines * LINE]))
            else:
                file.write(_plain(mail))
            file.write(b"\n")
    raise AssertionError("the texts never end")


def _texts() -> Iterator[tuple[str, str]]:
    """Subjects and texts of the starter corpus, over and over, every third with a quoted mail."""
    samples = starter()
    random.Random(3).shuffle(samples)
    while True:
        for number, sample in enumerate(samples):
            body = f"\n{sample.body}".replace("\nFrom ", "\n>From ").removeprefix("\n")
            if number % 3 == 0:
                earlier = samples[number - 1].body.replace("\n", "\n> ")
                body += f"\n\nEl 9 ene 2023, a las 8:00, Soporte escribió:\n\n> {earlier}"
            yield " ".join(sample.subject.split()), body


def _headers(name: str, number: int, mail: tuple[str, str]) -> bytes:
    when = format_datetime(SINCE + timedelta(minutes=number))
    subject = base64.b64encode(mail[0].encode()).decode()
    return (
        f"Return-Path: <cliente{number}@example.org>\n"
        f"Received: from mail.example.org by mx.example.com with ESMTPS; {when}\n"
        f"From: Cliente {number} <cliente{number}@example.org>\n"
        "To: Soporte <soporte@example.com>\n"
        f"Subject: =?utf-8?b?{subject}?=\n"
        f"Date: {when}\nMessage-ID: <{name}@mail.example.org>\nMIME-Version: 1.0\n"
    ).encode()


def _plain(mail: tuple[str, str]) -> bytes:
    head = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
    return f"{head}{mail[1]}\n".encode()


def _formatted(mail: tuple[str, str]) -> bytes:
    """As mail programs write it: each paragraph with its style, under a list of styles."""
    paragraphs = "".join(PARAGRAPH % escape(line) for line in mail[1].splitlines())
    html = f"<html><head><style>{STYLES}</style></head>\n<body>\n{paragraphs}</body></html>\n"
    return (
        b'Content-Type: multipart/alternative; boundary="=_b"\n\n--=_b\n'
        + _plain(mail)
        + b"--=_b\nContent-Type: text/html; charset=utf-8\n"
        + b"Content-Transfer-Encoding: 8bit\n\n"
        + html.encode()
        + b"--=_b--\n"
    )


def _attached(mail: tuple[str, str], data: bytes) -> bytes:
    return (
        b'Content-Type: multipart/mixed; boundary="=_b"\n\n--=_b\n'
        + _plain(mail)
        + b'--=_b\nContent-Type: application/pdf; name="factura.pdf"\n'
        b'Content-Disposition: attachment; filename="factura.pdf"\n'
        b"Content-Transfer-Encoding: base64\n\n" + data + b"--=_b--\n"
    )
