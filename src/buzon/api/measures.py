"""GET /metrics: what a monitoring system (Prometheus) asks for.

What the database knows is read from it at each scrape, so every process tells the same, and none
forgets when it starts anew. The durations of requests are each process's own.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import get_args

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from buzon.api.context import Parts, Scraper
from buzon.api.requests import REGISTRY
from buzon.errors import DatabaseError
from buzon.flow import Standing
from buzon.flow.promise import State
from buzon.store import metrics
from buzon.store.metrics import Figure

router = APIRouter(tags=["health"])

STEPS = 20  # that confidence is counted in

# What store.metrics calls it → what it is called here, its help, and what it is told by.
GAUGES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "mails": (
        "buzon_mails",
        "Mails that are stored, by mailbox and by the road they came.",
        ("mailbox", "road"),
    ),
    "parked": ("buzon_parked_mails", "Mails that could not become an event.", ()),
    "answers": (
        "buzon_answers",
        "Automatic answers by what became of them: waiting, sent, failed, kept. What an external"
        " sender has not reported yet is waiting.",
        ("mailbox", "outcome"),
    ),
    "held back": (
        "buzon_held_back",
        "Answers that a limit held back in the last 24 hours, by rule.",
        ("rule",),
    ),
    "outbox": ("buzon_outbox", "Answers that are not sent yet, by state.", ("status",)),
    "outbox oldest": (
        "buzon_outbox_oldest_seconds",
        "For how long the one that waits longest is due, or in somebody's hands.",
        ("status",),
    ),
    "retrying": ("buzon_outbox_retrying", "Answers that were tried and are to be tried again.", ()),
    "jobs": ("buzon_jobs", "Jobs that no worker has taken yet, by task.", ("task",)),
    "jobs oldest": ("buzon_jobs_oldest_seconds", "How long the oldest has waited.", ("task",)),
    "lag": (
        "buzon_mailbox_lag_seconds",
        "Since a mail of this mailbox was last stored by its reader.",
        ("mailbox",),
    ),
    "looked": (
        "buzon_mailbox_looked_seconds",
        "Since a reader last looked into this mailbox without a fault.",
        ("mailbox",),
    ),
    "alarm": ("buzon_alarm", "1 for each alarm that rings.", ("kind", "about")),
    "delay": (
        "buzon_mailbox_delay_seconds",
        "How long the last mail that a reader stored had been in its mailbox.",
        ("mailbox",),
    ),
    "model": ("buzon_model_info", "The version of the model at work; always 1.", ("version",)),
    "drift": ("buzon_drift_alarm", "1 where this no longer looks as it did.", ("what",)),
    "promise": (
        "buzon_promise",
        "How the promise about wrong categories stands: 1 for kept, broken, due or open.",
        ("state",),
    ),
    "audits missing": (
        "buzon_audits_missing",
        "Mails drawn by lot that must still be checked until the promise can be vouched for.",
        (),
    ),
    "to review": ("buzon_to_review", "Mails that wait for a person.", ()),
}
CONFIDENCE = ("buzon_confidence", "How sure the model was of the mails that are stored.")
UP = ("buzon_database_up", "Whether the database answers.")


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def scrape(parts: Parts, _caller: Scraper) -> Response:
    """The figures for Prometheus. Needs no token where `BUZON_METRICS` is `open`."""
    try:
        async with parts.db.transaction() as db:
            found = [*await metrics.figures(db), *_promise(await parts.account.standing(db))]
        up = True
    except DatabaseError:
        found, up = [], False
    own = CollectorRegistry()
    own.register(_Found(found, up))
    told = generate_latest(own) + generate_latest(REGISTRY)
    return Response(told, headers={"Content-Type": CONTENT_TYPE_LATEST})


def _promise(standing: Standing) -> list[Figure]:
    states = [Figure("promise", [one], float(one == standing.state)) for one in get_args(State)]
    return [*states, Figure("audits missing", [], standing.missing)]


class _Found(Collector):
    """What one scrape found, as Prometheus has it."""

    def __init__(self, found: Sequence[Figure], up: bool) -> None:
        self.up = up
        self.by_name: dict[str, list[Figure]] = defaultdict(list)
        for figure in found:
            self.by_name[figure.name].append(figure)

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily(*UP, value=float(self.up))
        if not self.up:
            return
        for name, (called, help, labels) in GAUGES.items():
            gauge = GaugeMetricFamily(called, help, labels=labels)
            for figure in self.by_name[name]:
                gauge.add_metric(figure.labels, figure.value)
            yield gauge
        yield self._confidence()

    def _confidence(self) -> Metric:
        counts = {int(figure.labels[0]): figure.value for figure in self.by_name["confidence"]}
        buckets, below = [], 0.0
        for step in range(STEPS):
            below += counts.get(step, 0.0)
            buckets.append((str((step + 1) / STEPS) if step < STEPS - 1 else "+Inf", below))
        total = sum(figure.value for figure in self.by_name["confidence sum"])
        histogram = HistogramMetricFamily(*CONFIDENCE)
        histogram.add_metric([], buckets, total)
        return histogram
