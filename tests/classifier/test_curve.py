import numpy as np
import pytest

from buzon.classifier.curve import ENOUGH, MOST_TESTED, growing, learning_curve
from buzon.classifier.train import Trial


def test_ever_more_own_mails_are_learnt_beside_the_starter_and_the_newest_fifth_is_tested() -> None:
    folds = growing(np.arange(100), 130)
    assert [len(learnt) for learnt, _ in folds] == [30, 70, 110]
    assert all(set(range(100, 130)) <= set(learnt.tolist()) for learnt, _ in folds)
    assert all(unseen.tolist() == list(range(80, 100)) for _, unseen in folds)


def test_newest_are_those_that_stand_last_in_the_order_given() -> None:
    (half, most) = growing(np.arange(100)[::-1], 100)
    assert half[0].tolist() == list(range(60, 100))
    assert most[0].tolist() == list(range(20, 100))
    assert half[1].tolist() == most[1].tolist() == list(range(20))


def test_without_the_starter_nothing_can_be_learnt_from_no_mail() -> None:
    assert [learnt.tolist() for learnt, _ in growing(np.arange(100), 100)] == [
        list(range(40)),
        list(range(80)),
    ]


@pytest.mark.parametrize(("own", "tested"), [(ENOUGH - 1, None), (5_000, MOST_TESTED)])
def test_few_mails_give_no_curve_and_of_many_the_newest_are_tested(
    own: int, tested: int | None
) -> None:
    folds = growing(np.arange(own), own)
    assert {len(unseen) for _, unseen in folds} == ({tested} if tested else set())


def test_a_point_tells_own_labels_alone_and_between_what_the_share_lies() -> None:
    trial = Trial(np.array([0, 1, 5, 6, 7]), np.array([2, 3, 4]), np.array([0, 1, 1]))
    (point,) = learning_curve(np.array([0, 1, 0, 1, 0, 0, 1, 0]), 5, [trial])
    assert (point.labels, point.n, point.accuracy) == (2, 3, pytest.approx(2 / 3))
    assert 0 < point.low < 2 / 3 < point.high < 1
