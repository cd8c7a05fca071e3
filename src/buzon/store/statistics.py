"""The figures of a period, from the views over the rollups: a function a figure.

Days are the company's. What the views with a stable name (v_…) hold is asked of them, so that it is
the same in every dashboard.
"""

from dataclasses import asdict, dataclass
from datetime import date
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
    """So many answers took from `at_least` to `below` seconds."""

    at_least: float
    below: float
    replies: int


WITHIN = """
    day BETWEEN %(first)s AND %(last)s AND (%(mailbox)s::text IS NULL OR mailbox = %(mailbox)s)
"""


async def timezone(db: Connection) -> str:
    """The name of the company's time zone, in which days are counted."""
    return str((await _rows(db, "SELECT timezone FROM statistics_clock"))[0][0])


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
    """Days, categories, and how many mails."""
    return await _rows(
        db,
        "SELECT day, category, sum(mails)::bigint FROM v_categories_daily"  # noqa: S608
        f" WHERE {WITHIN} GROUP BY 1, 2",
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
        "SELECT extract(isodow FROM day)::int, keys[1]::int, sum(n)::bigint"  # noqa: S608
        f" FROM counted WHERE figure = 'hours' AND {WITHIN} GROUP BY 1, 2",
        span,
    )


async def languages(db: Connection, span: Span) -> list[tuple[str, int]]:
    """Languages and how many mails, the most first."""
    return await _rows(
        db,
        "SELECT language, sum(mails)::bigint FROM v_categories_daily"  # noqa: S608
        f" WHERE {WITHIN} GROUP BY 1 HAVING sum(mails) <> 0 ORDER BY 2 DESC, 1",
        span,
    )


async def senders(db: Connection, span: Span, mails: int) -> list[tuple[str, int]]:
    """Those who wrote most, and how many mails. Where the period has more than FEW `mails`, those
    are counted who wrote most in its months: so that who is among the first ten of a period, but
    not among the first hundred of any of its months, may be missed."""
    return await _rows(db, ALL_SENDERS if mails <= FEW else FREQUENT_SENDERS, span)


FEW = 20_000
ALL_SENDERS = f"""
    SELECT keys[1], sum(n)::bigint FROM counted WHERE figure = 'senders' AND {WITHIN}
    GROUP BY 1 HAVING sum(n) > 0 ORDER BY 2 DESC, 1 LIMIT {MOST_SENDERS}
"""  # noqa: S608
FREQUENT_SENDERS = f"""
    WITH often AS (
        SELECT best.mailbox, best.keys
        FROM generate_series(date_trunc('month', %(first)s), %(last)s, '1 month') AS month,
        LATERAL (SELECT mailbox, keys, n FROM rollups
                 WHERE figure = 'senders by month' AND day = month::date
                   AND (%(mailbox)s::text IS NULL OR mailbox = %(mailbox)s)
                 ORDER BY n DESC LIMIT 100) AS best
        GROUP BY 1, 2 ORDER BY sum(best.n) DESC LIMIT 30
    ),
    counts AS (
        SELECT keys, n FROM often, generate_series(%(first)s, %(last)s, '1 day') AS each,
        LATERAL (SELECT n FROM rollups r
                 WHERE figure = 'senders' AND day = each::date AND r.mailbox = often.mailbox
                   AND r.keys = often.keys) AS of_day
        UNION ALL
        SELECT keys, n FROM rollup_changes JOIN often USING (mailbox, keys)
        WHERE figure = 'senders' AND day BETWEEN %(first)s AND %(last)s
    )
    SELECT keys[1], sum(n)::bigint FROM counts
    GROUP BY 1 HAVING sum(n) > 0 ORDER BY 2 DESC, 1 LIMIT {MOST_SENDERS}
"""  # noqa: S608


async def imported(db: Connection, span: Span) -> int:
    """How many mails were imported: these are never answered."""
    rows = await _rows(
        db,
        "SELECT coalesce(sum(n), 0)::bigint FROM counted"  # noqa: S608
        f" WHERE figure = 'sources' AND keys[1] = 'import' AND {WITHIN}",
        span,
    )
    return int(rows[0][0])


async def confidence(db: Connection, span: Span) -> tuple[list[int], float | None]:
    """How many mails in each twentieth of confidence, and the mean confidence."""
    rows = await _rows(
        db,
        "SELECT (at_least * 20)::int, sum(mails)::bigint, sum(confidence)::float8"  # noqa: S608
        f" FROM v_confidence_daily WHERE {WITHIN} GROUP BY 1",
        span,
    )
    bins = [0] * BINS
    for place, mails, _ in rows:
        bins[place] = mails
    return bins, sum(total for *_, total in rows) / sum(bins) if sum(bins) else None


async def answers(db: Connection, span: Span) -> dict[str, int]:
    """How many answers were sent, wait, were kept (in the sandbox), or failed."""
    rows = await _rows(
        db,
        "SELECT keys[1], sum(n)::bigint FROM counted"  # noqa: S608
        f" WHERE figure = 'answers' AND {WITHIN} GROUP BY 1",
        span,
    )
    return dict(rows)


async def reply_times(db: Connection, span: Span) -> list[Bucket]:
    """How long answers took, the fastest first."""
    rows = await _rows(
        db,
        "SELECT at_least, below, sum(replies)::bigint FROM v_reply_times"  # noqa: S608
        f" WHERE {WITHIN} GROUP BY 1, 2 ORDER BY 1",
        span,
    )
    return [Bucket(*row) for row in rows]


async def waiting(db: Connection, mailbox: str | None) -> int:
    """How many mails wait for a person now, whenever they came."""
    rows = await _rows(
        db,
        "SELECT coalesce(sum(n), 0)::bigint FROM counted"
        " WHERE figure = 'waiting' AND (%(mailbox)s::text IS NULL OR mailbox = %(mailbox)s)",
        Span(date.min, date.max, mailbox),
    )
    return int(rows[0][0])


async def checked(db: Connection, span: Span) -> list[Checked]:
    """What people found of the mails that chance drew."""
    rows = await _rows(
        db,
        "SELECT category, alone, is_right, probability, sum(mails)::bigint"  # noqa: S608
        f" FROM v_model_accuracy WHERE {WITHIN} GROUP BY 1, 2, 3, 4 HAVING sum(mails) > 0"
        " ORDER BY 1, 2, 3, 4",
        span,
    )
    return [Checked(*row) for row in rows]


async def corrections(db: Connection, span: Span) -> list[tuple[str, str, int]]:
    """What the model had said, what people said in these days, and of how many mails."""
    return await _rows(
        db,
        "SELECT predicted, label, sum(mails)::bigint FROM v_corrections"  # noqa: S608
        f" WHERE {WITHIN} GROUP BY 1, 2 HAVING sum(mails) <> 0 ORDER BY 3 DESC, 1, 2",
        span,
    )


async def _rows(db: Connection, query: str, span: Span | None = None) -> list[Any]:
    rows = await db.execute(query, asdict(span) if span else None)
    return await rows.fetchall()
