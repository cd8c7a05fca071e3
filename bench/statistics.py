"""The dashboard over many mails: the server's time for a page, and what counting costs those who
write."""

import asyncio
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import quantiles

import httpx
import psycopg

from bench.lab import Lab
from bench.report import Report
from buzon.cli.desk import StoreDesk
from buzon.config import Settings
from buzon.flow import Visitor, people
from buzon.store import schema
from buzon.store.db import Database
from buzon.store.embedded import Embedded
from buzon.web import create_web
from buzon.web.context import COOKIE
from peers.flows import StubClassifier, make_flow, open_database

EVENTS, QUICK_EVENTS = 1_000_000, 50_000
DAYS = 730
ROUNDS = 30
BATCHES, BATCH = 40, 500

# Two years of mails by half as many senders as mails, office hours, two languages, 5% audited.
FILL = """
INSERT INTO events (mailbox, message_id, message_key, digest, thread_id, source, received_at,
    sender, sender_name, reply_to, recipients, subject, body, language, category, confidence,
    probabilities, model_version, needs_review, answered, signs, attachments, defects, size)
SELECT CASE WHEN r[1] < 0.8 THEN 'soporte' ELSE 'ventas' END, %(mark)s || n, %(mark)s || n, '', '',
       'imap', now() - r[2] * %(days)s * interval '1 day',
       'cliente' || floor(r[3] ^ 3 * %(count)s / 2) || '@example.org', '', '', '{}', 'Pedido ' || n,
       repeat('Necesito veinte cajas para el lunes. ', 10),
       (ARRAY['es', 'es', 'es', 'en', 'ca', 'fr'])[1 + floor(r[4] * 6)],
       (ARRAY['pedido', 'pedido', 'incidencia', 'consulta', 'reclamacion', 'otro'])
           [1 + floor(r[5] * 6)],
       1 - r[6] ^ 3 * 0.7, '{}', '1', r[7] < 0.02, true, '[]', '[]', '{}', 1000
FROM (SELECT n, ARRAY(SELECT random() FROM generate_series(1, 7) WHERE n > 0) AS r
      FROM generate_series(1, %(count)s) AS n) AS mail
"""
ANSWER = """
INSERT INTO outbox (event_id, message_id, thread_id, mailbox, recipient, subject_key, envelope_from,
                    from_header, subject, body, html, headers, status, sent_at)
SELECT id, 'r' || id, '', mailbox, sender, '', '', '', '', '', '', '{}', 'sent',
       received_at + exp(random() * 6) * interval '1 s'
FROM events WHERE id % 10 <> 0
"""
AUDIT = """
INSERT INTO audits (event_id, drawn_at, probability, share, category, confidence, model_version,
                    threshold)
SELECT id, received_at, 0.05, 0.05, category, confidence, '1', 0.75 FROM events WHERE id % 20 = 0
"""
LABEL = """
UPDATE events SET true_label = CASE WHEN id % 400 = 0 THEN 'consulta' ELSE category END,
                  labelled_at = received_at
WHERE id % 20 = 0
"""


def measure(lab: Lab) -> Report:
    count = QUICK_EVENTS if lab.quick else EVENTS
    embedded = Embedded(lab.new_folder("statistics"))
    url = embedded.start()
    try:
        schema.migrate(url)
        seconds = fill(url, count)
        found = Report(f"The figures of {count:,} mails in {DAYS} days")
        for days in (1, 7, 30, 90, DAYS):
            times = asyncio.run(asked(url, days))
            found.add(f"{days} days, p95", p95(times) * 1000, "ms", "limit of issue 4", 50)
        counted, bare = writing(url)
        found.add("mails stored", counted, "1/s", "without counting", bare)
        found.notes += [
            f"Counting all mails anew took {seconds:.1f} s.",
            f"Stored in transactions of {BATCH} mails by one INSERT … SELECT each, events alone.",
        ]
    finally:
        embedded.stop()
    return found


def fill(url: str, count: int) -> float:
    """Mails, answers, audits and labels; how many seconds it took to count them."""
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("SET session_replication_role = replica")  # no trigger counts
        db.execute(FILL, {"count": count, "days": DAYS, "mark": "m"})
        for statement in (ANSWER, AUDIT, LABEL, "VACUUM ANALYZE"):
            db.execute(statement)
        began = time.monotonic()
        db.execute("SELECT recount()")
        seconds = time.monotonic() - began
        db.execute("VACUUM ANALYZE rollups")
    return seconds


async def asked(url: str, days: int) -> list[float]:
    """Seconds that the page of the last days took, asked for many times, without the network."""
    async with open_database(url) as db:
        desk = StoreDesk(Settings(_env_file=None), await make_flow(db, StubClassifier()), [])
        transport = httpx.ASGITransport(create_web(desk))
        async with httpx.AsyncClient(transport=transport, base_url="http://buzon.example") as one:
            one.cookies.set(COOKIE, await session(db))
            first = datetime.now(UTC).date() - timedelta(days=days - 1)
            times = []
            for _ in range(ROUNDS + 1):
                began = time.monotonic()
                answer = await one.get(f"/dashboard?period=own&since={first}")
                times.append(time.monotonic() - began)
                assert answer.status_code == 200, answer.text
    return times[1:]  # the first one also makes the templates


async def session(db: Database) -> str:
    """That of somebody new."""
    name = secrets.token_hex(4)
    async with db.transaction() as connection:
        link = await people.add_user(connection, f"{name}@example.com", name, "viewer")
    return await people.accept(db, link, secrets.token_urlsafe(), Visitor("", ""))


def writing(url: str) -> tuple[float, float]:
    """Mails stored a second, with the triggers and without, in turns."""
    with psycopg.connect(url, autocommit=True) as db:
        taken = {"origin": 0.0, "replica": 0.0}
        for batch in range(BATCHES):
            role = ("origin", "replica")[batch % 2]
            db.execute(f"SET session_replication_role = {role}")
            taken[role] += timed(lambda: store(db, batch))  # noqa: B023 - called at once
    each = BATCH * BATCHES / 2
    return each / taken["origin"], each / taken["replica"]


def store(db: psycopg.Connection, batch: int) -> None:
    db.execute(FILL, {"count": BATCH, "days": 0.1, "mark": f"batch {batch} "})


def timed(act: Callable[[], None]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


def p95(times: list[float]) -> float:
    return quantiles(times, n=20)[-1]
