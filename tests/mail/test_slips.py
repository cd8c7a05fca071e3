"""What is wrong with braces is told with its line, in plain words."""

import pytest

from mail.test_templates import refusal


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{{ name", "what begins with “{{” is not closed. Close it with “}}”."),
        ("{{ name }", "what begins with “{{” is not closed."),
        ("{{ name {{ company }}", "what begins with “{{” is not closed."),
        ("{% if name", "what begins with “{%” is not closed. Close it with “%}”."),
        ("{% if name %}x", "“{% if name %}” has no end. Write {% endif %} where it ends."),
        ("{% if name %}{% if subject %}{% endif %}", "“{% if name %}” has no end."),
        ("{% endif %}", "there is no {% if … %} that “{% endif %}” could belong to."),
        ("{% else %}x{% endif %}", "there is no {% if … %} that “{% else %}” could belong to."),
        ("{% fi name %}x{% endif %}", "“{% fi name %}” means nothing here. Write {{ name }}, or"),
        ("{% for one in name %}", "“{% for one in name %}” means nothing here."),
        ("{{ customer name }}", "“customer name” is not the name of a variable. There are {{ gre"),
        ("{{ }}", "between the braces the name of a variable is missing. There are {{ greeting }}"),
        ("{% if %}x{% endif %}", "between the braces the name of a variable is missing."),
        ("{% if a b %}x{% endif %}", "“a b” is not the name of a variable."),
    ],
)
def test_a_slip_is_told_with_its_line_and_what_to_do(text: str, told: str) -> None:
    assert f"Line 2: {told}" in refusal(f"Hola\n{text}")


def test_what_no_word_fits_is_told_with_its_line_all_the_same() -> None:
    assert "Line 2: the braces can't be understood." in refusal("Hola\n{# a remark")
