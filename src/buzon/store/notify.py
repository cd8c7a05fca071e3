"""What changed, told to whoever listens: PostgreSQL's NOTIFY."""

import json
from collections.abc import AsyncIterator, Sequence

from psycopg.sql import SQL, Identifier

from buzon.store.db import Connection, Database, explained

CHANNEL = "buzon_events"
SETTINGS = "buzon_settings"  # something was chosen on the pages; triggers tell
PROMISE = "buzon_promise"  # a model or a threshold was put in force; triggers tell

# A notification holds 8,000 bytes; an id is at most 19 digits and a comma.
IDS_A_MESSAGE = 300


async def notify(db: Connection, event_ids: Sequence[int]) -> None:
    """Tell, when this transaction commits, that these events are new or changed."""
    for start in range(0, len(event_ids), IDS_A_MESSAGE):
        payload = json.dumps(list(event_ids[start : start + IDS_A_MESSAGE]), separators=(",", ":"))
        await db.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])


async def listen(db: Database) -> AsyncIterator[list[int]]:
    """The ids of events as they change, until the connection breaks (DatabaseUnreachable).
    The first item is empty: from then on nothing is missed."""
    connection = await db.connect()
    with explained(db.url):
        async with connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            yield []
            async for note in connection.notifies():
                yield json.loads(note.payload)


async def listen_to(db: Database, channel: str, poll: float) -> AsyncIterator[None]:
    """An item at once, one whenever something is told on the channel (such as PROMISE), and one at
    least every `poll` seconds, until the connection breaks (DatabaseUnreachable)."""
    connection = await db.connect()
    with explained(db.url):
        async with connection:
            await connection.execute(SQL("LISTEN {}").format(Identifier(channel)))
            while True:
                yield
                async for _ in connection.notifies(timeout=poll, stop_after=1):
                    pass
