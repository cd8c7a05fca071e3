"""The command `buzon`: the only place that wires the parts together."""

from buzon.cli.app import main

__all__ = ["main"]
