"""A database with as many mails as a company gets in years, made in minutes."""

import gc
import os
import secrets
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from statistics import quantiles

import httpx
import psycopg
from psycopg.sql import SQL, Identifier

from bench.lab import Lab
from buzon.config import Settings
from buzon.flow import Visitor, people
from buzon.store import schema
from buzon.store.db import Database
from buzon.store.embedded import Embedded
from buzon.web import create_web
from buzon.web.context import COOKIE
from peers.desks import make_desk
from peers.flows import StubClassifier, make_flow, open_database

DAYS = 730

# Two years of mails by half as many senders as mails, office hours, two languages, 5% audited.
FILL = """
INSERT INTO events (mailbox, message_id, message_key, digest, thread_id, source, received_at,
    sender, sender_name, reply_to, recipients, subject, body, language, category, confidence,
    probabilities, model_version, needs_review, answered, signs, attachments, defects, size)
SELECT CASE WHEN r[1] < 0.8 THEN 'soporte' ELSE 'ventas' END, %(mark)s || n, %(mark)s || n, '',
       %(mark)s || n / 3, 'imap', now() - r[2] * %(days)s * interval '1 day',
       'cliente' || floor(r[3] ^ 3 * %(count)s / 2) || '@example.org', '', '', '{}', 'Pedido ' || n,
       repeat('Necesito veinte cajas para el lunes. ', 10),
       (ARRAY['es', 'es', 'es', 'en', 'ca', 'fr'])[1 + floor(r[4] * 6)],
       (ARRAY['pedido', 'pedido', 'incidencia', 'consulta', 'reclamacion', 'otro'])
           [1 + floor(r[5] * 6)],
       1 - r[6] ^ 3 * 0.7, '{}', '1', r[7] < 0.02, true, '[]', '[]', '{}', 1000
FROM (SELECT n, ARRAY(SELECT random() FROM generate_series(1, 7) WHERE n > 0) AS r
      FROM generate_series(%(first)s::int, %(last)s::int) AS n) AS mail
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
INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid
WHERE i.indrelid::regclass::text = ANY(%s) AND c.oid IS NULL
"""
FILLED = ("events", "outbox", "audits")
SLICE = 100_000  # mails made by one statement
SEARCHABLE = """
INSERT INTO search_texts
SELECT id, to_tsvector('spanish', plain(concat_ws(E'\n', subject, sender, body))) FROM events
"""


@contextmanager
def database(lab: Lab, name: str) -> Iterator[str]:
    """The address of a PostgreSQL with Buzón's schema and nothing in it."""
    embedded = Embedded(lab.new_folder(name))
    url = embedded.start()
    try:
        schema.migrate(url)
        yield url
    finally:
        embedded.stop()


@contextmanager
def filled(lab: Lab, count: int, searchable: bool = False) -> Iterator[tuple[str, float]]:
    """The address of a database with so many mails, and how many seconds they took to make: zero
    where they are those that the lab keeps."""
    if not lab.kept:
        with database(lab, f"history of {count}") as url:
            yield url, _make(url, count, searchable)
        return
    embedded = Embedded(lab.kept / f"history-{count}")
    url = embedded.start()
    try:
        schema.migrate(url)
        with psycopg.connect(url) as db:
            have = db.execute(
                "SELECT EXISTS (TABLE search_texts), EXISTS (TABLE events)"
            ).fetchone()
        yield url, 0.0 if have == (True, True) else _make(url, count, searchable=True)
    finally:
        embedded.stop()


def _make(url: str, count: int, searchable: bool) -> float:
    began = time.monotonic()
    fill(url, count)
    if searchable:
        make_searchable(url)
    return time.monotonic() - began


def mails(count: int, days: float, mark: str) -> dict[str, object]:
    """What FILL needs to know for so many mails."""
    return {"count": count, "days": days, "mark": mark, "first": 1, "last": count}


def fill(url: str, count: int) -> float:
    """Mails, answers, audits and labels; how many seconds it took to count them."""
    with psycopg.connect(url, autocommit=True) as db, without_indexes(url, db):
        per_core = [
            (
                FILL,
                mails(count, DAYS, "m") | {"first": first, "last": min(first + SLICE - 1, count)},
            )
            for first in range(1, count + 1, SLICE)
        ]
        at_once(url, per_core)
        at_once(url, [(ANSWER, {}), (AUDIT, {})])
        at_once(url, [(LABEL, {})])
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("VACUUM ANALYZE")
        began = time.monotonic()
        db.execute("SELECT recount()")
        seconds = time.monotonic() - began
        db.execute("VACUUM ANALYZE rollups")
    return seconds


@contextmanager
def without_indexes(url: str, db: psycopg.Connection) -> Iterator[None]:
    """Without those that no constraint needs: made anew in one go, and on all cores, they take a
    fraction of the time."""
    found = db.execute(INDEXES, [list(FILLED)]).fetchall()
    for name, _ in found:
        db.execute(SQL("DROP INDEX {}").format(Identifier(name)))
    yield
    at_once(url, [(definition, {}) for _, definition in found])


def at_once(url: str, statements: Sequence[tuple[str, dict[str, object]]]) -> None:
    """On all cores. No trigger counts, and nothing is waited for that needn't be."""

    def run(statement: tuple[str, dict[str, object]]) -> None:
        with psycopg.connect(url, autocommit=True) as db:
            db.execute("SET session_replication_role = replica")
            db.execute("SET synchronous_commit = off")
            db.execute("SET maintenance_work_mem = '512MB'")
            text, values = statement
            db.execute(text, values or None)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(run, statements))


def make_searchable(url: str) -> None:
    """All mails; the index is made in one go, which takes a tenth of the time."""
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("SET maintenance_work_mem = '1GB'")
        (index,) = db.execute(
            "SELECT pg_get_indexdef('search_texts_lexemes'::regclass)"
        ).fetchone() or ("",)
        db.execute("DROP INDEX search_texts_lexemes")
        db.execute(SEARCHABLE)
        db.execute(index)
        db.execute("VACUUM ANALYZE search_texts")


@asynccontextmanager
async def browser(url: str) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody signed in to the pages, without the network."""
    async with open_database(url) as db:
        desk = make_desk(await make_flow(db, StubClassifier()), Settings(_env_file=None))
        transport = httpx.ASGITransport(create_web(desk))
        gc.freeze()  # as Buzón does once it has started
        async with httpx.AsyncClient(transport=transport, base_url="http://buzon.example") as one:
            one.cookies.set(COOKIE, await new_session(db))
            yield one


async def times(one: httpx.AsyncClient, path: str, rounds: int) -> list[float]:
    """Seconds of each request; the first, which also makes the templates, doesn't count."""
    taken = []
    for _ in range(rounds + 1):
        began = time.monotonic()
        answer = await one.get(path)
        taken.append(time.monotonic() - began)
        assert answer.status_code == 200, answer.text
    return taken[1:]


def p95(seconds: list[float]) -> float:
    return quantiles(seconds, n=20)[-1]


async def new_session(db: Database) -> str:
    """That of somebody new."""
    name = secrets.token_hex(4)
    async with db.transaction() as connection:
        link = await people.add_user(connection, f"{name}@example.com", name, "administrator")
    return await people.accept(db, link, secrets.token_urlsafe(), Visitor("", ""))
