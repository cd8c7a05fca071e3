"""Modules of WebAssembly, which `make kernel` makes of the C in the folders wasm/. They run about
as fast as C does, on every machine, and nobody needs a compiler."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray
from wasmtime import Config, Engine, Instance, Module, Store

Arrays = dict[str, NDArray[Any]]
_LINE = 64  # bytes of a processor's cache
_PAGE = 1 << 16


class Running:
    """An instance of a module with a memory of its own, for one thread at a time. `package`: beside
    whose folder wasm/ the module lies."""

    def __init__(self, package: str, name: str) -> None:
        engine, module = _compiled(package, name)
        self._store = Store(engine)
        exports = Instance(self._store, module, []).exports(self._store)
        self._exports: dict[str, Any] = dict(exports.items())

    def call(self, name: str, *given: int) -> Any:
        """What goes wrong in there is a wasmtime.Trap."""
        return self._exports[name](self._store, *given)

    def address(self, name: str) -> int:
        """Where in its memory something lies."""
        return int(self._exports[name].value(self._store))

    @property
    def size(self) -> int:
        """Bytes of its memory."""
        return int(self._exports["memory"].data_len(self._store))

    @property
    def memory(self) -> NDArray[np.uint8]:
        """All of it; it may move when it grows."""
        return np.frombuffer(self._exports["memory"].get_buffer_ptr(self._store), np.uint8)

    def lay_out(self, shapes: Mapping[str, tuple[Any, ...]]) -> tuple[dict[str, int], Arrays]:
        """Arrays of these kinds and shapes behind each other in its memory, which grows for them,
        each on a new line of the cache: their addresses, and themselves."""
        sizes = [np.dtype(kind).itemsize * int(np.prod(shape)) for kind, *shape in shapes.values()]
        lines = [-(-size // _LINE) for size in (self.address("__heap_base"), *sizes)]
        *starts, end = (np.cumsum(lines) * _LINE).tolist()
        memory = self._exports["memory"]
        memory.grow(self._store, max(-(-end // _PAGE) - memory.size(self._store), 0))
        whole = self.memory
        arrays = {
            name: whole[start : start + size].view(kind).reshape(shape)
            for (name, (kind, *shape)), start, size in zip(
                shapes.items(), starts, sizes, strict=True
            )
        }
        return dict(zip(shapes, starts, strict=True)), arrays


@cache
def _compiled(package: str, name: str) -> tuple[Engine, Module]:
    config = Config()
    config.parallel_compilation = False  # its threads would be missing after a fork
    engine = Engine(config)
    return engine, Module(engine, (files(package) / "wasm" / f"{name}.wasm").read_bytes())
