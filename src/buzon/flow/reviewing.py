"""What waits for a person, handed out one by one, and never the same mail to two people."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from buzon.store import events, reviews
from buzon.store.db import Connection, Database
from buzon.store.filters import Filter

CLAIM_MINUTES = 30
LATER_MINUTES = 60
GRACE_SECONDS = 30  # a page that is still open somewhere, or loaded anew, speaks up within 20
PACE_MINUTES = 15
FEWEST = 5  # mails that make a pace
MOST_COUNTED = 1000


@dataclass(frozen=True, slots=True)
class Progress:
    """How many wait (MOST_COUNTED where they are more), how many this person has labelled today,
    and how many an hour of late, 0 where these are too few to say."""

    waiting: int
    today: int
    pace: int


async def review(db: Database, user_id: int) -> int | None:
    """The mail that a person should look at now, which is theirs for half an hour; None where none
    waits that nobody else looks at."""
    while True:
        async with db.transaction() as connection:
            id = await reviews.most_useful(connection, user_id)
            if id is None or await reviews.claim(connection, id, user_id, CLAIM_MINUTES):
                await reviews.release(connection, user_id, but=id or 0)
                return id


async def hold(db: Database, id: int, user_id: int) -> bool:
    """Keep a mail before a person who still looks at it; False where somebody else has it."""
    async with db.transaction() as connection:
        return await reviews.claim(connection, id, user_id, CLAIM_MINUTES)


async def give_back(db: Database, id: int, user_id: int) -> None:
    """A person has left a mail. It is nobody else's for a moment yet: they may have it open in
    another window, or have only loaded the page anew."""
    async with db.transaction() as connection:
        await reviews.give_back(connection, id, user_id, GRACE_SECONDS)


async def postpone(db: Database, id: int, user_id: int) -> None:
    """Leave a mail for an hour."""
    async with db.transaction() as connection:
        await reviews.postpone(connection, id, user_id, LATER_MINUTES)


async def take_up(db: Database, id: int, user_id: int) -> None:
    """Have a mail back that one has left for later; nobody else was shown it meanwhile."""
    async with db.transaction() as connection:
        await reviews.take_up(connection, id, user_id, CLAIM_MINUTES)


async def progress(db: Connection, who: str, zone: ZoneInfo) -> Progress:
    now = datetime.now(UTC)
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    late, began = await reviews.labelled_since(db, who, now - timedelta(minutes=PACE_MINUTES))
    today, _ = await reviews.labelled_since(db, who, midnight)
    return Progress(
        waiting=await events.count(db, Filter(to_review=True), MOST_COUNTED),
        today=today,
        pace=_pace(late, now - began) if began else 0,
    )


def _pace(mails: int, spell: timedelta) -> int:
    """Mails an hour; the first minute tells nothing."""
    if mails < FEWEST or spell < timedelta(minutes=1):
        return 0
    return round(mails / (spell / timedelta(hours=1)))
