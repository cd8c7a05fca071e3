import numpy as np
import pytest

from buzon.classifier.waves import NEARNESS, WIDTH, waves


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("width", [384, 1000])
def test_waves_are_the_more_alike_the_nearer_their_vectors(width: int) -> None:
    random = np.random.default_rng(1)
    first = random.normal(size=(1, width))
    vectors = unit(first + np.linspace(0, 3, 40)[:, np.newaxis] * random.normal(size=(40, width)))
    found = waves(vectors)
    assert found.shape == (40, WIDTH)
    assert found.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-5)
    apart = ((vectors - vectors[0]) ** 2).sum(axis=1)
    np.testing.assert_allclose(found @ found[0], np.exp(-NEARNESS * apart), atol=0.05)


def test_waves_part_what_no_straight_border_parts() -> None:
    """Each category is two opposite corners of a square."""
    corners = unit(np.array([[1, 1], [-1, -1], [1, -1], [-1, 1]]))
    truth = np.array([1.0, 1.0, -1.0, -1.0])
    for seen, parted in ((corners, False), (waves(corners), True)):
        weights = np.linalg.lstsq(seen, truth, rcond=None)[0]
        assert bool((np.sign(seen @ weights) == truth).all()) is parted
