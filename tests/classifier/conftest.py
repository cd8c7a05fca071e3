"""The starter model, which takes seconds to make and which nobody changes."""

import pytest

from buzon.classifier.corpus import starter
from buzon.classifier.model import Classifier
from buzon.classifier.train import train
from buzon.mail.clean import newest


@pytest.fixture(scope="session")
def starter_model() -> Classifier:
    return train(starter(), prepare=newest).classifier
