import math
import random
from itertools import combinations, product

import numpy as np
import pytest
from numpy.typing import NDArray

from buzon.classifier import neighbours
from buzon.classifier.corpus import Sample
from buzon.classifier.model import Classifier
from buzon.classifier.neighbours import Neighbours
from buzon.classifier.reading import reading
from buzon.classifier.train import train

BITS = 18
CARS = ["coche", "furgoneta", "rueda", "motor", "freno", "aceite", "volante", "taller"]
CAKES = ["tarta", "bizcocho", "harina", "horno", "azúcar", "crema", "nata", "vela"]
FILLING = ["el", "la", "un", "con", "para", "que", "hoy", "mañana", "por", "favor", "gracias"]


def sentences(words: list[str], count: int, seed: int) -> list[str]:
    """Each of three of these words, among others that are everywhere."""
    chance = random.Random(seed)
    return [" ".join(chance.sample([*chance.sample(words, 3), *chance.sample(FILLING, 4)], 7))
            for _ in range(count)]  # fmt: skip


ARCHIVE = [*sentences(CARS, 300, seed=1), *sentences(CAKES, 300, seed=2)]
LABELLED = [
    *(Sample("", f"{word} {n}", "coches") for n, word in enumerate(CARS[:3] * 2)),
    *(Sample("", f"{word} {n}", "tartas") for n, word in enumerate(CAKES[:3] * 2)),
]


@pytest.fixture(scope="module")
def learnt() -> Neighbours:
    return neighbours.learnt([], ARCHIVE, BITS)


@pytest.fixture(scope="module")
def model() -> Classifier:
    return train(LABELLED, unlabelled=ARCHIVE).classifier


def column(word: str) -> int:
    kind = ("words", 1, BITS)
    with reading(word) as read:
        return int(read.listed(kind)[0][0])


def vector(learnt: Neighbours, word: str) -> NDArray[np.float32]:
    (place,) = np.flatnonzero(learnt.columns == column(word))
    found: NDArray[np.float32] = learnt.vectors[place]
    return found


def alike(learnt: Neighbours, one: str, other: str) -> float:
    a, b = vector(learnt, one), vector(learnt, other)
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def test_words_that_stand_beside_the_same_words_are_alike(learnt: Neighbours) -> None:
    within = [alike(learnt, *two) for words in (CARS, CAKES) for two in combinations(words, 2)]
    across = [alike(learnt, *two) for two in product(CARS, CAKES)]
    assert min(within) > max(across)


def test_a_word_of_three_mails_is_not_learnt_however_often_they_have_it() -> None:
    rare = ["Yturralde Yturralde Yturralde " + text for text in ARCHIVE[:3]]
    learnt = neighbours.learnt([], [*rare, *ARCHIVE], BITS)
    assert column("Yturralde") not in learnt.columns
    again = neighbours.learnt([], [*rare, rare[0], *ARCHIVE], BITS)
    assert column("Yturralde") in again.columns


def test_the_same_texts_teach_the_same(learnt: Neighbours) -> None:
    again = neighbours.learnt(ARCHIVE[:5], ARCHIVE[5:], BITS)
    assert np.array_equal(again.columns, learnt.columns)
    assert np.array_equal(again.vectors, learnt.vectors)


def test_nothing_is_learnt_from_labelled_texts_alone() -> None:
    assert not len(neighbours.learnt(ARCHIVE, [], BITS).columns)


@pytest.mark.parametrize("texts", [["?"], ["", ""], ["hola"] * 4, ["hola qué tal"] * 9])
def test_an_archive_that_says_next_to_nothing_does_no_harm(texts: list[str]) -> None:
    model = train(LABELLED, unlabelled=texts).classifier
    assert np.isfinite(model.weights).all()
    assert model.predict(["coche"]).tolist() == ["coches"]


def test_a_label_teaches_also_of_words_that_no_labelled_mail_has(model: Classifier) -> None:
    words = [*CARS[3:], *CAKES[3:]]
    truth = ["coches"] * len(CARS[3:]) + ["tartas"] * len(CAKES[3:])
    assert model.predict(words).tolist() == truth
    assert train(LABELLED).classifier.predict(words).tolist() != truth


def test_what_such_a_word_adds_is_explained_exactly(model: Classifier) -> None:
    explained = model.explain("", "un freno y un motor", "coches", "tartas")
    said = {phrase.text for phrase in explained.phrases if phrase.weight > 0}
    assert any("freno" in text for text in said)
    scores = model.decision_function(["\n\nun freno y un motor"])[0]
    margin = scores[model.classes.index("coches")] - scores[model.classes.index("tartas")]
    assert math.isclose(explained.margin, margin, rel_tol=1e-4)
    assert explained.rest == 0


def test_another_archive_gives_another_version(model: Classifier) -> None:
    assert train(LABELLED, unlabelled=ARCHIVE).classifier.version == model.version
    assert train(LABELLED, unlabelled=ARCHIVE[1:]).classifier.version != model.version
    assert train(LABELLED).classifier.version != model.version
