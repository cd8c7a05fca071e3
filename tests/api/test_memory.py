"""What /metrics tells of memory is of all processes that Buzón began, the database's aside."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from buzon.api.requests import REGISTRY
from buzon.cli.beside import understanding
from buzon.mail.loops import Own
from peers.flows import raw_mail

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Only Linux tells.")

MUCH = 64_000_000  # bytes
TAKE = f"taken = bytearray(b'a') * {MUCH}; print(flush=True); input()"


def told() -> float:
    families = text_string_to_metric_families(generate_latest(REGISTRY).decode())
    samples = (sample for family in families for sample in family.samples)
    return next(each.value for each in samples if each.name == "buzon_memory_bytes")


@contextmanager
def program(path: Path) -> Iterator[None]:
    """A process of ours that takes much, by that name."""
    path.symlink_to(sys.executable)
    pipe = subprocess.PIPE
    with subprocess.Popen([path, "-c", TAKE], stdin=pipe, stdout=pipe) as process:
        assert process.stdout
        process.stdout.readline()
        yield
        process.kill()


async def test_the_process_that_parses_mails_counts() -> None:
    before = told()
    async with understanding(0) as understand_all:
        await understand_all([raw_mail()], Own())
        assert told() > before + 40_000_000  # its model of languages alone
    assert told() < before + 40_000_000


@pytest.mark.parametrize(("name", "counts"), [("buzon", True), ("postgres", False)])
def test_the_database_that_we_began_does_not(tmp_path: Path, name: str, counts: bool) -> None:
    before = told()
    with program(tmp_path / name):
        assert (told() > before + MUCH) == counts
