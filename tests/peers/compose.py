"""Docker Compose, which reads compose.yaml without an engine, and .env as `make env` makes it."""

import importlib.util
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

from peers import find

REPOSITORY = Path(__file__).parents[2]
FILE = REPOSITORY / "compose.yaml"
PROFILES = ("imap", "mailhog", "monitoring")


def source() -> dict[str, Any]:
    """compose.yaml as it is written."""
    found: dict[str, Any] = yaml.safe_load(FILE.read_text())
    return found


def config(env_file: Path, environment: Mapping[str, str] = {}) -> subprocess.CompletedProcess[str]:
    """`docker compose config` with all profiles: the file as Compose understands it, of version 1
    or 2, whichever Debian has."""
    program = find("docker-compose")
    assert program is not None, "docker-compose is not installed"
    profiles = [word for name in PROFILES for word in ("--profile", name)]
    return subprocess.run(
        [program, "--file", FILE, "--env-file", env_file, *profiles, "config"],
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **environment},
        capture_output=True,
        text=True,
    )


def make_env() -> ModuleType:
    """deploy/env.py, which is a script and in no package."""
    spec = importlib.util.spec_from_file_location("make_env", REPOSITORY / "deploy/env.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def generated_env(**changes: str) -> str:
    """What `make env` writes, with other values for these names."""
    lines = make_env().filled((REPOSITORY / ".env.example").read_text()).splitlines()
    kept = [line for line in lines if line.partition("=")[0] not in changes]
    return "\n".join([*kept, *(f"{name}={value}" for name, value in changes.items())])
