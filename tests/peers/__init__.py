"""The real peers that tests and benchmarks talk to: PostgreSQL, Dovecot, SMTP, an OpenID provider,
a browser."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

ELSEWHERE = ("/usr/sbin", "/usr/local/sbin", "/usr/libexec/docker/cli-plugins")
PACKAGES: Mapping[str, str] = {
    "dovecot": "dovecot-imapd",
    "smtp-sink": "postfix",
    "chromium-headless-shell": "chromium-headless-shell",
    "node": "nodejs",
    "postfix": "postfix",
    "docker-compose": "docker-compose",
}

PACKAGES_OF_NODE = Path(__file__).parent / "node" / "node_modules"


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
needs_chromium = needs("chromium-headless-shell")
needs_node = needs("node")


def _needs_package(name: str) -> pytest.MarkDecorator:
    """The same for a program of npm, which install.sh puts into node/."""
    there = find("node") is not None and (PACKAGES_OF_NODE / name).is_dir()
    reason = f"{name} is not installed; with node and npm: sh tests/peers/install.sh"
    return pytest.mark.skipif(not there and os.environ.get("CI") != "true", reason=reason)


needs_openid = _needs_package("oidc-provider")
needs_maildev = _needs_package("maildev")
