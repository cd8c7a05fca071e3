"""docs/api.md is true: its examples run against the real app, and its tables are the program's."""

import asyncio
import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from api.test_stats import served
from buzon.api.problems import codes
from buzon.classifier.model import Classifier
from buzon.errors import RequestError
from buzon.flow import Flow
from buzon.store import events
from peers import find, needs_node

SAMPLE = {  # an item as n8n's Email Trigger makes it
    "buzonUrl": "http://buzon.test",
    "from": {"value": [{"address": "marta@example.org", "name": "Marta"}]},
    "to": {"value": [{"address": "soporte@example.com", "name": ""}]},
    "subject": "Factura",
    "text": "¿Me pueden enviar la factura?",
    "messageId": "<m1@example.org>",
    "headers": {"x-shop": "X-Shop: 4411"},
}


@pytest.fixture
def page(repository: Path) -> str:
    return (repository / "docs" / "api.md").read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)


async def run(command: list[str], script: str, folder: Path, **variables: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command,
        script,
        cwd=folder,
        env=os.environ | variables,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await process.communicate()
    assert process.returncode == 0, told.decode()
    return told.decode()


async def filled(expression: str, folder: Path) -> str:
    """What an expression of n8n comes to, by the language that it is written in."""
    code = expression.removeprefix("={{").removesuffix("}}")
    script = f"const $json = {json.dumps(SAMPLE)}; process.stdout.write({code})"
    return await run([str(find("node")), "-e"], script, folder)


async def test_the_examples_work_as_they_stand(
    page: str, flow: Flow, token: str, small_model: Classifier, tmp_path: Path
) -> None:
    policy = replace(flow.policy, sends=False, hands_out=True)
    flow.at_work.change(classifier=small_model)
    shells, programs = (blocks(page, language) for language in ("bash", "python"))
    assert (len(shells), len(programs)) == (1, 2)
    async with served(replace(flow, policy=policy)) as (_, url):
        known = {"BUZON": url, "TOKEN": token}
        told = await run(["bash", "-euc"], "\n".join(shells), tmp_path, **known)
        assert '"labelled":1' in told
        told = await run([sys.executable, "-c"], "\n".join(programs), tmp_path, **known)
        assert re.search(r"^3 \w+ reclamacion$", told, re.MULTILINE)
    async with flow.db.transaction() as db:
        stored = await events.after(db, 0, 100)
    assert [event.sender.partition("@")[0] for event in stored] == [*("ana", "luis", "eva", "leo")]
    statuses = [event.reply.status if event.reply else None for event in stored]
    assert statuses[3] == "sent"  # which was reported


@needs_node
async def test_the_node_of_n8n_hands_a_mail_over(
    page: str, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    (block,) = blocks(page, "json")
    node = json.loads(block)
    answer = await client.request(
        node["method"],
        node["url"].removeprefix("={{ $json.buzonUrl }}"),
        json=json.loads(await filled(node["jsonBody"], tmp_path)),
    )
    assert answer.status_code == 200, answer.text
    event = (await client.get(f"/events/{answer.json()['event_id']}")).json()
    assert (event["sender"], event["subject"]) == ("marta@example.org", "Factura")


def test_every_code_is_told_with_what_it_means(page: str) -> None:
    rows = re.findall(r"^\| (\d{3}) \| `([\w-]+)` \| (.+) \|$", page, re.MULTILINE)
    assert rows == [(str(code.status), code.code, code.meaning) for code in codes()]


def test_no_code_stands_for_two_things() -> None:
    names = [code.code for code in codes()]
    assert len(names) == len(set(names))


def test_whatever_can_be_refused_has_its_code_there() -> None:
    # The first one's meaning here is narrower.
    for_pages = {"bad-request", "too-many-attempts", "provider-failed"}
    raised = {error.code for error in kinds_of(RequestError)} - for_pages
    assert raised <= {code.code for code in codes()}


def kinds_of(error: type[RequestError]) -> Iterator[type[RequestError]]:
    yield error
    for kind in error.__subclasses__():
        yield from kinds_of(kind)
