"""What is built of the project: all that Buzón needs is in it, and it runs outside the checkout."""

import subprocess
import sys
import zipfile
from pathlib import Path

import httpx
import pytest

from peers.scene import wait_until
from peers.service import Service

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "src"
NOT_BUILT = {"__pycache__"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made by `python -m build`: the source archive, and from that the wheel."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(list(folder.glob("buzon-*.tar.gz"))) == 1
    (found,) = folder.glob("buzon-*.whl")
    return found


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(wheel: Path) -> None:
    sources = {
        str(path.relative_to(SOURCES))
        for path in (SOURCES / "buzon").rglob("*")
        if path.is_file() and not NOT_BUILT & set(path.parts)
    }
    with zipfile.ZipFile(wheel) as archive:
        built = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert built == sources


def test_the_wheel_asks_for_what_the_project_declares_and_brings_the_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (entry_points,) = (name for name in archive.namelist() if name.endswith("entry_points.txt"))
        assert "buzon = buzon.cli:main" in archive.read(entry_points).decode()
        metadata = archive.read(entry_points.replace("entry_points.txt", "METADATA")).decode()
    assert "Requires-Dist: procrastinate" in metadata
    assert "License-Expression: MIT" in metadata


def test_unpacked_elsewhere_it_starts_and_takes_in_the_sample_mails(
    wheel: Path, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    with Service(tmp_path / "work", {"PYTHONPATH": str(site)}) as service:
        assert imported(service).is_relative_to(site)
        assert service.run("simulate", "--count", "3", "--rate", "100").returncode == 0
        token = service.run("token", "add", "test", "--scope", "read").stdout.split()[-1]
        wait_until(lambda: count(service, token) == 3, "the sample mails are stored")
        assert httpx.get(service.sign_in_link).text.startswith("<!doctype html>")


def imported(service: Service) -> Path:
    """Where a process with the service's settings finds Buzón."""
    command = [sys.executable, "-c", "import buzon; print(buzon.__file__)"]
    done = subprocess.run(
        command, cwd=service.folder, env=service.environment, capture_output=True, text=True
    )
    return Path(done.stdout.strip())


def count(service: Service, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return len(httpx.get(f"{service.url}/events", headers=headers).json()["items"])
