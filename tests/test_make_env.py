"""`make env`."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from buzon import config
from buzon.config import Settings
from peers.compose import make_env
from peers.dovecot import free_port

NEW = make_env()


@pytest.fixture(autouse=True)
def beside_the_example(repository: Path) -> None:
    Path(".env.example").write_text((repository / ".env.example").read_text())


def values(env: str) -> dict[str, str]:
    return dict(re.findall(r"^(\w+)=(.*)$", env, flags=re.MULTILINE))


def test_every_secret_is_made_and_is_another_one_each_time() -> None:
    example = Path(".env.example").read_text()
    first, second = values(NEW.filled(example)), values(NEW.filled(example))
    made = {name for name in first if first[name] != second[name]}
    assert {"POSTGRES_PASSWORD", "BUZON_SECRET_KEY", "BUZON_API_TOKEN", "BUZON_BI_PASSWORD"} <= made
    assert all(re.fullmatch(r"[0-9a-f]{48}", first[name]) for name in made)
    assert "" not in first.values()


def test_the_file_is_for_its_owner_alone() -> None:
    assert NEW.main() == 0
    assert Path(".env").stat().st_mode & 0o777 == 0o600


def test_a_buzon_that_is_started_beside_it_reads_nothing_of_it_and_says_so() -> None:
    NEW.main()
    assert config.load() == Settings(_env_file=None)
    assert config.origin(config.load(), (), "smtp_host").kind == "default"
    done = subprocess.run(
        [sys.executable, "-m", "buzon", "simulate", "--count", "1"],
        env={**os.environ, "BUZON_SANDBOX_SMTP": f"127.0.0.1:{free_port()}"},
        capture_output=True,
        text=True,
    )
    assert done.stderr.startswith("buzon: .env is Compose's (METABASE_ENCRYPTION_KEY stands in it)")


def test_what_buzon_s_containers_are_told_by_it_are_settings() -> None:
    NEW.main()
    told = {name: value for name, value in values(Path(".env").read_text()).items() if value}
    Path(".env").write_text(
        "\n".join(f"{name}={told[name]}" for name in told if name.startswith("BUZON_"))
    )
    settings = config.load()
    assert settings.smtp is not None
    assert (settings.smtp.host, settings.smtp.port, settings.smtp.security) == (
        "mailpit", 1025, "none",
    )  # fmt: skip


def test_one_that_is_there_stays_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    NEW.main()
    before = Path(".env").read_bytes()
    assert NEW.main() == 0
    assert Path(".env").read_bytes() == before
    assert "has every secret" in capsys.readouterr().out


def test_what_one_that_is_there_lacks_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    Path(".env").write_text("BUZON_COMPANY=Cajas\nPOSTGRES_PASSWORD=hunter2\n")
    assert NEW.main() == 1
    told = values(capsys.readouterr().out)
    assert "GRAFANA_PASSWORD" in told
    assert "BUZON_API_TOKEN" in told
    assert told.keys() & {"POSTGRES_PASSWORD", "BUZON_COMPANY", "N8N_PORT"} == set()
    assert Path(".env").read_text().startswith("BUZON_COMPANY=Cajas\n")
