"""The Dockerfile: what can be known of it without an engine to build it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

STAGE = re.compile(r"^FROM (\S+)(?: AS (\w+))?$", re.MULTILINE)


@pytest.fixture
def dockerfile(repository: Path) -> str:
    return (repository / "Dockerfile").read_text()


def test_hadolint_has_nothing_to_say(repository: Path) -> None:
    hadolint = shutil.which("hadolint", path=Path(sys.executable).parent)
    assert hadolint, "make test installs hadolint"
    done = subprocess.run([hadolint, repository / "Dockerfile"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_both_stages_stand_on_one_pinned_python(dockerfile: str) -> None:
    images = {image for image, _ in STAGE.findall(dockerfile)}
    assert len(STAGE.findall(dockerfile)) == 2
    (image,) = images
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", image)


def test_what_is_installed_is_what_the_lock_vouches_for(dockerfile: str) -> None:
    installs = re.findall(r"pip install[^\n]*", dockerfile)
    assert len(installs) == 3
    fetched = [install for install in installs if "--no-index" not in install]
    assert all("--require-hashes" in install for install in fetched)
    assert "--no-build-isolation" in dockerfile  # or pip would fetch a build tool for the wheel
    assert "apt-get" not in dockerfile


def test_it_runs_as_nobody_in_particular(dockerfile: str) -> None:
    last = dockerfile[dockerfile.rindex("\nFROM ") :]
    assert re.findall(r"^USER (.+)$", last, re.MULTILINE) == ["10001:10001"]
    assert "HEALTHCHECK" in last


def test_only_what_is_copied_is_sent_to_the_engine(dockerfile: str, repository: Path) -> None:
    copied = set(re.findall(r"^COPY (?!--)(\S+) ", dockerfile, re.MULTILINE))
    lines = (repository / ".dockerignore").read_text().splitlines()
    assert "*" in lines
    assert {line[1:] for line in lines if line.startswith("!")} == copied
