"""Dense features beside the n-grams: what a text means, as a model of language sees it."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Embedder(Protocol):
    """Turns texts into rows of unit length, float32 of shape (n, width)."""

    name: str
    width: int

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]: ...
