"""How sure a model may be: from what others like it decided of texts that they hadn't seen."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from buzon.classifier import calibrate, strangers
from buzon.classifier.calibrate import Decisions, Fold
from buzon.classifier.measure import Indices, Probabilities
from buzon.classifier.strangers import Strangers
from buzon.classifier.vocabulary import Words

Judged = tuple[Sequence[Fold], Sequence[Decisions]]  # what was decided of each fold's unseen texts


@dataclass(frozen=True, slots=True, eq=False)
class Confidence:
    """How scores become probabilities, and what became of those of the texts `measured`."""

    temperature: float
    strangers: Strangers | None
    measured: Indices
    out_of_fold: Probabilities


def found(texts: Sequence[str], truth: Indices, crosswise: Judged, apart: Judged) -> Confidence:
    """From the models of the folds, and from those that `strangers.leaving_out` kept from
    categories, where there are any. The one temperature, and the five weights that tell strangers,
    are fitted to all texts that are `measured`, or some of them."""
    folds, decided = crosswise
    measured, decisions = np.concatenate([unseen for _, unseen in folds]), np.concatenate(decided)
    temperature = calibrate.temperature(decisions, truth[measured])
    likely = calibrate.probabilities(decisions, temperature)
    estranged, said = apart
    if not estranged:
        return Confidence(temperature, None, measured, likely)
    words = Words(texts)
    unknown = [words.unknown(*fold) for fold in estranged]
    told = strangers.learnt(truth, estranged, said, unknown, temperature)
    crosswise_unknown = np.concatenate([words.unknown(*fold) for fold in folds])
    heeded = told.heeded(likely, decisions, crosswise_unknown, temperature)
    return Confidence(temperature, told, measured, heeded)
