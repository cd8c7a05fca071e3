"""Makes the modules of WebAssembly of the C that lies beside them: `make kernel`."""

import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "src" / "buzon"
CLASSIFIER, MAIL = Path("classifier", "wasm"), Path("mail", "wasm")
DESCENT = "descent.c"  # a module of its own; all other sources there are the kernel

# -flto: functions of one file are inlined into another's loops. -msimd128: four floats at once.
OPTIONS = (
    "-target", "wasm32-freestanding", "-O3", "-flto", "-mbulk-memory", "-msimd128", "-nostdlib",
    "-Wall", "-Werror", "-Wl,--no-entry,--strip-all",
)  # fmt: skip


def make(folder: Path) -> None:
    """The same sources and the same ziglang make the same bytes, wherever they are."""
    sources = [path.name for path in (PACKAGE / CLASSIFIER).glob("*.c") if path.name != DESCENT]
    _compile(folder / CLASSIFIER / "kernel.wasm", ["kernel"], *sorted(sources))
    _compile(folder / CLASSIFIER / "descent.wasm", ["__heap_base"], DESCENT)
    exports = ["__heap_base", "bytes", "rankings"]
    _compile(folder / MAIL / "language.wasm", exports, "language.c")


def _compile(target: Path, exports: list[str], *sources: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    what = [*(f"-Wl,--export={name}" for name in exports), *sources]
    command = [sys.executable, "-m", "ziglang", "cc", *OPTIONS, "-o", str(target), *what]
    subprocess.run(command, cwd=PACKAGE / target.relative_to(target.parents[2]).parent, check=True)
    target.chmod(0o644)


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else PACKAGE)
