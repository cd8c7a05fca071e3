"""Mails that end whoever tries to understand them, in processes that begin from here on."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from buzon.mail.loops import Own
from buzon.mail.understand import NotUnderstood, Understood, understand_all
from buzon.records import RawMail
from peers.flows import raw_mail

FELL = "It fell."
PATH = os.pathsep.join(filter(None, [str(Path(__file__).parent), os.environ.get("PYTHONPATH")]))


@pytest.fixture
def deadly_mails(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are deadly, as sitecustomize.py says."""
    monkeypatch.setenv("PYTHONPATH", PATH)


async def all_but_deadly(raws: Sequence[RawMail], own: Own) -> list[Understood | NotUnderstood]:
    """As a process beside ours finds that some are deadly."""
    return [
        NotUnderstood(FELL) if b"X-Deadly" in raw.content else understand_all([raw], own)[0]
        for raw in raws
    ]


def deadly(how: str, **mail: str) -> RawMail:
    return raw_mail(headers=f"X-Deadly: {how}", **mail)  # type: ignore[arg-type]
