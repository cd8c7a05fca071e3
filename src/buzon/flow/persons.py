"""What is kept of a person: found, and erased on their request."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from buzon.errors import Conflict, Invalid
from buzon.mail.addresses import usable_address
from buzon.mail.parse import parse
from buzon.store import (
    changes,
    intake,
    notify,
    parked,
    persons,
    retention,
    rollups,
    secrets,
    transfers,
)
from buzon.store.db import Connection, Database
from buzon.store.retention import Forgotten

BATCH = 500  # mails a transaction


@dataclass(frozen=True, slots=True)
class Person:
    """An address, and the numbers of its mails, of its parked mails, of the mails, also of others,
    that were sent to it too: its `mentions`, and of the views that people saved of it."""

    address: str
    mails: Sequence[int]
    parked: Sequence[int]
    mentions: Sequence[int]
    views: Sequence[int]

    def __bool__(self) -> bool:
        return any((self.mails, self.parked, self.mentions, self.views))


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was erased, without whom: `person` is a hash of the address under a key of this Buzón,
    so that nobody else can try addresses out, and here the same address has the same one."""

    person: str
    at: datetime
    by: str
    mails: int
    raw_mails: int
    answers: int
    unsent: int  # of the answers: those that had not gone out yet
    webhook_messages: int
    parked: int
    mentions: int
    views: int


async def find(db: Database, address: str) -> Person:
    """All that is known to be of this address, upper and lower case alike. Raises Invalid."""
    wanted = usable_address(address.strip()).lower()
    if not wanted:
        raise Invalid(f"“{address}” is no e-mail address.", "Write it like ana@example.com.")
    async with db.transaction() as connection:
        return Person(
            wanted,
            await persons.mails(connection, wanted),
            await _parked_of(connection, wanted),
            await persons.mentions(connection, wanted),
            await persons.views(connection, wanted),
        )


async def _parked_of(db: Connection, address: str) -> list[int]:
    found = []
    async for id, head in persons.parked_heads(db):
        mail = parse(head)
        if address in (mail.sender.lower(), mail.reply_to.lower()):
            found.append(id)
    return found


async def erase(db: Database, person: Person, who: str) -> Receipt:
    """Leave nothing that tells who they are or what they wrote; what was counted stays. One
    transaction unless their mails are many; interrupted, it is to be asked for again. Whoever has
    one of the mails open sees it. Raises Conflict while an import is under way, which may bring
    more mails of theirs."""
    forgotten, unsent = Forgotten(), 0
    ends = range(BATCH, len(person.mails) + BATCH, BATCH) or [0]
    for end in ends:
        batch = person.mails[max(end - BATCH, 0) : end]
        async with db.transaction(by=who) as connection:
            await intake.lock(connection)
            await _refuse_while_importing(connection)
            forgotten += await retention.forget(connection, batch)
            unsent += await persons.withdraw(connection, batch)
            await notify.notify(connection, batch)
            if end == ends[-1]:
                receipt = await _finish(connection, person, forgotten, unsent, who)
    return receipt


async def _refuse_while_importing(db: Connection) -> None:
    if names := await transfers.open_imports(db):
        listed = ", ".join(f"“{name}”" for name in names)
        raise Conflict(
            f"There may be mails of this person in what is being imported: {listed}.",
            "Wait for that, or stop it at Settings → Data. Then erase them.",
        )


async def _finish(
    db: Connection, person: Person, forgotten: Forgotten, unsent: int, who: str
) -> Receipt:
    await parked.remove(db, person.parked)
    await persons.unmention(db, person.mentions, person.address)
    await persons.drop_views(db, person.views)
    await persons.end_acts(db, person.address)
    await transfers.withdraw_files(db)
    receipt = Receipt(
        person=await fingerprint(db, person.address),
        at=datetime.now(UTC),
        by=who,
        mails=forgotten.mails,
        raw_mails=forgotten.raw_mails,
        answers=forgotten.answers,
        unsent=unsent,
        webhook_messages=forgotten.told,
        parked=len(person.parked),
        mentions=len(person.mentions),
        views=len(person.views),
    )
    told = {name: n for name, n in asdict(receipt).items() if isinstance(n, int)}
    await changes.note(db, who, "erasures", receipt.person, None, told)
    await rollups.fold(db)
    return receipt


async def fingerprint(db: Connection, address: str) -> str:
    """By which an erased address is known again here."""
    key = await secrets.get_or_make(db, "erasures")
    return hmac.digest(key, address.encode(), hashlib.sha256).hex()[:32]
