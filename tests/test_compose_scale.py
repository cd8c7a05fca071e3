"""compose.scale.yaml over compose.yaml: what can be known of it without an engine to run it."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from peers import compose, find
from peers.compose import REPOSITORY

FILE = REPOSITORY / "compose.scale.yaml"
PROXY = REPOSITORY / "deploy/nginx/scale.conf"
RESET = object()


class Loader(yaml.SafeLoader):
    """Knows Compose's tag for what the file below it says and no longer holds."""


Loader.add_constructor("!reset", lambda _loader, _node: RESET)


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """As Compose merges both files, as far as they need it."""
    below = compose.source()["services"]
    found: dict[str, Any] = {}
    for name, over in yaml.load(FILE.read_text(), Loader)["services"].items():  # noqa: S506
        base = below[over["extends"]["service"]] if "extends" in over else below.get(name, {})
        environment = {**base.get("environment", {}), **over.get("environment", {})}
        merged = {**base, **over, **({"environment": environment} if environment else {})}
        merged.pop("extends", None)
        found[name] = {key: value for key, value in merged.items() if value is not RESET}
    return {**below, **found}


def test_both_together_are_what_the_compose_specification_allows(
    services: dict[str, Any], tmp_path: Path
) -> None:
    merged = tmp_path / "compose.json"
    volumes = compose.source()["volumes"]
    merged.write_text(json.dumps({"services": services, "volumes": volumes}))
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*command, merged], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_part_runs_apart_and_several_times(services: dict[str, Any]) -> None:
    parts = {"buzon": "web", "mail": "mail", "worker": "work"}
    for name, part in parts.items():
        assert services[name]["command"] == ["serve", "--only", part]
        assert services[name]["deploy"]["replicas"] > 1
        assert services[name]["environment"]["BUZON_SECRET_KEY"]  # the same for all of them


def test_what_there_are_several_of_publishes_no_port_and_the_proxy_takes_its_place(
    services: dict[str, Any],
) -> None:
    assert all("ports" not in services[name] for name in ("buzon", "mail", "worker"))
    assert services["proxy"]["ports"] == ["${BIND:-127.0.0.1}:${BUZON_PORT:-8000}:8080"]
    port = services["buzon"]["environment"]["BUZON_PORT"]
    assert f"set $web buzon:{port};" in PROXY.read_text()


def test_the_sandbox_is_where_mail_is_taken(services: dict[str, Any]) -> None:
    assert services["mail"]["environment"]["BUZON_SANDBOX_SMTP"] == "0.0.0.0:2525"
    for name in ("buzon", "worker"):
        assert services[name]["environment"]["BUZON_SANDBOX_SMTP"] == "mail:2525"


def test_the_proxy_is_bounded_pinned_and_without_rights(services: dict[str, Any]) -> None:
    proxy = services["proxy"]
    assert re.fullmatch(r"[\w/.-]+:\d+\.\d+[\w.-]*", proxy["image"])
    assert proxy["security_opt"] == ["no-new-privileges:true"]
    assert proxy["cap_drop"] == ["ALL"]
    assert proxy["read_only"]
    assert proxy["healthcheck"]


@pytest.mark.skipif(find("nginx") is None, reason="nginx is not installed")
def test_nginx_takes_the_proxy_s_configuration(tmp_path: Path) -> None:
    nginx = find("nginx")
    assert nginx is not None
    whole = tmp_path / "nginx.conf"
    whole.write_text(
        f"pid {tmp_path}/pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off; include {PROXY}; }}\n"
    )
    command = [nginx, "-t", "-p", tmp_path, "-c", whole]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
