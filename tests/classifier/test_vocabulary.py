import pickle
import random

import numpy as np

from buzon.classifier.model import Classifier
from buzon.classifier.reading import readings
from buzon.classifier.tfidf import TfidfUnion
from buzon.classifier.vocabulary import Vocabulary, Words


def invented(count: int, seed: int) -> list[str]:
    letters = random.Random(seed)
    return ["".join(letters.choices("abcdefghij", k=12)) for _ in range(count)]


def counted(known: list[str], texts: list[str]) -> list[list[int]]:
    """How many words the texts have, and how many that the known ones have not."""
    union = TfidfUnion().fit(known)
    found = union.project(texts, np.zeros((union.width, 1), dtype=np.float32))
    return [found.words.tolist(), found.unknown_words.tolist()]


def test_words_that_were_never_shown_are_unknown_text_by_text() -> None:
    texts = ["el PEDIDO número 7", "", "cuándo llega la batamanta?"]
    assert counted(["El pedido no llega", "¿cuándo?"], texts) == [[4, 0, 5], [2, 0, 2]]


def shown(*texts: str) -> Vocabulary:
    vocabulary = Vocabulary()
    for reading in readings(texts):
        vocabulary.add(reading)
    return vocabulary


def test_words_that_another_one_was_shown_can_be_joined() -> None:
    vocabulary = shown("el pedido")
    vocabulary.join(shown("no llega"))
    assert np.array_equal(vocabulary.bits, shown("el pedido", "no llega").bits)


def test_few_unknown_words_look_known() -> None:
    known = [" ".join(invented(1000, seed=seed)) for seed in range(2, 6)]
    ((all_words,), (unknown,)) = counted(known, [" ".join(invented(1500, seed=1))])
    assert all_words == 1500
    assert 0.98 < unknown / all_words < 1


def test_a_prediction_tells_how_many_words_the_model_has_never_met(small_model: Classifier) -> None:
    known, strange = small_model.classify([("pedido", "no funciona"), ("pedido", "xqzvw kjhqx")])
    assert (known.words, known.unknown_words) == (3, 0)
    assert (strange.words, strange.unknown_words) == (3, 2)


def test_what_is_stored_knows_the_same_words() -> None:
    vocabulary = shown("el pedido no llega")
    stored = pickle.loads(pickle.dumps(vocabulary))  # noqa: S301 - our own
    assert np.array_equal(stored.bits, vocabulary.bits)
    stored.join(shown("cuándo"))
    assert np.array_equal(stored.bits, shown("el pedido no llega", "cuándo").bits)


def test_words_of_unseen_texts_are_unknown_as_to_a_model_of_the_seen_ones() -> None:
    texts = ["el pedido no llega", "el batamanta", "", "¿cuándo? el pedido", "no no batamanta"]
    seen, unseen = np.array([0, 3]), np.array([4, 1, 2])
    assert Words(texts).unknown(seen, unseen).tolist() == [1, 1, 0]
    assert counted([texts[n] for n in seen], [texts[n] for n in unseen])[1] == [1, 1, 0]
