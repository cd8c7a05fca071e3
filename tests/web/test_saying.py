"""How the templates say a text."""

from buzon.web.saying import filled

TEXTS = {"%(share)s of 100%%": "%(share)s de 100 %%", "All of 100%%": "Todo el 100 %%"}


def test_values_of_a_text_are_escaped_and_the_text_is_not() -> None:
    say = filled(lambda text: f"<b>{text}</b>")
    assert say("%(name)s", name="<i>") == "<b>&lt;i&gt;</b>"


def test_a_percent_sign_is_one_with_values_and_without() -> None:
    say = filled(TEXTS.__getitem__)
    assert say("%(share)s of 100%%", share=7) == "7 de 100 %"
    assert say("All of 100%%") == "Todo el 100 %"


def test_a_text_without_values_is_looked_up_once() -> None:
    asked: list[str] = []
    say = filled(lambda text: asked.append(text) or text)  # type: ignore[func-returns-value]
    assert [say("Done"), say("Done")] == ["Done", "Done"]
    assert asked == ["Done"]
