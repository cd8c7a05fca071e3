"""The promise: of what is handled without a person, at most so much is in the wrong category.

Chance draws mails for a person to look at (audits); what people say of them decides how sure the
model must be for a mail to be handled without one (the threshold).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from time import monotonic
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np

from buzon.classifier import binomial, estimate, risk
from buzon.classifier.binomial import Floats
from buzon.classifier.estimate import Estimate
from buzon.classifier.measure import Flags
from buzon.classifier.risk import GRID, Certificate
from buzon.flow.at_work import NOBODY_IS_SURE
from buzon.flow.intake import Flow
from buzon.flow.lottery import Lottery
from buzon.store import audits, notify, thresholds
from buzon.store.audits import Checked
from buzon.store.db import Connection, Database
from buzon.store.thresholds import Threshold

# Older audits tell of mails and models that are gone.
WINDOW = timedelta(days=180)
# Who asks for a certificate every day until one is given gets one by chance: once a week is asked.
BETWEEN = timedelta(days=7)
FEWEST = 20  # checked mails that a broken promise is told of
QUICK, LONGEST = 0.1, 60  # seconds
SELDOM = 60  # times as long as it took holds what was not quick
State = Literal["kept", "broken", "due", "open"]


@dataclass(frozen=True, slots=True)
class Terms:
    """What the operator promises: the share that may be wrong, how sure the model must be as long
    as audits can't tell, and the lottery that draws these."""

    risk: float
    careful: float
    lottery: Lottery


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

    @property
    def broken(self) -> bool:
        """Whether the mails that were checked contradict the promise. A certificate is about the
        threshold that holds now; what was handled before under a lower one may have been worse.
        Of the first few nothing is told: who looks after each may see a bad start by chance."""
        if self.certified or self.alone is None or self.alone.n < FEWEST:
            return False
        return self.alone.high < 1 - self.risk

    @property
    def state(self) -> State:
        """Certified, contradicted by the mails that were checked, about to be asked for, or not to
        be told yet."""
        if self.certified:
            return "kept"
        if self.broken:
            return "broken"
        return "due" if self.certificate.threshold is not None else "open"

    @property
    def missing(self) -> int:
        """How many more mails must be checked before somebody can vouch for it."""
        return 0 if self.certified else self.certificate.missing


class Account:
    """How the promise stands, worked out anew only where that may have changed: ten thousand
    audits take a tenth of a second, and whoever opens the page of the model asks. Where it takes
    more than that it stays as it is for a while, a minute at most."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self._drawn_up: Standing | None = None
        self._rests_on: object = None
        self._good_until = 0.0

    async def standing(self, db: Connection) -> Standing:
        # By the hour, since the oldest audits leave the window and quiet days weigh anew.
        rests_on = (await audits.state(db), f"{datetime.now(UTC):%Y-%m-%d %H}")
        if self._drawn_up is None or (rests_on != self._rests_on and self._is_old()):
            began = monotonic()
            self._drawn_up, self._rests_on = await standing(db, self.terms), rests_on
            took = monotonic() - began
            self._good_until = began + (min(SELDOM * took, LONGEST) if took > QUICK else 0)
        return self._drawn_up

    def _is_old(self) -> bool:
        return monotonic() >= self._good_until


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
        certificate=_certificate(_alike(checked, terms.lottery), terms.risk),
        waiting=await audits.waiting(db),
        alone=estimate.overall(right, probability),
        all=estimate.overall(_right(checked), _probability(checked)),
        by_category=estimate.by_category(right, probability, [c.category for c in alone]),
        by_week={monday.isoformat(): one for monday, one in weeks.items()},
    )


async def renew(db: Database, terms: Terms, now: datetime | None = None) -> Threshold:
    """Put the threshold in force that the audits allow, and return it.

    Becoming stricter is never a risk and happens at once; a certificate is asked for once a week.
    """
    now = now or datetime.now(UTC)
    async with db.transaction() as connection:
        checked = _alike(await audits.checked(connection, now - WINDOW), terms.lottery)
        force = await thresholds.in_force(connection)
        enough = risk.needed(0, terms.risk)
        asked = await thresholds.last_asked(connection, enough)
        due = len(checked) >= enough and (asked is None or now - asked >= BETWEEN)
        if due or force is None or (force.risk, force.careful) != (terms.risk, terms.careful):
            wanted = _asked(checked, terms)
        else:
            wanted = _meanwhile(checked, terms, force)
        if wanted is not force:
            await thresholds.add(connection, wanted)
    return wanted


async def fill_up(flow: Flow, timezone: ZoneInfo, now: datetime | None = None) -> int:
    """See to it that at least three mails of yesterday are among the audited; how many were added.
    Asked again, it changes nothing."""
    since, until = _yesterday(timezone, now or datetime.now(UTC))
    async with flow.db.transaction() as db:
        ids = await audits.mails(db, since, until)
        chosen, probability = flow.lottery.fill_up(ids)
        rules = flow.at_work.rules
        never = dict.fromkeys(rules.unconfirmed, NOBODY_IS_SURE)
        added = await audits.fill_up(db, chosen, rules.threshold, never)
        if chosen:
            await audits.weigh(db, chosen, probability)
        await notify.notify(db, added)
    return len(added)


def _alike(checked: list[Checked], lottery: Lottery) -> list[Checked]:
    """Those that were drawn with the same chance: only of such a sample is the certificate true.
    What filled up quiet days is left out, and where the share was changed, draws at the lowest."""
    shares = [each.share for each in checked if each.share is not None]
    if not shares:
        return []
    lowest = min(shares)
    return [c for c in checked if c.share and lottery.would_draw(c.event_id, lowest)]


def _asked(checked: list[Checked], terms: Terms) -> Threshold:
    """What the audits answer: the certified threshold, or else the careful one."""
    certificate = _certificate(checked, terms.risk)
    if certificate.threshold is None:
        return _uncertified(checked, terms)
    return Threshold(
        threshold=certificate.threshold,
        certified=True,
        risk=terms.risk,
        audited=certificate.n,
        wrong=certificate.wrong,
        bound=certificate.bound,
        missing=0,
        checked=len(checked),
        careful=terms.careful,
    )


def _meanwhile(checked: list[Checked], terms: Terms, force: Threshold) -> Threshold:
    """What is in force, or a stricter threshold where errors have come to light since."""
    if force.certified:
        certificate = _certificate(checked, terms.risk)
        if certificate.threshold is not None and certificate.threshold <= force.threshold:
            return force
        lowest = certificate.threshold or force.threshold
        return _uncertified(checked, terms, at_least=max(lowest, force.threshold))
    careful = _uncertified(checked, terms)
    return careful if careful.threshold > force.threshold else force


def _uncertified(checked: list[Checked], terms: Terms, at_least: float = 0.0) -> Threshold:
    """The careful threshold, or the first above it that the audits don't plainly contradict."""
    confidence, wrong = _confidence(checked), ~_right(checked)
    begin = max(terms.careful, at_least)
    for threshold in (begin, *sorted(GRID[begin < GRID].tolist()), NOBODY_IS_SURE):
        sure = confidence >= threshold
        n, errors = int(sure.sum()), int((sure & wrong).sum())
        if binomial.lower(errors, n) <= terms.risk:
            break
    return Threshold(
        threshold=float(threshold),
        certified=False,
        risk=terms.risk,
        audited=n,
        wrong=errors,
        bound=float(binomial.upper(errors, n)),
        missing=_certificate(checked, terms.risk).missing,
        checked=len(checked),
        careful=terms.careful,
    )


def _certificate(checked: list[Checked], share: float) -> Certificate:
    return risk.certify(_confidence(checked), ~_right(checked), share)


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
