"""An external sender that dies halfway: what it reported is done, the rest Buzón sends itself."""

from pathlib import Path

import httpx
import psycopg

from peers.mails import TEXTS
from peers.scene import wait_until
from peers.service import Service, settings_for
from peers.smtp_server import SmtpServer

MAILS = 30


def test_each_customer_has_one_answer_though_the_sender_died_halfway(
    tmp_path: Path, models: Path, smtp: SmtpServer, database_url: str
) -> None:
    settings = settings_for(smtp=smtp, database_url=database_url, models=models)
    settings |= {"BUZON_MAIL": "external", "BUZON_STALE": "send", "BUZON_METRICS": "open"}
    with Service(tmp_path / "buzon", settings) as service:
        token = service.run("token", "add", "n8n", "--scope", "intake").stdout.split()[0]
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=service.url, headers=headers, timeout=30) as buzon:
            sent = external_sender(buzon, dies_after=MAILS // 2)
            with psycopg.connect(database_url, autocommit=True) as db:
                # Time goes by: what was handed out is overdue.
                db.execute("UPDATE outbox SET due_at = now() WHERE status = 'handed'")
                wait_until(lambda: states(db) == {"sent": MAILS}, "all are answered")
            metrics = buzon.get("/metrics").text
    ours = [mail.recipient for mail in smtp.received]
    assert len(sent) == MAILS // 2
    assert sorted([*sent, *ours]) == sorted(f"c{n}@example.org" for n in range(MAILS))
    assert f'outcome="sent"}} {MAILS}.0' in metrics


def external_sender(buzon: httpx.Client, dies_after: int) -> list[str]:
    """Hands all mails in, but dies halfway through sending the answers; to whom it sent."""
    sent = []
    for n in range(MAILS):
        subject, text = TEXTS[n % len(TEXTS)]
        mail = {"from": f"c{n}@example.org", "subject": f"{subject} {n}", "text": text}
        answer = buzon.post("/classify", json=mail).raise_for_status().json()
        assert answer["reply"]["send"] is True
        if n < dies_after:
            sent.append(answer["reply"]["to"])
            report = {"status": "sent", "attempts": answer["reply"]["attempts"]}
            buzon.put(f"/events/{answer['event_id']}/reply", json=report).raise_for_status()
    return sent


def states(db: "psycopg.Connection[tuple[str, int]]") -> dict[str, int]:
    return dict(db.execute("SELECT status, count(*) FROM outbox GROUP BY status").fetchall())
