"""When the model is trained without anybody asking: each night, and after so many corrections."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from buzon.store import labels, trainings
from buzon.store.db import Connection

AFTER_CORRECTIONS = "after corrections"
EACH_NIGHT = "each night"


@dataclass(frozen=True, slots=True)
class Schedule:
    """`at` is in the company's time zone, None for never; `after` corrections, 0 for never."""

    at: time | None
    after: int
    timezone: ZoneInfo

    async def due(self, db: Connection, now: datetime | None = None) -> str | None:
        """Why a training is due, or None. Nothing is due while one is open, nor where nobody has
        labelled anything since the last one began; but one that failed is tried again at night."""
        now = now or datetime.now(UTC)
        last = await trainings.last(db)
        if last and last.open:
            return None
        begun = last.started_at or last.asked_at if last else None
        if self.after and await labels.count_since(db, begun, self.after) >= self.after:
            return AFTER_CORRECTIONS
        if self.at is not None and await self._missed(db, begun, now):
            return EACH_NIGHT
        return None

    async def _missed(self, db: Connection, begun: datetime | None, now: datetime) -> bool:
        """Whether labels have waited for the last night's training, which did not begin. Those of
        this morning wait for the next: nobody expects a training in the middle of the day."""
        night = self._last_night(now)
        if begun and begun >= night:
            return False
        return await labels.count_since(db, await trainings.learnt(db), 1, until=night) > 0

    def _last_night(self, now: datetime) -> datetime:
        """The last moment at which the nightly training should have begun."""
        assert self.at is not None  # noqa: S101 - asked only where there is a time
        local = now.astimezone(self.timezone)
        today = datetime.combine(local.date(), self.at, self.timezone)
        return today if today <= local else today - timedelta(days=1)
