"""The stage for tests with n8n itself; `make test-n8n` installs it, in 10 to 20 minutes."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.conftest import common_dovecot
from n8n.stage import Stage, set_stage
from peers.dovecot import Dovecot

__all__ = ["common_dovecot"]


@pytest.fixture(scope="session")
def installed() -> Path:
    """Where n8n is."""
    folder = os.environ.get("BUZON_TEST_N8N")
    if not folder:
        pytest.skip("n8n is not installed for the tests: run make test-n8n")
    return Path(folder)


@pytest.fixture(scope="module")
def external(
    tmp_path_factory: pytest.TempPathFactory, installed: Path, common_dovecot: Dovecot, models: Path
) -> Iterator[Stage]:
    """n8n reads and sends. One for all tests of a module: to set it up takes a minute or two."""
    folder = tmp_path_factory.mktemp("external")
    user = "soporte0@example.com"
    with set_stage(folder, installed, common_dovecot, models, user, "external") as stage:
        yield stage


@pytest.fixture(scope="module")
def native(
    tmp_path_factory: pytest.TempPathFactory, installed: Path, common_dovecot: Dovecot, models: Path
) -> Iterator[Stage]:
    """Buzón reads and sends, and tells n8n what happened."""
    folder = tmp_path_factory.mktemp("native")
    user = "soporte1@example.com"
    with set_stage(folder, installed, common_dovecot, models, user, "native") as stage:
        stage.scene.wait_until_read()
        yield stage
