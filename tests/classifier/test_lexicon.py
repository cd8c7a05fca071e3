import numpy as np
import pytest

from buzon.classifier import lexicon as module
from buzon.classifier.lexicon import Floats, Lexicon, lexicon
from buzon.classifier.reading import Chosen, Places, Reading, readings

SPELT = ("chars", 2, 18)


def lengths(reading: Reading, chosen: Chosen) -> tuple[Floats, Places]:
    """One, and how many characters a spelling has."""
    spelt, row = reading.spelt(chosen, SPELT)
    sizes = np.diff(spelt.indptr) - 1  # so many pairs, with the spaces beside it
    return np.stack([np.ones(len(sizes)), sizes], axis=1).astype(np.float32), row


def look_up(found: Lexicon, *texts: str) -> tuple[list[bool], list[list[float]]]:
    ((known, said),) = [found.look_up(reading) for reading in readings(texts)]
    return known.tolist(), said.tolist()


def test_known_spellings_say_what_was_worked_out_and_each_counts_once_a_text() -> None:
    found = lexicon(["caja rota", "mi caja"], 2, lengths)
    known, said = look_up(found, "caja caja azul", "", "mi rota")
    assert known == [True, False, True, True]
    assert said == [[1, 4], [0, 0], [2, 6]]


def test_without_texts_nothing_is_known() -> None:
    assert look_up(lexicon([], 2, lengths), "caja rota") == ([False, False], [[0, 0]])


def test_the_commonest_spellings_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", 1)
    found = lexicon(["caja rota", "mi caja", "uno"], 2, lengths)
    assert look_up(found, "uno mi caja rota")[0] == [False, False, True, False]
