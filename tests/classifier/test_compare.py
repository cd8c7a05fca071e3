import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from buzon.classifier.compare import Comparison, compare

RUNS = 1000


def pair(n: int, gained: int, lost: int) -> tuple[np.ndarray, np.ndarray]:
    """Champion and challenger on n mails: both right but for those gained or lost."""
    mail = np.arange(n)
    return mail >= gained, (mail < gained) | (mail >= gained + lost)


def judged(n: int, gained: int, lost: int, *, knows_more: bool = True) -> Comparison:
    return compare(*pair(n, gained, lost), knows_more=knows_more, across=pair(4000, 0, 0))


@given(st.integers(0, 60), st.integers(0, 60))
def test_the_chances_are_those_of_the_exact_test(gained: int, lost: int) -> None:
    comparison = judged(200, gained, lost)
    assert (comparison.n, comparison.gained, comparison.lost) == (200, gained, lost)
    if gained + lost:
        worse = binomtest(gained, gained + lost, alternative="less").pvalue
        better = binomtest(gained, gained + lost, alternative="greater").pvalue
        assert comparison.p_worse == pytest.approx(worse)
        assert comparison.p_better == pytest.approx(better)


def test_a_challenger_that_gains_more_than_it_loses_is_put_to_work() -> None:
    comparison = judged(200, 9, 4, knows_more=False)
    assert comparison.promote
    assert comparison.rule == "better"
    assert "right on 9 where" in comparison.why
    assert "wrong on 4 where" in comparison.why


def test_an_equal_challenger_is_put_to_work_only_if_it_knows_more() -> None:
    assert judged(200, 5, 5).rule == "knows more"
    assert not judged(200, 5, 5, knows_more=False).promote
    assert judged(200, 0, 0).promote


def test_a_small_loss_is_forgiven_to_one_that_knows_more_and_a_clear_one_is_not() -> None:
    assert judged(500, 19, 20).promote
    kept_back = judged(500, 15, 21)
    assert (kept_back.promote, kept_back.rule) == (False, "worse")
    assert "kept back" in kept_back.why


def test_few_mails_are_not_enough_by_themselves() -> None:
    few = pair(12, 2, 0)
    assert compare(*few, knows_more=True).rule == "too few"
    assert compare(*few, knows_more=True, across=pair(4000, 10, 12)).promote
    assert compare(*few, knows_more=True, across=pair(4000, 10, 29)).promote
    kept_back = compare(*few, knows_more=True, across=pair(4000, 10, 30))
    assert (kept_back.promote, kept_back.rule) == (False, "worse across")
    assert "Of 4000 labelled mails" in kept_back.why


def test_the_first_corrections_teach_even_where_no_mail_is_left_to_compare_with() -> None:
    nothing = np.array([], bool)
    assert compare(nothing, nothing, knows_more=True, across=pair(4000, 5, 3)).promote
    assert not compare(nothing, nothing, knows_more=True, across=pair(4000, 3, 23)).promote


def promoted(points: float, n: int, points_across: float) -> float:
    """How often a challenger that is right on so many more of 100 mails is put to work."""
    generator = np.random.default_rng(23)

    def draw(more: float, mails: int) -> tuple[np.ndarray, np.ndarray]:
        chances = [0.05 + more / 200, 0.05 - more / 200, 0.9]
        gained, lost, _ = generator.multinomial(mails, chances)
        return pair(mails, gained, lost)

    runs = [
        compare(*draw(points, n), knows_more=True, across=draw(points_across, 4000)).promote
        for _ in range(RUNS)
    ]
    return float(np.mean(runs))


# The table in compare's description, in percent: where the mails across agree, and where they say
# nothing.
@pytest.mark.parametrize(
    ("points", "n", "agreed", "alone"),
    [
        (-5, 50, 0, 28),
        (-5, 200, 0, 2),
        (-5, 1000, 0, 0),
        (-2, 50, 0, 52),
        (-2, 200, 0, 30),
        (-2, 1000, 4, 4),
        (0, 50, 63, 63),
        (0, 200, 60, 60),
        (0, 1000, 64, 64),
        (2, 50, 90, 74),
        (2, 200, 93, 76),
        (2, 1000, 99, 99),
    ],
)
def test_how_often_a_challenger_is_put_to_work_is_what_the_description_says(
    points: float, n: int, agreed: float, alone: float
) -> None:
    assert 100 * promoted(points, n, points) == pytest.approx(agreed, abs=1)
    assert 100 * promoted(points, n, 0) == pytest.approx(alone, abs=1)
