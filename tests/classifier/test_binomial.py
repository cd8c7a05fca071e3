import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from buzon.classifier import binomial


@given(st.integers(0, 300), st.integers(0, 300), st.sampled_from([0.8, 0.95, 0.99]))
def test_the_interval_is_scipys_exact_one(hits: int, misses: int, level: float) -> None:
    n = hits + misses
    if n == 0:
        assert binomial.interval(0, 0) == (0, 1)
        return
    exact = binomtest(hits, n).proportion_ci(level, method="exact")
    low, high = binomial.interval(hits, n, level=level)
    assert (low, high) == (pytest.approx(exact.low), pytest.approx(exact.high))


@given(st.integers(0, 100), st.integers(1, 100))
def test_the_upper_bound_is_the_share_that_would_give_so_few_in_one_case_of_twenty(
    hits: int, misses: int
) -> None:
    n = hits + misses
    bound = float(binomial.upper(hits, n))
    assert binomtest(hits, n, bound, alternative="less").pvalue == pytest.approx(0.05)


def test_arrays_are_taken_as_they_come() -> None:
    hits, n = np.array([0, 5, 10]), np.array([10, 10, 10])
    low, high = binomial.interval(hits, n)
    assert low[0] == 0
    assert high[2] == 1
    assert (low <= hits / n).all()
    assert (hits / n <= high).all()
