"""`buzon simulate`: sample mails for the sandbox, from the starter corpus, by invented people."""

import asyncio
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

import aiosmtplib

from buzon.classifier.corpus import Sample, starter
from buzon.config import Settings
from buzon.errors import SendError, SettingsError

FIRST = ("Ana", "Luis", "Marta", "Jordi", "Inés", "Pablo", "Núria", "Hugo", "Sofía", "Iker")
LAST = ("García", "Puig", "Ferrer", "Soto", "Vidal", "Ramos", "Costa", "Ibarra", "Molina", "Serra")
MACHINES = (
    (
        "Automatic reply: {}",
        "I am out of the office until Monday.",
        {"Auto-Submitted": "auto-replied"},
    ),
    ("{}", "Nuestras ofertas de la semana.", {"List-Unsubscribe": "<https://news.example/u>"}),
)
MACHINE_SHARE = 0.06


async def simulate(settings: Settings, rate: float, count: int) -> None:
    """Send sample mails at `rate` a second; `count` 0 means without end."""
    if settings.sandbox is None:
        raise SettingsError(
            "A mailbox is configured, so there is no sandbox to play mails into.",
            "Unset BUZON_IMAP_HOST and BUZON_MAIL in a test installation.",
        )
    host, port = settings.sandbox
    client = aiosmtplib.SMTP(hostname=host, port=port, use_tls=False, start_tls=False)
    try:
        async with client:
            await _play(client, rate, count)
    except (aiosmtplib.SMTPException, OSError) as error:
        raise SendError(
            f"The sandbox at {host}:{port} does not take mail: {error}.",
            "Start it in another terminal with: make run",
        ) from error


async def _play(client: aiosmtplib.SMTP, rate: float, count: int) -> None:
    for sent, mail in enumerate(_mails(), 1):
        await client.send_message(mail, sender=mail["From"].addresses[0].addr_spec)
        print(f"{sent:>5}  {mail['From'].addresses[0].display_name:<18} {mail['Subject']}")
        if sent == count:
            return
        await asyncio.sleep(random.expovariate(rate))


def _mails() -> Iterator[EmailMessage]:
    samples = starter()
    while True:
        random.shuffle(samples)
        for sample in samples:
            yield _mail(sample)


def _mail(sample: Sample) -> EmailMessage:
    first, last = random.choice(FIRST), random.choice(LAST)  # noqa: S311
    number = random.randrange(10**6)  # noqa: S311 - everybody writes once, or the caps answer
    mail = EmailMessage()
    mail["From"] = f"{first} {last} <cliente{number}@example.org>"
    mail["To"] = "soporte@example.com"
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = make_msgid(domain="example.org")
    subject, body = " ".join(sample.subject.split()), sample.body
    if random.random() < MACHINE_SHARE:  # noqa: S311
        template, body, headers = random.choice(MACHINES)  # noqa: S311
        subject = template.format(subject)
        for name, value in headers.items():
            mail[name] = value
    mail["Subject"] = subject
    mail.set_content(body)
    return mail
