"""Models that tests share: they take seconds to make and nobody changes them."""

import pytest

from buzon.classifier.corpus import Sample, starter
from buzon.classifier.model import Classifier
from buzon.classifier.train import train
from buzon.mail.clean import newest


@pytest.fixture(scope="session")
def few_samples() -> list[Sample]:
    """60 mails of each of two writers: enough to learn a little in half a second."""
    samples = starter()
    return [s for name in ("es_a", "es_b") for s in samples if s.group == f"{name}.jsonl"][360:480]


@pytest.fixture(scope="session")
def small_model(few_samples: list[Sample]) -> Classifier:
    return train(few_samples).classifier


@pytest.fixture(scope="session")
def starter_model() -> Classifier:
    return train(starter(), prepare=newest).classifier
