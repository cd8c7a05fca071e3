"""`buzon simulate`: sample mails for the sandbox, by invented people and a few machines.

None is in the starter corpus: the model knows that by heart and would look surer than it is.
"""

import asyncio
import json
import random
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import make_msgid
from importlib.resources import files

import aiosmtplib

from buzon.config import Settings
from buzon.errors import SendError, SettingsError

Tell = Callable[[int, str, str], None]  # number, sender's name, subject


@dataclass(frozen=True, slots=True)
class Sample:
    """A mail to play. `headers` are those that give a machine away."""

    from_name: str
    subject: str
    body: str
    lang: str
    headers: Mapping[str, str] = field(default_factory=dict)


async def simulate(settings: Settings, rate: float, count: int) -> None:
    """Send sample mails at `rate` a second; `count` 0 means without end."""
    if settings.sandbox is None:
        raise SettingsError(
            "A mailbox is configured, so there is no sandbox to play mails into.",
            "Unset BUZON_IMAP_HOST and BUZON_MAIL in a test installation.",
        )
    if count == 0:
        print(f"{rate:g} mails a second to {settings.sandbox_smtp} until Ctrl-C;", end=" ")
        print("--count 20 sends so many.", flush=True)
    await play(settings.sandbox, rate, count, _show)


def _show(number: int, sender: str, subject: str) -> None:
    print(f"{number:>5}  {sender:<26} {subject}")


async def play(place: tuple[str, int], rate: float, count: int, tell: Tell) -> None:
    """Send sample mails to the sandbox there, and tell of each. Raises SendError."""
    host, port = place
    client = aiosmtplib.SMTP(hostname=host, port=port, use_tls=False, start_tls=False)
    try:
        async with client:
            await _play(client, rate, count, tell)
    except (aiosmtplib.SMTPException, OSError) as error:
        raise SendError(
            f"The sandbox at {host}:{port} does not take mail: {error}.",
            "Start it in another terminal with: make run. If Buzón takes mail elsewhere, say where:"
            " BUZON_SANDBOX_SMTP=HOST:PORT buzon simulate",
        ) from error


async def _play(client: aiosmtplib.SMTP, rate: float, count: int, tell: Tell) -> None:
    task = asyncio.current_task()
    for sent, mail in enumerate(_mails(), 1):
        sender = mail["From"].addresses[0]
        await client.send_message(mail, sender=sender.addr_spec)
        tell(sent, sender.display_name, mail["Subject"])
        if sent == count:
            return
        if task and task.cancelling():  # before Python 3.12, wait_for may swallow a Ctrl-C
            raise asyncio.CancelledError
        await asyncio.sleep(random.expovariate(rate))


def _mails() -> Iterator[EmailMessage]:
    deck = samples()
    while True:
        random.shuffle(deck)
        yield from map(compose, deck)


def samples() -> list[Sample]:
    """The sample mails, in the order of their file."""
    with (files("buzon.cli") / "samples.jsonl").open(encoding="utf-8") as lines:
        return [Sample(**json.loads(line)) for line in lines]


def compose(sample: Sample) -> EmailMessage:
    """The mail, sent now from an address of its own: whoever writes often is no longer answered."""
    letters = unicodedata.normalize("NFKD", sample.from_name.casefold()).encode("ascii", "ignore")
    user = ".".join(letters.decode().split()) + str(random.randrange(10**6))  # noqa: S311
    mail = EmailMessage()
    mail["From"] = Address(sample.from_name, user, "example.org")
    mail["To"] = "soporte@example.com"
    mail["Date"] = datetime.now(UTC)
    mail["Message-ID"] = make_msgid(domain="example.org")
    mail["Subject"] = sample.subject
    for name, value in sample.headers.items():
        mail[name] = value
    mail.set_content(sample.body)
    return mail
