"""Held answers are let go as room comes free under the global cap, those of dead workers freed, and
old ones given up: the same for who sends them, Buzón or an external program."""

from datetime import timedelta

import structlog

from buzon.flow.intake import Flow
from buzon.mail.policy import OLD
from buzon.mail.smtp import EXPIRY
from buzon.store import intake, outbox
from buzon.store.db import Connection

log = structlog.get_logger()

PATIENCE = timedelta(seconds=10)  # how long a worker may be without its lock


async def unblock(db: Connection, flow: Flow) -> list[int]:
    """Free what dead workers had claimed, and let go what there is room for; the events let go.
    Meanwhile nobody decides who is answered, or the same room would be given away twice."""
    held = await outbox.holds(db)
    if held:
        await intake.lock(db)  # before any row, as whoever stores mails does
    await _rescue(db)
    return await _let_go(db, flow) if held else []


async def _let_go(db: Connection, flow: Flow) -> list[int]:
    """The events whose answers are due from now on, or when it ends to be quiet."""
    room = flow.policy.replies_per_hour - await outbox.count_last_hour(db)
    return await outbox.release_held(db, room, OLD, flow.quiet_until())


async def _rescue(db: Connection) -> None:
    """Queue again what workers had claimed that died."""
    if rescued := await outbox.rescue(db, PATIENCE):
        log.warning("replies of a worker that died are queued again", replies=rescued)


async def give_up_old(db: Connection) -> list[int]:
    """The events whose answers could not be sent for so long that they would confuse."""
    return await outbox.expire(db, EXPIRY)
