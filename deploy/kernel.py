"""Makes the modules of src/buzon/classifier/wasm of the C beside them: `make kernel`."""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "src" / "buzon" / "classifier" / "wasm"
DESCENT = "descent.c"  # a module of its own; all other sources are the kernel

# -flto: functions of one file are inlined into another's loops. -msimd128: four floats at once.
OPTIONS = (
    "-target", "wasm32-freestanding", "-O3", "-flto", "-mbulk-memory", "-msimd128", "-nostdlib",
    "-Wall", "-Werror", "-Wl,--no-entry,--strip-all",
)  # fmt: skip


def make(folder: Path) -> None:
    """The same sources and the same ziglang make the same bytes, wherever they are."""
    sources = sorted(path.name for path in FOLDER.glob("*.c") if path.name != DESCENT)
    _compile(folder / "kernel.wasm", "-Wl,--export=kernel", *sources)
    _compile(folder / "descent.wasm", "-Wl,--export=__heap_base", DESCENT)


def _compile(target: Path, *what: str) -> None:
    command = [sys.executable, "-m", "ziglang", "cc", *OPTIONS, "-o", str(target), *what]
    subprocess.run(command, cwd=FOLDER, check=True)
    target.chmod(0o644)


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
