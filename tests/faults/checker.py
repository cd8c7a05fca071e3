"""What came of a soak: from what was delivered, what the database holds and what the SMTP server
took. Knows nothing of how Buzón decides.

A number that stands in each mail (`soak-17-`) tells which it is.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import psycopg

from faults.post import Letter
from peers.scene import READERS
from peers.smtp_server import Received

A_SENDER_AN_HOUR, A_SENDER_A_DAY = 2, 5
HOUR, DAY = 3600.0, 86_400.0
WORKERS = 0x574F  # class of the advisory locks that workers hold
WINDOW = 2.0  # seconds that a 250 may wait for its commit, on a busy machine too

# What may come between the two; all else must double nothing.
DEADLY = (
    "process killed",
    "process frozen",
    "memory limited",
    "process ended by itself",
    "host cut off",
)

# Notes each move of a mailbox's cursor, with who made it and who held the reader's lock then.
WATCH = f"""
CREATE TABLE soak_readers (
    at timestamptz DEFAULT clock_timestamp(), mailbox text, mover text, holders text[]
);
CREATE FUNCTION soak_watch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO soak_readers (mailbox, mover, holders)
    SELECT NEW.name, session_user, array_agg(a.usename::text)
    FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE l.locktype = 'advisory' AND l.classid = {READERS} AND l.granted
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database());
    RETURN NEW;
END $$;
CREATE TRIGGER soak_watch AFTER UPDATE OF last_uid ON mailboxes
    FOR EACH ROW EXECUTE FUNCTION soak_watch();
"""

NUMBER = re.compile(rb"soak-(\d+)-")
Database = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Happened:
    """A fault, and from when to when (time.time()) it was at work."""

    kind: str
    begun: float
    ended: float


@dataclass
class Findings:
    """What is wrong, and of whom or what; and what was counted."""

    wrong: dict[str, list[object]] = field(default_factory=dict)
    mails: int = 0
    replies: int = 0
    taken_away: int = 0  # by people, before they were read
    refused: int = 0  # answers that the SMTP server refused for good
    held: int = 0  # answers that the global cap holds back
    handed_in: int = 0  # by HTTP
    duplicates: int = 0  # all of them within the window

    def note(self, what: str, *found: object) -> None:
        if found:
            self.wrong.setdefault(what, []).extend(found)

    def sentences(self) -> list[str]:
        return [
            f"{len(found)} × {what}: {', '.join(map(str, found[:8]))}"
            for what, found in self.wrong.items()
        ]


def numbers(mails: Iterable[bytes]) -> list[int]:
    """Which letters these are."""
    return [int(found[1]) for mail in mails if (found := NUMBER.search(mail))]


def stored(db: Database) -> Counter[int]:
    """How many events each letter has."""
    rows = db.execute("SELECT substring(content FROM 1 FOR 8000) FROM raw_mails")
    return Counter(numbers(bytes(content) for (content,) in rows))


def id_of(mail: Received) -> str:
    return mail.header("Message-ID").strip(" <>")


def unsettled(
    db: Database, letters: Sequence[Letter], taken_away: set[int], workers: int
) -> list[str]:
    """What is still to be done, or not yet well: nothing where all is."""
    missing = {letter.number for letter in letters} - taken_away - set(stored(db))
    found = [f"{len(missing)} mails not stored ({sorted(missing)[:8]})"] if missing else []
    rows = db.execute(
        "SELECT status, count(*) FROM outbox WHERE status IN ('queued', 'sending') GROUP BY 1"
    )
    found += [f"{count} answers {status}" for status, count in rows]
    rows = db.execute(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND granted"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        [WORKERS],
    )
    alive = int(rows.fetchall()[0][0])
    return found if alive == workers else [*found, f"{alive} of {workers} workers at work"]


def check(
    db: Database,
    letters: Sequence[Letter],
    expected: Mapping[str, int | None],
    taken_away: set[int],
    received: Sequence[Received],
    confirmed: Sequence[Received],
    refused: Sequence[tuple[str, str]],
    faults: Sequence[Happened],
    cap: int,
    told: Mapping[int, set[int]] = MappingProxyType({}),
) -> Findings:
    """Everything that was promised. `told`: of each letter that came by HTTP, the numbers of its
    event that its callers were told."""
    found = Findings(mails=len(letters), taken_away=len(taken_away), handed_in=len(told))
    _events(found, db, letters, taken_away)
    _handed_in(found, db, told)
    _answers(found, db, letters, expected, taken_away, received, refused)
    _caps(found, received, cap)
    _readers(found, db)
    _duplicates(found, received, confirmed, faults)
    return found


def _events(found: Findings, db: Database, letters: Sequence[Letter], taken_away: set[int]) -> None:
    events = stored(db)
    all_of_them = {letter.number for letter in letters}
    found.note("a mail is lost", *sorted(all_of_them - taken_away - set(events)))
    found.note("a mail has two events", *sorted(n for n, count in events.items() if count > 1))
    parked = db.execute("SELECT reason FROM parked").fetchall()
    found.note("a mail is parked", *(reason for (reason,) in parked))


def _handed_in(found: Findings, db: Database, told: Mapping[int, set[int]]) -> None:
    """Whoever handed a letter in was told the event that it is, and all the same one."""
    found.note("one key gave two events", *(n for n, events in told.items() if len(events) > 1))
    rows = db.execute(
        "SELECT event_id, substring(content FROM 1 FOR 8000) FROM raw_mails"
        " WHERE event_id = ANY (%s)",
        [sorted(set().union(*told.values()))],
    )
    is_letter = {event: numbers([bytes(content)]) for event, content in rows}
    wrong = (n for n, events in told.items() for event in events if is_letter.get(event) != [n])
    found.note("a caller was told of an event that is another one, or is not there", *wrong)


def _answers(
    found: Findings,
    db: Database,
    letters: Sequence[Letter],
    expected: Mapping[str, int | None],
    taken_away: set[int],
    received: Sequence[Received],
    refused: Sequence[tuple[str, str]],
) -> None:
    refusals = {recipient for recipient, _ in refused}
    excused = {letter.sender for letter in letters if letter.number in taken_away}
    sent: dict[str, set[str]] = defaultdict(set)
    for mail in received:
        sent[mail.recipient].add(id_of(mail))
    composed: dict[str, set[str]] = defaultdict(set)
    rows = db.execute("SELECT recipient, message_id, status, detail FROM outbox").fetchall()
    for recipient, id, status, detail in rows:
        composed[recipient].add(id)
        if status == "sent" and id not in sent[recipient]:
            found.note("an answer counts as sent and never arrived", recipient)
        if status == "failed" and recipient in refusals:
            found.refused += 1
        elif status == "held":
            found.held += 1
        elif status != "sent":
            found.note("an answer was not sent", f"{recipient} {status}: {detail}")
    found.replies = sum(map(len, sent.values()))
    unknown = (who for who in sent if not sent[who] <= composed[who])
    found.note("an answer arrived that nobody wrote", *unknown)
    found.note("a stranger was answered", *sorted(set(sent) - set(expected)))
    for sender, count in expected.items():
        answers = len(composed[sender])
        if count is not None and (answers > count or (answers < count and sender not in excused)):
            what = "a machine was answered" if count == 0 else "not as many answers as due"
            found.note(what, f"{sender} {answers} of {count}")


def _caps(found: Findings, received: Sequence[Received], cap: int) -> None:
    first: dict[tuple[str, str], float] = {}
    for mail in received:
        first.setdefault((mail.recipient, id_of(mail)), mail.at)
    by_recipient: dict[str, list[float]] = defaultdict(list)
    for (recipient, _), at in first.items():
        by_recipient[recipient].append(at)
    for recipient, times in by_recipient.items():
        if _most(times, HOUR) > A_SENDER_AN_HOUR or _most(times, DAY) > A_SENDER_A_DAY:
            found.note("a sender's cap was exceeded", recipient)
    if (most := _most(list(first.values()), HOUR)) > cap:
        found.note("the global cap was exceeded", f"{most} in an hour")
    if found.held and found.replies + found.refused < cap:
        found.note("answers are held back though there are fewer than the cap", found.held)


def _most(times: Sequence[float], seconds: float) -> int:
    """How many of these times fall into one stretch of so many seconds, at most."""
    times = sorted(times)
    most = start = 0
    for end, time in enumerate(times):
        while time - times[start] >= seconds:
            start += 1
        most = max(most, end - start + 1)
    return most


def _readers(found: Findings, db: Database) -> None:
    """Whoever moved a cursor while another held the lock was a second reader at work."""
    rows = db.execute(
        "SELECT at, mover, holders FROM soak_readers"
        " WHERE holders IS NOT NULL AND NOT mover = ANY(holders)"
    )
    found.note("two readers were at work", *rows.fetchall())


def _duplicates(
    found: Findings,
    received: Sequence[Received],
    confirmed: Sequence[Received],
    faults: Sequence[Happened],
) -> None:
    """An answer may go out twice only where the 250 to the first copy was not given, or where the
    process that got it ended, or was stopped, before it could be written down."""
    heard = {id(mail) for mail in confirmed}
    copies: dict[tuple[str, str], list[Received]] = defaultdict(list)
    for mail in received:
        copies[mail.recipient, id_of(mail)].append(mail)
    for mails in copies.values():
        found.duplicates += len(mails) - 1
        for first, again in pairwise(mails):
            if id(first) in heard and not _could_not_be_written(first.at, faults):
                what = f"{first.recipient} at {first.at:.1f} and {again.at:.1f}"
                found.note("an answer was sent twice for no reason", what)


def _could_not_be_written(at: float, faults: Sequence[Happened]) -> bool:
    until = at + WINDOW
    for fault in sorted(faults, key=lambda each: each.begun):
        if fault.kind.startswith("database") and fault.begun <= until and fault.ended >= at:
            until = max(until, fault.ended + WINDOW)
    return any(
        fault.kind in DEADLY
        and fault.begun <= until
        and (fault.ended if fault.kind == "memory limited" else fault.begun + WINDOW) >= at
        for fault in faults
    )
