"""Public data beside the repository, and how well a model tells what is not of its categories."""

import gzip
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from buzon.classifier.codes import join_fields
from buzon.classifier.corpus import Sample
from buzon.classifier.model import Classifier

DATASETS = Path(__file__).parents[3] / "shared" / "datasets"


def path_of(name: str) -> Path:
    return DATASETS / f"{name}.jsonl.gz"


def read(name: str) -> dict[str, list[Sample]]:
    """Samples by split."""
    found = defaultdict(list)
    with gzip.open(path_of(name), "rt") as file:
        for row in map(json.loads, file):
            found[row["split"]].append(Sample("", row["text"], row["label"]))
    return found


def out_of_scope_auroc(
    classifier: Classifier, known: Sequence[Sample], strange: Sequence[Sample]
) -> float:
    """How well confidence tells texts of the categories from texts of none."""
    texts = [join_fields(sample.subject, sample.body) for sample in (*known, *strange)]
    is_known = np.arange(len(texts)) < len(known)
    return float(roc_auc_score(is_known, classifier.predict_proba(texts).max(axis=1)))
