"""Makes src/buzon/classifier/wasm/kernel.wasm of the C beside it: `make kernel`."""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "src" / "buzon" / "classifier" / "wasm"

# -flto: functions of one file are inlined into another's loops. -msimd128: four floats at once.
OPTIONS = (
    "-target", "wasm32-freestanding", "-O3", "-flto", "-mbulk-memory", "-msimd128", "-nostdlib",
    "-Wall", "-Werror", "-Wl,--no-entry,--strip-all,--export=kernel",
)  # fmt: skip


def make(target: Path) -> None:
    """The same sources and the same ziglang make the same bytes, wherever they are."""
    sources = sorted(path.name for path in FOLDER.glob("*.c"))
    command = [sys.executable, "-m", "ziglang", "cc", *OPTIONS, "-o", str(target), *sources]
    subprocess.run(command, cwd=FOLDER, check=True)
    target.chmod(0o644)


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER / "kernel.wasm")
