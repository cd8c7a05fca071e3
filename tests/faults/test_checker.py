"""The checker sees what is wrong: each of these was made wrong on purpose."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

import psycopg
import pytest

from buzon.flow import Flow, handle_mails
from buzon.records import RawMail
from faults.checker import WATCH, Database, Findings, Happened, check
from faults.post import Letter, Post
from peers.flows import OWN
from peers.smtp_server import Received

NOW = time.time()


@pytest.fixture
def base(database_url: str) -> Iterator[Database]:
    with psycopg.connect(database_url, autocommit=True) as db:
        db.execute(WATCH)
        yield db


def letters(*kinds: str) -> Post:
    """A customer's letter, and then one of each of these kinds."""
    post = Post(1, OWN)
    for kind in ("customer", *kinds):
        post.letters += post._machine(kind) if kind == "machine" else post._customer(kind)
    return post


async def keep(flow: Flow, some: Sequence[Letter]) -> None:
    raws = [RawMail(OWN, each.raw, datetime.now(UTC), "imap", len(each.raw)) for each in some]
    await handle_mails(flow, raws)


def sent(db: Database) -> list[Received]:
    """What the server took, if all went well; the database knows."""
    db.execute("UPDATE outbox SET status = 'sent'")
    return [
        Received("", recipient, f"Message-ID: <{id}>\r\n\r\n".encode(), NOW)
        for recipient, id in db.execute("SELECT recipient, message_id FROM outbox").fetchall()
    ]


def findings(
    db: Database,
    post: Post,
    received: Sequence[Received],
    *,
    faults: Sequence[Happened] = (),
    cap: int = 100,
    unheard: Sequence[Received] = (),
    told: Mapping[int, set[int]] = MappingProxyType({}),
) -> Findings:
    confirmed = [mail for mail in received if mail not in unheard]
    return check(
        db, post.letters, post.expected(), set(), received, confirmed, (), faults, cap, told
    )


async def test_nothing_is_wrong_where_all_went_well(flow: Flow, base: Database) -> None:
    post = letters("machine", "delivered twice")
    await keep(flow, post.letters)
    found = findings(base, post, sent(base))
    assert (found.wrong, found.replies) == ({}, 2)


async def test_a_mail_that_was_lost_is_seen_and_the_answer_that_it_lacks(
    flow: Flow, base: Database
) -> None:
    post = letters("customer")
    await keep(flow, post.letters[:1])
    assert set(findings(base, post, sent(base)).wrong) == {
        "a mail is lost", "not as many answers as due",
    }  # fmt: skip


async def test_an_answer_that_never_arrived_is_seen(flow: Flow, base: Database) -> None:
    post = letters()
    await keep(flow, post.letters)
    sent(base)
    assert set(findings(base, post, []).wrong) == {"an answer counts as sent and never arrived"}


async def test_a_machine_that_was_answered_is_seen(flow: Flow, base: Database) -> None:
    post = letters()
    await keep(flow, post.letters)
    post.letters[0] = replace(post.letters[0], kind="machine")
    assert set(findings(base, post, sent(base)).wrong) == {"a machine was answered"}


async def test_a_cap_that_was_exceeded_is_seen(flow: Flow, base: Database) -> None:
    post = letters("customer")
    await keep(flow, post.letters)
    assert set(findings(base, post, sent(base), cap=1).wrong) == {"the global cap was exceeded"}


async def test_an_answer_sent_twice_is_wrong_unless_its_250_was_lost(
    flow: Flow, base: Database
) -> None:
    post = letters()
    await keep(flow, post.letters)
    (first,) = sent(base)
    twice = [first, replace(first, at=NOW + 30)]
    assert set(findings(base, post, twice).wrong) == {"an answer was sent twice for no reason"}
    assert findings(base, post, twice, unheard=[first]).wrong == {}
    killed = Happened("process killed", NOW + 0.5, NOW + 0.5)
    assert findings(base, post, twice, faults=[killed]).wrong == {}
    late = Happened("process killed", NOW + 9, NOW + 9)
    assert findings(base, post, twice, faults=[late]).wrong != {}
    away = Happened("database killed", NOW - 1, NOW + 8)
    assert findings(base, post, twice, faults=[away, late]).duplicates == 1
    assert findings(base, post, twice, faults=[away, late]).wrong == {}


async def test_two_readers_at_work_are_seen(flow: Flow, base: Database) -> None:
    post = letters()
    await keep(flow, post.letters)
    base.execute("INSERT INTO soak_readers VALUES (now(), 'info', 'soak1', ARRAY['soak0'])")
    assert set(findings(base, post, sent(base)).wrong) == {"two readers were at work"}


async def test_answers_that_are_held_back_below_the_cap_are_seen(
    flow: Flow, base: Database
) -> None:
    post = letters("customer")
    await keep(flow, post.letters)
    received = sent(base)[:1]
    base.execute("UPDATE outbox SET status = 'held' WHERE recipient <> %s", [received[0].recipient])
    assert findings(base, post, received, cap=1).wrong == {}
    assert findings(base, post, received, cap=1).held == 1
    assert set(findings(base, post, received, cap=2).wrong) == {
        "answers are held back though there are fewer than the cap"
    }


async def test_a_caller_who_was_told_of_another_event_is_seen(flow: Flow, base: Database) -> None:
    post = letters("by HTTP")
    await keep(flow, post.letters)
    received = sent(base)
    (first,), (event,) = base.execute("SELECT event_id FROM raw_mails ORDER BY 1").fetchall()
    assert findings(base, post, received, told={1: {event}}).wrong == {}
    assert set(findings(base, post, received, told={1: {first}}).wrong) == {
        "a caller was told of an event that is another one, or is not there"
    }
    both = findings(base, post, received, told={1: {first, event}})
    assert "one key gave two events" in both.wrong
