"""compose.yaml: what can be known of it without an engine to run it."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from buzon.config import Settings
from buzon.store.queue import TELL
from peers import compose, find, needs, needs_node
from peers.compose import FILE, REPOSITORY
from peers.told import fake_buzon

SERVICES: dict[str, Any] = compose.source()["services"]
ONCE = {name for name, service in SERVICES.items() if service["restart"] == "no"}
BUZON = ("migrate", "buzon", "worker")
N8N = ("n8n-init", "n8n")
PORT = re.compile(r"\$\{BIND:-127\.0\.0\.1\}:\$\{(\w+):-(\d+)\}:(\$\{\w+:-\d+\}|\d+)")
# In buzon.toml only; of use to the owner of the database only.
NOT_HANDED_ON = {"BUZON_MAILBOX", "BUZON_BI_PASSWORD"}

# As which user a container runs where compose.yaml names none.
USER_OF_THE_IMAGE = {
    **dict.fromkeys((*BUZON, "metabase-provision"), "Dockerfile: USER 10001"),
    **dict.fromkeys(("n8n-init", "n8n"), "node, in n8n's Dockerfile"),
    "metabase": "metabase, once its start script gave up root",
    "mailhog": "mailhog, in its Dockerfile",
    "greenmail": "greenmail, in its Dockerfile",
}
# Others' images of which nobody says that they do without writing their root.
ROOT_IS_WRITTEN = {"n8n-init", "n8n", "metabase", "greenmail"}

each_service = pytest.mark.parametrize("name", SERVICES)


@pytest.fixture
def env(tmp_path: Path) -> Path:
    file = tmp_path / "env"
    file.write_text(compose.generated_env())
    return file


# ── what it is written in ──────────────────────────────────────────────────────────────────


def test_it_is_what_the_compose_specification_allows() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*command, FILE], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@needs("docker-compose")
def test_compose_itself_takes_it_with_what_make_env_made(env: Path) -> None:
    done = compose.config(env)
    assert done.returncode == 0, done.stderr
    services = yaml.safe_load(done.stdout)["services"]
    assert services.keys() == SERVICES.keys()
    assert services["worker"]["environment"]["BUZON_SMTP_HOST"] == "mailpit"
    assert "@db:5432/buzon" in services["worker"]["environment"]["BUZON_DATABASE_URL"]


@needs("docker-compose")
def test_without_env_compose_says_how_to_make_one(tmp_path: Path) -> None:
    (tmp_path / "env").write_text("")
    done = compose.config(tmp_path / "env")
    assert done.returncode != 0
    assert "make env" in done.stderr


# ── what it takes from .env ────────────────────────────────────────────────────────────────


def passed_on(service: dict[str, Any]) -> set[str]:
    """The names that stand without a value, which Compose takes from .env."""
    return {name for name, value in service.get("environment", {}).items() if value is None}


def test_every_variable_stands_in_the_example() -> None:
    example = (REPOSITORY / ".env.example").read_text()
    known = set(re.findall(r"^#?(\w+)=", example, flags=re.MULTILINE))
    used = set(re.findall(r"(?<!\$)\$\{(\w+)", FILE.read_text()))
    for service in SERVICES.values():
        used |= passed_on(service)
    assert used - known == set()
    own = {name for name in known if not name.startswith("BUZON_")} - {"COMPOSE_PROJECT_NAME"}
    assert own - used == set()


@pytest.mark.parametrize("name", BUZON)
def test_buzon_is_given_its_settings_and_nothing_that_is_none(name: str) -> None:
    settings = {f"BUZON_{field.upper()}" for field in Settings.model_fields}
    given = SERVICES[name]["environment"].keys()
    assert given - settings == set(), "no settings of Buzón"
    assert settings - given - NOT_HANDED_ON == set(), "add them to x-settings in compose.yaml"


def test_buzon_does_not_sign_in_as_the_superuser() -> None:
    superuser = SERVICES["db"]["environment"]["POSTGRES_USER"]
    urls = [SERVICES[name]["environment"]["BUZON_DATABASE_URL"] for name in BUZON]
    assert all(url.startswith("postgresql://buzon:") for url in urls)
    assert superuser != "buzon"


# ── how it runs ────────────────────────────────────────────────────────────────────────────


def ports() -> Iterator[tuple[str, str]]:
    for name, service in SERVICES.items():
        for port in service.get("ports", ()):
            yield name, port


def test_every_port_listens_on_this_machine_alone_unless_told_otherwise() -> None:
    found = [PORT.fullmatch(port) for _, port in ports()]
    assert all(found), list(ports())
    defaults = [match[2] for match in found if match]
    assert len(set(defaults)) == len(defaults)


@each_service
def test_each_service_has_a_health_check_or_runs_once(name: str) -> None:
    assert ("healthcheck" in SERVICES[name]) != (name in ONCE)


@each_service
def test_each_service_waits_until_what_it_needs_is_well_or_done(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        done = "service_completed_successfully" if other in ONCE else "service_healthy"
        assert how == {"condition": done}
        assert {*SERVICES[other].get("profiles", ())} <= {*SERVICES[name].get("profiles", ())}


@each_service
def test_each_service_is_bounded_pinned_and_without_rights_it_needs_not(name: str) -> None:
    service = SERVICES[name]
    assert re.fullmatch(r"\d+[mg]", service["mem_limit"])
    assert re.fullmatch(r"[\w/.-]+:v?\d+\.\d+[\w.-]*", service["image"])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["cap_drop"] == ["ALL"]
    assert "privileged" not in service
    assert service.get("user", "1000") not in ("0", "root")
    assert ("user" not in service) == (name in USER_OF_THE_IMAGE)
    assert ("read_only" not in service) == (name in ROOT_IS_WRITTEN)


@each_service
def test_what_is_mounted_is_there(name: str) -> None:
    for volume in SERVICES[name].get("volumes", ()):
        origin = volume.partition(":")[0]
        if origin.startswith("."):
            assert (REPOSITORY / origin).exists(), volume
            assert volume.endswith(":ro")
        else:
            assert origin in compose.source()["volumes"]


# ── the scripts that run once ──────────────────────────────────────────────────────────────


def given(env: Path, *names: str) -> list[dict[str, str]]:
    """The environments that Compose gives these services."""
    services = yaml.safe_load(compose.config(env).stdout)["services"]
    found = [services[name]["environment"] for name in names]
    return [{key: str(value) for key, value in each.items() if value is not None} for each in found]


@needs("docker-compose")
def test_metabase_s_script_has_all_it_asks_for(env: Path) -> None:
    away = {"METABASE_URL": "http://127.0.0.1:1", "METABASE_WAIT": "1"}
    (environment,) = given(env, "metabase-provision")
    done = subprocess.run(
        [sys.executable, REPOSITORY / "metabase/provision.py"],
        env=environment | away,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 3, done.stderr  # 3: Metabase is not there; 2: a setting is missing


@needs("docker-compose")
@needs_node
def test_n8n_s_script_has_all_it_asks_for(tmp_path: Path) -> None:
    env = tmp_path / "env"
    mailbox = {"HOST": "greenmail", "SECURITY": "none", "USER": "soporte", "PASSWORD": "hunter2"}
    chosen = {f"BUZON_IMAP_{name}": value for name, value in mailbox.items()}
    env.write_text(compose.generated_env(BUZON_MAIL="external", **chosen))
    node = find("node")
    assert node is not None
    (environment,) = given(env, "n8n-init")
    with fake_buzon() as buzon:
        done = subprocess.run(
            [node, REPOSITORY / "n8n/render.mjs", tmp_path / "made"],
            env=environment | {"N8N_BUZON_URL": buzon.url},
            capture_output=True,
            text=True,
        )
    assert done.returncode == 0, done.stderr
    assert '"host": "greenmail"' in (tmp_path / "made/credentials.json").read_text()


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    """What n8n's services are given where nothing was chosen."""
    file = tmp_path_factory.mktemp("usual") / "env"
    file.write_text(compose.generated_env())
    return given(file, *N8N)


@needs("docker-compose")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BUZON_MAIL", "external"),
        ("BUZON_IMAP_HOST", "imap.example.com"),
        ("BUZON_IMAP_PASSWORD", "hunter3"),
        ("BUZON_IMAP_FOLDER", "Clientes"),
        ("BUZON_SMTP_HOST", "smtp.example.com"),
        ("BUZON_HANDOUT_MINUTES", "20"),
        ("N8N_REPORT_TO", "ana@example.com"),
    ],
)
def test_what_changes_n8n_s_workflows_starts_n8n_anew(
    env: Path, usual: list[dict[str, str]], name: str, value: str
) -> None:
    env.write_text(compose.generated_env(**{name: value}))
    assert all(now[name] == value for now in given(env, *N8N))
    assert all(was.get(name) != value for was in usual)


def test_n8n_has_all_that_its_workflows_are_made_of() -> None:
    made_of, has = (SERVICES[name]["environment"] for name in N8N)
    assert made_of.items() <= has.items()
    assert "BUZON_URL" not in has  # where people reach the pages, in all other places


def test_a_webhook_that_hangs_does_not_ring_as_if_no_worker_were_there() -> None:
    alerts = yaml.safe_load((REPOSITORY / "deploy/prometheus/alerts.yml").read_text())
    (rule,) = (rule for rule in alerts["groups"][0]["rules"] if rule["alert"] == "JobsWait")
    assert f'task!="{TELL}"' in rule["expr"]
