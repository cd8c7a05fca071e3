"""Two versions of the model beside each other: only on the same mails, and only on such as neither
had seen when it judged them, do figures compare."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from buzon.errors import Invalid
from buzon.flow.at_work import Rules
from buzon.mail import clean
from buzon.store import categories, labels, lessons, models, thresholds
from buzon.store.db import Connection, Database
from buzon.store.labels import Labelled
from buzon.store.models import Model

if TYPE_CHECKING:
    from buzon.classifier.versus import Alone, Versus

MOST_JUDGED = 500  # mails that both judge anew while somebody waits for the page

Names = Mapping[str, str | None]  # by a category's earlier name the present one, None for retired


@dataclass(frozen=True, slots=True)
class Called:
    """What a text is, and what each version called it; `id` is that of the mail, or 0."""

    id: int
    label: str
    left: str
    right: str

    @property
    def differs(self) -> bool:
        """Whether one version is right and the other wrong."""
        return (self.left == self.label) != (self.right == self.label)


@dataclass(frozen=True, slots=True)
class Anew:
    """What both say, just now, of labelled mails that neither has learnt from; and what each would
    handle without a person at the threshold in force."""

    found: "Versus"
    differing: Sequence[Called]
    left: "Alone"
    right: "Alone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Two versions. On your mails (`own`) and on the texts of the `starter` corpus both were
    measured when they were trained, each by a model that had not seen the text; None where there
    are none that both were measured on. `unlearnt` of your labelled mails neither has learnt from
    (MOST_JUDGED at most); `anew` says how they do there, where that was asked."""

    left: Model
    right: Model
    left_report: Mapping[str, Any]
    right_report: Mapping[str, Any]
    own: "Versus | None"
    differing: Sequence[Called]
    starter: "Versus | None"
    unlearnt: int
    threshold: float
    anew: Anew | None = None

    @property
    def alike(self) -> bool:
        """Whether both were measured on the very same texts, so that their reports compare."""
        same = sum(found.n for found in (self.own, self.starter) if found)
        reports = (self.left_report, self.right_report)
        return bool(same) and all(r["metrics"].get("examples") == same for r in reports)


async def compare_versions(
    db: Database, left: str, right: str, careful: float, *, judge: bool = False
) -> Compared:
    """Sets one version against another, and has both judge the mails that neither has seen where
    `judge` says so. `careful` is the threshold as long as none was found. Raises NotFound; Invalid
    for one and the same, and where they can't judge."""
    if left == right:
        raise Invalid("Two different versions are needed.", "Choose them in the list.")
    async with db.transaction() as connection:
        both = [await models.get(connection, version) for version in (left, right)]
        names = await _names(connection)
        own = _under_present_names(await lessons.shared(connection, left, right), names)
        starter = await _on_starter(connection, both, names)
        fresh = await _unlearnt(connection, both, names)
        artifacts = await _artifacts(connection, both) if judge else []
        reports = [await models.report(connection, version) for version in (left, right)]
        force = await thresholds.in_force(connection)
    threshold = force.threshold if force else careful
    return Compared(
        left=both[0],
        right=both[1],
        left_report=reports[0],
        right_report=reports[1],
        own=_versus(own),
        differing=[one for one in own if one.differs],
        starter=_versus(starter),
        unlearnt=len(fresh),
        threshold=threshold,
        anew=await asyncio.to_thread(_judge, artifacts, fresh, names, threshold) if judge else None,
    )


async def _names(db: Connection) -> dict[str, str | None]:
    return {c.name: c.becomes for c in await categories.listed(db) if c.retired_at is not None}


def _under_present_names(said: Sequence[tuple[int, str, str, str]], names: Names) -> list[Called]:
    """What is of a category that was retired is left out: nobody can be right on it."""
    return [
        Called(id, present, names.get(left, left) or left, names.get(right, right) or right)
        for id, label, left, right in said
        if (present := names.get(label, label)) is not None
    ]


def _versus(said: Sequence[Called]) -> "Versus | None":
    from buzon.classifier.versus import versus

    return versus([s.label for s in said], [s.left for s in said], [s.right for s in said])


async def _on_starter(db: Connection, both: Sequence[Model], names: Names) -> list[Called]:
    """On the starter texts, where both learnt from those that are in this program."""
    from buzon.classifier.artifact import CORPUS
    from buzon.classifier.corpus import digest, starter

    if any(model.made_by.get(CORPUS) != digest() for model in both):
        return []
    left, right = [await models.unseen(db, model.version) for model in both]
    texts = [text for text in await asyncio.to_thread(starter) if text.key in left]
    said = [(0, t.label, left[t.key], right[t.key]) for t in texts if t.key in right]
    return _under_present_names(said, names)


async def _unlearnt(db: Connection, both: Sequence[Model], names: Names) -> list[Labelled]:
    """The newest labelled mails that neither has learnt from. Of an old version it isn't known any
    more which they were: then all that was labelled by that time counts as learnt."""
    from buzon.classifier.corpus import Sample, starter
    from buzon.classifier.dataset import text_key

    forgotten = [m for m in both if m.examples and not await lessons.are_kept(db, m.version)]
    until = max((m.labelled_until for m in forgotten if m.labelled_until), default=None)
    found = await labels.unlearnt(db, [m.version for m in both], until, MOST_JUDGED)
    if not found:
        return []
    seen = {text_key(text) for text in await asyncio.to_thread(starter)}  # sample mails, labelled
    return [
        replace(mail, label=present)
        for mail in found
        if (present := names.get(mail.label, mail.label)) is not None
        and text_key(Sample(mail.subject, mail.body, mail.label)) not in seen
    ]


async def _artifacts(db: Connection, both: Sequence[Model]) -> list[tuple[bytes, str]]:
    """Raises Invalid where this program reads mails in another way than one of them."""
    from buzon.classifier.artifact import understands

    if not all(understands(model.made_by) for model in both):
        raise Invalid(
            "One of them was made by another version of Buzón and can't judge any mail now.",
            "Compare newer ones.",
        )
    return [(await models.artifact(db, model.version), model.sha256) for model in both]


def _judge(
    artifacts: Sequence[tuple[bytes, str]],
    mails: Sequence[Labelled],
    names: Names,
    threshold: float,
) -> Anew | None:
    """What both say of these mails now; None where there is none. Raises ModelError."""
    from buzon.classifier.artifact import unpack
    from buzon.classifier.versus import alone

    texts = [(mail.subject, clean.newest(mail.body)) for mail in mails]
    left, right = [
        Rules(unpack(*artifact), threshold, names).classify(texts) for artifact in artifacts
    ]
    said = [
        Called(mail.event_id, mail.label, one.category, other.category)
        for mail, one, other in zip(mails, left, right, strict=True)
    ]
    if (found := _versus(said)) is None:
        return None
    truth = [one.label for one in said]
    differing = [one for one in said if one.differs]
    return Anew(found, differing, alone(truth, left, threshold), alone(truth, right, threshold))
