"""Which mails are a person's and which a machine's: our own cases, and the hostile mails."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import pytest

from buzon.mail import loops, notices, reasons
from buzon.mail.loops import Own, signs
from buzon.mail.parse import parse
from buzon.records import Message, RawMail, Sign
from peers import cpu

OWN = Own(
    addresses=frozenset({"soporte@example.com", "Ventas@Example.com"}),
    domains=frozenset({"example.com"}),
    allowed_lists=frozenset({"soporte.example.com"}),
)
CASES = [json.loads(line) for line in (Path(__file__).parent / "auto_cases.jsonl").open("rb")]
CORPUS = Path(reasons.__file__).parents[1] / "classifier" / "corpus"
HOSTILE = Path(__file__).parents[3] / "shared" / "hostile" / "make_hostile.py"
MADE_BY_POLICY = [
    "otro",
    "imported",
    "old",
    "conversation",
    "sender-hour",
    "sender-day",
    "same-subject",
    "global-cap",
    "category-off",
    "own-reply",
]


def a_message(
    headers: dict[str, str | list[str]] | None = None,
    *,
    sender: str = "Ana <ana@example.org>",
    subject: str = "Consulta",
    part_types: tuple[str, ...] = ("text/plain",),
    text: str = "Hola, ¿me ayudan?",
) -> Message:
    pairs = [
        (name.lower(), value)
        for name, values in (headers or {}).items()
        for value in ([values] if isinstance(values, str) else values)
    ]
    reply_to = next((value for name, value in pairs if name == "reply-to"), "")
    return Message(
        mailbox="soporte@example.com",
        source="imap",
        message_id="1@example.org",
        digest="",
        sender=bare(sender),
        reply_to=bare(reply_to),
        subject=subject,
        arrived_at=datetime.now(UTC),
        headers=(("from", sender), ("subject", subject), *pairs),
        part_types=part_types,
        text=text,
        newest=text,
    )


def bare(address: str) -> str:
    """As parse gives it: the domain in lower case, "" for what is no address."""
    local, _, domain = parseaddr(address)[1].rpartition("@")
    return f"{local}@{domain.lower()}" if local and domain else ""


def of_case(case: dict[str, Any]) -> Message:
    return a_message(
        case["headers"],
        sender=case["from"],
        subject=case["subject"],
        part_types=tuple(case["part_types"]),
        text=case.get("text", "Hola, ¿me ayudan?"),
    )


def rules(message: Message) -> list[str]:
    return [sign.rule for sign in signs(message, OWN)]


@pytest.mark.parametrize(
    "case", [case for case in CASES if case["expect"] != "person"], ids=lambda case: case["name"]
)
def test_a_machine_is_known_by_its_weightiest_sign(case: dict[str, Any]) -> None:
    assert rules(of_case(case))[:1] == [case["expect"]]


def test_no_machine_is_answered_and_nearly_every_person_is() -> None:
    answered = {case["name"]: not rules(of_case(case)) for case in CASES}
    persons = [case["name"] for case in CASES if case["expect"] == "person"]
    machines = [case["name"] for case in CASES if case["expect"] != "person"]
    wrongly = [name for name in machines if answered[name]]
    missed = [name for name in persons if not answered[name]]
    figures = (
        f"{len(wrongly)} of {len(machines)} machines answered: {wrongly}; "
        f"{len(persons) - len(missed)} of {len(persons)} persons answered, not: {missed}"
    )
    print(figures)  # pytest -s shows it
    assert len(CASES) >= 300
    assert {"es", "en", "de", "fr", "pt", "it", "ca"} <= {case["lang"] for case in CASES}
    assert not wrongly, figures
    assert len(missed) <= 0.02 * len(persons), figures


def test_no_subject_of_a_customer_in_the_starter_corpus_looks_like_a_notice() -> None:
    mails = [json.loads(line) for path in CORPUS.glob("*.jsonl") for line in path.open("rb")]
    customers = [mail for mail in mails if mail["label"] != "otro"]
    assert len(customers) > 1000
    assert [mail["subject"] for mail in customers if notices.notice(mail["subject"])] == []


def test_every_rule_is_set_off_by_a_case() -> None:
    assert {rule for case in CASES for rule in rules(of_case(case))} == set(loops.RULES)


@pytest.mark.parametrize("rule", [*loops.RULES, *MADE_BY_POLICY])
def test_every_rule_has_its_own_sentence_in_spanish_and_in_english(rule: str) -> None:
    spanish, english = reasons.explain(rule, "es"), reasons.explain(rule, "en")
    assert rule not in (spanish, english)
    assert spanish != english
    assert spanish.endswith(".")
    assert english.endswith(".")


def test_the_sentence_follows_the_language_and_an_unknown_rule_stays_itself() -> None:
    assert reasons.explain("no-reply", "es-MX") == reasons.explain("no-reply", "es")
    assert reasons.explain("no-reply", "de") == reasons.explain("no-reply", "en")
    assert reasons.explain("rule-of-tomorrow", "es") == "rule-of-tomorrow"


def test_the_signs_come_weightiest_first_and_each_rule_once() -> None:
    message = a_message(
        {"List-Unsubscribe": "<mailto:x@example.org>", "List-Id": "<l.example.org>"}
        | {"Auto-Submitted": ["auto-replied", "auto-generated"], "Return-Path": "<>"},
        sender="noreply@example.org",
        subject="Automatic reply: hello",
    )
    expected = ["null-return-path", "auto-submitted", "mailing-list", "no-reply", "out-of-office"]
    assert rules(message) == expected


def test_the_evidence_names_what_was_found_on_one_short_line() -> None:
    value = "auto-replied; x=\n\t" + "y" * 500
    (sign,) = signs(a_message({"Auto-Submitted": value}), OWN)
    assert sign.evidence.startswith("Auto-Submitted: auto-replied; x= yyy")
    assert len(sign.evidence) <= 120
    assert signs(a_message({"Precedence": "bulk"}), OWN) == (
        Sign("precedence", "precedence: bulk"),
    )


def test_an_own_domain_is_the_same_in_unicode_and_in_punycode() -> None:
    own = Own(addresses=frozenset({"hola@peluquería.example"}))
    message = a_message(sender="hola@xn--peluquera-n5a.example")
    assert [sign.rule for sign in signs(message, own)] == ["own-address"]


def test_a_list_that_is_not_allowed_is_a_sign_and_an_allowed_one_is_none() -> None:
    message = a_message({"List-Id": "Soporte <SOPORTE.example.com>", "Precedence": "list"})
    assert rules(message) == []
    assert [sign.rule for sign in signs(message, Own())] == ["precedence", "mailing-list"]


@pytest.mark.parametrize(
    "message",
    [
        a_message({"Auto-Submitted": "(" * 1_000_000}),
        a_message({"Precedence": "bulk, " * 200_000}),
        a_message({f"X-Header-{number}": "x" for number in range(50_000)}),
        a_message(subject="[" * 1_000_000),
        a_message(subject="automatic reply " * 60_000),
        a_message(sender="-no" * 300_000 + "@example.org"),
        a_message(part_types=("multipart/mixed",) * 50_000),
    ],
    ids=["comment", "words", "headers", "tags", "subject", "local-part", "parts"],
)
def test_a_mail_made_to_be_slow_is_judged_in_a_moment(message: Message) -> None:
    assert cpu.seconds(lambda: signs(message, OWN)) < 0.5


@pytest.mark.skipif(not HOSTILE.exists(), reason="shared/hostile is not beside the repository")
def test_the_hostile_mails_are_answered_as_their_manifest_says(tmp_path: Path) -> None:
    subprocess.run([sys.executable, HOSTILE, tmp_path, "--skip-big"], check=True)
    manifest = json.loads((tmp_path / "manifest.json").read_bytes())
    wanted = {
        name: told["must_answer"]
        for name, told in manifest.items()
        if told["must_answer"] is not None
    }
    answered = {name: not rules(parsed(tmp_path / name)) for name in wanted}
    assert len(wanted) > 100
    assert answered == wanted


def parsed(path: Path) -> Message:
    content = path.read_bytes()
    return parse(RawMail("soporte@example.com", content, datetime.now(UTC), "imap", len(content)))
