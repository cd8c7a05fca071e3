"""`buzon simulate`: what its mails are, and what becomes of them with a sandbox and without one."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest

from buzon.classifier.corpus import starter
from buzon.cli.serve import simulating
from buzon.cli.simulate import Sample, compose, samples
from buzon.config import Settings
from buzon.mail.loops import Own, signs
from buzon.mail.parse import parse
from buzon.records import Message, RawMail
from peers.dovecot import free_port
from peers.smtp_server import SmtpServer

ALIKE = 9  # words in a row that two mails share by no chance and by no stock phrase


@pytest.fixture(params=samples(), ids=lambda sample: sample.from_name)
def sample(request: pytest.FixtureRequest) -> Sample:
    return request.param


def test_no_sample_repeats_the_starter_corpus() -> None:
    known = {row for mail in starter() for row in _rows(f"{mail.subject} {mail.body}")}
    assert not {row for mail in samples() for row in _rows(f"{mail.subject} {mail.body}")} & known


def test_no_sample_stands_twice() -> None:
    assert len({sample.body for sample in samples()}) == len(samples())
    assert len({sample.from_name for sample in samples()}) == len(samples())


def test_a_sample_is_a_sound_mail(sample: Sample) -> None:
    message = _received(sample)
    assert message.defects == ()
    assert (message.sender_name, message.subject) == (sample.from_name, sample.subject)
    assert message.text.strip() == sample.body.strip()
    assert message.newest
    assert message.language == sample.lang
    assert message.sender.endswith("@example.org")


def test_only_the_machines_among_the_samples_are_taken_for_machines(sample: Sample) -> None:
    assert any(signs(_received(sample), Own())) == bool(sample.headers)


def test_a_sample_comes_from_a_new_address_every_time() -> None:
    ana = Sample("Ana García Ibáñez", "Hola", "¿Abrís hoy?", "es")
    senders = {compose(ana)["From"].addresses[0].addr_spec for _ in range(20)}
    assert len(senders) > 15
    assert all(sender.startswith("ana.garcia.ibanez") for sender in senders)


def test_the_sandbox_gets_as_many_mails_as_asked_for() -> None:
    with SmtpServer() as sandbox:
        done = _simulate(sandbox.port, "--count", "5", "--rate", "100")
        received = sandbox.wait_for(5)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 5
    assert len({mail.envelope_from for mail in received}) == len(received) == 5


def test_what_goes_on_without_end_says_how_it_is_ended() -> None:
    with SmtpServer() as sandbox:
        playing = subprocess.Popen(
            [sys.executable, "-m", "buzon", "simulate", "--rate", "50"],
            env={**os.environ, "BUZON_SANDBOX_SMTP": f"127.0.0.1:{sandbox.port}"},
            stdout=subprocess.PIPE,
            text=True,
            # As on a terminal; what a shell runs in the background doesn't hear it.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        )
        assert playing.stdout is not None
        first = playing.stdout.readline()
        sandbox.wait_for(2)
        playing.send_signal(signal.SIGINT)
        assert playing.wait(20) == 130
    assert first == (
        f"50 mails a second to 127.0.0.1:{sandbox.port} until Ctrl-C; --count 20 sends so many.\n"
    )


def test_without_a_sandbox_a_sentence_says_how_to_start_it() -> None:
    port = free_port()
    done = _simulate(port, "--count", "1")
    assert done.returncode not in (0, 2)
    assert done.stdout == ""
    assert done.stderr.startswith(f"buzon: The sandbox at 127.0.0.1:{port} does not take mail")
    assert "make run" in done.stderr
    assert "BUZON_SANDBOX_SMTP=HOST:PORT buzon simulate" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_command_that_serve_shows_finds_its_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", [".venv/bin/buzon", "serve"])
    assert simulating(Settings(_env_file=None)) == ".venv/bin/buzon simulate"
    elsewhere = Settings(_env_file=None, sandbox_smtp="127.0.0.1:8151")
    assert simulating(elsewhere) == "BUZON_SANDBOX_SMTP=127.0.0.1:8151 .venv/bin/buzon simulate"


def test_that_command_is_as_short_as_it_was_called(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    installed = tmp_path / "buzon"
    installed.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.argv", [str(installed), "serve"])
    assert simulating(Settings(_env_file=None)) == "buzon simulate"
    monkeypatch.setattr("sys.argv", ["/usr/lib/buzon/__main__.py", "serve"])
    assert simulating(Settings(_env_file=None)) == "python -m buzon simulate"


def test_with_a_mailbox_configured_nothing_is_played() -> None:
    done = _simulate(free_port(), BUZON_IMAP_HOST="imap.example.org", BUZON_IMAP_USER="soporte")
    assert done.returncode == 2
    assert "no sandbox" in done.stderr


def _rows(text: str) -> Iterator[tuple[str, ...]]:
    words = text.casefold().split()
    return zip(*(islice(words, start, None) for start in range(ALIKE)), strict=False)


def _received(sample: Sample) -> Message:
    return parse(RawMail("sandbox", compose(sample).as_bytes(), datetime.now(UTC), "smtp"))


def _simulate(port: int, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "buzon", "simulate", *arguments],
        env={**os.environ, "BUZON_SANDBOX_SMTP": f"127.0.0.1:{port}", **settings},
        capture_output=True,
        text=True,
        timeout=60,
    )
