"""From labelled mails to a Classifier. The same samples give the same model."""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from buzon.classifier import calibrate, concepts, confidence, measure, neighbours, strangers
from buzon.classifier.calibrate import Decisions, Fold
from buzon.classifier.codes import join_fields
from buzon.classifier.confidence import Confidence
from buzon.classifier.corpus import Sample
from buzon.classifier.embed import Embedder
from buzon.classifier.features import CODE_VERSION
from buzon.classifier.fits import Tries, fitted
from buzon.classifier.machine import COST, ENOUGH
from buzon.classifier.material import Material, read
from buzon.classifier.measure import Indices, Probabilities
from buzon.classifier.model import DENSE_SCALE, Classifier
from buzon.classifier.sparse import Floats
from buzon.classifier.tfidf import TfidfUnion
from buzon.classifier.waves import NEARNESS, WIDTH
from buzon.errors import TrainingRefused
from buzon.records import CATEGORIES, FEWEST_EXAMPLES

Progress = Callable[[float, str], None]
Plan = Callable[[Sequence[Sample]], Tries]  # what to try with the samples learnt from

CONFIDENT = 0.75
_SEED = 20_240_229


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """What a model `said` of the `unseen` samples that had learnt from none but the `learnt` ones:
    categories by their numbers, of shape (len(unseen),)."""

    learnt: Indices
    unseen: Indices
    said: Indices


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A new classifier, and what it is known to get right and wrong.

    `samples` are those learnt from; `truth`, of shape (n,), numbers their categories. `measured`
    are the numbers of the samples that a model judged which saw none of their group, and
    `out_of_fold`, of shape (len(measured), k), how likely it held each category. `trials` came of
    each plan.
    """

    classifier: Classifier
    samples: tuple[Sample, ...]
    truth: Indices
    measured: Indices
    out_of_fold: Probabilities
    trials: tuple[list[Trial], ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Learnt:
    """The weights of all features, how sure they may be, and what came of each plan."""

    weights: Floats
    confidence: Confidence
    trials: tuple[list[Trial], ...]


def train(
    samples: Sequence[Sample],
    *,
    prepare: Callable[[str], str] = str,
    name: str = "starter",
    unlabelled: Sequence[str] = (),
    embedder: Embedder | None = None,
    plans: Sequence[Plan] = (),
    progress: Progress | None = None,
) -> Trained:
    """Learns from samples, and measures on texts of unseen groups how sure it may be.

    `prepare` turns a mail's body into what the model reads: the newest text, without quoted
    history; `unlabelled` texts, as it reads them, teach what words mean. The version is `name` and
    a digest of samples, these and the recipe. What `plans` try learns beside the model, which costs
    less than later. `progress` is told the share that is done, and what is next. Raises ModelError
    where there is nothing to learn from; a category with fewer than five examples is left out and
    counted in `left_out`.
    """
    tell = progress or _nobody
    kept, left_out = _learnable(samples)
    classes = _in_order({sample.label for sample in kept})
    truth = np.array([classes.index(sample.label) for sample in kept], dtype=np.intp)
    tell(0.0, "reading the mails")
    texts = [join_fields(s.subject, prepare(s.body)) for s in kept]
    material = read(texts, unlabelled, embedder, len(classes))
    tell(0.3, "learning")
    learnt = _learnt(material, texts, kept, truth, plans)
    weights, dense_weights = material.parted(learnt.weights)
    sure = learnt.confidence
    classifier = Classifier(
        version=f"{name}-{_digest(samples, unlabelled, embedder)}",
        trained_at=datetime.now(UTC),
        classes=classes,
        features=material.union,
        weights=weights,
        temperature=sure.temperature,
        metrics=metrics(sure.out_of_fold, truth[sure.measured]),
        left_out=left_out,
        strangers=sure.strangers,
        embedder=embedder,
        dense_weights=dense_weights if embedder else None,
    )
    tell(1.0, "done")
    return Trained(classifier, tuple(kept), truth, sure.measured, sure.out_of_fold, learnt.trials)


def _learnt(
    material: Material,
    texts: Sequence[str],
    samples: Sequence[Sample],
    truth: Indices,
    plans: Sequence[Plan],
) -> _Learnt:
    heed = np.array([sample.weight for sample in samples])
    folds = calibrate.folds(truth, [sample.group for sample in samples], _SEED)
    estranged = strangers.leaving_out(truth, folds[0], _SEED)
    planned = [plan(samples) for plan in plans]
    weights, (crosswise, apart, *beside) = fitted(
        material.features, truth, heed, folds, [Tries(estranged), *planned], seed=_SEED
    )
    return _Learnt(
        weights,
        confidence.found(texts, truth, (folds, crosswise), (estranged, apart)),
        tuple(_trials(truth, *both) for both in zip(planned, beside, strict=True)),
    )


def _trials(truth: Indices, tries: Tries, decided: Sequence[Decisions]) -> list[Trial]:
    return [_trial(truth, *both) for both in zip(tries.folds, decided, strict=True)]


def _trial(truth: Indices, fold: Fold, decisions: Decisions) -> Trial:
    """Categories that the model didn't learn it can't have meant."""
    learnt, unseen = fold
    known = np.unique(truth[learnt])
    return Trial(learnt, unseen, known[decisions[:, known].argmax(axis=1)])


def _nobody(share: float, step: str) -> None:
    """Who is told where nobody asked."""


def recipe() -> str:
    """Everything but the samples that a model depends on. Two of one recipe are comparable."""
    union = TfidfUnion()
    sparse = (CODE_VERSION, concepts.digest(), union.get_params())
    return repr((*sparse, DENSE_SCALE, NEARNESS, WIDTH, COST, ENOUGH, strangers.recipe(), _SEED))


def _digest(samples: Sequence[Sample], unlabelled: Sequence[str], embedder: Embedder | None) -> str:
    content = hashlib.sha256(recipe().encode())
    if embedder:
        content.update(embedder.name.encode())
    for sample in samples:
        content.update(repr(sample).encode())
    if unlabelled:
        content.update(repr((neighbours.recipe(), unlabelled)).encode())
    return content.hexdigest()[:10]


def _learnable(samples: Sequence[Sample]) -> tuple[list[Sample], dict[str, int]]:
    counts = Counter(sample.label for sample in samples)
    left_out = {label: n for label, n in sorted(counts.items()) if n < FEWEST_EXAMPLES}
    kept = [sample for sample in samples if sample.label not in left_out]
    learnable = sorted(counts.keys() - left_out)
    if not samples:
        raise TrainingRefused(
            "There is no labelled mail to learn from.",
            "Label some, or train with the starter corpus.",
        )
    if len(learnable) < 2:
        found = ", ".join(f"{label} ({n})" for label, n in counts.most_common(10))
        raise TrainingRefused(
            "A model needs two categories with %(fewest)s examples each; found: %(found)s.",
            "Label mails of more categories, or train with the starter corpus.",
            fewest=FEWEST_EXAMPLES,
            found=found,
        )
    return kept, left_out


def _in_order(labels: set[str]) -> tuple[str, ...]:
    """The known categories in their own order, then the users' by name."""
    known = [category for category in CATEGORIES if category in labels]
    return (*known, *sorted(labels.difference(CATEGORIES)))


def metrics(probabilities: Probabilities, truth: Indices) -> dict[str, float]:
    """How good a model is on texts that it hadn't seen. Each counts the same, whatever its weight:
    what is told of a model must hold for mails, not for how much each taught."""
    counts = measure.confusion(probabilities.argmax(axis=1), truth, probabilities.shape[1])
    covered, right = measure.coverage(probabilities, truth, CONFIDENT)
    return {
        "examples": len(truth),
        "accuracy": measure.accuracy(probabilities, truth),
        "macro_f1": measure.macro_f1(counts),
        "ece": measure.expected_calibration_error(probabilities, truth),
        "coverage_at_0.75": covered,
        "accuracy_at_0.75": right,
        "coverage_at_risk_0.05": measure.coverage_at_risk(probabilities, truth, measure.RISK),
    }
