"""What a model learns from: its texts, read and weighed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix, hstack

from buzon.classifier import neighbours
from buzon.classifier.embed import Embedder
from buzon.classifier.model import embedded
from buzon.classifier.reading import Places
from buzon.classifier.sparse import Floats
from buzon.classifier.tfidf import TfidfUnion
from buzon.errors import TrainingRefused


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """The `features` of texts, a row each: those of the `union`; the sums of the `vectors` of
    words, whose columns in the union are `places`, where there are any; and dense ones, where there
    is an embedder."""

    union: TfidfUnion
    features: csr_matrix
    places: Places
    vectors: Floats

    def parted(self, weights: Floats) -> tuple[Floats, Floats]:
        """The weights (width, k) that a model needs of those learnt for the features: the union's,
        and those of dense features. A text's sum of vectors is linear in its words: what was learnt
        of it is theirs from now on."""
        borders = self.union.width, self.union.width + self.vectors.shape[1]
        of_union, of_vectors, of_dense = np.split(weights, borders)
        of_union[self.places] += self.vectors @ of_vectors
        return of_union, of_dense


def read(
    texts: Sequence[str], unlabelled: Sequence[str], embedder: Embedder | None, categories: int
) -> Material:
    """Raises TrainingRefused where the texts have nothing in common."""
    union = TfidfUnion()
    near = neighbours.learnt(texts, unlabelled, union.words[0].ngrams.bits)
    # The document frequencies come from all texts, also where a fold holds them back: they know
    # nothing of the labels, and reading the texts once instead of six times halves the training.
    features = union.fit_transform(texts, also=near.columns)
    if not union.width:
        raise TrainingRefused(
            "The %(count)s labelled mails have no word in common to learn from.",
            "Check that their bodies aren't empty, and label more.",
            count=len(texts),
        )
    places, vectors = union.columns_[0].place[near.columns], near.vectors
    if vectors.size:
        sums, vectors = near.weighed(features[:, places], len(texts) / categories)
        features = hstack([features, csr_matrix(sums)], format="csr")
    if embedder:
        features = hstack([features, csr_matrix(embedded(embedder, texts))], format="csr")
    return Material(union, features, places, vectors)
