"""Schemathesis sends what the OpenAPI document allows and what it doesn't: whatever comes, the
answer is one that the document tells of, and never a fault of ours."""

import asyncio
import os
import sys
from pathlib import Path

import httpx
import pytest

from api.test_stats import served
from buzon.api import trainings
from buzon.classifier.model import Classifier
from buzon.flow import Flow, handle_mails
from peers.flows import raw_mail

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_schema_conformance"
)
WITH_TOKEN = ("--phases", "examples,coverage,fuzzing", "--max-examples", "6")
ANONYMOUS = ("--phases", "fuzzing", "--max-examples", "1")


@pytest.mark.parametrize("extent", [WITH_TOKEN, ANONYMOUS], ids=["with a token", "without"])
async def test_nothing_that_is_sent_is_answered_otherwise_than_documented(
    flow: Flow,
    token: str,
    small_model: Classifier,
    extent: tuple[str, ...],
    tmp_path: Path,
    repository: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(trainings, "LONGEST_WAIT", 0.5)  # nobody is there to train
    flow.at_work.change(classifier=small_model)
    await handle_mails(flow, [raw_mail(message_id=f"<{n}@x.org>") for n in range(3)])
    headers = ("--header", f"Authorization: Bearer {token}") if extent is WITH_TOKEN else ()
    hooks = {
        "SCHEMATHESIS_HOOKS": "peers.raw_mails_for_schemathesis",
        "PYTHONPATH": str(repository / "tests"),
    }
    async with served(flow) as (_, url), httpx.AsyncClient(timeout=60) as client:
        # Schemathesis itself waits for no longer than 10 s, in which a busy machine hasn't made it.
        document = tmp_path / "openapi.json"
        document.write_bytes((await client.get(f"{url}/openapi.json")).content)
        fuzzing = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "schemathesis.cli", "run", document, "--url", url),
            *("--checks", CHECKS, *extent, *headers, "--seed", "7", "--warnings", "off"),
            *("--exclude-path", "/stats/stream", "--suppress-health-check", "all"),
            *("--request-timeout", "60", "--generation-database", "none", "--no-color"),
            cwd=tmp_path,
            env=os.environ | hooks,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        told, _ = await fuzzing.communicate()
    assert fuzzing.returncode == 0, told.decode()[-6000:]
