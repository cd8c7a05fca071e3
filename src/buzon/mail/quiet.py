"""When answers wait: quiet hours of the week, and days that are quiet as a whole."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MIDNIGHT = time(0)
LONGEST = timedelta(days=4)  # no answer waits longer: a week late it would only confuse
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Hours:
    """From when to when it is quiet on a day; where it doesn't end later than it begins, before the
    one and after the other, as at night. So midnight to midnight is the whole day."""

    begins: time
    ends: time

    @property
    def whole_day(self) -> bool:
        return self.begins == self.ends == MIDNIGHT


WHOLE_DAY = Hours(MIDNIGHT, MIDNIGHT)


@dataclass(frozen=True, slots=True)
class Quiet:
    """Quiet hours by weekday (Monday is 0), and single days, in the company's time zone."""

    week: Mapping[int, Hours] = field(default_factory=dict)
    days: frozenset[date] = frozenset()

    def until(self, when: datetime, zone: ZoneInfo) -> datetime | None:
        """When it ends to be quiet (UTC), one stretch after the other; None where it isn't."""
        end = when
        while later := self._end_of_stretch(end, zone):
            if later - when > LONGEST:
                break
            end = later
        return end if end > when else None

    def too_long(self, zone: ZoneInfo, today: date) -> bool:
        """Whether an answer would have to wait longer than LONGEST, in the weeks to come or around
        one of the days."""
        begins = [today + DAY * n for n in range(14)] + [
            day - DAY * n for day in self.days for n in range(5)
        ]
        return any(
            self._lasts_too_long(at, zone) for day in begins for at, _ in self._of(day, zone)
        )

    def _lasts_too_long(self, begins: datetime, zone: ZoneInfo) -> bool:
        end = begins
        while end - begins <= LONGEST and (later := self._end_of_stretch(end, zone)):
            end = later
        return end - begins > LONGEST

    def _end_of_stretch(self, when: datetime, zone: ZoneInfo) -> datetime | None:
        stretches = self._of(when.astimezone(zone).date(), zone)
        return max((ends for begins, ends in stretches if begins <= when < ends), default=None)

    def _of(self, day: date, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
        """The quiet stretches of a day, in UTC, in which differences are true also where the clocks
        are changed."""

        def at(clock: time, on: date = day) -> datetime:
            return datetime.combine(on, clock, zone).astimezone(UTC)

        hours = [self.week.get(day.weekday()), WHOLE_DAY if day in self.days else None]
        for one in filter(None, hours):
            if one.ends > one.begins:
                yield at(one.begins), at(one.ends)
            else:
                yield at(MIDNIGHT), at(one.ends)
                yield at(one.begins), at(MIDNIGHT, day + DAY)
