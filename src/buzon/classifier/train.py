"""From labelled mails to a Classifier. The same samples give the same model."""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from scipy.sparse import csr_matrix, hstack

from buzon.classifier import calibrate, concepts, measure
from buzon.classifier.calibrate import Decisions, Heed
from buzon.classifier.codes import join_fields
from buzon.classifier.corpus import Sample
from buzon.classifier.embed import Embedder
from buzon.classifier.features import CODE_VERSION
from buzon.classifier.measure import Indices, Probabilities
from buzon.classifier.model import DENSE_SCALE, Classifier, embedded
from buzon.classifier.tfidf import Floats, TfidfUnion
from buzon.errors import TrainingRefused
from buzon.records import CATEGORIES, FEWEST_EXAMPLES

Progress = Callable[[float, str], None]

CONFIDENT = 0.75
_SEED = 20_240_229
# Measured on held-out writers' files (macro-F1): C from 1 to 4 changes it by less than 0.005, a
# tenth of the tolerance by less than 0.002, for 1.4 times the time. Multinomial logistic regression
# is worse by 0.017 in Spanish and takes five times as long; the mean of both is no better than the
# machine alone.
_C = 2.0
_SPELLING_TEXTS = 5_000  # are enough to know nine of ten words of others by their spelling
_TOLERANCE = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A new classifier, and what it is known to get right and wrong.

    `samples` are those learnt from; `truth`, of shape (n,), numbers their categories. `measured`
    are the numbers of the samples that a model judged which saw none of their group, and
    `out_of_fold`, of shape (len(measured), k), how likely it held each category. `judge` says what
    a model that learnt from some of the samples makes of others, both given by their numbers.
    """

    classifier: Classifier
    samples: tuple[Sample, ...]
    truth: Indices
    measured: Indices
    out_of_fold: Probabilities
    judge: Callable[[Indices, Indices], Indices]


def train(
    samples: Sequence[Sample],
    *,
    prepare: Callable[[str], str] = str,
    name: str = "starter",
    embedder: Embedder | None = None,
    progress: Progress | None = None,
) -> Trained:
    """Learns from samples, and measures on texts of unseen groups how sure it may be.

    `prepare` turns a mail's body into what the model reads: the newest text, without quoted
    history. The version is `name` and a digest of samples and recipe. `progress` is told the
    share that is done, and what is next. Raises ModelError where there is nothing to learn from;
    a category with fewer than five examples is left out and counted in `left_out`.
    """
    tell = progress or _nobody
    kept, left_out = _learnable(samples)
    classes = _in_order({sample.label for sample in kept})
    truth = np.array([classes.index(sample.label) for sample in kept], dtype=np.intp)
    tell(0.0, "reading the mails")
    texts = [join_fields(s.subject, prepare(s.body)) for s in kept]
    union = TfidfUnion()
    # The document frequencies come from all texts, also where a fold holds them back: they know
    # nothing of the labels, and reading the texts once instead of six times halves the training.
    features = union.fit_transform(texts)
    if not union.width:
        raise TrainingRefused(
            "The %(count)s labelled mails have no word in common to learn from.",
            "Check that their bodies aren't empty, and label more.",
            count=len(kept),
        )
    if embedder:
        features = hstack([features, csr_matrix(embedded(embedder, texts))], format="csr")
    tell(0.3, "learning")
    heed = np.array([sample.weight for sample in kept])
    weights = _linear(features, truth, heed)
    tell(0.5, "measuring on mails it hasn't seen")
    groups = [sample.group for sample in kept]
    measured, decisions = calibrate.out_of_fold(_fit, features, truth, heed, groups, _SEED)
    temperature = calibrate.temperature(decisions, truth[measured])
    out_of_fold = calibrate.probabilities(decisions, temperature)
    sparse_weights = weights[: union.width]
    classifier = Classifier(
        version=f"{name}-{_digest(samples, embedder)}",
        trained_at=datetime.now(UTC),
        classes=classes,
        features=union,
        weights=sparse_weights,
        lexicon=union.lexicon(texts[:: 1 + len(texts) // _SPELLING_TEXTS], sparse_weights),
        temperature=temperature,
        metrics=_metrics(out_of_fold, truth[measured]),
        left_out=left_out,
        embedder=embedder,
        dense_weights=weights[union.width :] if embedder else None,
    )
    tell(1.0, "done")

    def judge(learnt: Indices, unseen: Indices) -> Indices:
        decide = _fit(features[learnt], truth[learnt], heed[learnt])
        categories: Indices = np.unique(truth[learnt])[decide(features[unseen]).argmax(axis=1)]
        return categories

    return Trained(classifier, tuple(kept), truth, measured, out_of_fold, judge)


def _nobody(share: float, step: str) -> None:
    """Who is told where nobody asked."""


def recipe() -> str:
    """Everything but the samples that a model depends on. Two of one recipe are comparable."""
    union = TfidfUnion()
    sparse = (CODE_VERSION, concepts.digest(), union.get_params())
    return repr((*sparse, DENSE_SCALE, _C, _TOLERANCE, _SEED))


def _digest(samples: Sequence[Sample], embedder: Embedder | None) -> str:
    content = hashlib.sha256(recipe().encode())
    if embedder:
        content.update(embedder.name.encode())
    for sample in samples:
        content.update(repr(sample).encode())
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


def _fit(features: csr_matrix, truth: Indices, heed: Heed) -> Callable[[csr_matrix], Decisions]:
    weights = _linear(features, truth, heed)
    return lambda unseen: unseen @ weights


def _linear(features: csr_matrix, truth: Indices, heed: Heed) -> Floats:
    """Weights of shape (width, k): one linear support vector machine a category."""
    # Only training needs this import, and it takes longer than loading a model.
    from sklearn.svm import LinearSVC

    machine = LinearSVC(C=_C, tol=_TOLERANCE, fit_intercept=False, random_state=_SEED)
    weights = machine.fit(features, truth, sample_weight=heed).coef_
    if len(weights) == 1:  # of two categories scikit-learn gives the second alone
        weights = np.vstack([-weights, weights])
    return np.ascontiguousarray(weights.T, dtype=np.float32)


def _metrics(probabilities: Probabilities, truth: Indices) -> dict[str, float]:
    """Every sample counts the same here, whatever its weight: what is told of a model must hold
    for mails, not for how much each taught."""
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
