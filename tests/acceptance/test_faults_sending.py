"""What the SMTP server does to our replies."""

import time

from peers import needs_dovecot
from peers.scene import MakeScene, Scene, wait_until
from peers.smtp_server import DROP_AFTER_STORING, HANG

pytestmark = needs_dovecot

FIRST_RETRY = 8.0  # seconds at least: ten, less a fifth
STOP_SECONDS = 10


def test_a_451_is_tried_again_after_a_pause(scene: Scene) -> None:
    scene.smtp.behave("RCPT", "451 4.3.0 not now")
    scene.deliver(10)
    wait_until(lambda: waiting(scene) == 10, "all are put off")
    assert scene.query("SELECT DISTINCT detail FROM outbox") == [("451 4.3.0 not now",)]
    refused_at = time.time()
    attempts = scene.smtp.attempts["RCPT"]
    assert attempts == 10
    scene.smtp.be_good()
    scene.wait_until_all_answered()
    assert scene.sent_twice() == 0
    assert min(mail.at for mail in scene.smtp.received) > refused_at + FIRST_RETRY - 2
    assert scene.query("SELECT DISTINCT attempts FROM outbox") == [(2,)]
    scene.assert_told_once(lines=5)


def test_an_answer_that_waited_for_too_long_is_not_sent_any_more(scene: Scene) -> None:
    scene.smtp.behave("RCPT", "451 4.3.0 not now")
    scene.deliver(2)
    wait_until(lambda: waiting(scene) == 2, "both are put off")
    scene.smtp.be_good()
    scene.query(
        "UPDATE outbox SET created_at = now() - interval '20 days'"
        " WHERE recipient = 'cliente0@example.org'"
    )
    wait_until(lambda: scene.count("outbox", "status = 'sent'") == 1, "the other is sent")
    assert set(scene.answered()) == {"cliente1@example.org"}
    assert scene.query("SELECT detail FROM outbox WHERE status = 'failed'") == [
        ("not sent in 2 days, tried 1 times: 451 4.3.0 not now",)
    ]


def test_a_550_is_final_and_kept_with_the_server_s_words(scene: Scene) -> None:
    scene.smtp.behave("RCPT", "550 5.1.1 no such user here", when=lambda line: "cliente1@" in line)
    scene.deliver(3)
    wait_until(lambda: scene.count("outbox", "status = 'sent'") == 2, "two are sent")
    wait_until(lambda: scene.count("outbox", "status = 'failed'") == 1, "one has failed")
    failed = scene.query("SELECT recipient, detail FROM outbox WHERE status = 'failed'")
    assert failed == [("cliente1@example.org", "550 5.1.1 no such user here")]
    assert set(scene.answered()) == {"cliente0@example.org", "cliente2@example.org"}


def test_a_server_that_hangs_with_one_mail_does_not_hold_up_the_others(scene: Scene) -> None:
    scene.smtp.behave("RCPT", HANG, times=1)
    scene.deliver(30)
    wait_until(lambda: scene.count("outbox", "status = 'sent'") == 29, "the others are sent", 20)
    scene.smtp.stop()  # ends the hanging connection
    scene.smtp.start()
    scene.wait_until_all_answered()
    assert scene.sent_twice() == 0
    scene.assert_told_once(lines=8)


def test_told_to_stop_while_the_server_hangs_it_stops(scene: Scene) -> None:
    scene.smtp.behave("dot", HANG)
    scene.deliver(30)
    wait_until(lambda: scene.smtp.attempts["dot"] >= 8, "every connection hangs")
    before = time.monotonic()
    assert scene.service.stop() == 0
    assert time.monotonic() - before < STOP_SECONDS
    # What the server may have is left to whoever finds us dead; the rest is free at once.
    assert scene.count("outbox", "status = 'sending'") == 8
    assert scene.count("outbox", "status = 'queued'") == 22
    scene.smtp.be_good()
    scene.service.start()
    scene.wait_until_all_answered()
    assert scene.sent_twice() == 0


def test_a_connection_dropped_before_the_250_sends_again_under_the_same_message_id(
    scene: Scene,
) -> None:
    scene.smtp.behave("dot", DROP_AFTER_STORING, times=3)
    scene.deliver(20)
    scene.wait_until_all_answered()
    assert scene.sent_twice() == 3
    scene.assert_told_once(lines=5)


def test_a_server_that_is_away_gets_everything_when_it_is_back(scene: Scene) -> None:
    scene.deliver()
    scene.wait_until_all_answered()
    scene.smtp.stop()
    scene.deliver(20)
    wait_until(lambda: waiting(scene) == 20, "all are put off")
    scene.smtp.start()
    scene.wait_until_all_answered()
    assert scene.sent_twice() == 0
    scene.assert_told_once("smtp.unreachable", "smtp.reachable", lines=6)


def test_a_refused_null_sender_is_told_and_an_address_goes_through(make_scene: MakeScene) -> None:
    scene = make_scene()
    scene.smtp.behave("MAIL", "550 5.7.1 empty sender refused", when=lambda line: "<>" in line)
    scene.start()
    scene.deliver(2)
    wait_until(lambda: waiting(scene) == 2, "both are put off")
    assert scene.count("outbox", "starts_with(detail, 'Set BUZON_SMTP_ENVELOPE_FROM')") == 2
    scene.assert_told_once("smtp.refused", lines=5)
    scene.service.stop()
    scene.service.environment["BUZON_SMTP_ENVELOPE_FROM"] = "rebotes@example.com"
    scene.start()
    scene.deliver(1)
    scene.smtp.wait_for(1)
    assert scene.smtp.received[0].envelope_from == "rebotes@example.com"
    scene.wait_until_all_answered()
    assert {mail.envelope_from for mail in scene.smtp.received} == {"rebotes@example.com"}


def test_a_claim_that_its_own_worker_does_not_know_of_is_given_back(scene: Scene) -> None:
    """As when the connection breaks between the claim's commit and its answer."""
    scene.smtp.behave("RCPT", "451 4.3.0 not now")
    scene.deliver()
    wait_until(lambda: waiting(scene) == 1, "it is put off")
    scene.query(
        """
        UPDATE outbox SET status = 'sending', claimed_by = (
            SELECT objid::int FROM pg_locks WHERE locktype = 'advisory' AND classid = 22351
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
        """
    )
    assert scene.count("outbox", "claimed_by IS NOT NULL") == 1
    scene.smtp.be_good()
    scene.wait_until_all_answered()


def waiting(scene: Scene) -> int:
    """How many replies were tried and wait to be tried again."""
    return scene.count("outbox", "status = 'queued' AND attempts > 0 AND due_at > now()")
