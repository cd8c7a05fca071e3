"""compose.yaml without an engine: the commands of its services, with their environment, in their
order, on a PostgreSQL 16 that init.sql has made as the image's entrypoint would.

What differs from the containers: the names of services are addresses of this machine, Mailpit is
maildev, and folders are the test's own.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import psycopg
import pytest
import yaml

from buzon.store import schema
from buzon.store.embedded import Embedded
from peers import compose, needs, needs_maildev
from peers.dovecot import free_port
from peers.maildev import Maildev
from peers.mails import customer_mail
from peers.postgres import FAST, binaries
from peers.scene import wait_until
from peers.service import Service
from store.test_schema import catalog

SECRET = "d" * 48


def first_start(postgres: Path, url: str, given: Mapping[str, str]) -> str:
    """What the image postgres does on an empty volume: its superuser, its database, and what lies
    in /docker-entrypoint-initdb.d. `url` is that of a superuser called buzon, who makes way; the
    other's is returned."""
    admin = url.replace("buzon@", f"{given['POSTGRES_USER']}@")
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(f"CREATE ROLE {given['POSTGRES_USER']} SUPERUSER LOGIN PASSWORD 'x'")
    with psycopg.connect(admin, autocommit=True) as db:
        db.execute("ALTER ROLE buzon RENAME TO nobody")
        db.execute(f"ALTER DATABASE buzon OWNER TO {given['POSTGRES_USER']}")
    query = {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}
    subprocess.run(
        [compose.REPOSITORY / "deploy/db/10-buzon.sh"],
        env={**given, "BUZON_TABLES": str(compose.REPOSITORY / "db/init.sql"),
             "PGHOST": query["host"], "PGPORT": query["port"],
             "PATH": f"{postgres}:{os.environ['PATH']}"},
        check=True,
    )  # fmt: skip
    return admin


@dataclass(frozen=True)
class Stack:
    """The services as Compose understands them, moved to this machine."""

    services: dict[str, Any]
    moved: dict[str, str]  # what stands in compose.yaml, and where that is here
    folder: Path

    def here(self, text: str) -> str:
        for there, here in self.moved.items():
            text = text.replace(there, here)
        return text

    def service(self, name: str) -> Service:
        given = self.services[name]["environment"]
        environment = {key: self.here(str(v)) for key, v in given.items() if v is not None}
        return Service(self.folder / name, environment, *self.services[name]["command"])

    def is_well(self, service: Service, name: str) -> bool:
        """What the health check says."""
        kind, *command = self.services[name]["healthcheck"]["test"]
        words = [self.here(word.replace("$$", "$")) for word in command]
        words = ["sh", "-c", *words] if kind == "CMD-SHELL" else words
        words[0] = sys.executable if words[0] == "python" else words[0]
        done = subprocess.run(words, env=service.environment, capture_output=True, text=True)
        return done.returncode == 0


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The service `db` after its first start: the URL of Buzón's role, and the superuser's."""
    given = compose.source()["services"]["db"]["environment"]
    postgres = binaries("16")
    database = Embedded(tmp_path / "db", binaries=postgres, settings=FAST)
    url = database.start()
    try:
        yield url, first_start(postgres, url, {**given, "POSTGRES_PASSWORD": SECRET})
    finally:
        database.stop()


@pytest.fixture
def stack(fresh: tuple[str, str], tmp_path: Path) -> Iterator[tuple[Stack, Maildev]]:
    url, _ = fresh
    with Maildev(tmp_path) as mailpit:
        env = tmp_path / "env"
        env.write_text(
            compose.generated_env(
                POSTGRES_PASSWORD=SECRET,
                BUZON_API_TOKEN=SECRET,
                BUZON_PORT=str(free_port()),
                BUZON_SMTP_PORT=str(mailpit.port),
            )
        )
        done = compose.config(env)
        assert done.returncode == 0, done.stderr
        moved = {
            f"postgresql://buzon:{SECRET}@db:5432/buzon": url,
            "worker:2525": (sandbox := f"127.0.0.1:{free_port()}"),
            "0.0.0.0:2525": sandbox,
            "0.0.0.0": "127.0.0.1",
            "mailpit": mailpit.host,
            "/tmp/buzon": str(tmp_path / "worker/tmp"),  # noqa: S108
            "/var/lib/buzon/models": str(tmp_path / "models"),
        }
        yield Stack(yaml.safe_load(done.stdout)["services"], moved, tmp_path), mailpit


def test_the_database_is_made_for_a_role_that_is_no_superuser(fresh: tuple[str, str]) -> None:
    url, admin = fresh
    roles = (
        "SELECT rolname, rolsuper, rolcreatedb, rolcreaterole, rolbypassrls, rolreplication,"
        " split_part(rolpassword, '$', 1) FROM pg_authid"
        " WHERE rolname !~ '^(pg_|nobody)' ORDER BY 1"
    )
    with psycopg.connect(admin, autocommit=True) as db:
        assert db.execute(roles).fetchall() == [
            ("buzon", False, False, True, False, False, "SCRAM-SHA-256"),
            ("buzon_bi", False, False, False, False, False, None),
            ("postgres", True, False, False, False, False, None),  # nobody signs in as it
        ]
        owners = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
        assert db.execute(owners).fetchall() == [("buzon",)]
        db.execute("CREATE DATABASE migrated OWNER buzon")
    schema.check(url)
    migrated = url.replace("/buzon?", "/migrated?")
    schema.migrate(migrated)
    assert catalog(url) == catalog(migrated)


def asked_by_monitoring() -> set[str]:
    """The figures that the alerts and the dashboard are made of."""
    files = [
        compose.REPOSITORY / "deploy" / name
        for name in ("prometheus/alerts.yml", "grafana/dashboards/buzon.json")
    ]
    asked = {name for file in files for name in re.findall(r"buzon_\w+", file.read_text())}
    assert asked
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in asked}


def measured(told: str) -> set[str]:
    return set(re.findall(r"^# TYPE (\w+)", told, flags=re.MULTILINE))


@needs("docker-compose")
@needs_maildev
def test_the_services_start_together_and_a_mail_is_answered(stack: tuple[Stack, Maildev]) -> None:
    here, mailpit = stack
    migrate = here.service("migrate")
    migrate.folder.mkdir()
    done = migrate.run("migrate")
    assert done.returncode == 0, done.stderr
    assert "The tables are up to date." in done.stdout  # init.sql has made them
    assert "buzon_bi may sign in" in done.stdout

    pages, worker = here.service("buzon"), here.service("worker")
    with ExitStack() as running:
        for service in (pages, worker):  # at the same time, as Compose does
            service.folder.mkdir()
            running.callback(service.stop)
            service.start(wait=False)
        for service in (pages, worker):
            service.wait_until_up(180)
        wait_until(lambda: here.is_well(pages, "buzon"), "buzon is healthy")
        wait_until(lambda: here.is_well(worker, "worker"), "worker is healthy")
        assert f":{pages.port}/sign-in/" in pages.sign_in_link

        with httpx.Client(base_url=pages.url, headers={"Authorization": f"Bearer {SECRET}"}) as api:
            assert api.post("/messages", content=customer_mail(2)).status_code == 200
            assert pages.run("simulate", "--count", "3", "--rate", "10").returncode == 0
            wait_until(lambda: len(api.get("/events").json()["items"]) == 4, "all are stored")
        wait_until(mailpit.mails, "the answer is seen in the sandbox")
        assert mailpit.mails()[0]["from"][0]["address"] == "soporte@example.com"

        assert asked_by_monitoring() <= measured(httpx.get(f"{pages.url}/metrics").text)

        with psycopg.connect(here.moved[f"postgresql://buzon:{SECRET}@db:5432/buzon"]) as db:
            models = db.execute("SELECT count(*) FROM models").fetchone()
        assert models == (1,), "both started at once, and one of them trained"
        assert worker.stop() == 0
        assert re.search(r"Buzón runs \(mail, work\)", worker.output)
