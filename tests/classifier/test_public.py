"""What the recipe reaches on public data, where they lie beside the repository. Asked for is a
little less than what is measured (docs/classifier.md): another processor rounds otherwise."""

import pytest

from buzon.classifier.evaluate import evaluate
from buzon.classifier.train import train
from peers.public import DATASETS, out_of_scope_auroc, read

pytestmark = pytest.mark.skipif(
    not DATASETS.exists(), reason="../shared/datasets is not beside the repository"
)


@pytest.mark.parametrize(
    ("name", "accuracy", "at_two_percent", "auroc"),
    [("banking77", 0.913, 0.80, None), ("clinc150", 0.928, 0.85, 0.952)],
)
def test_on_intents_it_is_nearly_as_right_and_as_sure_as_was_measured(
    name: str, accuracy: float, at_two_percent: float, auroc: float | None
) -> None:
    splits = read(name)
    classifier = train(splits["train"]).classifier
    found = evaluate(classifier, splits["test"])
    assert found["accuracy"] >= accuracy
    assert found["ece"] <= 0.03
    assert found["coverage_at_risk"]["0.02"] >= at_two_percent
    if auroc:
        assert out_of_scope_auroc(classifier, splits["test"], splits["oos_test"]) >= auroc
