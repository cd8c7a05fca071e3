from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from buzon.classifier.material import read
from buzon.classifier.waves import waves
from buzon.errors import TrainingRefused

TEXTS = ["\n\nla caldera no calienta", "\n\nla caja no llega", "\n\nel radiador no calienta"]
ARCHIVE = [f"\n\nla caldera y el radiador número {n} calienta poco" for n in range(12)]


class Length:
    """An embedder that sees nothing but how long a text is."""

    name = "length"
    width = 1

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([[len(text) / 100] for text in texts], dtype=np.float32)


@pytest.mark.parametrize("archive", [[], ARCHIVE])
@pytest.mark.parametrize("embedder", [None, Length()])
def test_a_model_needs_no_vectors_for_what_was_learnt_of_them(
    archive: list[str], embedder: Length | None
) -> None:
    material = read(TEXTS, archive, embedder, categories=2)
    assert bool(material.vectors.size) is bool(archive)
    random = np.random.default_rng(3)
    weights = random.normal(size=(material.features.shape[1], 2)).astype(np.float32)
    expected = material.features @ weights
    of_union, of_dense = material.parted(weights)
    said = material.union.transform(TEXTS) @ of_union
    if embedder:
        said += waves(embedder.encode(TEXTS)) * 2 @ of_dense
    np.testing.assert_allclose(said, expected, atol=1e-4)


def test_texts_that_have_nothing_in_common_are_refused() -> None:
    with pytest.raises(TrainingRefused, match="2 labelled mails have no word in common"):
        read(["\n\n", "\n\n"], [], None, categories=2)
