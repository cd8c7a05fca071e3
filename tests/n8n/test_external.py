"""n8n reads and sends: Dovecot → n8n → Buzón → n8n → SMTP, whatever dies meanwhile.

What is sent and not reported when n8n is killed is sent again: one a running execution at most.
"""

import time
from collections.abc import Iterator

import pytest

from n8n.stage import ADMIN, Stage
from peers.mails import customer_mail
from peers.n8n import QUIET
from peers.scene import wait_until

MAILS = 100
SECONDS = 400.0  # an unreported answer is handed out again after a minute, here
RUNNING = int(QUIET["N8N_CONCURRENCY_PRODUCTION_LIMIT"])


@pytest.fixture(autouse=True)
def everything_is_well_again(external: Stage) -> Iterator[None]:
    yield
    external.smtp.be_good()


def wait_for_answers(stage: Stage, numbers: range, count: int) -> None:
    wait_until(lambda: len(stage.answers(numbers)) >= count, f"{count} are answered", SECONDS)


def wait_until_reported(stage: Stage) -> None:
    wait_until(lambda: stage.scene.count("outbox", "status <> 'sent'") == 0, "reported", SECONDS)


def tell(what: str, stage: Stage, numbers: range, since: float) -> None:
    """The figures that README gives."""
    found = stage.answers(numbers)
    times = [mail.at for mail in stage.smtp.received if mail.recipient in found]
    print(
        f"\n{what}: {len(numbers)} mails, {len(numbers) - len(found)} unanswered,"
        f" {sum(found.values()) - len(found)} answered twice, {time.monotonic() - since:.1f} s,"
        f" {len(times) / (max(times) - min(times)):.1f} a second from the first to the last answer,"
        f" n8n {stage.n8n.peak_memory} MB at most"
    )


def test_each_mail_is_answered_once_and_no_machine_is(external: Stage) -> None:
    since = time.monotonic()
    external.deliver_machines(10)
    numbers = external.deliver(MAILS)
    wait_for_answers(external, numbers, MAILS)
    wait_until_reported(external)
    tell("Nothing fails", external, numbers, since)
    assert set(external.answers(numbers).values()) == {1}
    assert external.scene.count("events", "answered") == MAILS
    assert len(external.smtp.received) == MAILS
    assert not [mail for mail in external.smtp.received if "9000" in mail.recipient]


def test_an_answer_to_an_answer_is_of_its_conversation(external: Stage) -> None:
    """Though n8n gives its mails other Message-IDs than Buzón."""
    theirs = {mail.header("Message-ID").strip("<>") for mail in external.smtp.received}
    wait_until_reported(external)
    ours = external.scene.query("SELECT message_id FROM outbox")
    assert {message_id for (message_id,) in ours} == theirs


def test_nobody_stays_unanswered_when_n8n_is_killed_at_work(external: Stage) -> None:
    since = time.monotonic()
    numbers = external.deliver(MAILS)
    wait_for_answers(external, numbers, MAILS // 5)
    external.n8n.kill()
    external.n8n.start()
    wait_for_answers(external, numbers, MAILS)
    wait_until_reported(external)
    tell("kill -9 of n8n", external, numbers, since)
    assert sum(external.answers(numbers).values()) - MAILS <= RUNNING


def test_nobody_stays_unanswered_when_the_server_refuses_for_a_while(external: Stage) -> None:
    since = time.monotonic()
    external.smtp.behave("MAIL", "451 4.3.0 not now")
    before = external.smtp.attempts["MAIL"]
    numbers = external.deliver(MAILS)
    wait_until(lambda: external.smtp.attempts["MAIL"] >= before + MAILS, "each was tried", SECONDS)
    external.smtp.be_good()
    wait_for_answers(external, numbers, MAILS)
    wait_until_reported(external)
    tell("SMTP says 451", external, numbers, since)
    assert set(external.answers(numbers).values()) == {1}


def test_nobody_stays_unanswered_when_buzon_is_away_and_the_administrator_is_told(
    external: Stage,
) -> None:
    since = time.monotonic()
    external.scene.service.kill()
    numbers = external.deliver(MAILS)
    wait_until(lambda: external.reports("entregar"), "it is reported", SECONDS)
    external.scene.service.start()
    wait_for_answers(external, numbers, MAILS)
    wait_until_reported(external)
    tell("Buzón is away", external, numbers, since)
    assert set(external.answers(numbers).values()) == {1}


def test_an_answer_that_can_never_be_sent_is_reported_to_the_administrator(
    external: Stage,
) -> None:
    external.smtp.behave("RCPT", "550 5.1.1 unknown", when=lambda line: "cliente" in line)
    external.deliver(1)
    wait_until(
        lambda: external.scene.count("outbox", "attempts > 0 AND status = 'queued'"),
        "tried",
        SECONDS,
    )
    external.scene.query("UPDATE outbox SET attempts = 9, due_at = now() WHERE status = 'queued'")
    wait_until(lambda: external.reports("una respuesta no se pudo enviar"), "reported", SECONDS)
    assert external.scene.count("outbox", "status = 'failed'") == 1


def test_a_mail_that_buzon_refuses_is_reported_though_the_mail_server_is_away_for_long(
    external: Stage,
) -> None:
    """For longer than all tries at once; what waits is in n8n's database meanwhile."""
    external.smtp.behave("RCPT", "451 4.3.0 not now", times=6, when=lambda line: ADMIN in line)
    mail = (
        customer_mail(9999, to=external.scene.user) + b"Demasiado para un correo.\r\n" * 1_200_000
    )
    external.scene.dovecot.deliver(external.scene.user, mail)
    wait_until(lambda: external.n8n.waiting() > 0, "the report waits", SECONDS)
    wait_until(lambda: external.reports("un correo fue rechazado"), "it is reported", SECONDS)
    assert len(external.reports("un correo fue rechazado")) == 1
