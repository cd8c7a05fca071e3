from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from buzon.classifier.codes import MAX_CHARS, join_fields
from buzon.classifier.corpus import starter
from buzon.classifier.explain import Explanation, Phrase
from buzon.classifier.model import Classifier
from buzon.classifier.tfidf import Floats
from buzon.classifier.waves import WIDTH

MAILS = [(sample.subject, sample.body) for sample in starter()[::70]]
PIECES = st.sampled_from([
    "Quiero", " un ", "reembolso", "ya", "?", "¿Cuándo", "!", ",", ".", ". ", "\n", "\r\n", "  ",
    "1.250,00", "4", "€", "ana@correo.example", "https://x.example/a?b=1.2", "www.x.example",
    "e\u0301", "\u0301", "\u200b", "\u00ad", "\ud800", "😀", "«", "ß", "ﬁ", "\0", "@", "://",
])  # fmt: skip
texts = st.lists(PIECES, max_size=30).map("".join) | st.text(st.characters(), max_size=60)


def explained(model: Classifier, subject: str, body: str) -> Explanation:
    return model.explain(subject, body, *model.classes[:2])


def lead(model: Classifier, subject: str, body: str, category: str, runner_up: str) -> float:
    """By how much one category is ahead of another, as the model itself works it out."""
    (scores,) = model.decision_function([join_fields(subject, body)]).astype(float)
    return float(scores[model.classes.index(category)] - scores[model.classes.index(runner_up)])


def total(explanation: Explanation) -> float:
    return sum(phrase.weight for phrase in explanation.phrases) + explanation.rest


def found_at(phrase: Phrase, subject: str, body: str) -> str:
    return {"subject": subject, "body": body}[phrase.field][phrase.start : phrase.end]


def test_the_phrases_add_up_to_the_lead_of_any_category_over_any_other(
    small_model: Classifier,
) -> None:
    for mail in MAILS[:20]:
        for pair in permutations(small_model.classes, 2):
            explanation = small_model.explain(*mail, *pair)
            assert explanation.rest == 0
            assert explanation.margin == pytest.approx(total(explanation), abs=1e-12)
            assert explanation.margin == pytest.approx(lead(small_model, *mail, *pair), abs=1e-5)


@given(subject=texts, body=texts)
def test_whatever_the_text_each_phrase_is_where_it_says_and_nothing_is_missing(
    small_model: Classifier, subject: str, body: str
) -> None:
    explanation = explained(small_model, subject, body)
    in_order = explanation.phrases
    assert all(phrase.text == found_at(phrase, subject, body) != "" for phrase in in_order)
    places = [(phrase.field == "body", phrase.start, phrase.end) for phrase in in_order]
    assert all(a[0] < b[0] or a[2] <= b[1] for a, b in pairwise(places))
    assert not any("\n" in phrase.text for phrase in in_order)
    pair = small_model.classes[:2]
    assert total(explanation) == pytest.approx(lead(small_model, subject, body, *pair), abs=1e-5)


@pytest.mark.parametrize(
    "word",
    ["1.250,00", "ana@correo.example", "https://x.example/a?b=1.2", "reclamacio\u0301n",
     "re\u200bembolso", "€", "DEVOLUCIÓN"],
)  # fmt: skip
def test_a_word_that_is_read_as_another_is_shown_as_it_was_written(
    starter_model: Classifier, word: str
) -> None:
    explanation = explained(starter_model, "", f"pero\n{word}\nquiero")
    (shown,) = [p.text for p in explanation.phrases if p.start in range(5, 5 + len(word))]
    assert shown == word


def test_the_words_that_speak_for_a_category_are_found(starter_model: Classifier) -> None:
    body = "Buenos días:\nexijo la devolución del dinero y la hoja de reclamaciones.\nEl martes."
    explanation = starter_model.explain("", body, "reclamacion", "pedido")
    weightiest = sorted(explanation.phrases, key=lambda phrase: phrase.weight)[-3:]
    assert "devolución" in " ".join(phrase.text for phrase in weightiest)
    other_way = starter_model.explain("", body, "pedido", "reclamacion")
    assert other_way.margin == pytest.approx(-explanation.margin)


def test_a_mail_without_words_has_no_phrases(small_model: Classifier) -> None:
    assert explained(small_model, "", " \n") == Explanation(*small_model.classes[:2], 0, (), 0)


def test_what_lies_past_the_limit_is_not_read_and_not_explained(small_model: Classifier) -> None:
    subject, body = "hola " * MAX_CHARS, "no funciona el pedido\n" * MAX_CHARS
    for mail in ((subject, body), ("", body), ("hola", body)):
        explanation = explained(small_model, *mail)
        pair = small_model.classes[:2]
        assert total(explanation) == pytest.approx(lead(small_model, *mail, *pair), abs=1e-4)
        assert sum(len(phrase.text) for phrase in explanation.phrases) <= MAX_CHARS
        assert all(phrase.text == found_at(phrase, *mail) for phrase in explanation.phrases)


class Length:
    """Dense features that know how long a text is."""

    name, width = "length", 2

    def encode(self, texts: Sequence[str]) -> Floats:
        angles = np.array([len(text) for text in texts], dtype=np.float32)
        return np.stack([np.sin(angles), np.cos(angles)], axis=1)


def test_what_dense_features_add_is_the_rest(small_model: Classifier) -> None:
    weights = np.random.default_rng(1).normal(size=(WIDTH, len(small_model.classes)))
    dense = replace(small_model, embedder=Length(), dense_weights=weights.astype(np.float32))
    for mail in MAILS[:20]:
        explanation, plain = explained(dense, *mail), explained(small_model, *mail)
        assert explanation.phrases == plain.phrases
        assert explanation.rest == pytest.approx(explanation.margin - plain.margin)
        pair = small_model.classes[:2]
        assert explanation.margin == pytest.approx(lead(dense, *mail, *pair), abs=1e-5)
