import numpy as np
import pytest

from buzon.classifier import strangers
from buzon.classifier.measure import Indices

K, EACH = strangers.MANY, 30
TEMPERATURE = 0.2
TRUTH = np.arange(K * EACH) % K
FOLD = (
    np.flatnonzero(np.arange(K * EACH) // K % 3),
    np.flatnonzero(np.arange(K * EACH) // K % 3 == 0),
)


def decided(fold: tuple[Indices, Indices]) -> tuple[np.ndarray, np.ndarray]:
    """A model that knows what it learnt, is lost with the rest, and has met fewer words of it."""
    learnt, unseen = fold
    random = np.random.default_rng(3)
    known = np.isin(TRUTH[unseen], TRUTH[learnt])
    decisions = random.normal(-0.8, 0.1, (len(unseen), K)).astype(np.float32)
    decisions[known, TRUTH[unseen][known]] = random.normal(0.4, 0.3, known.sum())
    return decisions, (random.random(len(unseen)) < np.where(known, 0.1, 0.6)).astype(np.int32)


def test_each_category_is_left_out_once_and_no_text_of_it_is_learnt() -> None:
    left = strangers.leaving_out(TRUTH, FOLD, seed=1)
    missing = [set(range(K)) - set(TRUTH[learnt].tolist()) for learnt, _ in left]
    assert sorted(category for some in missing for category in some) == list(range(K))
    assert all((unseen == FOLD[1]).all() for _, unseen in left)


def test_few_categories_have_no_strangers() -> None:
    assert strangers.leaving_out(TRUTH % (K - 1), FOLD, seed=1) == []


def test_a_part_without_a_text_to_judge_shows_none() -> None:
    learnt, unseen = FOLD
    assert strangers.leaving_out(TRUTH, (learnt, unseen[TRUTH[unseen] == 3]), seed=1) == []


@pytest.fixture(scope="module")
def told() -> strangers.Strangers:
    left = strangers.leaving_out(TRUTH, FOLD, seed=1)
    both = [decided(fold) for fold in left]
    return strangers.learnt(TRUTH, left, [d for d, _ in both], [u for _, u in both], TEMPERATURE)


def heeded(told: strangers.Strangers, best: float, unknown: int) -> np.ndarray:
    """The probabilities of a text of which the model is as good as sure."""
    decisions = np.full((1, K), -0.8, np.float32)
    decisions[0, 5] = best
    likely = np.full((1, K), 0.001)
    likely[0, 5] = 1 - 0.001 * (K - 1)
    return told.heeded(likely, decisions, np.array([unknown], np.int32), TEMPERATURE)[0]


def test_of_a_stranger_any_category_is_as_likely_as_another(told: strangers.Strangers) -> None:
    strange = heeded(told, -0.7, 3)
    assert strange.max() < 0.3
    assert strange.argmax() == 5


def test_what_is_known_stays_as_sure_as_it_was(told: strangers.Strangers) -> None:
    assert heeded(told, 0.9, 0)[5] == pytest.approx(1 - 0.001 * (K - 1), abs=0.005)


def test_words_never_met_make_it_less_sure(told: strangers.Strangers) -> None:
    assert heeded(told, -0.2, 1)[5] < heeded(told, -0.2, 0)[5] - 0.005


def test_probabilities_still_sum_to_one(told: strangers.Strangers) -> None:
    assert heeded(told, -0.5, 1).sum() == pytest.approx(1)


def test_enormous_decisions_are_no_strangers(told: strangers.Strangers) -> None:
    assert heeded(told, 1e30, 0)[5] == pytest.approx(1 - 0.001 * (K - 1), abs=0.005)


def test_a_lead_over_fewer_others_counts_no_more(told: strangers.Strangers) -> None:
    decisions = np.full((1, 2 * K), -0.8, np.float32)
    decisions[0, 5] = 0.1
    none = np.zeros(1, np.int32)
    likely = np.full((1, 2 * K), 0.5 / (2 * K - 1))
    likely[0, 5] = 0.5
    fewer = np.full((1, K), 0.5 / (K - 1))
    fewer[0, 5] = 0.5
    many = told.heeded(likely, decisions, none, TEMPERATURE)
    few = told.heeded(fewer, decisions[:, :K], none, TEMPERATURE)
    # What is left of one half, beside what each category gets of a stranger.
    assert (0.5 - many[0, 5]) / (0.5 - 1 / (2 * K)) == pytest.approx(
        (0.5 - few[0, 5]) / (0.5 - 1 / K), rel=1e-6
    )
