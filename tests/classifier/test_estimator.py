"""scikit-learn's tools work with our transformers, which don't need it."""

import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from buzon.classifier.corpus import starter
from buzon.classifier.features import HashedNgrams
from buzon.classifier.tfidf import TfidfUnion

SAMPLES = starter()[::40]
TEXTS = [f"{sample.subject}\n\n{sample.body}" for sample in SAMPLES]
LABELS = [sample.label for sample in SAMPLES]


def test_a_clone_has_the_same_parameters_and_nothing_learnt() -> None:
    union = TfidfUnion(min_texts=3).fit(TEXTS)
    copy = clone(union)
    assert repr(copy) == repr(union)
    assert not hasattr(copy, "idf_")


def test_parameters_are_set_by_name_and_strange_ones_refused() -> None:
    assert HashedNgrams().set_params(reach=5, bits=16).get_params() == {
        "analyzer": "words",
        "reach": 5,
        "bits": 16,
    }
    with pytest.raises(ValueError, match=r"HashedNgrams has no parameter 'width'; it has analyzer"):
        HashedNgrams().set_params(width=3)


def test_its_name_tells_all_parameters() -> None:
    assert repr(HashedNgrams("chars", 5, 18)) == "HashedNgrams(analyzer='chars', reach=5, bits=18)"


def test_fitting_and_transforming_at_once_is_the_same_as_one_after_the_other() -> None:
    ngrams = HashedNgrams()
    assert (ngrams.fit_transform(iter(TEXTS)) != ngrams.fit(TEXTS).transform(TEXTS)).nnz == 0


def test_pipelines_and_searches_take_them() -> None:
    search = GridSearchCV(
        make_pipeline(TfidfUnion(), LinearSVC()), {"tfidfunion__min_texts": [2, 40]}, cv=3
    )
    search.fit(TEXTS, LABELS)
    assert search.best_params_ == {"tfidfunion__min_texts": 2}
    assert np.mean(search.predict(TEXTS) == LABELS) > 0.9


def test_neither_sorting_mails_nor_training_imports_scikit_learn() -> None:
    code = (
        "import sys, buzon.cli.serve, buzon.classifier.artifact, buzon.classifier.registry;"
        "from buzon.classifier.corpus import starter; from buzon.classifier.train import train;"
        "train(starter()[::40]);"
        "print([name for name in sys.modules if name.startswith('sklearn')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
