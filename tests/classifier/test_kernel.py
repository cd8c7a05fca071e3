"""The kernel takes no more than it has room for."""

import numpy as np
import pytest

from buzon.classifier.kernel import Kernel


def test_more_than_there_is_room_for_is_refused() -> None:
    with pytest.raises(ValueError, match="points"):
        Kernel().give("points", np.zeros((1 << 16) + 1, dtype=np.uint32))
