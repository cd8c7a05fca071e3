"""What is shipped in WebAssembly is what its source makes."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from buzon.classifier.kernel import Kernel

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "src" / "buzon" / "classifier" / "wasm"


def test_the_source_makes_the_very_bytes_that_are_shipped(tmp_path: Path) -> None:
    subprocess.run([sys.executable, ROOT / "deploy" / "kernel.py", tmp_path], check=True)
    for name in ("kernel.wasm", "descent.wasm"):
        assert (tmp_path / name).read_bytes() == (SHIPPED / name).read_bytes()


def test_more_than_there_is_room_for_is_refused() -> None:
    with pytest.raises(ValueError, match="points"):
        Kernel().give("points", np.zeros((1 << 16) + 1, dtype=np.uint32))
