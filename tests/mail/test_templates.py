"""What may stand in an answer of one's own, and what can't get into it."""

from dataclasses import replace

import pytest

from buzon.errors import TextRefused
from buzon.mail.compose import Identity, compose
from buzon.mail.templates import (
    LANGUAGES,
    SUBJECT_LIMIT,
    TEXT_LIMIT,
    Templates,
    built_in,
    refuse_unfit,
    tidy,
)
from buzon.records import Decision, Message, Reply, Template
from mail.test_compose import MAIL, US

OWN = Template("pedido", "es", "", "{{ greeting }}\n\nSu pedido{{ quoted_subject }}.", 3)


def answer(
    template: Template = OWN,
    message: Message = MAIL,
    category: str = "pedido",
    identity: Identity = US,
) -> Reply:
    return compose(
        message,
        Decision(answers=True, template=category),
        event_id=123,
        thread_id="t",
        identity=identity,
        templates=Templates({(template.category, template.language): template}),
    )


def refusal(text: str = "Hola", subject: str = "") -> str:
    with pytest.raises(TextRefused) as caught:
        refuse_unfit(replace(OWN, text=text, subject=subject))
    return str(caught.value)


def test_one_s_own_text_answers_and_its_version_is_noted() -> None:
    reply = answer()
    assert reply.text == "Hola, Ana López:\n\nSu pedido «Pedido n.º 5521 <urgente>».\n"
    assert (reply.template, reply.template_version) == ("pedido", 3)
    assert "Su pedido «Pedido n.º 5521 &lt;urgente&gt;»." in reply.html


def test_it_answers_to_its_category_and_language_alone() -> None:
    assert answer(category="consulta").template_version is None
    assert answer(message=replace(MAIL, language="fr")).template_version is None


def test_a_category_without_a_text_of_its_own_gets_one_s_own_neutral_one() -> None:
    reply = answer(replace(OWN, category="neutral"), category="factura")
    assert (reply.template, reply.template_version) == ("neutral", 3)


def test_a_mail_in_another_language_gets_the_company_s_own_text() -> None:
    assert answer(message=replace(MAIL, language="ja")).template_version == 3


def test_every_built_in_text_may_be_taken_over_as_one_s_own() -> None:
    for language in LANGUAGES:
        for category in ("pedido", "incidencia", "consulta", "reclamacion", "neutral"):
            found = built_in(category, language)
            assert found is not None
            assert tidy(found.text) == found.text.strip()
            refuse_unfit(found)


def test_a_subject_of_one_s_own_holds_what_is_ours() -> None:
    reply = answer(replace(OWN, subject="{{ company }}: {{ reference }}"))
    assert reply.subject == "Muñoz & Hijos, S.L.: B-000123"


def test_a_subject_that_comes_out_empty_is_the_customer_s() -> None:
    assert answer(replace(OWN, subject="{% if not company %}x{% endif %}")).subject == (
        "Re: Pedido n.º 5521 <urgente>"
    )


@pytest.mark.parametrize("name", ["name", "subject", "greeting", "quoted_subject"])
def test_what_the_customer_wrote_can_t_stand_in_a_header(name: str) -> None:
    told = refusal(subject=f"Hola {{{{ {name} }}}}")
    assert f"{{{{ {name} }}}} can't stand in the subject" in told
    assert "{{ company }}, {{ reference }}, {{ received }}" in told


def test_a_subject_that_can_t_be_read_is_told_as_that() -> None:
    told = refusal(subject="{{ company")
    assert told.startswith("The subject can't be read")
    assert "{{ company }}, {{ reference }}, {{ received }}" in told


def test_an_unknown_variable_is_named_with_its_line_and_those_there_are() -> None:
    told = refusal("Hola\n\n{{ nombre }}")
    assert "Line 3: there is no variable “nombre”." in told
    assert "{{ greeting }}, {{ name }}, {{ quoted_subject }}" in told


@pytest.mark.parametrize(
    "text",
    [
        "{% for c in name %}{{ name }}{% endfor %}",
        "{{ name * 1000000 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ name.__class__ }}",
        "{{ name['x'] }}",
        "{{ name() }}",
        "{{ name | upper }}",
        "{% set name = 'x' %}",
        "{% include 'frame/page.html' %}",
        "{% macro x() %}{% endmacro %}",
    ],
)
def test_nothing_but_variables_and_conditions_may_stand_in_braces(text: str) -> None:
    assert "Line 1: only variables and conditions" in refusal(text)


@pytest.mark.parametrize(
    "text", ["{{ " + "(" * 4000, "{% if name %}" * 200 + "x" + "{% endif %}" * 200]
)
def test_what_is_nested_without_end_is_refused(text: str) -> None:
    assert refusal(text)


@pytest.mark.parametrize(
    ("text", "subject", "told"),
    [
        ("", "", "The text is empty."),
        (" \n ", "", "The text is empty."),
        ("x" * (TEXT_LIMIT + 1), "", "more than 5000 characters"),
        ("x", "x" * (SUBJECT_LIMIT + 1), "at most 150 characters"),
        ("x", "a\nBcc: b@example.net", "must be one line"),
    ],
)
def test_size_and_shape_are_bounded(text: str, subject: str, told: str) -> None:
    assert told in refusal(text, subject)


def test_conditions_choose() -> None:
    text = "{% if name %}Hola, {{ name }}{% else %}Hola{% endif %}{{ '!' if subject else '?' }}"
    refuse_unfit(replace(OWN, text=text))
    assert answer(replace(OWN, text=text)).text == "Hola, Ana López!\n"
    bare = replace(MAIL, sender_name="", subject="")
    assert answer(replace(OWN, text=text), bare).text == "Hola?\n"


def test_nothing_a_mail_injects_is_carried_by_one_s_own_text() -> None:
    hostile = replace(
        MAIL, sender_name="Gane en http://evil.example", subject="Visite www.evil.example {{ 7*7 }}"
    )
    reply = answer(replace(OWN, text="{{ name }}{{ subject }}{{ quoted_subject }} fin"), hostile)
    assert reply.text == "fin\n"
    braces = answer(replace(OWN, text="{{ subject }}"), replace(MAIL, subject="{{ company }}"))
    assert braces.text == "{{ company }}\n"


def test_a_text_is_kept_with_plain_line_ends_and_without_marks_that_can_t_be_seen() -> None:
    assert tidy("Hola\r\nb\r\n\r\n  a\u202eb\0c \n") == "Hola\nb\n\n  a b c"
