"""Whole mails as real systems and persons send them, from the raw bytes to the decision."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from buzon.mail import loops
from buzon.mail.parse import parse
from buzon.mail.policy import Ledger
from buzon.records import Decision, Prediction, RawMail
from mail.test_loops import OWN
from peers.flows import make_policy

SENDERS = Path(__file__).parent / "senders"
MACHINES = sorted((SENDERS / "machines").glob("*.eml"))
PERSONS = sorted((SENDERS / "persons").glob("*.eml"))
LANGUAGES = {"es", "en", "pt", "fr", "de", "it", "ca"}
NOW = datetime(2026, 11, 23, 8, 15, tzinfo=UTC)


def decision(path: Path) -> Decision:
    content = path.read_bytes()
    message = parse(RawMail("soporte@example.com", content, NOW, "imap", len(content)))
    prediction = Prediction("consulta", 0.9, {"consulta": 0.9}, "1")
    policy = make_policy(own=OWN)
    signs = loops.signs(message, OWN)
    return policy.decide(message, prediction, "t", Ledger(NOW), signs=signs, sure=True)


@pytest.mark.parametrize("path", MACHINES, ids=lambda path: path.stem)
def test_a_machine_is_not_answered(path: Path) -> None:
    assert not decision(path).answers


def test_nearly_every_person_is() -> None:
    missed = {path.stem: decision(path).signs for path in PERSONS if not decision(path).answers}
    assert len(missed) <= 0.02 * len(PERSONS), missed


def test_there_are_mails_of_both_kinds_in_every_language() -> None:
    for kind in (MACHINES, PERSONS):
        assert {path.stem[:2] for path in kind} == LANGUAGES
    assert len(MACHINES) + len(PERSONS) >= 120
