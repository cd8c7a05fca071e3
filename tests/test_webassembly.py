"""What is shipped in WebAssembly is what its source makes."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from buzon.webassembly import Running

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "buzon"


def modules(folder: Path) -> dict[Path, bytes]:
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.wasm")}


def test_the_source_makes_the_very_bytes_that_are_shipped(tmp_path: Path) -> None:
    subprocess.run([sys.executable, ROOT / "deploy" / "kernel.py", tmp_path], check=True)
    assert modules(tmp_path) == modules(PACKAGE)
    assert len(modules(PACKAGE)) == 3


@pytest.mark.parametrize("size", [1, 100_000])
def test_what_is_laid_out_lies_apart_and_in_its_memory(size: int) -> None:
    running = Running("buzon.mail", "language")
    heap = running.address("__heap_base")
    starts, arrays = running.lay_out({"some": ("u1", size), "others": ("f4", size, 3)})
    assert arrays["others"].shape == (size, 3)
    assert heap <= starts["some"]
    assert starts["some"] + size <= starts["others"]
    assert starts["others"] % 64 == 0
    arrays["some"][:], arrays["others"][:] = 7, 0.5
    memory = running.memory
    assert len(memory) == running.size >= starts["others"] + arrays["others"].nbytes
    assert set(memory[starts["some"] :][:size].tolist()) == {7}
    assert set(memory[starts["others"] :].view(np.float32)[: 3 * size].tolist()) == {0.5}
