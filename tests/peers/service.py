"""Buzón itself as a real process, as `make run` starts it."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from buzon.classifier.registry import Registry
from buzon.classifier.teach import teach_starter
from buzon.mail import clean
from peers.dovecot import PASSWORD, Dovecot, free_port
from peers.smtp_server import SmtpServer

START_SECONDS = 60.0


class Service:
    """`buzon serve` (or another command line) in a folder of its own, for the length of a `with`.

    `environment` are BUZON_… settings; ports are chosen unless given there.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str], *arguments: str) -> None:
        self.folder = folder
        self.port = int(environment.get("BUZON_PORT", free_port()))
        self.arguments = arguments or ("serve",)
        clean = {name: value for name, value in os.environ.items() if not name.startswith("BUZON_")}
        self.environment = {
            **clean,
            "BUZON_PORT": str(self.port),
            "BUZON_SANDBOX_SMTP": f"127.0.0.1:{free_port()}",
            "BUZON_LOG_FORMAT": "json",
            "PYTHONFAULTHANDLER": "1",
            **environment,
        }
        self.host = "127.0.0.1"  # where its pages are
        self.within: tuple[str, ...] = ()  # the command that runs it on another host
        self.process: subprocess.Popen[bytes] | None = None
        self._said_before = 0

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def output(self) -> str:
        return self._read("out")

    @property
    def log(self) -> str:
        return self._read("log")

    @property
    def sign_in_link(self) -> str:
        found = re.findall(r"http://\S+/sign-in/\S+", self.output)
        assert found, self.output + self.log
        return str(found[-1])

    def start(self, *, wait: bool = True) -> None:
        self._said_before = len(self.output)
        with (self.folder / "out").open("ab") as out, (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self.within, sys.executable, "-m", "buzon", *self.arguments],
                cwd=self.folder,
                env=self.environment,
                stdout=out,
                stderr=log,
                start_new_session=True,
            )
        if wait:
            self.wait_until_up()

    def wait_until_up(self, seconds: float = START_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self.process is not None
            assert self.process.poll() is None, f"It ended.\n{self.output}\n{self.log}"
            if self.is_up:
                return
            time.sleep(0.05)
        raise TimeoutError(f"Not up after {seconds} s.\n{self.output}\n{self.log}")

    @property
    def is_up(self) -> bool:
        """Whether it has said so since it was started last."""
        return "Buzón runs" in self.output[self._said_before :]

    def stop(self) -> int | None:
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """kill -9 of the process alone; an embedded PostgreSQL lives on."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> int | None:
        if self.process is None:
            return None
        self.process.send_signal(how)
        code = self.process.wait(30)
        self.process = None
        return code

    def traces(self) -> str:
        """The log, and behind it what each thread is doing; this ends the process."""
        if self.process is not None:
            self._end(signal.SIGABRT)
        return self.log

    def run(self, *arguments: str, seconds: float = 180) -> subprocess.CompletedProcess[str]:
        """Another command of Buzón with the same settings."""
        return subprocess.run(
            [sys.executable, "-m", "buzon", *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def _read(self, name: str) -> str:
        file = self.folder / name
        return file.read_text(errors="replace") if file.exists() else ""


def settings_for(
    dovecot: Dovecot | None = None,
    smtp: SmtpServer | None = None,
    *,
    user: str = "soporte@example.com",
    database_url: str = "",
    models: Path | None = None,
) -> dict[str, str]:
    """The settings that connect Buzón with these peers. A model that is trained already spares
    the training."""
    found: dict[str, str] = {}
    if dovecot:
        found |= {
            "BUZON_IMAP_HOST": dovecot.host,
            "BUZON_IMAP_PORT": str(dovecot.port),
            "BUZON_IMAP_SECURITY": "none",
            "BUZON_IMAP_USER": user,
            "BUZON_IMAP_PASSWORD": PASSWORD,
        }
    if smtp:
        found |= {
            "BUZON_SMTP_HOST": smtp.host,
            "BUZON_SMTP_PORT": str(smtp.port),
            "BUZON_SMTP_SECURITY": "none",
            "BUZON_SMTP_FROM": user,
        }
    if database_url:
        found["BUZON_DATABASE_URL"] = database_url
    if models:
        found["BUZON_MODELS_DIR"] = str(models)
    return found


def starter_models(folder: Path) -> Path:
    """This folder, with the starter model in it."""
    Registry(folder).load_or_train(lambda: teach_starter(clean.newest))
    return folder


def copy_model(models: Path, folder: Path) -> None:
    shutil.copytree(models, folder / "models", dirs_exist_ok=True)
