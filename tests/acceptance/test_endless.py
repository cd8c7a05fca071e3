"""Two programs that answer mail, and each gets the other's answers: it ends by itself."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from pathlib import Path
from threading import Event, Thread

from acceptance.conftest import OTHERS
from peers import needs_dovecot
from peers.dovecot import Dovecot
from peers.mails import customer_mail
from peers.scene import MakeScene, Scene, wait_until
from peers.service import Service, settings_for
from peers.smtp_server import Received, SmtpServer

pytestmark = needs_dovecot

QUIET = 4.0  # seconds without a mail, after which none is to be expected


@contextmanager
def forwarding(smtp: SmtpServer, hand_on: Callable[[Received], None]) -> Iterator[None]:
    """Each mail that the server takes is handed on, as it takes it."""
    over = Event()

    def watch() -> None:
        done = 0
        while not over.wait(0.05):
            for mail in smtp.received[done:]:
                hand_on(mail)
                done += 1

    thread = Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def until_quiet(*servers: SmtpServer) -> int:
    """How many mails went out, once none has for a while."""
    count, since = -1, time.monotonic()

    def quiet() -> bool:
        nonlocal count, since
        now = sum(len(smtp.received) for smtp in servers)
        if now != count:
            count, since = now, time.monotonic()
        return time.monotonic() - since > QUIET

    wait_until(quiet, "nobody writes any more")
    return count


def test_two_buzones_whose_marks_a_gateway_takes_away_end_after_few_mails(
    make_scene: MakeScene, dovecot: Dovecot, tmp_path: Path, models: Path
) -> None:
    ours = make_scene(BUZON_COMPANY="Una")
    theirs = f"ventas-{ours.user}"
    assert theirs in OTHERS
    with SmtpServer() as smtp:
        settings = settings_for(dovecot, smtp, user=theirs, models=models)
        second = {**settings, "BUZON_DATA_DIR": str(tmp_path / "second" / "var")}
        with Service(tmp_path / "second", second) as other:
            ours.start()
            wait_until(lambda: "mailbox is read from now on" in other.log, "both read")

            def deliver(mail: Received) -> None:
                dovecot.deliver(mail.recipient, without_marks(mail))

            with forwarding(ours.smtp, deliver), forwarding(smtp, deliver):
                letter = customer_mail(2, to=ours.user)
                first = letter.replace(b"cliente2@example.org", theirs.encode())
                dovecot.deliver(ours.user, first)
                ours.smtp.wait_for(1)
                mails = until_quiet(ours.smtp, smtp)
    assert 1 <= mails <= 3


def without_marks(mail: Received) -> bytes:
    """As a gateway hands it on that takes all away by which a machine can be told."""
    found = message_from_bytes(mail.data)
    for name in ("Auto-Submitted", "X-Auto-Response-Suppress", "In-Reply-To", "References"):
        del found[name]
    return found.as_bytes()


def test_an_auto_responder_that_varies_address_and_subject_ends_after_one_answer(
    scene: Scene,
) -> None:
    """It quotes our Message-ID, as they all do, and nothing else tells it from a person."""
    count = 0

    def respond(mail: Received) -> None:
        nonlocal count
        count += 1
        answer = customer_mail(1000 + count, to=scene.user, marker="responder")
        answer = answer.replace(
            b"MIME-Version", f"In-Reply-To: {mail.header('Message-ID')}\r\nMIME-Version".encode(), 1
        )
        scene.dovecot.deliver(scene.user, answer)

    with forwarding(scene.smtp, respond):
        scene.deliver()
        scene.smtp.wait_for(1)
        wait_until(lambda: scene.count("events") == 2, "it has responded")
        assert until_quiet(scene.smtp) == 1


def test_a_mailing_list_without_a_mark_that_sends_our_answer_back_ends_after_one(
    scene: Scene,
) -> None:
    address = b"vecinos@example.org"

    def distribute(mail: Received) -> None:
        found = message_from_bytes(mail.data)
        for name in ("From", "Auto-Submitted", "X-Auto-Response-Suppress", "References"):
            del found[name]
        found["From"] = address.decode()
        scene.dovecot.deliver(scene.user, found.as_bytes())

    with forwarding(scene.smtp, distribute):
        letter = customer_mail(2, to=scene.user).replace(b"cliente2@example.org", address)
        scene.dovecot.deliver(scene.user, letter)
        scene.smtp.wait_for(1)
        assert until_quiet(scene.smtp) == 1
