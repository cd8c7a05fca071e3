"""Two models on the same texts."""

import pytest

from buzon.classifier.versus import alone, versus
from buzon.records import Prediction


def test_it_counts_on_which_texts_only_one_is_right() -> None:
    found = versus(["a", "a", "b", "b"], ["a", "b", "b", "a"], ["a", "a", "b", "c"])
    assert found is not None
    assert (found.n, found.only_left, found.only_right, found.neither) == (4, 0, 1, 1)
    assert (found.left.right.share, found.right.right.share) == (0.5, 0.75)
    assert found.categories == ("a", "b", "c")
    assert found.left.confusion == ((1, 1, 0), (1, 1, 0), (0, 0, 0))
    assert found.right.confusion == ((2, 0, 0), (0, 1, 1), (0, 0, 0))


def test_what_was_never_called_so_has_no_precision_and_what_never_is_no_recall() -> None:
    found = versus(["a", "b"], ["a", "a"], ["a", "c"])
    assert found is not None
    a, b, c = found.left.by_category
    assert a.precision is not None
    assert (a.precision.share, a.precision.n) == (0.5, 2)
    assert b.precision is None
    assert c.recall is None


@pytest.mark.parametrize(("only_right", "chance"), [(0, 1.0), (1, 1.0), (5, 2 / 2**5)])
def test_chance_says_how_often_equals_differ_so_much(only_right: int, chance: float) -> None:
    found = versus(["a"] * 9, ["b"] * only_right + ["a"] * (9 - only_right), ["a"] * 9)
    assert found is not None
    assert found.chance == pytest.approx(chance)


def test_of_no_text_nothing_is_told() -> None:
    assert versus([], [], []) is None


def test_without_a_person_it_handles_what_it_is_sure_of() -> None:
    said = [said_so("a", 0.9), said_so("a", 0.8), said_so("b", 0.6), said_so("b", 0.55)]
    found = alone(["a", "b", "b", "unknown"], said, 0.75)
    assert (found.handled.share, found.handled.n) == (0.5, 4)
    assert found.right is not None
    assert found.right.share == 0.5
    assert found.at_risk == 0.25
    assert alone(["a"], said[2:3], 0.75).right is None


def said_so(category: str, confidence: float) -> Prediction:
    other = "b" if category == "a" else "a"
    shares = {category: confidence, other: 1 - confidence}
    return Prediction(category, confidence, shares, "own-1", 1, 0)
