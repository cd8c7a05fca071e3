"""The files of n8n/: what they ask of Buzón exists, what may fail is caught, and what is imported
is made of the environment. Whether n8n itself does with them what it should, tests/n8n tells."""

import json
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import pytest

from buzon.api import create_api
from buzon.classifier.corpus import starter
from buzon.classifier.drift import What
from buzon.store import alarms, schema
from peers import find, needs_node
from peers.told import FakeBuzon, fake_buzon

N8N = Path(__file__).parent.parent / "n8n"
WORKFLOWS = sorted((N8N / "workflows").glob("*.json"))
Node = dict[str, Any]

MAY_FAIL = {"httpRequest", "emailSend"}
EXTERNAL = {
    "BUZON_MAIL": "external",
    "N8N_BUZON_URL": "http://127.0.0.1:8000/",
    "BUZON_TOKEN": "token",
    "BUZON_IMAP_HOST": "imap.example.com",
    "BUZON_IMAP_USER": "soporte@example.com",
    "BUZON_IMAP_PASSWORD": "imap password",
    "BUZON_IMAP_FOLDER": "Clientes",
    "BUZON_SMTP_HOST": "smtp.example.com",
    "N8N_REPORT_TO": "admin@example.com",
}
NATIVE = {
    "BUZON_TOKEN": "token",
    "BUZON_SMTP_HOST": "smtp.example.com",
    "BUZON_SMTP_FROM": "soporte@example.com",
    "N8N_REPORT_TO": "admin@example.com",
}

each_workflow = pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)


@pytest.fixture
def told() -> Iterator[FakeBuzon]:
    with fake_buzon() as buzon:
        yield buzon


@pytest.fixture
def buzon(told: FakeBuzon) -> str:
    return told.url


def nodes(file: Path) -> list[Node]:
    return list(json.loads(file.read_text())["nodes"])


def kind(node: Node) -> str:
    return str(node["type"]).removeprefix("n8n-nodes-base.")


def render(environment: Mapping[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [find("node") or "node", N8N / "render.mjs", folder],
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


# ── the workflows ───────────────────────────────────────────────────────────────────────


def test_there_is_an_intake_for_either_flavour_and_both_are_the_same_workflow() -> None:
    native, external = (
        N8N / f"workflows/intake-{flavour}.json" for flavour in ("native", "external")
    )
    assert json.loads(native.read_text())["id"] == json.loads(external.read_text())["id"]


@each_workflow
def test_connections_lead_from_nodes_that_exist_to_nodes_that_exist(file: Path) -> None:
    names = [node["name"] for node in nodes(file)]
    assert len(names) == len(set(names))
    for source, outputs in json.loads(file.read_text())["connections"].items():
        targets = {to["node"] for output in outputs["main"] for to in output}
        assert {source, *targets} <= set(names)


@each_workflow
def test_expressions_speak_of_nodes_that_exist(file: Path) -> None:
    spoken_of = set(re.findall(r"\$\('([^']+)'\)", file.read_text()))
    assert spoken_of <= {node["name"] for node in nodes(file)}


@each_workflow
def test_each_request_is_one_that_buzon_answers(file: Path) -> None:
    described = create_api(None).openapi()["paths"]  # type: ignore[arg-type]
    paths = {re.sub(r"\{\w+\}", "{id}", path): calls for path, calls in described.items()}
    for node in nodes(file):
        if kind(node) == "httpRequest":
            asked = node["parameters"]
            path = re.sub(r"\{\{.*?\}\}", "{id}", asked["url"].partition("}}")[2])
            operation = paths[path][asked["method"].lower()]
            queries = [
                query["name"] for query in asked.get("queryParameters", {}).get("parameters", [])
            ]
            assert set(queries) <= {given["name"] for given in operation.get("parameters", [])}


def test_the_token_that_the_readme_has_made_is_good_for_each_request() -> None:
    readme = (N8N / "README.md").read_text()
    command = next(line for line in readme.splitlines() if "`buzon token add n8n" in line)
    scopes = re.findall(r"--scope (\w+)", command)
    described = create_api(None).openapi()["paths"]  # type: ignore[arg-type]
    needed = {
        scope
        for file in WORKFLOWS
        for node in nodes(file)
        if kind(node) == "httpRequest"
        for scope in security(described, node["parameters"])
    }
    # What import.sh asks for the native flavour: GET, POST and PATCH /webhooks.
    assert {*needed, "admin"} == set(scopes)


def security(described: dict[str, Any], asked: dict[str, Any]) -> list[str]:
    path = re.sub(r"\{\{.*?\}\}", "{id}", asked["url"].partition("}}")[2])
    calls = next(c for p, c in described.items() if re.sub(r"\{\w+\}", "{id}", p) == path)
    (requirement,) = calls[asked["method"].lower()]["security"]
    return list(requirement["HTTPBearer"])


@each_workflow
def test_categories_that_are_spoken_of_are_buzons(file: Path) -> None:
    spoken_of = set(re.findall(r"category === '([^']+)'", file.read_text()))
    assert spoken_of <= {sample.label for sample in starter()}


@each_workflow
def test_what_may_fail_is_tried_again_or_has_a_branch_for_that(file: Path) -> None:
    for node in nodes(file):
        if kind(node) in MAY_FAIL:
            assert node.get("retryOnFail") or node.get("onError") == "continueErrorOutput", node[
                "name"
            ]


@each_workflow
def test_a_branch_for_failure_leads_somewhere(file: Path) -> None:
    connections = json.loads(file.read_text())["connections"]
    for node in nodes(file):
        if node.get("onError") == "continueErrorOutput":
            assert connections[node["name"]]["main"][-1], node["name"]


def reached_from(file: Path, start: str) -> set[str]:
    connections = json.loads(file.read_text())["connections"]
    reached: set[str] = set()
    todo = [start]
    while todo:
        outputs = connections.get(todo.pop(), {"main": []})["main"]
        new = {to["node"] for output in outputs for to in output} - reached
        reached |= new
        todo += new
    return reached


@each_workflow
def test_whatever_else_fails_is_reported_by_a_mail_that_waits_for_the_mail_server(
    file: Path,
) -> None:
    (trigger,) = (node for node in nodes(file) if kind(node) == "errorTrigger")
    reports = {
        node["name"]
        for node in nodes(file)
        if kind(node) == "emailSend"
        and node["name"] in reached_from(file, trigger["name"])
        and node.get("onError") == "continueErrorOutput"
    }
    waiting = {name for name in reports if name in reached_from(file, "Wait for the mail server")}
    assert waiting, reports


@needs_node
@each_workflow
def test_the_mail_server_is_waited_for_longer_each_time_and_for_hours(file: Path) -> None:
    by_name = {node["name"]: node for node in nodes(file)}
    wait = by_name["Wait for the mail server"]["parameters"]
    again = by_name["Once more?"]["parameters"]["conditions"]["conditions"][0]["leftValue"]
    assert wait["unit"] == "minutes"
    told = f"[{expression(again)}, {expression(wait['amount'])}]"
    tried = in_each_run(told, range(20))
    minutes = [pause for once_more, pause in tried if once_more]
    assert minutes == sorted(minutes)
    assert minutes[0] == 1
    assert 6 * 60 < sum(minutes) < 12 * 60


LONGEST_IN_MEMORY = 65  # seconds; what waits for less is lost when n8n ends (Wait.node.js)


@needs_node
@pytest.mark.parametrize("lost", ["Mails refused", "Answers given up"])
def test_what_nobody_tries_again_is_reported_however_long_the_mail_server_is_away(
    lost: str,
) -> None:
    file = N8N / "workflows/intake-external.json"
    by_name = {node["name"]: node for node in nodes(file)}
    leads = json.loads(file.read_text())["connections"]

    def to(name: str, output: int) -> list[str]:
        return [target["node"] for target in leads[name]["main"][output]]

    (send,) = to(lost, 0)
    (wait,) = to(send, -1)
    assert by_name[send]["onError"] == "continueErrorOutput"
    assert to(wait, 0) == [send]
    pause = by_name[wait]["parameters"]
    assert pause["unit"] == "minutes"
    amounts = in_each_run(expression(pause["amount"]), (0, 1, 6, 100_000))
    assert amounts == sorted(amounts)
    assert amounts[0] * 60 > LONGEST_IN_MEMORY
    assert amounts[-1] <= 60


def test_customers_whose_mails_wait_don_t_wait_for_a_report() -> None:
    """Of two ways that are open, n8n goes the upper one first, to its end."""
    by_name = {node["name"]: node for node in nodes(N8N / "workflows/intake-external.json")}
    upper = [by_name[name]["position"][1] for name in ("First time?", "Wait, longer each time")]
    assert max(upper) < by_name["Mails refused"]["position"][1]


def expression(text: str) -> str:
    """What n8n evaluates of a parameter: a template where there are words around it."""
    parts = re.split(r"\{\{(.*?)\}\}", text.removeprefix("="), flags=re.DOTALL)
    if not parts[0] and not parts[-1] and len(parts) == 3:
        return parts[1]
    return " + ".join(
        f"String({part})" if inside % 2 else json.dumps(part) for inside, part in enumerate(parts)
    )


def evaluated(told: str, **known: object) -> Any:
    given = "".join(f"const {name} = {json.dumps(value)};" for name, value in known.items())
    settings = "const $ = () => ({first: () => ({json: {pagesUrl: 'https://buzon.example'}})});"
    script = f"{given}{settings}console.log(JSON.stringify({told}))"
    done = subprocess.run([find("node") or "node", "-e", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def in_each_run(told: str, runs: Iterable[int]) -> list[Any]:
    """What it comes to in each of these runs of a node, by one process."""
    return list(evaluated(f"{json.dumps([*runs])}.map(($runIndex) => ({told}))"))


DRIFT = {"since": "2026-11-20", "moved": {"pedido": [0.31, 0.52]}}
TROUBLE = {"since": "2026-11-20T09:12:00+00:00", "about": "ventas", "figure": 1, "detail": "no"}
ACCESS = {"account": "ventas", "ends_at": "2026-11-27T07:20:53.1+00:00", "why": "invalid_grant"}


def told_of_grants() -> list[str]:
    """As their trigger calls it."""
    tables = (schema.FOLDER / "init.sql").read_text()
    trigger = tables.partition("FUNCTION tell_of_grant")[2].partition("$$;")[0]
    found = re.findall(r"(?:THEN|ELSE) '([\w-]+)'", trigger)
    assert len(found) == 2
    return found


@needs_node
@pytest.mark.parametrize(
    "alarm",
    [
        *({"what": what, **DRIFT} for what in get_args(What)),
        *({"what": what, **TROUBLE} for what in get_args(alarms.Kind)),
        *({"what": what, **ACCESS} for what in told_of_grants()),
    ],
    ids=lambda alarm: alarm["what"],
)
def test_each_alarm_is_told_in_words_and_with_what_it_is_about(alarm: dict[str, Any]) -> None:
    native = nodes(N8N / "workflows/intake-native.json")
    (mail,) = (node["parameters"] for node in native if node["name"] == "Tell of an alarm")
    told = f"[{expression(mail['subject'])}, {expression(mail['text'])}]"
    subject, text = evaluated(told, **{"$json": {"data": {"alarm": alarm}}})
    drift = "moved" in alarm
    assert ("los correos han cambiado" in subject) == ("aprendió" in text) == drift
    assert (alarm["what"] in subject) == drift  # of all else it is said in words
    about = alarm.get("about", alarm.get("account", ""))
    assert about in text
    assert "undefined" not in subject + text
    assert text.rstrip().endswith("https://buzon.example/model" if drift else ".example/")


@each_workflow
def test_nothing_secret_and_no_code_is_in_a_workflow(file: Path) -> None:
    assert not {"code", "executeCommand"} & {kind(node) for node in nodes(file)}
    assert "pinData" not in (content := json.loads(file.read_text())) or content["pinData"] == {}


@needs_node
@pytest.mark.parametrize(
    ("status", "body", "run", "then"),
    [
        (200, {"state": "done", "job_id": 7}, 0, "The outcome"),
        (200, {"state": "failed", "job_id": 7}, 40, "The outcome"),
        (202, {"state": "running", "job_id": 7}, 0, "Half a minute"),  # waited in vain
        (200, {"state": "waiting", "job_id": 7}, 40, "Half a minute"),
        (409, {"code": "training-under-way", "job_id": 7}, 0, "Half a minute"),
        (503, {"code": "database"}, 0, "A while"),
        (503, {"code": "database"}, 5, "It was refused"),
        (403, {"code": "forbidden"}, 0, "It was refused"),
    ],
)
def test_the_outcome_of_a_training_is_told_once_there_is_one(
    status: int, body: dict[str, object], run: int, then: str
) -> None:
    workflow = json.loads((N8N / "workflows/retrain.json").read_text())
    (switch,) = (node for node in workflow["nodes"] if node["name"] == "What came of it?")
    rules = [
        rule["conditions"]["conditions"][0]["leftValue"].removeprefix("={{").removesuffix("}}")
        for rule in switch["parameters"]["rules"]["values"]
    ]
    answer = json.dumps({"statusCode": status, "body": body})
    told = f"console.log(JSON.stringify([{','.join(rules)}]))"
    script = f"const $json = {answer}, $runIndex = {run}; {told}"
    done = subprocess.run([find("node") or "node", "-e", script], capture_output=True, text=True)
    output = [*json.loads(done.stdout), True].index(True)  # the last is for all that is left
    assert workflow["connections"]["What came of it?"]["main"][output][0]["node"] == then


def test_the_node_in_the_manual_is_that_of_the_workflow(repository: Path) -> None:
    (external,) = (file for file in WORKFLOWS if file.stem == "intake-external")
    (node,) = (node for node in nodes(external) if node["name"] == "Store and sort")
    manual = (repository / "docs/api.md").read_text()
    shown = re.search(r"^## With n8n\n.*?^```json\n(.*?)^```", manual, re.MULTILINE | re.DOTALL)
    assert shown is not None
    assert json.loads(shown[1]) == node["parameters"]


def test_nothing_that_is_to_be_copied_asks_n8n_for_what_it_refuses(repository: Path) -> None:
    assert "$env" not in (repository / "docs/api.md").read_text()
    assert "$env" not in "".join(file.read_text() for file in WORKFLOWS)
    webhooks = (repository / "docs/webhooks.md").read_text()
    assert "`N8N_BLOCK_ENV_ACCESS_IN_NODE=false`" in webhooks.partition("$env")[0]


# ── what is made of the environment ─────────────────────────────────────────────────────


@needs_node
@pytest.mark.parametrize("flavour", ["native", "external"])
def test_credentials_are_made_for_all_that_the_workflows_use(
    flavour: str, tmp_path: Path, buzon: str
) -> None:
    made = render({**EXTERNAL, **NATIVE, "BUZON_MAIL": flavour, "N8N_BUZON_URL": buzon}, tmp_path)
    assert made.returncode == 0, made.stderr
    known = {
        (c["type"], c["id"], c["name"])
        for c in json.loads((tmp_path / "credentials.json").read_text())
    }
    used = {
        (type, credential["id"], credential["name"])
        for file in (tmp_path / "workflows").iterdir()
        for node in nodes(file)
        for type, credential in node.get("credentials", {}).items()
    }
    assert used == known


@needs_node
def test_credentials_say_what_the_settings_say(tmp_path: Path, buzon: str) -> None:
    (tmp_path / "smtp").write_text("smtp password\n")
    environment = {
        **EXTERNAL,
        "N8N_BUZON_URL": buzon,
        "BUZON_SMTP_SECURITY": "tls",
        "BUZON_SMTP_USER": "u",
        "BUZON_SMTP_PASSWORD_FILE": str(tmp_path / "smtp"),
    }
    assert render(environment, tmp_path).returncode == 0
    written = tmp_path / "credentials.json"
    data = {
        credential["type"]: credential["data"] for credential in json.loads(written.read_text())
    }
    assert data["imap"]["host"] == "imap.example.com"
    assert (data["imap"]["port"], data["imap"]["secure"]) == (993, True)
    assert data["imap"]["allowUnauthorizedCerts"] is False
    assert (data["smtp"]["port"], data["smtp"]["secure"]) == (465, True)
    assert (data["smtp"]["user"], data["smtp"]["password"]) == ("u", "smtp password")
    assert data["httpHeaderAuth"] == {"name": "Authorization", "value": "Bearer token"}
    assert written.stat().st_mode & 0o077 == 0


@needs_node
def test_workflows_are_told_where_buzon_is_and_what_to_read(tmp_path: Path, buzon: str) -> None:
    assert render({**EXTERNAL, "N8N_BUZON_URL": f"{buzon}/"}, tmp_path).returncode == 0
    intake = {node["name"]: node for node in nodes(tmp_path / "workflows/intake.json")}
    assert intake["New mail"]["parameters"]["mailbox"] == "Clientes"
    given = intake["Settings"]["parameters"]["assignments"]["assignments"]
    assert {one["name"]: one["value"] for one in given} == {
        "buzonUrl": buzon,
        "reportFrom": "soporte@example.com",
        "reportTo": "admin@example.com",
        "handoutMinutes": 10,
    }


@needs_node
@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"N8N_BUZON_URL": ""}, "N8N_BUZON_URL is not set"),
        ({"N8N_BUZON_URL": "buzon:8000"}, "N8N_BUZON_URL=buzon:8000: must be an address"),
        ({"BUZON_TOKEN": ""}, "BUZON_TOKEN is not set. Make one with: buzon token add"),
        ({"BUZON_TOKEN": "", "BUZON_TOKEN_FILE": "/no"}, "names /no, which can't be read (ENOENT)"),
        ({"BUZON_IMAP_HOST": ""}, "BUZON_IMAP_HOST is not set"),
        ({"BUZON_IMAP_SECURITY": "starttls"}, "n8n can't do that"),
        ({"BUZON_IMAP_PORT": "imap"}, "BUZON_IMAP_PORT=imap: must be a whole number"),
        ({"BUZON_SMTP_SECURITY": "ssl"}, "BUZON_SMTP_SECURITY=ssl: must be tls, starttls or none"),
        ({"BUZON_MAIL": "n8n"}, "BUZON_MAIL=n8n: must be native or external"),
        ({"N8N_REPORT_TO": "soporte@example.com"}, "the mailbox that is read"),
        ({"N8N_REPORT_TO": "admin"}, "N8N_REPORT_TO=admin: must be an e-mail address"),
    ],
)  # fmt: skip
def test_a_wrong_environment_is_told_by_name(
    changed: dict[str, str], told: str, tmp_path: Path
) -> None:
    made = render({**EXTERNAL, **changed}, tmp_path)
    assert made.returncode == 1
    assert told in made.stderr
    assert "password" not in made.stderr.replace("the password would", "")
    assert not (tmp_path / "credentials.json").exists()


@needs_node
def test_all_that_is_missing_is_told_at_once(tmp_path: Path) -> None:
    told = render({"BUZON_MAIL": "external"}, tmp_path).stderr
    for name in EXTERNAL.keys() - {"BUZON_MAIL", "BUZON_IMAP_FOLDER"}:
        assert f"{name} is not set" in told


def test_nothing_is_imported_without_a_key_that_locks_the_credentials() -> None:
    made = subprocess.run(
        ["sh", N8N / "import.sh"], env={}, capture_output=True, text=True, check=False
    )
    assert made.returncode == 1
    assert "N8N_ENCRYPTION_KEY is not set" in made.stderr


@needs_node
def test_a_buzon_that_is_away_is_told(tmp_path: Path) -> None:
    made = render({**NATIVE, "N8N_BUZON_URL": "http://127.0.0.1:9"}, tmp_path)
    assert made.returncode == 1
    assert "Buzón can't be reached at http://127.0.0.1:9" in made.stderr


# ── the webhook ─────────────────────────────────────────────────────────────────────────


@needs_node
def test_the_key_that_signs_webhooks_is_the_decoded_secret(tmp_path: Path, buzon: str) -> None:
    made = render({**NATIVE, "N8N_BUZON_URL": buzon}, tmp_path)
    assert made.returncode == 0, made.stderr
    credentials = json.loads((tmp_path / "credentials.json").read_text())
    assert [c["data"] for c in credentials if c["type"] == "crypto"] == [{"hmacSecret": "clave"}]


@needs_node
def test_the_external_flavour_switches_off_the_webhook_that_the_native_one_made(
    tmp_path: Path, told: FakeBuzon
) -> None:
    def is_on() -> list[tuple[str, bool]]:
        return [(webhook["name"], webhook["enabled"]) for webhook in told.webhooks]

    assert render({**EXTERNAL, "N8N_BUZON_URL": told.url}, tmp_path).returncode == 0
    assert is_on() == []
    for _again in range(2):
        assert render({**NATIVE, "N8N_BUZON_URL": told.url}, tmp_path).returncode == 0
        assert is_on() == [("n8n", True)]
        assert render({**EXTERNAL, "N8N_BUZON_URL": told.url}, tmp_path).returncode == 0
        assert is_on() == [("n8n", False)]
