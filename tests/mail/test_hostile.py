"""Every hostile mail of shared/hostile: bounded time and memory, and nothing unstorable."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

GENERATOR = Path(__file__).parents[3] / "shared" / "hostile" / "make_hostile.py"


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, float, list[str]]]:
    if not GENERATOR.exists():
        pytest.skip(f"the hostile mails are made by {GENERATOR}, which is not there")
    folder = tmp_path_factory.mktemp("hostile")
    run(GENERATOR, folder)
    lines = run(Path(__file__).with_name("measure.py"), folder).splitlines()
    for path in folder.iterdir():
        path.unlink()
    return [tuple(json.loads(line)) for line in lines]


def run(program: Path, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, program, folder],
        capture_output=True,
        check=True,
        env=os.environ | {"HOSTILE_OWN": "soporte@example.com"},
        timeout=300,
    )
    return done.stdout.decode()


def test_each_takes_at_most_a_second(measured: list[tuple[str, float, list[str]]]) -> None:
    assert len(measured) > 500
    assert [(name, seconds) for name, seconds, _ in measured[:-1] if seconds > 1] == []


def test_all_together_take_at_most_300_mb(measured: list[tuple[str, float, list[str]]]) -> None:
    name, megabytes, _ = measured[-1]
    assert name == "memory"
    assert megabytes <= 300


def test_what_comes_of_them_can_be_stored_and_shown(
    measured: list[tuple[str, float, list[str]]],
) -> None:
    assert {name: faults for name, _, faults in measured if faults} == {}
