"""What the log says, and what it never may."""

import errno
import io
import logging
from collections.abc import Iterator
from typing import Literal

import pytest
import structlog

from buzon.cli import logs
from buzon.hooks.post import post
from peers.webhooks import receiving


@pytest.fixture(autouse=True)
def log_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_traceback_shows_where_it_happened_and_no_values(
    log_format: Literal["text", "json"], capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure(log_format, service=True)
    password = "".join(("hun", "ter2"))
    try:
        fail(password)
    except ValueError:
        structlog.get_logger().exception("reader failed")
        logging.getLogger("buzon").exception("and so says the standard library's")
    told = capsys.readouterr().err
    assert told.count("in fail") == 2
    assert told.count("ValueError: broken") == 2
    assert password not in told


def fail(secret: str) -> None:
    raise ValueError("broken" if secret else "")


async def test_the_address_of_a_webhook_is_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json", service=True)
    async with receiving() as receiver:
        assert (await post(f"{receiver.url}&key=hunter2", {}, b"{}")).took_it
    assert "hunter2" not in capsys.readouterr().err


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_private_numbers_are_zeros_and_others_stay(
    log_format: Literal["text", "json"], capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure(log_format, service=True)
    structlog.get_logger().warning("refused", why="550 no 612 345 678 here", uid=612345678)
    logging.getLogger("buzon").warning("ES9121000418450200051332 and %s", "4111 1111 1111 1111")
    try:
        raise ValueError("DNI 12345678Z")
    except ValueError:
        structlog.get_logger().exception("failed")
    told = capsys.readouterr().err
    for kept in ("550 no 000 000 000 here", "612345678", "DNI 00000000Z", "0000 0000 0000 0000"):
        assert kept in told
    for private in ("612 345 678", "ES91", "4111", "12345678Z"):
        assert private not in told


class FullDisk(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_log_that_cannot_be_written_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", FullDisk())
    logs.configure("json", service=True)
    structlog.get_logger().warning("disk full")


def test_a_command_warns_in_sentences_and_says_nothing_else(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure("auto", service=False)
    structlog.get_logger().info("trained", version="own-1")
    logging.getLogger("buzon").info("and more")
    structlog.get_logger().warning("the model is refused", why="it is another", kept_as="m.bak")
    logging.getLogger("procrastinate").warning("no worker")
    told = capsys.readouterr().err.splitlines()
    assert told == [
        "buzon: the model is refused: it is another (kept as m.bak)",
        "buzon: no worker",
    ]


def test_a_command_that_is_asked_for_a_log_writes_one(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json", service=False)
    structlog.get_logger().info("trained", version="own-1")
    assert '"event": "trained"' in capsys.readouterr().err
