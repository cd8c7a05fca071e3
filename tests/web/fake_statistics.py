"""Figures in memory: what a desk says of a period."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from buzon.classifier.estimate import Estimate
from buzon.flow import Statistics, Wanted
from buzon.flow.statistics import Accuracy, Answers, Compared, Correction, Sender, Step
from buzon.records import CATEGORIES
from buzon.store.statistics import Bucket


class FakeStatistics:
    """The web's `Figures`: `figures`, as of the days that are wanted; `wanted` notes these."""

    def __init__(self) -> None:
        self.figures = make_statistics()
        self.wanted: list[Wanted] = []
        self.mailboxes = ["soporte", "ventas"]

    async def statistics(self, wanted: Wanted) -> Statistics:
        self.wanted.append(wanted)
        span = wanted.span(datetime.now(UTC).date())
        return replace(self.figures, first=span.first, last=span.last, mailbox=wanted.mailbox)

    async def counted_mailboxes(self) -> Sequence[str]:
        return self.mailboxes


def make_statistics(days: int = 30) -> Statistics:
    """A month in a company where orders are most."""
    last = date(2026, 11, 27)
    first = last - timedelta(days=days - 1)
    shares = dict(zip(CATEGORIES, (12, 5, 8, 3, 2), strict=True))
    steps = [
        Step(
            (first + timedelta(days=n)).isoformat(),
            {name: share * (1 + n % 7) for name, share in shares.items()},
            28 * (1 + n % 6),
        )
        for n in range(days)
    ]
    totals = {name: sum(step.categories[name] for step in steps) for name in CATEGORIES}
    mails = sum(totals.values())
    return Statistics(
        first=first,
        last=last,
        mailbox=None,
        mails=mails,
        volume=Compared(mails, sum(step.before or 0 for step in steps)),
        unit="day",
        steps=steps,
        categories={name: Compared(count, count * 0.9 // 1) for name, count in totals.items()},
        confidence=Compared(0.91, 0.88),
        confidence_bins=[n * n for n in range(20)],
        answers=Answers(sent=mails - 400, waiting=3, kept=0, failed=2, none=395),
        answered=Compared(0.88, 0.86),
        median=Compared(2.4, 3.1),
        p95=Compared(11.8, 14.0),
        reply_times=[Bucket(2 ** (k / 4), 2 ** ((k + 1) / 4), 100 - k) for k in range(0, 40, 2)],
        to_review=37,
        accuracy=Accuracy(
            all=Estimate(212, 0.958, 0.921, 0.98),
            alone=Estimate(180, 0.978, 0.944, 0.994),
            by_category={"pedido": Estimate(90, 0.98, 0.93, 0.997)},
        ),
        corrections=[
            Correction("consulta", "pedido", 9),
            Correction("incidencia", "reclamacion", 4),
            Correction("pedido", "pedido", 88),
        ],
        hours=[[max(0, 9 - abs(12 - hour)) * (7 - day) for hour in range(24)] for day in range(7)],
        languages={"es": mails - 300, "ca": 200, "en": 100},
        senders=[Sender("compras@example.org", 120), Sender("=HYPERLINK(1)@example.org", 40)],
        drift=[],
        drift_known_from=date(2026, 11, 20),
    )


EMPTY = replace(
    make_statistics(),
    mails=0,
    volume=Compared(0, None),
    steps=[Step("2026-11-27", {}, None)],
    categories={},
    confidence=Compared(None, None),
    confidence_bins=[0] * 20,
    answers=Answers(0, 0, 0, 0, 0),
    answered=Compared(None, None),
    median=Compared(None, None),
    p95=Compared(None, None),
    reply_times=[],
    to_review=0,
    accuracy=Accuracy(None, None, {}),
    corrections=[],
    hours=[[0] * 24 for _ in range(7)],
    languages={},
    senders=[],
    drift_known_from=None,
)
