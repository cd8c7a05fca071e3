"""Whether and when mails are answered: categories switched off, and quiet hours."""

from datetime import datetime

from buzon.errors import Invalid
from buzon.flow.at_work import Answering
from buzon.flow.intake import Flow
from buzon.mail.quiet import Hours, Quiet
from buzon.mail.templates import Templates
from buzon.records import NOT_ANSWERED
from buzon.store import answer_templates, categories, notify, outbox, quiet_times
from buzon.store.db import Connection, Database


async def in_force(db: Connection) -> Answering:
    """How mails are answered now, as the database says."""
    own = {(one.category, one.language): one for one in await answer_templates.at_work(db)}
    known = await categories.listed(db)
    week, days = await quiet_times.listed(db)
    return Answering(
        templates=Templates(own),
        switched_off=frozenset(c.name for c in known if not c.answered and c.name != NOT_ANSWERED),
        quiet=Quiet({weekday: Hours(*hours) for weekday, *hours in week}, frozenset(days)),
    )


async def switch(db: Database, category: str, answered: bool, who: str) -> None:
    """Have the mails of a category answered, or not. Raises NotFound, Invalid."""
    if category == NOT_ANSWERED:
        raise Invalid(
            "Mails of this category are never answered.",
            "It is for what is no customer's request.",
        )
    async with db.transaction(by=who) as connection:
        await categories.set_answered(connection, category, answered)


async def set_quiet(flow: Flow, quiet: Quiet, who: str) -> None:
    """From now on answers wait at these times. Those that wait already wait until then, or go out.
    Days that are over are left out. Raises Invalid where answers would wait too long."""
    zone = flow.policy.default_identity.timezone
    now = datetime.now(zone)
    quiet = Quiet(quiet.week, frozenset(day for day in quiet.days if day >= now.date()))
    if quiet.too_long(zone, now.date()):
        raise Invalid(
            "Answers would wait for more than four days.",
            "Leave some hours between in which they go out.",
        )
    week = sorted((day, hours.begins, hours.ends) for day, hours in quiet.week.items())
    async with flow.db.transaction(by=who) as db:
        await quiet_times.put(db, (week, sorted(quiet.days)))
        await notify.notify(db, await outbox.wait_until(db, quiet.until(now, zone)))
