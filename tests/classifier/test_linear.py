"""The kernel's sums beside those over the features, as scikit-learn's tools have them."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buzon.classifier import reading
from buzon.classifier.codes import MAX_CHARS, join_fields
from buzon.classifier.corpus import starter
from buzon.classifier.features import HashedNgrams
from buzon.classifier.sparse import Floats
from buzon.classifier.tfidf import Part, TfidfUnion

MAILS = [join_fields(sample.subject, sample.body) for sample in starter()[::40]]

any_texts = st.lists(st.sampled_from(MAILS) | st.text(max_size=80), min_size=1, max_size=5)


@pytest.fixture(scope="module")
def union() -> TfidfUnion:
    return TfidfUnion().fit(MAILS)


def weights(union: TfidfUnion, k: int = 5, seed: int = 1) -> Floats:
    return np.random.default_rng(seed).normal(size=(union.width, k)).astype(np.float32)


def expect_the_product(union: TfidfUnion, texts: Sequence[str], weights: Floats) -> None:
    found, expected = union.project(texts, weights).scores, union.transform(texts) @ weights
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


@settings(max_examples=50)
@given(any_texts)
def test_any_texts_score_as_their_features_do(union: TfidfUnion, texts: list[str]) -> None:
    expect_the_product(union, texts, weights(union))


@pytest.mark.parametrize("k", [1, 7, 8, 40])
def test_any_number_of_categories_is_scored(union: TfidfUnion, k: int) -> None:
    expect_the_product(union, MAILS, weights(union, k))


def test_spellings_that_drive_each_other_out_are_worked_out_again(union: TfidfUnion) -> None:
    syllables = ["".join(letters) for letters in product("bcdfglmnprst", "aeiou")]
    invented = [" ".join(a + b + c for c in syllables) for a, b in product(syllables, syllables)]
    assert len(invented) * len(syllables) > 3 * (1 << 16)
    expected = weights(union)
    before = union.project(MAILS, expected).scores
    union.project(invented, expected)
    assert np.array_equal(union.project(MAILS, expected).scores, before)


def test_a_word_that_never_ends_counts_as_often_as_it_is_there(union: TfidfUnion) -> None:
    texts = ["? " * (MAX_CHARS // 2), "pedido " * 300, "?" * MAX_CHARS, "x" * MAX_CHARS]
    weight = weights(union) / MAX_CHARS  # so many are added up
    expect_the_product(union, texts, weight)


def test_scores_do_not_depend_on_the_mails_beside_it(union: TfidfUnion) -> None:
    some = weights(union)
    together = union.project(MAILS, some).scores
    alone = np.concatenate([union.project([mail], some).scores for mail in MAILS])
    assert np.array_equal(together, alone)


def test_models_take_turns_in_a_kernel(union: TfidfUnion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_idle", [])
    monkeypatch.setattr(reading, "_MOST_IDLE", 1)
    other = TfidfUnion(words=union.words[:1]).fit(MAILS[:90])
    for seed in range(3):
        expect_the_product(union, MAILS[:9], weights(union, seed=seed))
        expect_the_product(other, MAILS[:9], weights(other, k=3))


def test_a_model_goes_back_to_the_kernel_that_has_it(
    union: TfidfUnion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_idle", kernels := [reading._prepared(), reading._prepared()])
    some = weights(union)
    for _ in range(3):
        union.project(MAILS[:1], some)
    assert sum(bool(kernel.model) for kernel in kernels) == 1


@pytest.mark.parametrize("k", [8, 14, 30])
def test_a_kernel_stays_after_a_mail_as_long_as_any(
    union: TfidfUnion, monkeypatch: pytest.MonkeyPatch, k: int
) -> None:
    monkeypatch.setattr(reading, "_idle", kernels := [reading._prepared()])
    some, before = weights(union, k), list(kernels)
    union.project([" ".join(MAILS)[:MAX_CHARS]], some)
    assert kernels == before


def test_a_model_that_is_gone_is_not_kept_for_its_kernel(
    union: TfidfUnion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_idle", [])
    some = weights(union)
    union.project(MAILS[:1], some)
    (kernel,) = reading._idle
    assert kernel.model[0]() is some
    del some
    assert kernel.model[0]() is None


def test_many_threads_score_at_once(union: TfidfUnion) -> None:
    some = weights(union)
    expected = union.project(MAILS, some).scores
    with ThreadPoolExecutor(8) as threads:
        found = threads.map(lambda mail: union.project([mail], some).scores, MAILS)
        assert np.array_equal(np.concatenate(list(found)), expected)


@pytest.mark.parametrize("bits", [1, 3, 6])
def test_few_columns_are_told_apart(bits: int) -> None:
    words = Part(HashedNgrams("words", bits=bits))
    union = TfidfUnion((words, words), Part(HashedNgrams("chars", reach=4, bits=bits + 1)))
    expect_the_product(union.fit(MAILS[:3]), MAILS, weights(union, 2))
