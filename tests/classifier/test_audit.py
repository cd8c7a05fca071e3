from random import Random

import numpy as np
import pytest

from buzon.classifier import audit

SEED = b"a secret of the company"


def test_a_twentieth_is_drawn_of_many_mails_and_three_a_day_of_few() -> None:
    assert audit.share(1000) == 0.05
    assert audit.share(30) == pytest.approx(0.1)
    assert audit.share(3) == 1
    assert audit.share(0.5) == 1
    assert audit.share(0) == 1


def test_a_share_asked_for_is_kept() -> None:
    assert audit.share(1000, part=0.2) == 0.2
    assert audit.share(1000, part=0, least=10) == pytest.approx(0.01)


def test_the_draw_is_uniform_and_independent_of_the_ids_pattern() -> None:
    shares = [0.01, 0.05, 0.2, 0.7]
    for step in (1, 2, 1000):
        found = [np.mean([audit.drawn(SEED, n * step, p) for n in range(20_000)]) for p in shares]
        assert found == pytest.approx(shares, rel=0.1)


def test_successive_ids_are_drawn_independently() -> None:
    hit = np.array([audit.drawn(SEED, n, 0.2) for n in range(40_000)])
    gaps = np.diff(np.flatnonzero(hit))
    for gap in (1, 2, 3):
        assert np.mean(gaps == gap) == pytest.approx(0.2 * 0.8 ** (gap - 1), abs=0.02)


def test_a_rerun_in_any_order_draws_the_same() -> None:
    keys = [f"event-{n}" for n in range(1000)]
    first = {key for key in keys if audit.drawn(SEED, key, 0.1)}
    Random(2).shuffle(keys)
    assert {key for key in keys if audit.drawn(SEED, key, 0.1)} == first


def test_another_seed_draws_others() -> None:
    one = np.array([audit.drawn(SEED, n, 0.5) for n in range(4000)])
    other = np.array([audit.drawn(b"another", n, 0.5) for n in range(4000)])
    assert np.mean(one == other) == pytest.approx(0.5, abs=0.04)


def test_who_is_drawn_at_a_low_probability_is_drawn_at_every_higher_one() -> None:
    low = {n for n in range(5000) if audit.drawn(SEED, n, 0.05)}
    high = {n for n in range(5000) if audit.drawn(SEED, n, 0.2)}
    assert low < high


def test_certainty_draws_every_mail_and_none_draws_nobody() -> None:
    assert all(audit.drawn(SEED, n, 1.0) for n in range(1000))
    assert not any(audit.drawn(SEED, n, 0.0) for n in range(1000))


def test_a_draw_that_anybody_could_foresee_is_refused() -> None:
    with pytest.raises(ValueError, match="foresee"):
        audit.drawn(b"", 1, 0.5)


def test_a_day_filled_up_has_three_and_holds_all_that_were_drawn() -> None:
    for day in range(200):
        keys = [1000 * day + n for n in range(20)]
        probability = audit.share(20)
        chosen, _ = audit.filled_up(SEED, keys, probability)
        assert len(chosen) >= 3
        assert {key for key in keys if audit.drawn(SEED, key, probability)} <= set(chosen)


def test_a_day_of_two_mails_has_both_looked_at_and_an_empty_day_nothing() -> None:
    chosen, chance = audit.filled_up(SEED, ["a", "b"], 0.05)
    assert sorted(chosen) == ["a", "b"]
    assert chance == pytest.approx(1)
    assert audit.filled_up(SEED, [], 0.05) == ([], 0.05)


@pytest.mark.parametrize(("mails", "probability"), [(20, 0.15), (60, 0.05), (5, 0.6)])
def test_the_chance_told_for_a_day_filled_up_is_how_often_a_mail_is_drawn(
    mails: int, probability: float
) -> None:
    days = 2000
    sizes = []
    for day in range(days):
        chosen, chance = audit.filled_up(SEED, [day * 100 + n for n in range(mails)], probability)
        sizes.append(len(chosen))
    assert np.mean(sizes) / mails == pytest.approx(chance, rel=0.03)
