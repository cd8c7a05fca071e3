from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mapie.risk_control import BinaryRisk, MultiClassificationLTTController
from mapie.risk_control.fwer_control import FWERFixedSequenceTesting, FWERProcedure

from buzon.classifier import risk
from buzon.classifier.risk import GRID, Certificate, certify

DRAWS = 400
# 5% of 400.
AT_MOST = 20

# How often a mail of that confidence is wrong.
POPULATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "calibrated": lambda confidence: 1 - confidence,
    "too sure of itself": lambda confidence: np.minimum(1, 1.8 * (1 - confidence) + 0.01),
    "too modest": lambda confidence: 0.5 * (1 - confidence),
    "hardly good enough where surest": lambda confidence: 0.03 + 0.2 * (1 - confidence),
    "never good enough": lambda confidence: np.full_like(confidence, 0.055),
}


class Population:
    """Mails with a confidence, and the true error at each threshold of the grid."""

    def __init__(self, error: Callable[[np.ndarray], np.ndarray], seed: int = 17) -> None:
        self.generator = np.random.default_rng(seed)
        self.confidence = 1 - 0.7 * self.generator.beta(0.5, 2.0, 200_000)
        self.error = error(self.confidence)
        sure = [self.confidence >= threshold for threshold in GRID]
        self.error_at = {
            float(threshold): float(self.error[those].mean())
            for threshold, those in zip(GRID, sure, strict=True)
        }

    def audit(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        drawn = self.generator.integers(0, len(self.confidence), n)
        return self.confidence[drawn], self.generator.random(n) < self.error[drawn]


def lucky(confidence: np.ndarray, wrong: np.ndarray, accepted: float) -> float | None:
    """The lowest threshold at which few enough of the audited mails were wrong."""
    good = [t for t in GRID if wrong[confidence >= t].sum() <= accepted * (confidence >= t).sum()]
    return float(min(good)) if good else None


@pytest.mark.parametrize(("accepted", "enough"), [(0.05, 59), (0.02, 149), (0.10, 29)])
def test_so_many_mails_without_an_error_certify_a_risk_and_one_fewer_does_not(
    accepted: float, enough: int
) -> None:
    sure, right = np.full(enough, 0.995), np.zeros(enough, bool)
    certificate = certify(sure, right, accepted)
    assert certificate.threshold == 0.99
    assert (certificate.n, certificate.wrong, certificate.missing) == (enough, 0, 0)
    assert certificate.bound <= accepted
    short = certify(sure[1:], right[1:], accepted)
    assert (short.threshold, short.missing) == (None, 1)
    assert short.bound > accepted


def test_without_an_audited_mail_all_are_missing() -> None:
    nothing = certify(np.array([]), np.array([], bool), 0.05)
    assert nothing == Certificate(threshold=None, n=0, wrong=0, bound=1.0, missing=59)


@given(st.integers(1, 20), st.sampled_from([0.02, 0.05, 0.2]))
def test_the_mails_said_to_be_missing_are_just_enough(wrong: int, accepted: float) -> None:
    confidence, flags = np.full(wrong + 3, 0.995), np.arange(wrong + 3) < wrong
    missing = certify(confidence, flags, accepted).missing
    for more, certified in ((missing - 1, False), (missing, True)):
        certificate = certify(
            np.append(confidence, np.full(more, 0.995)),
            np.append(flags, np.zeros(more, bool)),
            accepted,
        )
        assert (certificate.threshold is not None) is certified


def test_few_mails_among_the_surest_do_not_hide_that_there_are_plenty_below() -> None:
    confidence = np.concatenate([np.full(5, 0.995), np.full(300, 0.905)])
    wrong = np.zeros(305, bool)
    wrong[0] = True
    certificate = certify(confidence, wrong, 0.05)
    assert (certificate.threshold, certificate.n, certificate.wrong) == (0.9, 305, 1)


def test_the_first_threshold_that_fails_ends_it_though_lower_ones_would_pass() -> None:
    confidence = np.concatenate([np.full(200, 0.995), np.full(100, 0.905), np.full(700, 0.805)])
    wrong = np.zeros(1000, bool)
    wrong[200:225] = True
    certificate = certify(confidence, wrong, 0.05)
    assert (certificate.threshold, certificate.n) == (0.91, 200)
    assert certify(confidence, wrong, 0.05, thresholds=np.array([0.8])).threshold == 0.8


def test_nothing_is_certified_beneath_the_mails_that_were_drawn() -> None:
    confidence = np.linspace(0.753, 1, 500)
    certificate = certify(confidence, np.zeros(500, bool), 0.05)
    assert certificate.threshold == 0.75


def test_where_it_begins_depends_on_no_label() -> None:
    generator = np.random.default_rng(3)
    confidence = generator.beta(5, 1, 300)
    all_right = certify(confidence, np.zeros(300, bool), 0.05)
    all_wrong = certify(confidence, np.ones(300, bool), 0.05)
    assert all_right.threshold is not None
    assert all_wrong.threshold is None
    first = next(t for t in GRID if (confidence >= t).sum() >= 60)
    assert all_wrong.n == (confidence >= first).sum()


@pytest.mark.parametrize("n", [80, 200, 600])
@pytest.mark.parametrize("name", POPULATIONS)
def test_the_promise_is_broken_in_at_most_one_case_of_twenty(name: str, n: int) -> None:
    population = Population(POPULATIONS[name])
    broken = 0
    for _ in range(DRAWS):
        threshold = certify(*population.audit(n), 0.05).threshold
        broken += threshold is not None and population.error_at[threshold] > 0.05
    assert broken <= AT_MOST


@pytest.mark.parametrize("name", ["calibrated", "too sure of itself", "too modest"])
def test_a_threshold_chosen_by_how_it_looks_breaks_the_promise_about_half_the_time(
    name: str,
) -> None:
    population = Population(POPULATIONS[name])
    broken = 0
    for _ in range(DRAWS):
        threshold = lucky(*population.audit(200), 0.05)
        broken += threshold is not None and population.error_at[threshold] > 0.05
    assert broken > 0.3 * DRAWS


def test_a_good_model_is_certified_and_most_of_what_could_be_handled_alone_is() -> None:
    population = Population(POPULATIONS["calibrated"])
    could = max(t for t in GRID if population.error_at[float(t)] > 0.05)
    covered = []
    for _ in range(100):
        threshold = certify(*population.audit(1000), 0.05).threshold
        covered.append(0 if threshold is None else (population.confidence >= threshold).mean())
    assert np.mean(covered) > 0.75 * (population.confidence > could).mean()


@pytest.mark.filterwarnings("ignore:No predict parameters", "ignore:All provided predict")
@pytest.mark.parametrize("accepted", [0.02, 0.05, 0.1, 0.2])
@pytest.mark.parametrize("seed", [17, 18, 19])
def test_mapie_chooses_the_same_threshold_or_none_either(seed: int, accepted: float) -> None:
    """Of audits too small to certify anything MAPIE can't be asked: it wants a sequence, and none
    of the thresholds has as many mails as a certificate takes. There ours must be None."""
    certified = refused = too_small = 0
    for error in (*POPULATIONS.values(), lambda confidence: np.full_like(confidence, accepted)):
        population = Population(error, seed)
        for n in np.linspace(20, 1500, 24).astype(int):
            confidence, wrong = population.audit(n)
            ours = certify(confidence, wrong, accepted).threshold
            sequence = tried(confidence, accepted)
            assert ours == (
                mapies(confidence, wrong, accepted, sequence) if len(sequence) else None
            )
            certified += ours is not None
            refused += ours is None and len(sequence) > 0
            too_small += not len(sequence)
    assert min(certified, refused) >= 10, "or next to nothing was compared"
    assert too_small or risk.needed(0, accepted) <= 20


class AsGiven(FWERProcedure):
    """MAPIE's fixed-sequence testing, in the order given.

    Asked for "fixed_sequence", MAPIE turns the sequence round where the observed share of wrong
    ones falls along it, and then certifies thresholds that ours refuses: its order hangs on the
    labels, which costs the certainty that an order fixed beforehand has.
    """

    n_starts = 1
    _init_state = FWERFixedSequenceTesting._init_state
    _select_next_hypothesis = FWERFixedSequenceTesting._select_next_hypothesis
    _local_significance_levels = FWERFixedSequenceTesting._local_significance_levels
    _update_on_reject = FWERFixedSequenceTesting._update_on_reject


class WrongCategory(BinaryRisk):
    """The share of wrong ones among those that are sure enough.

    MAPIE multiplies the share by the number again and rounds up: where 7 / 25 * 25 comes out a hair
    above 7, it counts 8 errors. A share that is a hair smaller is counted right.
    """

    def __init__(self) -> None:
        super().__init__(
            risk_occurrence=lambda truth, predicted: predicted != truth,
            risk_condition=lambda _, predicted: ~np.isnan(predicted),
            higher_is_better=False,
        )

    def get_value_and_effective_sample_size(
        self, y_true: np.ndarray, y_pred: np.ndarray
    ) -> tuple[float, int]:
        share, n = super().get_value_and_effective_sample_size(y_true, y_pred)
        return float(np.nextafter(share, 0)), n


def tried(confidence: np.ndarray, accepted: float) -> np.ndarray:
    """The thresholds from the first with enough mails down to what the least sure mail allows."""
    lowest = max(t for t in GRID if t <= confidence.min())
    n_sure = np.array([(confidence >= threshold).sum() for threshold in GRID])
    reached = lowest <= GRID
    enough = n_sure >= max(risk.needed(0, accepted), n_sure[reached].max() / 5)
    sequence: np.ndarray = GRID[reached & np.logical_or.accumulate(enough)]
    return sequence


def mapies(
    confidence: np.ndarray, wrong: np.ndarray, accepted: float, sequence: np.ndarray
) -> float | None:
    """What MAPIE's Learn-then-Test controller finds on a sequence of thresholds.

    Each mail has its confidence in category 0, and the rest spread over nine others.
    """
    controller = MultiClassificationLTTController(
        predict_function=lambda rows: np.column_stack([rows, *[(1 - rows) / 9] * 9]),
        risks=[WrongCategory()],
        target_level=[accepted],
        confidence_level=0.95,
        list_predict_params=sequence,
        classes=np.arange(10),
        fwer_method=AsGiven(),
    )
    controller.calibrate(confidence, wrong.astype(int))
    valid = controller.valid_predict_params
    return float(valid.min()) if len(valid) else None
