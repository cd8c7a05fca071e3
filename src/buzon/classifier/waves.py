"""Dense features as waves. A linear model parts vectors by straight borders alone; with waves also
by what a text is near to, as a model of each text's neighbours would.

Random Fourier features (Rahimi and Recht, Random Features for Large-Scale Kernel Machines, 2007) of
orthogonal frequencies (Yu et al., Orthogonal Random Features, 2016): the product of two texts'
waves is about exp(-NEARNESS · d²), where d is how far their vectors are apart. Cross-validated on
Banking77's training texts .9312 are right in the place of .9267, on CLINC150's .9785 of .9773; a
nearness of .5, 1 and 2 gave .931, .931 and .925 on the former, 768 waves .930.
"""

from functools import lru_cache

import numpy as np

from buzon.classifier.sparse import Floats

NEARNESS = 0.7
WIDTH = 1024
_SEED = 20_240_229


def waves(vectors: Floats) -> Floats:
    """Of unit length, float32 of shape (n, WIDTH), for vectors of unit length, (n, width)."""
    angles = vectors @ _frequencies(vectors.shape[1])
    found = np.hstack([np.cos(angles), np.sin(angles)])
    return found * np.float32(np.sqrt(2 / WIDTH))


@lru_cache(maxsize=4)
def _frequencies(width: int) -> Floats:
    """Of shape (width, WIDTH / 2)."""
    random = np.random.default_rng(_SEED)
    blocks = -(-WIDTH // (2 * width))
    straight = [_orthogonal(random.normal(size=(width, width))) for _ in range(blocks)]
    found: Floats = np.hstack(straight)[:, : WIDTH // 2] * np.sqrt(2 * NEARNESS * width)
    return found.astype(np.float32)


def _orthogonal(square: np.ndarray) -> np.ndarray:
    """The same wherever it is worked out: the signs are ours to choose."""
    q, r = np.linalg.qr(square)
    signed: np.ndarray = q * np.sign(np.diag(r))
    return signed
