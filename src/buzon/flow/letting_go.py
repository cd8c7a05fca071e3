"""Held answers are let go as room comes free under the global cap, those of dead workers freed, and
old ones given up: the same for who sends them, Buzón or an external program."""

from datetime import timedelta

import structlog

from buzon.flow.intake import Flow
from buzon.mail.policy import OLD
from buzon.mail.smtp import EXPIRY
from buzon.store import outbox
from buzon.store.db import Connection

log = structlog.get_logger()

PATIENCE = timedelta(seconds=10)  # how long a worker may be without its lock


async def let_go(db: Connection, flow: Flow) -> list[int]:
    """The events whose answers are due from now on, or when it ends to be quiet."""
    room = flow.policy.replies_per_hour - await outbox.count_last_hour(db)
    return await outbox.release_held(db, room, OLD, flow.quiet_until())


async def rescue(db: Connection) -> None:
    """Queue again what workers had claimed that died."""
    if rescued := await outbox.rescue(db, PATIENCE):
        log.warning("replies of a worker that died are queued again", replies=rescued)


async def give_up_old(db: Connection) -> list[int]:
    """The events whose answers could not be sent for so long that they would confuse."""
    return await outbox.expire(db, EXPIRY)
