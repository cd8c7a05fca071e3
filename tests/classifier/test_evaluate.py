import json
from pathlib import Path

import pytest

from buzon.classifier.corpus import Sample
from buzon.classifier.evaluate import evaluate, read_samples
from buzon.classifier.model import Classifier
from buzon.errors import Invalid


def test_the_figures_are_those_of_the_design(
    small_model: Classifier, few_samples: list[Sample]
) -> None:
    figures = evaluate(small_model, few_samples)
    assert list(figures) == [
        "n", "accuracy", "macro_f1", "ece", "per_label", "per_lang", "confusion",
        "coverage_at_risk", "seconds",
    ]  # fmt: skip
    assert figures["n"] == 120
    assert figures["accuracy"] > 0.95  # it has learnt from these very mails
    assert figures["per_lang"]["es"]["n"] == 120
    assert set(figures["coverage_at_risk"]) == {"0.02", "0.05"}
    assert sum(map(sum, figures["confusion"]["counts"])) == 120
    assert sum(label["n"] for label in figures["per_label"].values()) == 120
    json.dumps(figures)


def test_a_label_that_the_model_does_not_know_is_an_error(small_model: Classifier) -> None:
    mails = [Sample("", "quiero visitar la fábrica", "visita", "es")] * 3
    figures = evaluate(small_model, mails)
    assert figures["accuracy"] == 0
    assert figures["per_label"]["visita"] == {"n": 3, "precision": 0, "recall": 0, "f1": 0}


def test_the_body_is_judged_as_prepared(small_model: Classifier) -> None:
    mails = [Sample("", "texto", "pedido")]
    figures = evaluate(small_model, mails, prepare=lambda body: "")
    assert figures["coverage_at_risk"]["0.05"] in (0, 1)
    assert evaluate(small_model, mails)["ece"] != figures["ece"]


def test_nothing_to_measure_with_is_refused(small_model: Classifier) -> None:
    with pytest.raises(Invalid, match="no labelled mail"):
        evaluate(small_model, [])


def test_samples_are_read_from_json_lines(tmp_path: Path) -> None:
    file = tmp_path / "mails.jsonl"
    file.write_text(
        '{"subject": "Hola", "body": "¿Abrís?\u2028Gracias", "label": "consulta", "lang": "es"}\n'
        "\n"
        '{"text": "Ponme dos", "label": " pedido ", "other": 1}',
        "utf-8",
    )
    assert read_samples(file) == [
        Sample("Hola", "¿Abrís?\u2028Gracias", "consulta", "es", key=f"{file}, line 1"),
        Sample("", "Ponme dos", "pedido", key=f"{file}, line 3"),
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"body": "a", "label": ', "no JSON (Expecting value, at character 23)"),
        (b'{"body": "\xff", "label": "x"}', "no UTF-8 from byte 11 on"),
        (b"[" * 100_000, "no JSON"),
        (b'["a"]', "list, no object"),
        (b'{"label": "pedido"}', '"body" or "text" is missing'),
        (b'{"body": "a"}', '"label" is missing'),
        (b'{"body": "a", "label": null}', '"label" is null'),
        (b'{"body": 5, "label": "pedido"}', '"body" is 5'),
        (b'{"body": "a", "label": " "}', "label is empty"),
        (b'{"body": "a", "label": "x", "subject": {}}', '"subject" is {}'),
    ],
)
def test_a_bad_line_is_named_with_its_number_and_a_remedy(
    tmp_path: Path, line: bytes, said: str
) -> None:
    file = tmp_path / "mails.jsonl"
    file.write_bytes(b'{"body": "a", "label": "pedido"}\n' * 811 + line + b"\n")
    with pytest.raises(Invalid) as refusal:
        read_samples(file)
    assert f"{file}, line 812: " in refusal.value.what
    assert said in refusal.value.what
    assert refusal.value.do


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"missing\.jsonl can't be read: No such file"):
        read_samples(tmp_path / "missing.jsonl")
