import pickle
import tracemalloc
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from buzon.classifier.codes import join_fields
from buzon.classifier.corpus import Sample, starter
from buzon.classifier.model import Classifier
from buzon.records import CATEGORIES

MAILS = [(sample.subject, sample.body) for sample in starter()[:200]]


def test_a_prediction_names_category_confidence_and_version(starter_model: Classifier) -> None:
    (prediction,) = starter_model.classify([("Pedido", "Ponme 20 cajas más, por favor.")])
    assert prediction.category == "pedido"
    assert prediction.confidence == prediction.probabilities["pedido"] > 0.9
    assert prediction.model_version == starter_model.version


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("La lavadora ha dejado de funcionar y no enciende, ¿me la arregláis?", "incidencia"),
        ("¿A qué hora abrís los sábados?", "consulta"),
        ("Exijo la devolución del dinero o pondré una reclamación en Consumo.", "reclamacion"),
        ("Our order arrived damaged and two boxes are missing", "incidencia"),
        ("Unsubscribe from our newsletter. 50% off everything this weekend!", "otro"),
    ],
)
def test_plain_cases_are_sorted(starter_model: Classifier, text: str, category: str) -> None:
    assert starter_model.classify([("", text)])[0].category == category


def test_probabilities_sum_to_one_in_the_order_of_the_categories(starter_model: Classifier) -> None:
    for prediction in starter_model.classify(MAILS):
        assert tuple(prediction.probabilities) == CATEGORIES
        assert sum(prediction.probabilities.values()) == pytest.approx(1, abs=3e-6)
        assert max(prediction.probabilities.values()) == prediction.confidence
        assert all(round(p, 6) == p for p in prediction.probabilities.values())


@pytest.mark.parametrize("text", ["", "?", "a", "!", "€", "5", ".", "\n", "注文について", "\ud800"])
def test_a_text_that_says_nothing_is_never_sure(starter_model: Classifier, text: str) -> None:
    for mail in ((text, ""), ("", text)):
        assert starter_model.classify([mail])[0].confidence < 0.6


def test_an_empty_mail_could_be_anything(starter_model: Classifier) -> None:
    assert set(starter_model.classify([("", "")])[0].probabilities.values()) == {0.2}


def test_a_mail_gets_the_same_answer_alone_and_among_others(small_model: Classifier) -> None:
    together = small_model.classify(MAILS * 6)
    assert together[: len(MAILS)] == together[len(MAILS) : 2 * len(MAILS)]
    assert [small_model.classify([mail])[0] for mail in MAILS] == together[: len(MAILS)]


def test_no_mails_get_no_answers(small_model: Classifier) -> None:
    assert small_model.classify([]) == []
    assert small_model.predict([]).tolist() == []


def test_it_predicts_from_plain_text_as_a_pipeline_does(small_model: Classifier) -> None:
    texts = [join_fields(*mail) for mail in MAILS]
    labels = [prediction.category for prediction in small_model.classify(MAILS)]
    assert small_model.predict(texts).tolist() == labels
    assert small_model.predict_proba(texts).shape == (len(texts), len(small_model.classes_))


def test_threads_may_share_it(small_model: Classifier) -> None:
    expected = small_model.classify(MAILS)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: small_model.classify(MAILS), range(16)))
    assert all(answer == expected for answer in answers)


def test_memory_stays_bounded_however_many_and_long_the_mails(small_model: Classifier) -> None:
    mails = [("asunto", "la caja llegó rota, " * 2_000)] * 300 + MAILS * 10
    small_model.classify(mails[:1])
    tracemalloc.start()
    small_model.classify(mails)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50_000_000


def test_a_huge_text_is_read_only_in_its_beginning(small_model: Classifier) -> None:
    huge = "la caja llegó rota " * 2_600_000
    assert small_model.classify([("", huge)]) == small_model.classify([("", huge[:20_000])])


def test_a_loaded_model_is_small(starter_model: Classifier) -> None:
    idf = sum(part.nbytes for part in starter_model.features.idf_)
    assert starter_model.weights.dtype == np.float32
    assert starter_model.weights.nbytes + idf < 40_000_000


def test_a_model_holds_no_word_of_a_mail(
    small_model: Classifier, few_samples: Sequence[Sample]
) -> None:
    held = pickle.dumps(small_model).lower()
    names = {*small_model.classes, "classes", "weights", "vocabulary"}
    met = {word for s in few_samples for word in s.body.lower().split() if len(word) > 7}
    found = {word for word in met - names if word.encode() in held}
    assert len(met) > 500
    assert not found
