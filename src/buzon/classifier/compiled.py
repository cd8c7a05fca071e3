"""Modules of WebAssembly, which `make kernel` makes of the C in wasm/. They run about as fast as C
does, on every machine, and nobody needs a compiler."""

from functools import cache
from importlib.resources import files

from wasmtime import Config, Engine, Module


@cache
def compiled(name: str) -> tuple[Engine, Module]:
    config = Config()
    config.parallel_compilation = False  # its threads would be missing after a fork
    engine = Engine(config)
    return engine, Module(
        engine, (files("buzon.classifier") / "wasm" / f"{name}.wasm").read_bytes()
    )
