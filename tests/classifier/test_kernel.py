"""The kernel that is shipped is the one that its source makes."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from buzon.classifier.kernel import Kernel

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "src" / "buzon" / "classifier" / "wasm" / "kernel.wasm"


def test_the_source_makes_the_very_bytes_that_are_shipped(tmp_path: Path) -> None:
    made = tmp_path / "kernel.wasm"
    subprocess.run([sys.executable, ROOT / "deploy" / "kernel.py", made], check=True)
    assert made.read_bytes() == SHIPPED.read_bytes()


def test_more_than_there_is_room_for_is_refused() -> None:
    with pytest.raises(ValueError, match="points"):
        Kernel().give("points", np.zeros((1 << 16) + 1, dtype=np.uint32))
