"""What of the database goes into a backup, and how it comes back.

Rows travel in PostgreSQL's own text format (COPY), which no version of it reads differently. Left
out is what lets somebody in (sessions, links, passwords of mail servers), the queue of jobs, which
finds again what is to be done, and files that were sent or exported.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg.sql import SQL, Identifier

from buzon.store.schema import FOLDER

Piece = bytes | bytearray | memoryview
Plain = psycopg.Connection[tuple[Any, ...]]

LEFT_OUT = frozenset({
    "sessions", "sign_in_links", "sign_in_attempts", "departures", "idempotency_keys",
    "review_claims", "mail_grants", "transfer_pieces",
})  # fmt: skip
_QUEUE = frozenset({
    "procrastinate_workers", "procrastinate_jobs", "procrastinate_periodic_defers",
    "procrastinate_events",
})  # fmt: skip

# Encrypted with a key that isn't here, or a secret as it is: instead of them stands this, and
# the pages ask for them again. What is only kept as a hash is no secret. Who knows all of a
# webhook's address may often write there (Slack's, n8n's): only the host is told.
BLANKED: Mapping[str, Mapping[str, LiteralString]] = {
    "inboxes": {"password": "''"},
    "webhooks": {"secret": "''", "url": "substring(url FROM '(?i)^https?://[^/?#]+')"},
}
WITHOUT_SECRETS: Mapping[str, str] = {"settings": "secret IS NULL"}

# The rows that migrations themselves write; every other row is somebody's.
SEEDED = frozenset({"categories", "statistics_clock"})

_MADE = re.compile(r"^CREATE (?:OR REPLACE )?(\w+) (\w+)", re.MULTILINE)
KINDS = ("TABLE", "FUNCTION", "TYPE", "SEQUENCE")
SAID_BY = "buzon restore"
NOT_SENT = "was waiting when the backup was made; the Buzón of then may have sent it"


@dataclass(frozen=True, slots=True)
class Table:
    """A table, and those of its columns that are written rather than computed."""

    name: str
    columns: tuple[str, ...]


def tables(db: Plain) -> list[Table]:
    """Those that a backup holds, each behind those whose rows it refers to."""
    rows = db.execute(
        """
        SELECT c.relname, array_agg(a.attname ORDER BY a.attnum)
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = ANY (%s)
          AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
        GROUP BY c.relname ORDER BY c.relname
        """,
        [sorted(_made("TABLE") - LEFT_OUT - _QUEUE)],
    )
    found = {name: Table(name, tuple(columns)) for name, columns in rows}
    return [found[name] for name in _in_order(found, _references(db))]


def _made(what: str) -> set[str]:
    """The names of all the tables, functions or other things that our migrations ever made: the
    same schema may hold somebody else's."""
    text = "".join(file.read_text() for file in (FOLDER / "migrations").glob("*.sql"))
    return {name for kind, name in _MADE.findall(text) if kind == what}


def _references(db: Plain) -> list[tuple[str, str]]:
    return db.execute(
        """
        SELECT child.relname, parent.relname
        FROM pg_constraint r JOIN pg_class child ON child.oid = r.conrelid
        JOIN pg_class parent ON parent.oid = r.confrelid
        WHERE r.contype = 'f' AND r.connamespace = current_schema()::regnamespace
          AND r.conrelid <> r.confrelid
        """
    ).fetchall()


def _in_order(names: Collection[str], references: Iterable[tuple[str, str]]) -> list[str]:
    left = set(names)
    needs = [(child, parent) for child, parent in references if {child, parent} <= left]
    order: list[str] = []
    while left:
        free = sorted(left - {child for child, parent in needs if parent in left})
        order += free
        left -= set(free)
    return order


def freeze(db: Plain, names: Collection[str]) -> None:
    """From here on this transaction sees the database as it is now. Reading and writing go on
    meanwhile; only changes of the tables themselves wait."""
    db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    listed = SQL(", ").join(map(Identifier, names))
    db.execute(SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(listed))


def count(db: Plain, table: Table) -> int:
    (rows,) = db.execute(SQL("SELECT count(*) {}").format(_rows_of(table))).fetchone() or (0,)
    return int(rows)


def contents(db: Plain, table: Table) -> Iterator[Piece]:
    """The rows, in pieces of no certain size."""
    blanks = BLANKED.get(table.name, {})
    columns = [SQL(blanks[n]) if n in blanks else Identifier(n) for n in table.columns]
    query = SQL("COPY (SELECT {} {}) TO STDOUT").format(SQL(", ").join(columns), _rows_of(table))
    with db.cursor().copy(query) as copy:
        yield from copy


def _rows_of(table: Table) -> SQL | Any:
    where = SQL(WITHOUT_SECRETS.get(table.name, "true"))
    return SQL("FROM {} WHERE {}").format(Identifier(table.name), where)


def numbers(db: Plain) -> dict[str, int]:
    """The last number that each sequence of ours gave; those that gave none are not told. Asked
    for after the rows, so that none of them has a greater one."""
    rows = db.execute(
        """
        SELECT sequencename, last_value FROM pg_sequences
        WHERE schemaname = current_schema() AND last_value IS NOT NULL
          AND sequencename NOT LIKE 'procrastinate%' AND sequencename <> 'worker_number'
        """
    )
    return dict(rows.fetchall())


def secrets(db: Plain, names: Collection[str]) -> list[str]:
    """What has to be entered again, in words."""
    asked = {
        "settings": "SELECT name FROM settings WHERE secret IS NOT NULL ORDER BY 1",
        "inboxes": "SELECT CASE to_jsonb(inboxes) ->> 'auth'"  # no such column in older ones
        " WHEN 'oauth2' THEN 'the authorization of the mailbox '"
        " ELSE 'the password of the mailbox ' END || name FROM inboxes ORDER BY 1",
        "webhooks": "SELECT 'the address and the secret of the webhook ' || name FROM webhooks"
        " ORDER BY 1",
    }
    return [row[0] for name, query in asked.items() if name in names for row in db.execute(query)]


def is_empty(db: Plain) -> bool:
    """Whether nothing is kept there but what migrations write."""
    unseeded = [table for table in tables(db) if table.name not in SEEDED]
    some = SQL("SELECT EXISTS (SELECT FROM {})")
    return not any(
        (db.execute(some.format(Identifier(table.name))).fetchone() or (False,))[0]
        for table in unseeded
    )


def make_room(db: Plain, names: Collection[str]) -> None:
    """Take away what migrations wrote, and keep triggers from acting on what comes back: what they
    do was done, and is among it."""
    for name in names:
        db.execute(SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(Identifier(name)))
    db.execute(SQL("TRUNCATE {} CASCADE").format(SQL(", ").join(map(Identifier, names))))


def put_back(db: Plain, table: Table, pieces: Iterable[bytes]) -> None:
    """Write rows as `contents` gave them."""
    columns = SQL(", ").join(map(Identifier, table.columns))
    query = SQL("COPY {} ({}) FROM STDIN").format(Identifier(table.name), columns)
    with db.cursor().copy(query) as copy:
        for piece in pieces:
            copy.write(piece)


def go_on_from(db: Plain, names: Collection[str], last: Mapping[str, int]) -> None:
    """Triggers act again, and numbers go on behind those that were given."""
    for name in names:
        db.execute(SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(Identifier(name)))
    for sequence, value in last.items():
        db.execute("SELECT setval(%s::regclass, %s)", [sequence, value])


def silence(db: Plain) -> None:
    """Nothing goes out until somebody says so: neither what was waiting to be sent, for the Buzón
    that the backup was made of may have done that, nor answers to what has come since, nor what
    webhooks are told."""
    db.execute("SELECT set_config('buzon.who', %s, true)", [SAID_BY])
    db.execute(
        "UPDATE outbox SET status = 'kept', claimed_by = NULL, claimed_at = NULL, detail = %s"
        " WHERE status IN ('queued', 'sending', 'held', 'handed')",
        [NOT_SENT],
    )
    if _there_is(db, "transfers"):
        db.execute(
            "UPDATE transfers SET state = 'stopped', finished_at = now() WHERE finished_at IS NULL"
        )
    if _there_is(db, "webhooks"):
        db.execute("UPDATE webhooks SET disabled_at = now() WHERE disabled_at IS NULL")
    if _there_is(db, "settings"):
        db.execute(
            """
            INSERT INTO settings (name, value) VALUES ('answering', '"off"')
            ON CONFLICT (name) DO UPDATE SET value = excluded.value, secret = NULL
            """
        )


def _there_is(db: Plain, table: str) -> bool:
    return (db.execute("SELECT to_regclass(%s)", [table]).fetchone() or (None,))[0] is not None


def clear(db: Plain) -> None:
    """Drop the empty tables of another version, with all that belongs to them."""
    rows = db.execute(
        """
        SELECT format('DROP TABLE %%I CASCADE', relname) FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
          AND (relname = ANY (%(tables)s) OR relname ~ '^_?yoyo_')
        UNION ALL
        SELECT format('DROP FUNCTION IF EXISTS %%s CASCADE', oid::regprocedure) FROM pg_proc
        WHERE pronamespace = current_schema()::regnamespace AND proname = ANY (%(functions)s)
        UNION ALL
        SELECT format('DROP TYPE IF EXISTS %%I CASCADE', typname) FROM pg_type
        WHERE typnamespace = current_schema()::regnamespace AND typname = ANY (%(types)s)
        UNION ALL
        SELECT format('DROP SEQUENCE IF EXISTS %%I CASCADE', sequencename) FROM pg_sequences
        WHERE schemaname = current_schema() AND sequencename = ANY (%(sequences)s)
        """,
        {f"{what.lower()}s": sorted(_made(what)) for what in KINDS},
    )
    for (statement,) in rows.fetchall():
        db.execute(statement)
