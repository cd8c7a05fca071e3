"""docs/webhooks.md is true: its payloads have the fields that are sent, and its code, which
receivers copy, takes what Buzón signed and nothing else."""

import base64
import json
import re
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from buzon.flow import Flow, handle_mails, label
from buzon.hooks.signature import make_secret, sign
from buzon.records import Outcome
from buzon.store import alarms, drift_alarms, mail_grants, outbox
from buzon.store.mail_grants import Tokens
from buzon.store.outbox import Tried
from buzon.store.webhooks import KINDS
from peers import find, needs
from peers.flows import raw_mail
from peers.webhooks import add_webhook, make_teller, make_webhooks, receiving

SECRET = make_secret()
BODY = (
    '{"type": "test", "timestamp": "…", "data": {"webhook": {"id": 3, "name": "Señal"}}}'.encode()
)

# What n8n hands to a Code node, as far as the one in the manual uses it.
N8N = """
const fs = require('fs');
const given = JSON.parse(fs.readFileSync(0));
const node = { helpers: { getBinaryDataBuffer: async () => Buffer.from(given.body, 'base64') } };
const AsyncFunction = (async () => {}).constructor;
const $input = { first: () => ({ json: { headers: given.headers } }) };
new AsyncFunction('$input', '$env', 'require', given.code)
  .call(node, $input, { BUZON_WEBHOOK_SECRET: given.secret }, require)
  .then((items) => console.log(JSON.stringify(items)), (error) => console.log(error.message));
"""


def blocks(repository: Path, language: str) -> list[str]:
    text = (repository / "docs" / "webhooks.md").read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def headers(body: bytes = BODY, *, secret: str = SECRET, at: float | None = None) -> dict[str, str]:
    sent = int(at or time.time())
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(sent),
        "webhook-signature": sign(secret, "msg_1", sent, body),
    }


def by_python(repository: Path) -> Callable[[dict[str, str], bytes], bool]:
    (code,) = blocks(repository, "python")
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - the manual's own
    return lambda sent, body: bool(names["is_from_buzon"](sent, body, SECRET))


def by_n8n(repository: Path) -> Callable[[dict[str, str], bytes], bool]:
    (code,) = blocks(repository, "javascript")

    def takes(sent: dict[str, str], body: bytes) -> bool:
        given = {
            "headers": sent, "body": base64.b64encode(body).decode(), "secret": SECRET,
            "code": code,
        }  # fmt: skip
        done = subprocess.run(
            [str(find("node")), "-e", N8N], input=json.dumps(given).encode(), capture_output=True,
            check=True,
        )  # fmt: skip
        if done.stdout.strip() == "This message is not from Buzón.".encode():
            return False
        return bool(json.loads(done.stdout) == [{"json": json.loads(body)}])

    return takes


@pytest.mark.parametrize("reader", [by_python, pytest.param(by_n8n, marks=needs("node"))])
def test_the_code_of_the_manual_takes_what_buzon_signed_and_nothing_else(
    repository: Path, reader: Callable[[Path], Callable[[dict[str, str], bytes], bool]]
) -> None:
    takes = reader(repository)
    assert takes(headers(), BODY)
    two = headers()  # a secret that is being changed signs twice, says the specification
    two["webhook-signature"] = f"v1,AAAA {two['webhook-signature']}"
    assert takes(two, BODY)
    assert not takes(headers(), BODY.replace(b"3", b"4"))
    assert not takes(headers(secret=make_secret()), BODY)
    assert not takes(headers(at=time.time() - 3600), BODY)


async def test_the_payloads_of_the_manual_have_the_fields_that_are_sent(
    repository: Path, flow: Flow
) -> None:
    told = {}
    async with receiving() as receiver:
        id, _ = await add_webhook(flow, receiver.url, KINDS)
        await everything_happens(flow)
        while await make_teller(flow).tell(id):
            pass
        await make_webhooks(flow).test(id)
        for hit in receiver.hits:
            told[hit.told["data"].get("alarm", {}).get("what") or hit.told["type"]] = hit.told
    first, *parts = [json.loads(block) for block in blocks(repository, "json")]
    assert shape(told["event.stored"]) == shape(told["event.to_review"]) == shape(first)
    event = {"event": shape(first["data"]["event"])}
    correction, reply, model, silent, drifted, ended, test = (shape(part) for part in parts)
    assert shape(told["event.corrected"]["data"]) == event | correction
    assert shape(told["reply.sent"]["data"]) == event | reply
    assert shape(told["model.promoted"]["data"]) == model
    assert shape(told["mailbox-silent"]["data"]) == silent
    assert shape(told["categories"]["data"]) == drifted
    assert shape(told["access-ended"]["data"]) == ended
    assert shape(told["test"]["data"]) == test
    text = (repository / "docs" / "webhooks.md").read_text("utf-8")
    assert all(f"| `{kind}` |" in text for kind in (*KINDS, "test"))
    assert {message["type"] for message in told.values()} == {*KINDS, "test"}


def shape(value: Any) -> Any:
    """The names of the fields, without what they hold."""
    return {key: shape(one) for key, one in value.items()} if isinstance(value, dict) else None


async def everything_happens(flow: Flow) -> None:
    (handled,) = await handle_mails(flow, [raw_mail(subject="Pedido dudoso")])
    assert handled.event_id is not None
    await label(flow.db, [handled.event_id], "pedido", "Ana Ruiz")
    today = datetime.now(UTC).date()
    async with flow.db.transaction() as db:
        (queued,) = await outbox.claim(db, 7, 1)
        await outbox.record(
            db, 7, [Tried(Outcome(queued.id, "sent", "250 OK"), 1, datetime.now(UTC))]
        )
        await db.execute(
            "INSERT INTO models (version, asked_by, sha256, artifact, made_by, examples, why,"
            " unseen, report) VALUES ('4', 'x', '', '', '{}', 512, '', '{}', '{}')"
        )
        await db.execute("INSERT INTO promotions (version, by, why) VALUES ('4', 'x', 'better')")
        tokens = Tokens(access="x", refresh="x", expires_in=1, ends_in=None)
        await mail_grants.put(db, "soporte@example.com", "other", tokens, "x")
        await mail_grants.bury(db, "soporte@example.com", "invalid_grant")
        await alarms.settle(db, [alarms.Found("mailbox-silent", "soporte@example.com", 7260)])
        await drift_alarms.put(db, today, [("categories", today, 0.001, {"pedido": (0.31, 0.52)})])
