"""Confidence where there are many categories, from labelled mails to what is said of a new one."""

import pickle
from random import Random

import numpy as np
import pytest

from buzon.classifier import calibrate
from buzon.classifier.corpus import Sample
from buzon.classifier.model import Classifier
from buzon.classifier.strangers import MANY
from buzon.classifier.train import Trained, train

SHARED = "hola buenas quería saber por favor gracias un saludo la el de mi su que ya no es"


def samples(categories: int, each: int = 15) -> list[Sample]:
    """Mails whose category is told by words of its own, among words that all have."""
    random = Random(7)
    found = []
    for category in range(categories):
        own = [f"{''.join(random.choices('abcdefghijk', k=6))}" for _ in range(6)]
        for _ in range(each):
            words = [*random.sample(own, 3), *random.sample(SHARED.split(), 5)]
            random.shuffle(words)
            found.append(Sample("", " ".join(words), f"categoría {category:02}"))
    return found


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train(samples(MANY))


def known(trained: Trained) -> list[str]:
    return [sample.body for sample in trained.samples[::5]]


STRANGE = [f"hola quería saber {word} por favor {word}s" for word in ("xopiz", "wurmt", "zylof")]


def test_a_mail_that_is_like_none_of_many_categories_is_unsure(trained: Trained) -> None:
    model = trained.classifier
    assert model.predict_proba(STRANGE).max() < 0.5
    assert np.median(model.predict_proba(known(trained)).max(axis=1)) > 0.9


def test_it_is_less_sure_than_the_scores_alone_would_have_it(trained: Trained) -> None:
    model = trained.classifier
    alone = calibrate.probabilities(model.decision_function(STRANGE), model.temperature)
    heeded = model.predict_proba(STRANGE)
    assert (heeded.max(axis=1) < alone.max(axis=1)).all()
    assert (heeded.argmax(axis=1) == alone.argmax(axis=1)).all()


def test_one_mail_is_told_as_many_are_also_by_a_model_that_was_kept(trained: Trained) -> None:
    kept: Classifier = pickle.loads(pickle.dumps(trained.classifier))  # noqa: S301 - our own
    texts = [*STRANGE, *known(trained)[:5]]
    together = trained.classifier.predict_proba("\n\n" + text for text in texts)
    apart = [kept.classify([("", text)])[0] for text in texts]
    assert [each.confidence for each in apart] == pytest.approx(together.max(axis=1), abs=1e-5)
    assert all(sum(each.probabilities.values()) == pytest.approx(1, abs=1e-4) for each in apart)


def test_of_few_categories_none_is_left_out() -> None:
    assert train(samples(MANY - 1, each=6)).classifier.strangers is None
