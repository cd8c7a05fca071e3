import random

from buzon.classifier.codes import chunks
from buzon.classifier.model import Classifier
from buzon.classifier.vocabulary import Vocabulary
from buzon.classifier.words import Words


def words(*texts: str) -> Words:
    (codes,) = chunks(texts)
    return Words(codes)


def invented(count: int, seed: int) -> list[str]:
    letters = random.Random(seed)
    return ["".join(letters.choices("abcdefghij", k=12)) for _ in range(count)]


def test_words_that_were_never_shown_are_unknown_text_by_text() -> None:
    vocabulary = Vocabulary()
    vocabulary.add(words("El pedido no llega", "¿cuándo?"))
    counted = vocabulary.count(words("el PEDIDO número 7", "", "cuándo llega la batamanta?"))
    assert counted.tolist() == [[4, 0, 5], [2, 0, 2]]


def test_few_unknown_words_look_known() -> None:
    vocabulary = Vocabulary()
    vocabulary.add(words(" ".join(invented(4000, seed=1))))
    ((all_words,), (unknown,)) = vocabulary.count(words(" ".join(invented(1500, seed=2)))).tolist()
    assert all_words == 1500
    assert 0.98 < unknown / all_words < 1


def test_a_prediction_tells_how_many_words_the_model_has_never_met(small_model: Classifier) -> None:
    known, strange = small_model.classify([("pedido", "no funciona"), ("pedido", "xqzvw kjhqx")])
    assert (known.words, known.unknown_words) == (3, 0)
    assert (strange.words, strange.unknown_words) == (3, 2)
