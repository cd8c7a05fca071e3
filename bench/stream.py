"""A company whose words and categories are unlike the starter's, from its first mail on.

2,000 mails of a bank's customers (Banking77, by what they are about) come in one after another. The
bank has retired the starter's categories and made its own. A person labels those of which the model
was unsure, and of the others one in twenty by lot. Every 50 labels a model is trained and put to
work by the rule of `compare`, as in the service. Beside it: a model that never learns, and
scikit-learn's partial_fit on the same labels.
"""

import gzip
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from time import perf_counter

import numpy as np
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import SGDClassifier

from bench.lab import Lab
from bench.report import Report
from buzon.classifier.artifact import unpack
from buzon.classifier.corpus import Sample
from buzon.classifier.model import Classifier
from buzon.classifier.teach import Champion, Order, Taught, teach
from buzon.flow.at_work import Rules
from buzon.mail.clean import newest
from buzon.records import CATEGORIES

DATA = Path("..") / "shared" / "datasets" / "banking77.jsonl.gz"
PEER = "partial_fit"
MAILS, QUICK_MAILS = 2000, 500
STEP = 250
EVERY = 50  # labels, as BUZON_RETRAIN_AFTER
CAREFUL = 0.75
AUDIT = 0.05
# What the bank's desks are about; an intent belongs to the first that is part of its name.
DESKS = {
    "cash": ("cash", "atm", "swallowed"),
    "top-up": ("top_up", "topping"),
    "transfer": ("transfer", "beneficiary", "receiving"),
    "identity": ("identity", "verify", "passcode", "pin", "personal", "age", "account", "phone"),
    "exchange": ("exchange", "currenc", "country"),
    "payment": ("payment", "refund", "Refund", "charge", "debit", "statement", "twice"),
    "card": ("card", "visa", "contactless", "pay"),
}


RETIRED = dict.fromkeys(CATEGORIES)


@dataclass(slots=True)
class Service:
    """The model at work, and what it has learnt from people."""

    taught: Taught
    classifier: Classifier
    labels: list[Sample] = field(default_factory=list)
    trainings: int = 0
    kept_back: int = 0
    seconds: float = 0.0

    def learn(self) -> None:
        start = perf_counter()
        artifact = self.taught.artifact
        lessons = {key: (label, said) for key, label, said in self.taught.lessons}
        champion = Champion(artifact.content, artifact.sha256, lessons, self.taught.unseen)
        # As if a training were a day: mails of one day would be in no order.
        days = {s.key: date.fromordinal(1 + at // EVERY) for at, s in enumerate(self.labels)}
        own = self.labels
        order = Order(own=own, days=days, labels=RETIRED, champion=champion, prepare=newest)
        taught = teach(order, _nobody)
        self.trainings += 1
        if taught.promote:
            self.taught, self.classifier = taught, _open(taught)
        else:
            self.kept_back += 1
        self.seconds += perf_counter() - start


def measure(lab: Lab) -> Report:
    found = Report("A company unlike the starter corpus, learnt from its corrections")
    if not DATA.exists():
        found.notes.append(f"{DATA} isn't here: nothing was measured.")
        return found
    mails = stream(QUICK_MAILS if lab.quick else MAILS)
    first = teach(Order(own=[], prepare=newest), _nobody)
    service, never, peer = Service(first, _open(first)), _open(first), Incremental()
    rows = [run(service, never, peer, mails, start) for start in range(0, len(mails), STEP)]
    found.details = [row for row, _ in rows]
    last = rows[-1][0]
    found.add("right among the last 250, the model alone", last["right"], "share", PEER, last[PEER])
    never_right = last["never trained again"]
    found.add("the same", last["right"], "share", "never trained again", never_right)
    looked_at = sum(looks for _, looks in rows)
    found.add("mails that a person looked at", looked_at, "mails", "without a model", len(mails))
    found.notes += [
        f"{service.trainings} trainings, {service.kept_back} of them kept back,"
        f" {service.seconds / max(service.trainings, 1):.1f} s each.",
        "partial_fit learns from the same labels; it doesn't say of what it is sure.",
    ]
    return found


def stream(count: int) -> list[Sample]:
    with gzip.open(DATA, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    texts = [(row["text"], desk_of(row["label"])) for row in rows if row["split"] == "train"]
    random.Random(20).shuffle(texts)
    return [
        Sample("", text, desk, "en", key=str(n)) for n, (text, desk) in enumerate(texts[:count])
    ]


def desk_of(intent: str) -> str:
    named = (desk for desk, parts in DESKS.items() if any(part in intent for part in parts))
    return next(named, "other")


def run(
    service: Service, never: Classifier, peer: "Incremental", mails: Sequence[Sample], start: int
) -> tuple[dict[str, float], int]:
    """One step of the stream: the row of the table, and how many mails a person looked at."""
    lot = random.Random(start)
    right: dict[str, list[bool]] = {"right": [], "never trained again": [], PEER: []}
    alone: list[bool] = []
    looks = 0
    for mail in mails[start : start + STEP]:
        (said,) = Rules(service.classifier, CAREFUL, RETIRED).classify([("", mail.body)])
        (old,) = never.classify([("", mail.body)])
        right["right"].append(said.category == mail.label)
        right["never trained again"].append(old.category == mail.label)
        right[PEER].append(peer.predict(mail.body) == mail.label)
        sure = said.confidence >= CAREFUL
        if sure:
            alone.append(said.category == mail.label)
        if not sure or lot.random() < AUDIT:
            looks += 1
            service.labels.append(mail)
            peer.learn(mail)
            if len(service.labels) % EVERY == 0:
                service.learn()
    row = {
        "mails until": start + len(right["right"]),
        **{name: float(np.mean(values)) for name, values in right.items()},
        "handled alone": len(alone) / len(right["right"]),
        "right of these": float(np.mean(alone)) if alone else float("nan"),
    }
    return row, looks


class Incremental:
    """scikit-learn's hashing vectoriser and SGDClassifier.partial_fit, a batch of labels a time."""

    def __init__(self) -> None:
        self._vectorise = HashingVectorizer(ngram_range=(1, 2), alternate_sign=False)
        self._model = SGDClassifier(loss="log_loss", random_state=0)
        self._waiting: list[Sample] = []
        self._knows = False

    def learn(self, mail: Sample) -> None:
        self._waiting.append(mail)
        if len(self._waiting) == EVERY:
            texts = self._vectorise.transform([sample.body for sample in self._waiting])
            labels = [sample.label for sample in self._waiting]
            self._model.partial_fit(texts, labels, classes=[*DESKS, "other"])
            self._waiting, self._knows = [], True

    def predict(self, text: str) -> str:
        if not self._knows:
            return ""
        return str(self._model.predict(self._vectorise.transform([text]))[0])


def _open(taught: Taught) -> Classifier:
    return unpack(taught.artifact.content, taught.artifact.sha256)


def _nobody(share: float, step: str) -> None:
    """Nobody watches the trainings here."""
