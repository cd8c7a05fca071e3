import numpy as np
import pytest
from numpy.typing import NDArray

from buzon.classifier import lexicon as module
from buzon.classifier.codes import chunks
from buzon.classifier.lexicon import Lexicon, lexicon
from buzon.classifier.spelling import Spellings
from buzon.classifier.words import Words


def words(*texts: str) -> Words:
    (codes,) = chunks(texts)
    return Words(codes)


def lengths(found: Spellings) -> NDArray[np.float32]:
    """One, and how many characters a spelling has."""
    sizes = np.bincount(found.codes.text, minlength=found.codes.count) - 2
    return np.stack([np.ones(len(sizes)), sizes], axis=1).astype(np.float32)


def learnt(*texts: str) -> Lexicon:
    return lexicon([words(text) for text in texts], 2, lengths)


def test_known_spellings_say_what_was_worked_out_and_each_counts_once_a_text() -> None:
    known, said = learnt("caja rota", "mi caja").look_up(words("caja caja azul", "", "mi rota"))
    assert known.tolist() == [True, True, False, True, True]
    assert said.tolist() == [[1, 4], [0, 0], [2, 6]]


def test_without_texts_nothing_is_known() -> None:
    known, said = learnt().look_up(words("caja rota"))
    assert not known.any()
    assert said.tolist() == [[0, 0]]


def test_the_commonest_spellings_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", 1)
    known, _ = learnt("caja rota", "mi caja", "uno").look_up(words("uno mi caja rota"))
    assert known.tolist() == [False, False, True, False]
