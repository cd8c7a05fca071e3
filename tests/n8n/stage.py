"""Dovecot, Buzón, n8n and an SMTP server, and what came of the mails between them."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from peers.dovecot import Dovecot
from peers.mails import customer_mail, out_of_office
from peers.n8n import REPOSITORY, N8n
from peers.scene import Scene
from peers.service import settings_for
from peers.smtp_server import Received, SmtpServer

ADMIN = "admin@example.com"


class Stage:
    """What runs together. Mails are told apart by number: each comes from a customer of its own."""

    def __init__(self, scene: Scene, n8n: N8n, token: str) -> None:
        self.scene, self.n8n, self.token = scene, n8n, token
        self._delivered = 0

    def deliver(self, count: int) -> range:
        """Customers' mails, each of which deserves an answer."""
        numbers = range(self._delivered, self._delivered + count)
        self._delivered += count
        for number in numbers:
            self.scene.dovecot.deliver(self.scene.user, customer_mail(number, to=self.scene.user))
        return numbers

    def deliver_machines(self, count: int) -> None:
        for number in range(count):
            self.scene.dovecot.deliver(self.scene.user, out_of_office(9000 + number))

    def answers(self, numbers: range) -> Counter[str]:
        """How many answers each of these customers got, where any."""
        wanted = {f"cliente{number}@example.org" for number in numbers}
        return Counter(m.recipient for m in list(self.smtp.received) if m.recipient in wanted)

    def reports(self, words: str) -> list[Received]:
        """What the administrator was told with these words in the subject."""
        return [m for m in list(self.smtp.received) if m.recipient == ADMIN and words in subject(m)]

    @property
    def smtp(self) -> SmtpServer:
        return self.scene.smtp

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """What Buzón's API answers, in JSON."""
        return json.loads(self._answer(method, path, body))

    def figures(self) -> str:
        """What Buzón tells Prometheus."""
        return self._answer("GET", "/metrics", None).decode()

    def _answer(self, method: str, path: str, body: object) -> bytes:
        request = Request(  # noqa: S310 - our own server
            self.scene.service.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        with urlopen(request, timeout=60) as answer:  # noqa: S310
            return bytes(answer.read())


def subject(mail: Received) -> str:
    from email.header import decode_header, make_header

    return str(make_header(decode_header(mail.header("Subject"))))


def told_command() -> str:
    """How README has the token made: so what it is good for has to do for all workflows."""
    readme = (REPOSITORY / "n8n" / "README.md").read_text()
    found = re.search(r"`(buzon token add n8n( --scope \w+)+)`", readme)
    assert found is not None
    return found[1]


@contextmanager
def set_stage(
    folder: Path, installed: Path, dovecot: Dovecot, models: Path, user: str, flavour: str
) -> Iterator[Stage]:
    """Everything running, and n8n set up as Compose does it."""
    with SmtpServer() as smtp:
        scene = Scene(
            folder / "buzon",
            dovecot,
            smtp,
            models,
            user=user,
            BUZON_MAIL=flavour,
            **({"BUZON_HANDOUT_MINUTES": "1"} if flavour == "external" else {}),
        )
        with scene.service as buzon:
            token = buzon.run(*told_command().split()[1:]).stdout.strip()
            n8n = N8n(folder / "n8n", installed)
            n8n.environment |= {
                **settings_for(dovecot, smtp, user=user),
                "BUZON_MAIL": flavour,
                "BUZON_HANDOUT_MINUTES": "1",
                "N8N_BUZON_URL": buzon.url,
                "BUZON_TOKEN": token,
                "N8N_REPORT_TO": ADMIN,
                "N8N_INTERNAL_URL": n8n.url,
            }
            with n8n:
                yield Stage(scene, n8n, token)
