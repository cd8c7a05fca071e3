"""Every hostile mail of ../shared/hostile through the whole flow, over a real database."""

import email
import json
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from buzon.flow import Flow, handle_mails
from buzon.mail.wire import to_bytes
from buzon.records import Event, RawMail, Reply
from buzon.store import events, outbox
from buzon.store.db import Database
from peers.flows import OWN, StubClassifier, make_flow

GENERATOR = Path(__file__).parents[2] / "shared" / "hostile" / "make_hostile.py"
SIZE_LIMIT = 25 * 1024 * 1024
SECONDS = 1.0

# All that an answer's header may hold; whatever else stood there came out of the mail.
OUR_HEADERS = {
    "from", "to", "subject", "date", "message-id", "in-reply-to", "references", "auto-submitted",
    "x-auto-response-suppress", "content-language", "mime-version", "content-type",
}  # fmt: skip

pytestmark = pytest.mark.skipif(
    not GENERATOR.exists(), reason="../shared/hostile, the generator of hostile mails, is not here"
)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("hostile")
    subprocess.run([sys.executable, GENERATOR, folder], check=True, stdout=subprocess.DEVNULL)
    return folder, json.loads((folder / "manifest.json").read_text())


@pytest.fixture
async def generous(db: Database) -> Flow:
    return await make_flow(db, StubClassifier(), replies_per_hour=10**6)


async def test_every_hostile_mail_is_stored_and_answered_only_where_it_should_be(
    hostile: tuple[Path, dict[str, Any]], generous: Flow, db: Database
) -> None:
    folder, manifest = hostile
    wrong = []
    for name, about in sorted(manifest.items()):
        event, duplicate, seconds = await take(generous, db, (folder / name).read_bytes())
        if seconds > SECONDS:
            wrong.append(f"{name} took {seconds:.2f} s of processor time")
        if about["must_answer"] not in (None, event.answered) and not duplicate:
            wrong.append(f"{name} answered: {event.answered}, {[s.rule for s in event.signs]}")
        wrong += [f"{name}: {fault}" for fault in await faults_of_reply(db, event)]
        await forget_what_was_sent(db)
    assert wrong == []


async def test_hostile_mails_in_one_batch_do_not_hold_up_the_others(
    hostile: tuple[Path, dict[str, Any]], generous: Flow
) -> None:
    folder, manifest = hostile
    small = [name for name, about in manifest.items() if about["size"] < 200_000]
    raws = [raw((folder / name).read_bytes()) for name in sorted(small)]
    handled = await handle_mails(generous, raws)
    assert len(raws) > 400
    assert all(each.event_id for each in handled)


def raw(content: bytes) -> RawMail:
    return RawMail(OWN, content[:SIZE_LIMIT], datetime.now(UTC), "imap", len(content))


async def take(flow: Flow, db: Database, content: bytes) -> tuple[Event, bool, float]:
    start = time.process_time()
    (handled,) = await handle_mails(flow, [raw(content)])
    seconds = time.process_time() - start
    assert handled.event_id is not None
    async with db.transaction() as connection:
        event = await events.get(connection, handled.event_id)
    assert event is not None
    return event, handled.duplicate, seconds


async def faults_of_reply(db: Database, event: Event) -> list[str]:
    if not event.answered:
        return []
    async with db.transaction() as connection:
        claimed = await outbox.claim(connection, 1, 10)
    return [fault for queued in claimed for fault in faults(queued.reply)]


def faults(reply: Reply) -> list[str]:
    mail = email.message_from_bytes(to_bytes(reply, datetime.now(UTC)))
    found = [f"header {name}" for name in mail if name.lower() not in OUR_HEADERS]
    found += [f"{name} twice" for name in mail if len(mail.get_all(name, [])) > 1]
    if reply.recipient.count("@") != 1 or any(c in reply.recipient for c in " ,;\r\n<>"):
        found.append(f"recipient {reply.recipient!r}")
    return found


async def forget_what_was_sent(db: Database) -> None:
    """Most of the mails have the same sender and subject: each is to be judged by itself."""
    async with db.transaction() as connection:
        await connection.execute("TRUNCATE outbox, procrastinate_jobs CASCADE")
