"""The promise: of what is handled without a person, at most so much is in the wrong category.

Chance draws mails for a person to look at (audits); what people say of them decides how sure the
model must be for a mail to be handled without one (the threshold).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from buzon.classifier import binomial, estimate, risk
from buzon.classifier.binomial import Floats
from buzon.classifier.estimate import Estimate
from buzon.classifier.measure import Flags
from buzon.classifier.risk import GRID, Certificate
from buzon.flow.intake import Flow
from buzon.store import audits, notify, thresholds
from buzon.store.audits import Checked
from buzon.store.db import Connection, Database
from buzon.store.thresholds import Threshold

# Older audits tell of mails and models that are gone.
WINDOW = timedelta(days=180)
# Who asks for a certificate every day until one is given gets one by chance: once a week is asked.
BETWEEN = timedelta(days=7)
NOBODY_IS_SURE = 1.01  # above every confidence: each mail goes to a person


@dataclass(frozen=True, slots=True)
class Terms:
    """What the operator promises: the share that may be wrong, and how sure the model must be as
    long as audits can't tell."""

    risk: float
    careful: float


@dataclass(frozen=True, slots=True)
class Standing:
    """How the promise stands. Accuracies are estimates from audits alone, None where there is none:
    of the mails `alone` handled without a person, and of all."""

    risk: float
    threshold: float
    certified: bool
    certificate: Certificate
    waiting: int
    alone: Estimate | None
    all: Estimate | None
    by_category: dict[str, Estimate]
    by_week: dict[str, Estimate]


async def standing(db: Connection, terms: Terms) -> Standing:
    checked = await audits.checked(db, datetime.now(UTC) - WINDOW)
    force = await thresholds.in_force(db)
    alone = [each for each in checked if each.alone]
    right, probability = _right(alone), _probability(alone)
    weeks = estimate.by_week(right, probability, [c.received_at.date() for c in alone])
    return Standing(
        risk=terms.risk,
        threshold=force.threshold if force else terms.careful,
        certified=bool(force and force.certified),
        certificate=_certificate(checked, terms.risk),
        waiting=await audits.waiting(db),
        alone=estimate.overall(right, probability),
        all=estimate.overall(_right(checked), _probability(checked)),
        by_category=estimate.by_category(right, probability, [c.category for c in alone]),
        by_week={monday.isoformat(): one for monday, one in weeks.items()},
    )


async def renew(db: Database, terms: Terms, now: datetime | None = None) -> Threshold:
    """Put the threshold in force that the audits allow, and return it.

    Becoming stricter is never a risk and happens at once. A lower one, or the first that audits
    vouch for, is asked for once a week.
    """
    now = now or datetime.now(UTC)
    async with db.transaction() as connection:
        checked = await audits.checked(connection, now - WINDOW)
        wanted = _threshold(checked, terms)
        force = await thresholds.in_force(connection)
        if force is None or force.risk != terms.risk or _stricter(wanted, force):
            await thresholds.add(connection, wanted)
            return wanted
        asked = await thresholds.last_asked(connection, needed=risk.needed(0, terms.risk))
        if len(checked) >= risk.needed(0, terms.risk) and (not asked or now - asked >= BETWEEN):
            await thresholds.add(connection, wanted)
            return wanted
        return force


async def fill_up(flow: Flow, timezone: ZoneInfo, now: datetime | None = None) -> int:
    """See to it that at least three mails of yesterday are among the audited; how many were added.
    Asked again, it changes nothing."""
    since, until = _yesterday(timezone, now or datetime.now(UTC))
    async with flow.db.transaction() as db:
        ids = await audits.mails(db, since, until)
        chosen, probability = flow.lottery.fill_up(ids)
        added = await audits.fill_up(db, chosen, flow.at_work.rules.threshold)
        if chosen:
            await audits.weigh(db, chosen, probability)
        await notify.notify(db, added)
    return len(added)


def _threshold(checked: list[Checked], terms: Terms) -> Threshold:
    """The certified threshold; without a certificate the careful one, or the first above it that
    the audits don't plainly contradict."""
    certificate = _certificate(checked, terms.risk)
    value = certificate.threshold
    certified = value is not None
    if value is None:
        value = _not_contradicted(checked, terms)
    sure = [each for each in checked if each.confidence >= value]
    wrong = sum(not each.right for each in sure)
    return Threshold(
        threshold=value,
        certified=certified,
        risk=terms.risk,
        audited=len(sure),
        wrong=wrong,
        bound=float(binomial.upper(wrong, len(sure))),
        missing=certificate.missing,
        checked=len(checked),
    )


def _certificate(checked: list[Checked], share: float) -> Certificate:
    return risk.certify(_confidence(checked), ~_right(checked), share)


def _not_contradicted(checked: list[Checked], terms: Terms) -> float:
    confidence, wrong = _confidence(checked), ~_right(checked)
    for threshold in (terms.careful, *sorted(GRID[terms.careful < GRID].tolist())):
        sure = confidence >= threshold
        if binomial.lower((sure & wrong).sum(), sure.sum()) <= terms.risk:
            return float(threshold)
    return NOBODY_IS_SURE


def _stricter(wanted: Threshold, force: Threshold) -> bool:
    return wanted.threshold > force.threshold


def _yesterday(timezone: ZoneInfo, now: datetime) -> tuple[datetime, datetime]:
    today = now.astimezone(timezone).date()
    midnight = datetime.combine(today, time(), timezone)
    return datetime.combine(today - timedelta(days=1), time(), timezone), midnight


def _right(checked: list[Checked]) -> Flags:
    return np.array([each.right for each in checked], dtype=bool)


def _probability(checked: list[Checked]) -> Floats:
    return np.array([each.probability for each in checked], dtype=np.float64)


def _confidence(checked: list[Checked]) -> Floats:
    return np.array([each.confidence for each in checked], dtype=np.float64)
