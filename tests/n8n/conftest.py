"""The peers of the tests with n8n itself: only `make test-n8n` installs it."""

import os
from pathlib import Path

import pytest

from acceptance.conftest import common_dovecot, dovecot, make_scene, models, smtp, user

__all__ = ["common_dovecot", "dovecot", "make_scene", "models", "smtp", "user"]


@pytest.fixture(scope="session")
def installed() -> Path:
    """Where n8n is."""
    folder = os.environ.get("BUZON_TEST_N8N")
    if not folder:
        pytest.skip("n8n is not installed for the tests: run make test-n8n")
    return Path(folder)
