"""Labels and models in memory: what a desk says of them."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from buzon.classifier.explain import Explanation, Phrase
from buzon.classifier.risk import Certificate
from buzon.classifier.versus import Alone, Versus, share, versus
from buzon.errors import Conflict, NotFound, UnknownCategory
from buzon.flow import Anew, Called, Compared, Explained, Standing
from buzon.records import Event
from buzon.store.categories import Category
from buzon.store.drift_alarms import Drift
from buzon.store.labels import Correction
from buzon.store.models import Model
from buzon.store.scores import Said
from buzon.store.trainings import Training
from buzon.web import Overview, Past

CATEGORIES = [
    Category("consulta", {"es": "Consulta", "en": "Query"}, None, None, colour="blue", position=3),
    Category(
        "incidencia",
        {"es": "Incidencia", "en": "Incident"},
        None,
        None,
        colour="orange",
        position=2,
    ),
    Category("otro", {"es": "Otro", "en": "Other"}, None, None, colour="grey", position=5),
    Category("pedido", {"es": "Pedido", "en": "Order"}, None, None, colour="teal", position=1),
    Category(
        "reclamacion",
        {"es": "Reclamación", "en": "Complaint"},
        None,
        None,
        colour="rose",
        position=4,
    ),
]
INVOICE = Category("factura", {"es": "Factura"}, None, None, colour="violet", position=6)

STANDING = Standing(
    risk=0.05,
    threshold=0.75,
    certified=False,
    certificate=Certificate(None, 0, 0, 1.0, 59),
    waiting=0,
    alone=None,
    all=None,
    by_category={},
    by_week={},
)


class FakeLearning:
    """The web's `Labelling` and `Learning`, from lists. A training stays open until `end`."""

    def __init__(self) -> None:
        self.events: dict[int, Event] = {}
        self.known = list(CATEGORIES)
        self.pasts: dict[int, Past] = {}
        self.reports = {"starter-1": make_report("starter-1")}
        self.versions = [make_model("starter-1", promoted_at=datetime.now(UTC))]
        self.put_to_work = "starter-1"
        self.last_training: Training | None = None
        self.standing = STANDING
        self.drift: list[Drift] = []
        self.watched_from: date | None = None
        self.new_labels = 0
        self.weights = {"Pedido": 0.9, "veinte cajas": 1.2, "Necesito": 0.3, "Gracias": -0.5}
        self.rest = 0.0
        self.explains = "3"
        self.called: list[Called] = []
        self.unlearnt: list[Called] = []

    def _answer(self) -> None:
        raise NotImplementedError

    async def categories(self) -> Sequence[Category]:
        return sorted(self.known, key=lambda category: category.position)

    def note_label(self, event: Event, category: str | None, who: str) -> None:
        """Write down what somebody calls a mail."""
        if category not in {None, *(c.name for c in self.known if c.retired_at is None)}:
            raise UnknownCategory(f"There is no category “{category}”.")
        change = Correction(
            datetime.now(UTC), who, event.true_label, category, event.category, event.model_version
        )
        past = self._past(event.id)
        self.pasts[event.id] = replace(past, called=[*past.called, change])

    async def past(self, id: int) -> Past:
        return self._past(id)

    def _past(self, id: int) -> Past:
        event = self.events[id]
        said = Said(event.stored_at, event.model_version, event.category, event.confidence)
        return self.pasts.get(id, Past(said=[said]))

    async def explain(self, id: int) -> Explained:
        """The model at work goes by the words of `weights`."""
        self._answer()
        if id not in self.events:
            raise NotFound(f"There is no event {id}.")
        event = self.events[id]
        found = [
            Phrase(field, match.start(), match.end(), word, weight)
            for field, text in (("subject", event.subject), ("body", event.body))
            for word, weight in self.weights.items()
            for match in re.finditer(re.escape(word), text)
        ]
        phrases = tuple(sorted(found, key=lambda phrase: phrase.start))
        margin = sum(phrase.weight for phrase in phrases) + self.rest
        explanation = Explanation("pedido", "consulta", margin, phrases, self.rest)
        return Explained(event, self.explains, explanation)

    async def overview(self) -> Overview:
        at_work = next((m for m in self.versions if m.version == self.put_to_work), None)
        return Overview(
            at_work=at_work,
            report=self.reports[at_work.version] if at_work else None,
            new_labels=self.new_labels,
            versions=self.versions,
            training=self.last_training,
            standing=self.standing,
            drift=self.drift,
            watched_from=self.watched_from,
        )

    async def training(self) -> Training | None:
        return self.last_training

    async def train(self, who: str) -> None:
        if self.last_training and self.last_training.open:
            raise Conflict("Training 1 is under way.")
        self.last_training = make_training(asked_by=who)

    async def model(self, version: str) -> tuple[Model, dict[str, Any]]:
        found = next((m for m in self.versions if m.version == version), None)
        if found is None:
            raise NotFound(f"There is no model {version}.")
        return found, self.reports[version]

    async def compare(self, left: str, right: str, *, anew: bool) -> Compared:
        """Of the mails in `called`, those that neither has learnt from are in `unlearnt`."""
        (one, its_report), (other, others_report) = await self.model(left), await self.model(right)
        return Compared(
            left=one,
            right=other,
            left_report=its_report,
            right_report=others_report,
            own=versus_of(self.called),
            differing=[c for c in self.called if c.differs],
            starter=None,
            unlearnt=len(self.unlearnt),
            threshold=0.75,
            anew=self._anew() if anew else None,
        )

    def _anew(self) -> Anew:
        found = versus_of(self.unlearnt)
        assert found
        alone = Alone(share(8, 10), share(7, 8), 0.6)
        return Anew(found, [c for c in self.unlearnt if c.differs], alone, alone)

    def compare_with_another(self) -> None:
        """A second version, `own-2`, which is right on mail 1 where the first is not, and the other
        way round on mail 2; mail 4 has neither seen."""
        self.versions.insert(0, make_model("own-2", examples=60))
        self.reports["own-2"] = make_report("own-2")
        self.called = [
            Called(1, "pedido", "consulta", "pedido"),
            Called(2, "otro", "otro", "pedido"),
            Called(3, "pedido", "pedido", "pedido"),
        ]
        self.unlearnt = [Called(4, "pedido", "consulta", "pedido")]

    async def promote(self, version: str, who: str) -> None:
        await self.model(version)
        self.put_to_work = version

    def advance(self, share: float, step: str) -> None:
        """How far the training is."""
        assert self.last_training
        self.last_training = replace(self.last_training, state="running", share=share, step=step)

    def end(self, **changes: object) -> None:
        """The training is over: with the version `own-2`, put to work, unless told otherwise."""
        assert self.last_training
        outcome: dict[str, Any] = {
            "state": "done", "version": "own-2", "promoted": True, "why": "It is better.",
            "finished_at": datetime.now(UTC),
        }  # fmt: skip
        self.last_training = replace(self.last_training, **{**outcome, **changes})
        if version := self.last_training.version:
            self.reports[version] = make_report(version, comparison=COMPARISON)
            self.versions.insert(0, make_model(version, examples=60, comparison=COMPARISON))
        if version and self.last_training.promoted:
            self.put_to_work = version


def versus_of(called: Sequence[Called]) -> Versus | None:
    return versus([c.label for c in called], [c.left for c in called], [c.right for c in called])


def make_training(**changes: object) -> Training:
    now = datetime.now(UTC)
    training = Training(
        id=1, asked_at=now, asked_by="page", state="waiting", share=0, step="", started_at=None,
        finished_at=None, version=None, promoted=None, why="", with_starter=True,
    )  # fmt: skip
    return replace(training, **changes)  # type: ignore[arg-type]


def make_model(version: str, **changes: object) -> Model:
    model = Model(
        version=version,
        created_at=datetime.now(UTC) - timedelta(hours=2),
        parent=None,
        asked_by="buzon",
        sha256="0" * 64,
        made_by={},
        examples=0,
        labelled_until=None,
        why="There was no model before it.",
        metrics={"examples": 4282, "accuracy": 0.832},
        comparison=None,
        promoted_at=None,
        chosen_by=None,
    )
    return replace(model, **changes)  # type: ignore[arg-type]


COMPARISON = {
    "promote": True, "rule": "better", "why": "It is better.", "n": 60, "gained": 7, "lost": 2,
    "p_worse": 0.98, "p_better": 0.09,
}  # fmt: skip


def make_report(version: str, **changes: object) -> dict[str, Any]:
    """As a version's report comes from the database, where the order of names isn't kept."""
    rate = {"share": 0.9, "low": 0.85, "high": 0.94}
    never = {"share": 0.0, "low": 0.0, "high": 1.0}
    return {
        "version": version,
        "trained_on": {
            "own": 60, "starter": 4282, "starter_weight": 0.87,
            "own_per_category": {"pedido": 52, "factura": 8},
            "per_category": {"factura": 8, "pedido": 1023},
            "too_few_to_learn": {"averia": 3}, "unconfirmed": ["incidencia", "pedido"],
            "same_text_twice": 1, "contradictions": [["1", "2"]],
        },
        "metrics": {"examples": 4342, "accuracy": 0.866},
        "own_metrics": {"examples": 60, "accuracy": 0.75},
        "previous_metrics": {"examples": 4282, "accuracy": 0.832},
        "comparison": None,
        "per_category": {
            "factura": {"n": 8, "precision": never, "recall": never},
            "pedido": {"n": 1023, "precision": rate, "recall": rate},
        },
        "confusion": {"labels": ["pedido", "factura"], "counts": [[1023, 0], [8, 0]]},
        "calibration": [
            {"n": 40, "confidence": 0.55, "accuracy": 0.5, "low": 0.34, "high": 0.66},
            {"n": 900, "confidence": 0.97, "accuracy": 0.96, "low": 0.94, "high": 0.97},
        ],
        "learning_curve": [
            {"labels": 0, "n": 12, "accuracy": 0.58, "low": 0.28, "high": 0.85},
            {"labels": 48, "n": 12, "accuracy": 0.83, "low": 0.52, "high": 0.98},
        ],
        "learning_curve_tested": "newest",
        "changed": {
            "mails": 1,
            "listed": [{"key": "2", "label": "factura", "before": "pedido", "after": "factura"}],
        },
        "suspects": [
            {"key": "1", "label": "factura", "label_probability": 0.0, "rather": "pedido",
             "rather_probability": 0.98},
            {"key": "777", "label": "factura", "label_probability": 0.04, "rather": "pedido",
             "rather_probability": 0.91},
        ],
        **changes,
    }  # fmt: skip
