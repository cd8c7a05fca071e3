"""The real peers that tests and benchmarks talk to: PostgreSQL, Dovecot, SMTP, a browser."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

ELSEWHERE = ("/usr/sbin", "/usr/local/sbin", "/usr/libexec/docker/cli-plugins")
PACKAGES: Mapping[str, str] = {
    "dovecot": "dovecot-imapd",
    "smtp-sink": "postfix",
    "chromium": "chromium",
    "node": "nodejs",
    "postfix": "postfix",
    "docker-compose": "docker-compose",
}


def find(program: str) -> Path | None:
    """Where a program is, also where only root's PATH, or Docker, would find it."""
    found = shutil.which(program, path=":".join([os.environ.get("PATH", ""), *ELSEWHERE]))
    return Path(found) if found else None


def needs(program: str) -> pytest.MarkDecorator:
    """Marks tests that are skipped without this program; in CI nothing is skipped, they fail."""
    missing = find(program) is None and os.environ.get("CI") != "true"
    reason = f"{program} is not installed; as root on Debian: apt-get install {PACKAGES[program]}"
    return pytest.mark.skipif(missing, reason=reason)


needs_dovecot = needs("dovecot")
needs_smtp_sink = needs("smtp-sink")
needs_chromium = needs("chromium")
needs_node = needs("node")
