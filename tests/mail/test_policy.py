"""Categories that people switched off."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from buzon.mail import loops, reasons
from buzon.mail.policy import Ledger
from buzon.records import Decision, Prediction
from mail.test_compose import MAIL
from peers.flows import make_policy


def decide(category: str = "reclamacion", confidence: float = 0.96, **headers: str) -> Decision:
    now = datetime.now(UTC)
    message = replace(MAIL, arrived_at=now, headers=tuple(headers.items()))
    prediction = Prediction(category, confidence, {category: confidence}, "1")
    ledger = Ledger(now)
    policy = make_policy()
    decision = policy.decide(
        message,
        prediction,
        "t",
        ledger,
        signs=loops.signs(message, policy.own),
        sure=confidence > 0.75,
        switched_off={"reclamacion"},
    )
    assert bool(ledger.threads) == decision.answers  # who isn't answered uses up no limit
    return decision


def test_a_mail_of_a_category_that_is_switched_off_is_not_answered() -> None:
    decision = decide()
    assert [(sign.rule, sign.evidence) for sign in decision.signs] == [
        ("category-off", "reclamacion 96%")
    ]


def test_nor_is_one_that_is_only_most_likely_of_it() -> None:
    assert not decide(confidence=0.4).answers


def test_what_is_no_request_is_never_said_to_be_so_for_certain() -> None:
    (sign,) = decide("otro", confidence=0.998).signs
    assert (sign.rule, sign.evidence) == ("otro", "99%")


def test_those_of_the_other_categories_are() -> None:
    assert decide("pedido").answers


def test_that_a_machine_sent_it_weighs_more() -> None:
    signs = decide(**{"auto-submitted": "auto-generated"}).signs
    assert [sign.rule for sign in signs] == ["auto-submitted", "category-off"]


@pytest.mark.parametrize(("language", "word"), [("es", "categoría"), ("en", "category")])
def test_it_is_told_in_both_languages(language: str, word: str) -> None:
    assert word in reasons.explain("category-off", language)
