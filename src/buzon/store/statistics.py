"""The figures of a period, from the views over the rollups: a function a figure.

Days are the company's. What the views with a stable name (v_…) hold is asked of them, so that it is
the same in every dashboard.
"""

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from buzon.store.db import Connection

BINS = 20  # of confidence
MOST_SENDERS = 10


@dataclass(frozen=True, slots=True)
class Span:
    """The days from `first` to `last`, both included, of one mailbox, or of all."""

    first: date
    last: date
    mailbox: str | None = None

    @property
    def before(self) -> "Span":
        """The period of the same length before it."""
        length = self.last - self.first + timedelta(days=1)
        return Span(self.first - length, self.last - length, self.mailbox)

    @property
    def whole_weeks(self) -> list[date]:
        """Their Mondays."""
        monday = self.first + timedelta(days=-self.first.weekday() % 7)
        count = max((self.last + timedelta(days=1) - monday).days // 7, 0)
        return [monday + timedelta(weeks=n) for n in range(count)]

    @property
    def other_days(self) -> list[date]:
        """Those that are in no whole week."""
        weeks, day = self.whole_weeks, timedelta(days=1)
        if not weeks:
            return _days(self.first, self.last)
        return _days(self.first, weeks[0] - day) + _days(weeks[-1] + 7 * day, self.last)


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


@dataclass(frozen=True, slots=True)
class Checked:
    """So many `mails` that chance drew with the same probability, that were called `category`, and
    that a person found right or wrong; `alone`: handled without a person."""

    category: str
    alone: bool
    right: bool
    probability: float
    mails: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """So many answers (`replies`) took from `at_least` to `below` seconds."""

    at_least: float
    below: float
    replies: int


WITHIN = """
    day BETWEEN %(first)s AND %(last)s AND (%(mailbox)s::text IS NULL OR mailbox = %(mailbox)s)
"""


async def timezone(db: Connection) -> str:
    """The name of the company's time zone, in which days are counted."""
    return str((await _rows(db, "SELECT timezone FROM statistics_clock"))[0][0])


# Both periods are read at once: the one asked for, and the one before it.
WITHIN_BOTH = """
    day BETWEEN %(before)s AND %(last)s AND (%(mailbox)s::text IS NULL OR mailbox = %(mailbox)s)
"""
NOW, BEFORE = "FILTER (WHERE day >= %(first)s)", "FILTER (WHERE day < %(first)s)"
# Of whole weeks the figure that is added up by week, of other days that by day.
BY_WEEK = """
    (SELECT * FROM counted WHERE figure = '{0} by week' AND day = ANY(%(weeks)s)
     UNION ALL SELECT * FROM counted WHERE figure = '{0}' AND day = ANY(%(days)s)) AS counted
    WHERE (%(mailbox)s::text IS NULL OR mailbox = %(mailbox)s)
"""


async def first_day(db: Connection) -> date | None:
    """The day of the oldest mail."""
    rows = await _rows(db, "SELECT min(day) FROM counted WHERE figure = 'mails' AND n > 0")
    found: date | None = rows[0][0]
    return found


async def mailboxes(db: Connection) -> list[str]:
    """The mailboxes that there is a mail of."""
    rows = await _rows(
        db, "SELECT DISTINCT mailbox FROM counted WHERE figure = 'sources' ORDER BY 1"
    )
    return [mailbox for (mailbox,) in rows]


async def by_day(db: Connection, span: Span) -> list[tuple[date, str, int]]:
    """Days of both periods, categories, and how many mails. What v_categories_daily tells, summed
    up at once."""
    return await _rows(
        db,
        "SELECT day, keys[1], sum(n)::bigint FROM counted"  # noqa: S608
        f" WHERE figure = 'mails' AND {WITHIN_BOTH} GROUP BY 1, 2 HAVING sum(n) <> 0",
        span,
    )


async def by_hour(db: Connection, day: date, mailbox: str | None) -> list[tuple[int, str, int]]:
    """The hours of a day, categories, and how many mails."""
    return await _rows(
        db,
        "SELECT keys[2]::int, keys[1], sum(n)::bigint FROM counted"  # noqa: S608
        f" WHERE figure = 'categories by hour' AND {WITHIN} GROUP BY 1, 2",
        Span(day, day, mailbox),
    )


async def hours(db: Connection, span: Span) -> list[tuple[int, int, int]]:
    """Weekdays from 1 (Monday) to 7, hours, and how many mails."""
    return await _rows(
        db,
        # 1900 began with a Monday; extract(isodow …) takes half as long again.
        "SELECT (day - date '1900-01-01') %% 7 + 1, keys[1]::int, sum(n)::bigint"  # noqa: S608
        f" FROM counted WHERE figure = 'hours' AND {WITHIN} GROUP BY 1, 2",
        span,
    )


async def languages(db: Connection, span: Span) -> list[tuple[str, int]]:
    """Languages and how many mails, the most first."""
    return await _rows_by_week(
        db,
        f"SELECT keys[1], sum(n)::bigint FROM {BY_WEEK.format('languages')}"  # noqa: S608
        " GROUP BY 1 HAVING sum(n) <> 0 ORDER BY 2 DESC, 1",
        span,
    )


async def senders(db: Connection, span: Span, mails: int) -> list[tuple[str, int]]:
    """Those who wrote most, and how many mails. Where the period has more than FEW `mails`, those
    are counted who wrote most in its months: so that who is among the first ten of a period, but
    not among the first hundred of any of its months, may be missed."""
    return await _rows(db, ALL_SENDERS if mails <= FEW else FREQUENT_SENDERS, span)


FEW = 5_000
ALL_SENDERS = f"""
    SELECT keys[1], sum(n)::bigint FROM counted
    WHERE figure = 'senders' AND keys[1] <> '' AND {WITHIN}
    GROUP BY 1 HAVING sum(n) > 0 ORDER BY 2 DESC, 1 LIMIT {MOST_SENDERS}
"""  # noqa: S608
FREQUENT_SENDERS = f"""
    WITH often AS (
        SELECT best.mailbox, best.keys
        FROM generate_series(date_trunc('month', %(first)s), %(last)s, '1 month') AS month,
        LATERAL (SELECT mailbox, keys, n FROM rollups
                 WHERE figure = 'senders by month' AND day = month::date AND keys[1] <> ''
                   AND (%(mailbox)s::text IS NULL OR mailbox = %(mailbox)s)
                 ORDER BY n DESC LIMIT 100) AS best
        GROUP BY 1, 2 ORDER BY sum(best.n) DESC LIMIT 20
    ),
    parts AS (  -- whole months, up to the newest mail's, and the days of those that are not
        SELECT DISTINCT CASE WHEN whole THEN 'senders by month' ELSE 'senders' END AS figure,
                        CASE WHEN whole THEN month ELSE each::date END AS day
        FROM generate_series(%(first)s, %(last)s, '1 day') AS each,
        LATERAL (SELECT date_trunc('month', each)::date AS month) AS m,
        LATERAL (SELECT month >= %(first)s
                        AND (month + interval '1 month' <= %(last)s + interval '1 day'
                             OR %(last)s >= (SELECT max(day) FROM counted WHERE figure = 'mails'))
                        AS whole) AS w
    ),
    counts AS (
        -- As a subquery each is looked up; joined, all senders of these days might be read.
        SELECT often.keys,
               (SELECT n FROM rollups r
                WHERE r.figure = parts.figure AND r.day = parts.day
                  AND r.mailbox = often.mailbox AND r.keys = often.keys) AS n
        FROM often CROSS JOIN parts
        UNION ALL
        SELECT keys, n FROM rollup_changes JOIN often USING (mailbox, keys)
        JOIN parts USING (figure, day)
    )
    SELECT keys[1], sum(n)::bigint FROM counts
    GROUP BY 1 HAVING sum(n) > 0 ORDER BY 2 DESC, 1 LIMIT {MOST_SENDERS}
"""  # noqa: S608


async def imported(db: Connection, span: Span) -> tuple[int, int]:
    """How many mails of both periods were imported: these are never answered."""
    rows = await _rows(
        db,
        f"SELECT coalesce(sum(n) {NOW}, 0)::bigint, coalesce(sum(n) {BEFORE}, 0)::bigint"  # noqa: S608
        f" FROM counted WHERE figure = 'sources' AND keys[1] = 'import' AND {WITHIN_BOTH}",
        span,
    )
    now, before = rows[0]
    return now, before


async def confidence(db: Connection, span: Span) -> list[tuple[int, int, int, int, int]]:
    """Twentieths of confidence; of the period and of the one before: how many mails, and the sum of
    their confidence in millionths. What v_confidence_daily tells, summed up at once."""
    return await _rows_by_week(
        db,
        f"SELECT keys[1]::int, coalesce(sum(n) {NOW}, 0)::bigint,"  # noqa: S608
        f" coalesce(sum(total) {NOW}, 0)::bigint, coalesce(sum(n) {BEFORE}, 0)::bigint,"
        f" coalesce(sum(total) {BEFORE}, 0)::bigint"
        f" FROM {BY_WEEK.format('certainty')} GROUP BY 1",
        span,
        span.before,
    )


async def answers(db: Connection, span: Span) -> list[tuple[str, int, int]]:
    """What became of answers (sent, waiting, kept in the sandbox, failed), and of how many in the
    period and in the one before."""
    return await _rows(
        db,
        f"SELECT keys[1], coalesce(sum(n) {NOW}, 0)::bigint,"  # noqa: S608
        f" coalesce(sum(n) {BEFORE}, 0)::bigint"
        f" FROM counted WHERE figure = 'answers' AND {WITHIN_BOTH} GROUP BY 1",
        span,
    )


async def reply_times(db: Connection, span: Span) -> tuple[list[Bucket], list[Bucket]]:
    """How long answers took, the fastest first, in the period and in the one before. What
    v_reply_times tells, summed up before the bounds of each bucket are worked out."""
    rows = await _rows_by_week(
        db,
        f"SELECT keys[1]::int, coalesce(sum(n) {NOW}, 0)::bigint,"  # noqa: S608
        f" coalesce(sum(n) {BEFORE}, 0)::bigint"
        f" FROM {BY_WEEK.format('reply times')} GROUP BY 1 ORDER BY 1",
        span,
        span.before,
    )
    bounds = [(2 ** (k / 4), 2 ** ((k + 1) / 4)) for k, *_ in rows]
    return (
        [Bucket(*bound, n) for bound, (_, n, _) in zip(bounds, rows, strict=True) if n],
        [Bucket(*bound, n) for bound, (*_, n) in zip(bounds, rows, strict=True) if n],
    )


async def waiting(db: Connection, mailbox: str | None) -> int:
    """How many mails wait for a person now, whenever they came."""
    rows = await _rows(
        db,
        "SELECT coalesce(sum(n), 0)::bigint FROM counted"
        " WHERE figure = 'waiting' AND (%(mailbox)s::text IS NULL OR mailbox = %(mailbox)s)",
        Span(date.max, date.max, mailbox),
    )
    return int(rows[0][0])


async def checked(db: Connection, span: Span) -> list[Checked]:
    """What people found of the mails that chance drew. What v_model_accuracy tells, summed up at
    once."""
    rows = await _rows_by_week(
        db,
        "SELECT keys[1], keys[3]::boolean, keys[4]::boolean, keys[5]::double precision,"  # noqa: S608
        f" sum(n)::bigint FROM {BY_WEEK.format('audits')}"
        " GROUP BY 1, 2, 3, 4 HAVING sum(n) > 0 ORDER BY 1, 2, 3, 4",
        span,
    )
    return [Checked(*row) for row in rows]


async def corrections(db: Connection, span: Span) -> list[tuple[str, str, int]]:
    """What the model had said, what people said in these days, and of how many mails. What
    v_corrections tells, summed up at once."""
    return await _rows_by_week(
        db,
        f"SELECT keys[1], keys[2], sum(n)::bigint FROM {BY_WEEK.format('labels')}"  # noqa: S608
        " GROUP BY 1, 2 HAVING sum(n) <> 0 ORDER BY 3 DESC, 1, 2",
        span,
    )


async def _rows_by_week(db: Connection, query: str, *spans: Span) -> list[Any]:
    weeks = [monday for span in spans for monday in span.whole_weeks]
    days = [day for span in spans for day in span.other_days]
    rows = await db.execute(query, asdict(spans[0]) | {"weeks": weeks, "days": days})
    return await rows.fetchall()


async def _rows(db: Connection, query: str, span: Span | None = None) -> list[Any]:
    values = asdict(span) | {"before": span.before.first} if span else None
    rows = await db.execute(query, values)
    return await rows.fetchall()
