from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from buzon.classifier.corpus import Sample, starter
from buzon.classifier.fits import Tries
from buzon.classifier.model import Classifier
from buzon.classifier.train import train
from buzon.classifier.waves import WIDTH, waves
from buzon.errors import ModelError


def some(label: str, n: int, words: str) -> list[Sample]:
    return [Sample("", f"{words} número {at}", label) for at in range(n)]


ORDERS = some("pedido", 12, "ponme veinte cajas más")
FAULTS = some("incidencia", 12, "la caldera no funciona")


def test_the_same_samples_give_the_same_model(
    few_samples: list[Sample], small_model: Classifier
) -> None:
    again = train(few_samples).classifier
    assert np.array_equal(again.weights, small_model.weights)
    assert again.temperature == small_model.temperature
    assert again.metrics == small_model.metrics
    assert again.version == small_model.version


def test_another_sample_gives_another_version(few_samples: list[Sample]) -> None:
    changed = [replace(few_samples[0], subject="Otra cosa"), *few_samples[1:]]
    assert train(changed).classifier.version != train(few_samples).classifier.version


def test_a_version_bears_the_name_it_was_given() -> None:
    version = train(ORDERS + FAULTS, name="acme").classifier.version
    assert version.startswith("acme-")
    assert len(version) == len("acme-") + 10


def test_two_categories_are_enough() -> None:
    model = train(ORDERS + FAULTS).classifier
    assert model.classes == ("pedido", "incidencia")
    assert model.predict(["ponme diez cajas", "no funciona"]).tolist() == ["pedido", "incidencia"]


def test_own_categories_come_after_the_known_ones_by_name() -> None:
    own = some("visita", 6, "quiero visitar la fábrica") + some("alta", 6, "darme de alta")
    assert train(own + FAULTS + ORDERS).classifier.classes == (
        "pedido",
        "incidencia",
        "alta",
        "visita",
    )


def test_a_category_with_four_examples_is_left_out_and_counted() -> None:
    model = train(ORDERS + FAULTS + some("visita", 4, "quiero visitar la fábrica")).classifier
    assert model.classes == ("pedido", "incidencia")
    assert model.left_out == {"visita": 4}


def test_the_body_is_learnt_as_prepared() -> None:
    seen: list[str] = []

    def prepare(body: str) -> str:
        seen.append(body)
        return body

    train(ORDERS + FAULTS, prepare=prepare)
    assert seen == [sample.body for sample in ORDERS + FAULTS]


def test_a_mail_of_more_weight_is_heeded_more() -> None:
    faults = [replace(sample, weight=0.01) for sample in some("incidencia", 12, "la caja azul")]
    disputed = some("pedido", 6, "la caja azul") + some("pedido", 6, "ponme veinte")
    assert train(faults + disputed).classifier.predict(["la caja azul"]) == ["pedido"]


def test_every_mail_learnt_from_is_measured_by_a_model_that_has_not_seen_it() -> None:
    trained = train(ORDERS + some("visita", 4, "quiero visitar la fábrica") + FAULTS)
    assert trained.samples == tuple(ORDERS + FAULTS)
    assert trained.truth.tolist() == [0] * 12 + [1] * 12
    assert sorted(trained.measured) == list(range(24))
    right = trained.out_of_fold.argmax(axis=1) == trained.truth[trained.measured]
    assert right.mean() == trained.classifier.metrics["accuracy"]
    assert np.allclose(trained.out_of_fold.sum(axis=1), 1)


def test_what_is_planned_is_tried_on_samples_that_were_not_learnt_from() -> None:
    def orders_alone(samples: Sequence[Sample]) -> Tries:
        return Tries([(np.arange(6, 24), np.arange(6)), (np.arange(12), np.array([0, 20]))])

    trained = train(ORDERS + FAULTS, plans=[lambda samples: Tries([]), orders_alone])
    nothing, (six, two) = trained.trials
    assert nothing == []
    assert (six.unseen.tolist(), six.said.tolist()) == (list(range(6)), [0] * 6)
    assert two.said.tolist() == [0, 0]  # it knows no other category


def test_the_model_does_not_hang_on_what_is_tried_beside_it() -> None:
    def halves(samples: Sequence[Sample]) -> Tries:
        every = np.arange(len(samples))
        return Tries([(every[::2], every[1::2]), (every[1::2], every[::2])], enough=0.5)

    samples = starter()[::20]
    one, other = train(samples), train(samples, plans=[halves])
    assert one.classifier.temperature == other.classifier.temperature
    assert one.classifier.metrics == other.classifier.metrics
    assert np.array_equal(one.classifier.weights, other.classifier.weights)


def test_progress_is_told_from_nothing_to_all() -> None:
    told: list[tuple[float, str]] = []
    train(ORDERS + FAULTS, progress=lambda share, step: told.append((share, step)))
    assert told[0] == (0.0, "reading the mails")
    assert told[-1] == (1.0, "done")
    assert told == sorted(told)


class Colours:
    """An embedder that sees nothing but whether a text is red or blue."""

    name = "colours"
    width = 2

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        seen = [["rojo" in text, "azul" in text] for text in texts]
        return np.array(seen, dtype=np.float32).reshape(-1, 2)


def test_dense_features_are_learnt_and_used_beside_the_words() -> None:
    colour = {"pedido": "rojo", "incidencia": "azul"}
    samples = [Sample("", f"es {colour[k]} {n}", k) for n in range(12) for k in colour]
    plain, dense = train(samples).classifier, train(samples, embedder=Colours()).classifier
    text = ["todo muy rojo y nada más"]
    assert dense.dense_weights is not None
    assert dense.dense_weights.shape == (WIDTH, 2)
    words = dense.features.project(text, dense.weights).scores
    seen = waves(Colours().encode(text)) @ dense.dense_weights * 2
    np.testing.assert_allclose(dense.decision_function(text), words + seen, rtol=1e-5)
    assert dense.classify([("", text[0])])[0].confidence > 0.5
    assert dense.version != plain.version
    assert dense.predict([]).tolist() == []


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        ([], "no labelled mail"),
        (ORDERS, r"two categories.*pedido \(12\)"),
        (ORDERS + some("visita", 4, "hola"), r"two categories.*visita \(4\)"),
    ],
)
def test_what_cannot_be_learnt_from_is_refused_with_a_sentence(
    samples: list[Sample], said: str
) -> None:
    with pytest.raises(ModelError, match=said) as refusal:
        train(samples)
    assert refusal.value.do


def test_mails_without_any_text_are_refused() -> None:
    empty = [Sample("", "", label) for label in ("pedido", "incidencia") for _ in range(6)]
    with pytest.raises(ModelError, match="12 labelled mails have no word in common"):
        train(empty)


def test_the_starter_model_is_good_on_writers_it_has_not_seen(starter_model: Classifier) -> None:
    """Out of fold over whole files, of which some hold all mails of a language or half of a
    category: worse than at work, and still honest."""
    assert starter_model.left_out == {}
    assert starter_model.metrics["accuracy"] >= 0.87
    assert starter_model.metrics["macro_f1"] >= 0.87
    assert starter_model.metrics["ece"] <= 0.02
    assert starter_model.metrics["coverage_at_0.75"] >= 0.78
    assert starter_model.metrics["accuracy_at_0.75"] >= 0.94
