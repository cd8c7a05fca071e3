"""A fake Metabase in front of a real database, and provision.py run as people run it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from buzon.store import roles
from buzon.store.db import Database
from metabase.fake import FakeMetabase, serving
from metabase.published import SHARED, published

PASSWORD = "clave-de-lectura-1"

Provision = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def metabase() -> Iterator[FakeMetabase]:
    """Whatever a test has provision.py ask of it is what Metabase publishes."""
    metabase = FakeMetabase()
    yield metabase
    if SHARED.exists():
        assert published().all_wrong(metabase.life) == {}


@pytest.fixture
def address(metabase: FakeMetabase) -> Iterator[str]:
    with serving(metabase) as url:
        yield url


@pytest.fixture
def environment(address: str, db: Database, tmp_path: Path) -> dict[str, str]:
    roles.open_to_bi(db.url, PASSWORD)
    where = psycopg.conninfo.conninfo_to_dict(db.url)
    return {
        "METABASE_URL": address,
        "METABASE_EMAIL": "ana@example.com",
        "METABASE_PASSWORD": "una-clave-larga-1",
        "METABASE_WAIT": "5",
        "METABASE_KEY_FILE": str(tmp_path / "kept" / "key"),
        "METABASE_DB_HOST": str(where["host"]),
        "METABASE_DB_PORT": str(where.get("port") or 5432),
        "METABASE_DB_NAME": str(where["dbname"]),
        "BUZON_BI_PASSWORD": PASSWORD,
    }


@pytest.fixture
def provision(environment: dict[str, str], repository: Path) -> Provision:
    """Run it with this environment, changed by what is given; with None a variable is not there.
    -S: no package that is installed can be found, for it must do without."""

    def run(**changes: str | None) -> subprocess.CompletedProcess[str]:
        wanted = {**environment, "PATH": os.environ["PATH"], **changes}
        return subprocess.run(
            [sys.executable, "-S", "-X", "utf8", str(repository / "metabase" / "provision.py")],
            env={name: value for name, value in wanted.items() if value is not None},
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run
