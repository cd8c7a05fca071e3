"""Buzón reads and sends; n8n is told what happened, and does what the company adds."""

import time
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psycopg
import pytest

from n8n.stage import ADMIN, Stage
from peers import compose
from peers.dovecot import free_port
from peers.scene import wait_until

SECONDS = 240.0
COMPLAINT = 3  # of peers.mails.TEXTS


def text(mail: bytes) -> str:
    payload = message_from_bytes(mail).get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode()


@pytest.fixture(scope="module")
def told(native: Stage) -> Stage:
    """n8n is up and has done what hangs on four mails, one of them a complaint."""
    native.deliver(4)
    hook = native.ask("GET", "/webhooks")["items"][0]["id"]

    def delivered() -> bool:
        found = native.ask("GET", f"/webhooks/{hook}/deliveries")["items"]
        return len(found) >= 8 and all(one["status"] == "delivered" for one in found)

    wait_until(delivered, "each mail and each answer is told", SECONDS)
    return native


def test_n8n_is_told_of_each_mail_and_each_answer_and_says_that_it_is_done(told: Stage) -> None:
    hook = told.ask("GET", "/webhooks")["items"][0]["id"]
    found = told.ask("GET", f"/webhooks/{hook}/deliveries")["items"]
    assert {one["http_status"] for one in found} == {204}
    assert {"event.stored", "reply.sent"} <= {one["type"] for one in found}


def test_compose_s_health_check_says_whether_n8n_is_there(told: Stage) -> None:
    how, check = compose.source()["services"]["n8n"]["healthcheck"]["test"]
    assert (how, "127.0.0.1:5678/" in check) == ("CMD-SHELL", True)

    def ends_with(port: int) -> int:
        return told.n8n.run("sh", "-c", check.replace(":5678/", f":{port}/")).returncode

    assert ends_with(told.n8n.port) == 0
    assert ends_with(free_port()) != 0


def test_a_complaint_is_told_to_the_administrator(told: Stage) -> None:
    (report,) = told.reports("Reclamación")
    assert f"cliente{COMPLAINT}@example.org" in text(report.data)
    assert f"{told.scene.service.url}/mails/" in text(report.data)


def test_what_could_not_be_done_is_reported_and_done_when_buzon_tells_it_again(
    told: Stage,
) -> None:
    told.smtp.behave("RCPT", "451 4.3.0 not now", times=2, when=lambda line: ADMIN in line)
    told.deliver(4)
    wait_until(lambda: told.reports("falló el flujo"), "the failure is reported", SECONDS)
    wait_until(lambda: len(told.reports("Reclamación")) == 2, "the complaint is told", SECONDS)


def test_what_is_not_signed_by_buzon_is_refused(told: Stage) -> None:
    before = len(told.smtp.received)
    forged = Request(  # noqa: S310 - our own server
        f"{told.n8n.url}/webhook/buzon",
        data=b'{"type": "event.stored", "data": {"event": {"category": "reclamaci\\u00f3n"}}}',
        headers={
            "Content-Type": "application/json",
            "webhook-id": "msg_1",
            "webhook-timestamp": str(int(time.time())),
            "webhook-signature": "v1,Zm9yZ2Vk",
        },
    )
    with pytest.raises(HTTPError, match="401"):
        urlopen(forged, timeout=30)  # noqa: S310
    assert len(told.smtp.received) == before


def let_one_wait(stage: Stage) -> None:
    """For review, whatever the model and the lot said."""
    stage.scene.query(
        "UPDATE events SET needs_review = true WHERE id = (SELECT min(id) FROM events)"
    )


def test_the_digest_says_what_waits(told: Stage) -> None:
    let_one_wait(told)
    waiting = told.ask("GET", "/events?needs_review=true&limit=200")["items"]
    assert waiting
    told.n8n.execute("buzonDigest00001")
    (report,) = told.reports("revisión")
    assert all(event["subject"] in text(report.data) for event in waiting)


def test_a_mail_server_that_is_away_for_longer_than_all_tries_at_once_costs_no_digest(
    told: Stage,
) -> None:
    let_one_wait(told)
    before = len(told.reports("revisión"))
    told.smtp.behave("RCPT", "451 4.3.0 not now", times=6, when=lambda line: ADMIN in line)
    told.n8n.execute("buzonDigest00001")
    (report,) = told.reports("revisión")[before:]
    waiting = told.ask("GET", "/events?needs_review=true&limit=200")["items"]
    assert all(event["subject"] in text(report.data) for event in waiting)


def test_a_training_is_asked_for_and_its_outcome_told(told: Stage) -> None:
    told.scene.query("UPDATE events SET true_label = category")
    told.n8n.execute("buzonRetrain0001")
    (report,) = told.reports("modelo")
    outcome = told.ask("GET", "/models")["items"][0]
    assert outcome["why"] in " ".join(text(report.data).split())


def test_of_a_training_under_way_the_outcome_is_awaited_and_told(told: Stage) -> None:
    before = len(told.reports("modelo"))
    asked = 'buzon_http_request_duration_seconds_count{method="POST",route="/retrain",status="409"}'
    with psycopg.connect(told.scene.url) as db, ThreadPoolExecutor(1) as thread:
        db.execute("INSERT INTO trainings (asked_by, with_starter) VALUES ('ana', true)")
        db.commit()
        row = db.execute("SELECT id FROM trainings WHERE finished_at IS NULL FOR UPDATE").fetchone()
        executing = thread.submit(told.n8n.execute, "buzonRetrain0001")
        wait_until(lambda: asked in told.figures(), "n8n is told that one is under way", SECONDS)
        db.rollback()  # until here no worker could begin with it
        executing.result()
    assert row is not None
    outcome = told.ask("GET", f"/retrain/{row[0]}")
    assert outcome["state"] == "done"
    (report,) = told.reports("modelo")[before:]
    assert outcome["why"] in " ".join(text(report.data).split())
    assert not [mail for mail in told.reports("falló el flujo") if b"retrain" in mail.data]


def test_setting_up_again_changes_nothing_and_a_new_secret_holds(told: Stage) -> None:
    told.n8n.kill()
    told.n8n.set_up()
    told.n8n.start()
    (hook,) = told.ask("GET", "/webhooks")["items"]
    wait_until(
        lambda: told.ask("POST", f"/webhooks/{hook['id']}/test")["http_status"] == 204,
        "n8n takes what is signed anew",
        SECONDS,
    )
