"""Mails are kept as long as the settings say: first goes the mail as it came, and private numbers
in its text become zeros; later goes all that tells who wrote what. What waits for a person, or is
still to be answered, stays whole."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import structlog

from buzon.mail.masking import mask
from buzon.store import intake, retention, rollups
from buzon.store.db import Connection, Database
from buzon.store.retention import Forgotten, Texts

log = structlog.get_logger()

BATCH = 100  # mails a transaction, for which new ones may have to wait
PAUSE = 0.05  # seconds between two, so that others get on


@dataclass(frozen=True, slots=True)
class Purged:
    """What was deleted: raw mails and their bytes, and what was forgotten."""

    raw_mails: int = 0
    bytes: int = 0
    forgotten: Forgotten = field(default_factory=Forgotten)


Tell = Callable[[Purged], None]


@dataclass(frozen=True, slots=True)
class Retention:
    """For how many days raw mails and texts are kept, by when they were stored; 0: for ever.
    `mask`: whether private numbers go along with the raw mail."""

    db: Database
    raw_days: int
    text_days: int
    mask: bool = True

    async def carry_out(self, tell: Tell = lambda _: None) -> Purged:
        """Delete what is older, in small transactions; `tell` hears how far it is."""
        done = await self._drop_raw(tell) if self.raw_days else Purged()
        if self.text_days:
            done = await self._forget(done, tell)
        if done != Purged():
            async with self.db.transaction() as db:
                await rollups.fold(db)  # else the addresses would stand there until others do
            log.info("purged", raw_mails=done.raw_mails, forgotten=done.forgotten.mails)
        return done

    async def _drop_raw(self, tell: Tell) -> Purged:
        done, after, keep_for = Purged(), 0, timedelta(days=self.raw_days)
        while True:
            async with self.db.transaction() as db:
                mails, size, last = await retention.drop_raw(db, after, BATCH, keep_for)
                if self.mask:
                    await _mask_texts(db, mails)
            if last is None:
                return done
            done = replace(done, raw_mails=done.raw_mails + len(mails), bytes=done.bytes + size)
            after = last
            tell(done)
            await asyncio.sleep(PAUSE if mails else 0)

    async def _forget(self, done: Purged, tell: Tell) -> Purged:
        after, keep_for = None, timedelta(days=self.text_days)
        while True:
            async with self.db.transaction() as db:
                page = await retention.due(db, after, BATCH, keep_for)
                if page.due:
                    await intake.lock(db)
                    forgotten = await retention.forget(db, page.due)
                    done = replace(done, forgotten=done.forgotten + forgotten)
            if page.last is None:
                return done
            after = page.last
            tell(done)
            await asyncio.sleep(PAUSE if page.due else 0)


async def _mask_texts(db: Connection, ids: Sequence[int]) -> None:
    """What is still kept of these mails, mostly to learn from, has no private numbers any more, nor
    have their answers, which repeat subjects."""
    mails = await retention.texts(db, ids)
    if changed := await asyncio.to_thread(_masked, mails):
        await retention.replace_texts(db, changed)
    answers = await retention.answers(db, ids)
    if changed := await asyncio.to_thread(_masked, answers):
        await retention.replace_answers(db, changed)


def _masked(rows: Sequence[Texts]) -> list[Texts]:
    """Those that change."""
    masked: list[Texts] = [(id, *map(mask, texts)) for id, *texts in rows]
    return [new for new, old in zip(masked, rows, strict=True) if new != old]
