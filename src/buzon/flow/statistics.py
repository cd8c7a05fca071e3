"""What the dashboard tells of a period: the page, the API and its stream all get it from here."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from buzon.classifier import estimate
from buzon.classifier.estimate import Estimate
from buzon.errors import Invalid
from buzon.flow.drift import watched_from
from buzon.store import drift_alarms
from buzon.store import statistics as figures
from buzon.store.db import Database, together
from buzon.store.drift_alarms import Drift
from buzon.store.statistics import BINS, Bucket, Checked, Span

Unit = Literal["hour", "day", "week", "month"]

LONGEST = timedelta(days=3660)
EARLIEST, LATEST = date(1900, 1, 1), date(2999, 12, 31)
DAYS = 30  # the period of whoever names none


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which days somebody asks for: those from `first` to `last`, where both are given, else the
    last `days` up to today; of one mailbox, or of all. `to_be_drawn`: the steps leave out the days
    before the very first mail, so that the first days of a service fill a chart."""

    days: int = DAYS
    first: date | None = None
    last: date | None = None
    mailbox: str | None = None
    to_be_drawn: bool = False

    def span(self, today: date) -> Span:
        """Raises Invalid for a period that is none, or longer than ten years."""
        last = self.last or today
        first = self.first or max(last, EARLIEST) - timedelta(days=self.days - 1)
        if first > last:
            raise Invalid(
                f"The period ends on {last}, before it begins on {first}.", "Swap the two days."
            )
        if first < EARLIEST or last > LATEST or last - first >= LONGEST:
            raise Invalid(
                f"There are no figures of the days from {first} to {last}.",
                f"Ask for ten years at most, between {EARLIEST.year} and {LATEST.year}.",
            )
        return Span(first, last, self.mailbox)


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure of the period (`now`), and of the period of the same length `before` it; None where
    it can't be told."""

    now: float | None
    before: float | None


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the period, which begins `at` an hour or day of the company's time (ISO 8601):
    mails by category (`categories`), and all mails of the same step of the period `before`."""

    at: str
    categories: dict[str, int]
    before: int | None


@dataclass(frozen=True, slots=True)
class Answers:
    """What became of the answers: `sent`, still `waiting` to be sent, or to be reported by an
    external sender, `kept` in the sandbox, `failed`; and how many mails got `none`. Imported mails
    are never answered and don't count."""

    sent: int
    waiting: int
    kept: int
    failed: int
    none: int


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How often mails were in the right category, estimated from those that chance drew and a
    person checked; None where none was checked. Of `all`, `by_category` that the model said, and
    `alone`: of those handled without a person."""

    all: Estimate | None
    alone: Estimate | None
    by_category: dict[str, Estimate]


@dataclass(frozen=True, slots=True)
class Correction:
    """What the model had said (`predicted`), and what people said (`label`): of so many `mails`."""

    predicted: str
    label: str
    mails: int


@dataclass(frozen=True, slots=True)
class Sender:
    """How many `mails` a `sender` wrote."""

    sender: str
    mails: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """The figures of the days from `first` to `last`, both included, in the company's time, of one
    `mailbox` or of all (None).

    `mails` came in, by `categories`, `languages` and the busiest `senders`. `volume` compares
    like with like: where the last day is today, on both sides only its hours that are over.
    `steps` are of a `unit` each. `confidence`: its mean; `confidence_bins`: mails by twentieth of
    confidence. `answers`: what became of them; `answered`: the share of mails that got one;
    `reply_times`, `median` and `p95`: seconds until it was sent. `to_review`: what waits for a
    person now. `accuracy` and `corrections`: what people said of the model's word. `hours`: mails
    by weekday from Monday and hour. `drift`: what moved; `drift_known_from`: before it none can be
    told.
    """

    first: date
    last: date
    mailbox: str | None
    mails: int
    volume: Compared
    unit: Unit
    steps: list[Step]
    categories: dict[str, Compared]
    confidence: Compared
    confidence_bins: list[int]
    answers: Answers
    answered: Compared
    median: Compared
    p95: Compared
    reply_times: list[Bucket]
    to_review: int
    accuracy: Accuracy
    corrections: list[Correction]
    hours: list[list[int]]
    languages: dict[str, int]
    senders: list[Sender]
    drift: list[Drift]
    drift_known_from: date | None


async def statistics(db: Database, wanted: Wanted, now: datetime | None = None) -> Statistics:
    """The figures of these days. Raises Invalid."""
    async with db.reading() as connection:
        zone = ZoneInfo(await figures.timezone(connection))
    now = (now or datetime.now(UTC)).astimezone(zone)
    span = wanted.span(now.date())
    # On two connections, of which none waits for the other: with cores to spare in half the time.
    most, many = await asyncio.gather(_most(db, span, zone), _days_and_senders(db, span))
    found = Found(*most, *many)
    known = found.first_day is not None and found.first_day <= span.before.first
    present = _of(span, found.days)
    past = [row for row in found.days if row[0] < span.first] if known else None
    mails = _total(present)
    answers, answered = _answers(found, mails, _total(found.days))
    times, times_before = found.reply_times
    bins, sure = _confidence(found.confidence)
    stepped = _since(found.first_day, span) if wanted.to_be_drawn else span
    return Statistics(
        first=span.first,
        last=span.last,
        mailbox=span.mailbox,
        mails=mails,
        volume=_volume(found, span, present, past, now),
        unit=(unit := _unit(stepped)),
        steps=_steps(found, stepped, unit, present, past),
        categories=_categories(present, past),
        confidence=sure,
        confidence_bins=bins,
        answers=answers,
        answered=answered,
        median=Compared(percentile(times, 0.5), percentile(times_before, 0.5)),
        p95=Compared(percentile(times, 0.95), percentile(times_before, 0.95)),
        reply_times=times,
        to_review=found.waiting,
        accuracy=_accuracy(found.checked),
        corrections=[Correction(*row) for row in found.corrections],
        hours=_week(found.hours),
        languages=dict(found.languages),
        senders=[Sender(*row) for row in found.senders],
        drift=found.drift,
        drift_known_from=found.drift_known_from,
    )


Days = Sequence[tuple[date, str, int]]  # day, category, mails
Hours = Sequence[tuple[int, str, int]]  # hour, category, mails


class Found(NamedTuple):
    """What the store tells of both periods; `last_hours`: of the last day of each."""

    first_day: date | None
    last_hours: Hours
    last_hours_before: Hours
    answers: Sequence[tuple[str, int, int]]
    imported: tuple[int, int]
    waiting: int
    checked: Sequence[Checked]
    corrections: Sequence[tuple[str, str, int]]
    languages: Sequence[tuple[str, int]]
    confidence: Sequence[tuple[int, int, int, int, int]]
    drift: list[Drift]
    drift_known_from: date | None
    days: Days
    senders: Sequence[tuple[str, int]]
    reply_times: tuple[list[Bucket], list[Bucket]]
    hours: Sequence[tuple[int, int, int]]


async def _most(db: Database, span: Span, zone: ZoneInfo) -> list[Any]:
    async with db.reading() as connection:
        return await together(
            connection,
            figures.first_day(connection),
            figures.by_hour(connection, span.last, span.mailbox),
            figures.by_hour(connection, span.before.last, span.mailbox),
            figures.answers(connection, span),
            figures.imported(connection, span),
            figures.waiting(connection, span.mailbox),
            figures.checked(connection, span),
            figures.corrections(connection, span),
            figures.languages(connection, span),
            figures.confidence(connection, span),
            drift_alarms.ringing(connection),
            watched_from(connection, zone),
        )


async def _days_and_senders(db: Database, span: Span) -> list[Any]:
    """And what has the most rows besides."""
    async with db.reading() as connection:
        days = await figures.by_day(connection, span)
        mails = _total(_of(span, days))
        return [
            days,
            *await together(
                connection,
                figures.senders(connection, span, mails),
                figures.reply_times(connection, span),
                figures.hours(connection, span),
            ),
        ]


def _of(span: Span, days: Days) -> Days:
    """Those of the period itself, without those of the one before."""
    return [row for row in days if row[0] >= span.first]


def _total(days: Days) -> int:
    return sum(mails for *_, mails in days)


def _since(first_day: date | None, span: Span) -> Span:
    return replace(span, first=min(max(span.first, first_day or span.first), span.last))


def _unit(span: Span) -> Unit:
    """So that a chart has some dozens of steps."""
    days = (span.last - span.first).days + 1
    return "hour" if days == 1 else "day" if days <= 93 else "week" if days <= 731 else "month"


def _volume(found: Found, span: Span, present: Days, past: Days | None, now: datetime) -> Compared:
    counts, counts_before = _by_day(present), _by_day(past or ())
    if span.last == now.date():
        for mails, day, hours in (
            (counts, span.last, found.last_hours),
            (counts_before, span.before.last, found.last_hours_before),
        ):
            mails[day] = sum(n for hour, _, n in hours if hour < now.hour)
    return Compared(counts.total(), counts_before.total() if past is not None else None)


def _by_day(days: Days) -> Counter[date]:
    counts: Counter[date] = Counter()
    for day, _, mails in days:
        counts[day] += mails
    return counts


def _steps(found: Found, span: Span, unit: Unit, present: Days, past: Days | None) -> list[Step]:
    if unit == "hour":
        return _hours_of_a_day(found, span.last, compare=past is not None)
    length = span.last - span.before.last
    categories: defaultdict[date, Counter[str]] = defaultdict(Counter)
    before: Counter[date] = Counter()
    for day, category, mails in present:
        categories[_begin(day, unit, span.first)][category] += mails
    for day, _, mails in past or ():
        before[_begin(day + length, unit, span.first)] += mails
    every = (span.first + timedelta(days=n) for n in range(length.days))
    begins = dict.fromkeys(_begin(day, unit, span.first) for day in every)
    return [
        Step(begin.isoformat(), dict(categories[begin]), None if past is None else before[begin])
        for begin in begins
    ]


def _hours_of_a_day(found: Found, day: date, *, compare: bool) -> list[Step]:
    categories: defaultdict[int, Counter[str]] = defaultdict(Counter)
    before: Counter[int] = Counter()
    for hour, category, mails in found.last_hours:
        categories[hour][category] += mails
    for hour, _, mails in found.last_hours_before:
        before[hour] += mails
    return [
        Step(f"{day}T{hour:02}:00", dict(categories[hour]), before[hour] if compare else None)
        for hour in range(24)
    ]


def _begin(day: date, unit: Unit, first: date) -> date:
    """The first day of the step that a day lies in; the period may begin amid one."""
    if unit == "week":
        return max(first, day - timedelta(days=day.weekday()))
    return max(first, day.replace(day=1)) if unit == "month" else day


def _categories(present: Days, past: Days | None) -> dict[str, Compared]:
    counts: Counter[str] = Counter()
    before: Counter[str] = Counter()
    for counter, days in ((counts, present), (before, past or ())):
        for _, category, mails in days:
            counter[category] += mails
    names = sorted({*counts, *before}, key=lambda name: (-counts[name], name))
    return {
        name: Compared(counts[name], None if past is None else before[name])
        for name in names
        if counts[name] or before[name]
    }


def _confidence(
    rows: Sequence[tuple[int, int, int, int, int]],
) -> tuple[list[int], Compared]:
    """How many mails in each twentieth of confidence, and the mean confidence."""
    bins = [0] * BINS
    sums = [0] * 4  # mails and their confidence, of this period and the one before
    for place, *counts in rows:
        bins[place] = counts[0]
        sums = [total + count for total, count in zip(sums, counts, strict=True)]
    mails, sure, mails_before, sure_before = sums
    return bins, Compared(
        sure / mails / 1e6 if mails else None,
        sure_before / mails_before / 1e6 if mails_before else None,
    )


def _answers(found: Found, mails: int, of_both: int) -> tuple[Answers, Compared]:
    """What became of answers, and the share that was sent."""
    imported, imported_before = found.imported
    now = _outcomes({name: n for name, n, _ in found.answers}, mails - imported)
    then = _outcomes({name: n for name, _, n in found.answers}, of_both - mails - imported_before)
    return now, Compared(_share_sent(now), _share_sent(then))


def _outcomes(found: dict[str, int], answerable: int) -> Answers:
    sent, waiting, kept, failed = (
        found.get(name, 0) for name in ("sent", "waiting", "kept", "failed")
    )
    return Answers(sent, waiting, kept, failed, max(0, answerable - sum(found.values())))


def _share_sent(answers: Answers) -> float | None:
    """None where nothing was to be answered, or the sandbox keeps all answers."""
    if not answers.sent and (answers.kept or not answers.none + answers.waiting + answers.failed):
        return None
    return answers.sent / (
        answers.sent + answers.waiting + answers.kept + answers.failed + answers.none
    )


def percentile(buckets: Sequence[Bucket], share: float) -> float | None:
    """How many seconds that share of the answers took at most; within a bucket its ends' geometric
    mean tells, so that it is 19% off at most."""
    wanted = share * sum(bucket.replies for bucket in buckets)
    for bucket in buckets:
        if bucket.replies and wanted <= bucket.replies:
            return float(
                bucket.at_least * (bucket.below / bucket.at_least) ** (wanted / bucket.replies)
            )
        wanted -= bucket.replies
    return None


def _accuracy(checked: Sequence[Checked]) -> Accuracy:
    alone = [each for each in checked if each.alone]
    return Accuracy(
        all=_estimate(checked),
        alone=_estimate(alone),
        by_category={
            name: found
            for name in dict.fromkeys(each.category for each in checked)
            if (found := _estimate([each for each in checked if each.category == name]))
        },
    )


def _estimate(checked: Sequence[Checked]) -> Estimate | None:
    times = [each.mails for each in checked]
    right = np.repeat(np.array([each.right for each in checked], dtype=bool), times)
    probability = np.repeat(np.array([each.probability for each in checked]), times)
    return estimate.overall(right, probability)


def _week(hours: Sequence[tuple[int, int, int]]) -> list[list[int]]:
    week = [[0] * 24 for _ in range(7)]
    for weekday, hour, mails in hours:
        week[weekday - 1][hour] = mails
    return week
