"""Why a stored mail got its category, on the text as it is stored."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buzon.classifier.model import Classifier
from buzon.errors import NotFound
from buzon.flow import Explained, Flow, explain, handle_mails
from buzon.flow.at_work import Rules
from buzon.flow.explaining import explain_whole
from buzon.mail import clean
from peers.flows import raw_mail

THREAD = (
    "Hola:\r\n\r\n> ¿Es el pedido 8841?\r\n\r\nSí, y todavía no funciona.  \r\n"
    "Exijo la devolución.\r\n\r\nEl lun, 3 feb 2025 a las 10:15, Luis <l@example.com> escribió:\r\n"
    "> Su pedido ha salido.\r\n"
)
LINES = st.sampled_from([
    "Hola:", "No funciona el pedido", "> no funciona", "quiero 3 cajas\u200b", "", "  ", "-- ",
    "El lun, 3 feb 2025 a las 10:15, Luis <l@example.com> escribió:", "Enviado desde mi iPhone",
    "&gt; precio?", "e\u0301l  pedido ",
])  # fmt: skip
ENDS = st.sampled_from(["\n", "\r\n", "\r", "\n\n", "\x0b", "\u2028", " "])
bodies = st.lists(st.tuples(LINES, ENDS).map("".join), max_size=12).map("".join) | st.text()


async def stored(flow: Flow, body: str, subject: str = "Pedido 8841") -> int:
    (handled,) = await handle_mails(flow, [raw_mail(subject=subject, body=body)])
    assert handled.event_id is not None
    return handled.event_id


async def explained(flow: Flow, model: Classifier, body: str) -> Explained:
    id = await stored(flow, body)
    flow.at_work.change(classifier=model)
    return await explain(flow, id)


async def test_places_are_those_in_the_whole_body(flow: Flow, small_model: Classifier) -> None:
    told = await explained(flow, small_model, THREAD)
    body = told.event.body
    in_body = [phrase for phrase in told.explanation.phrases if phrase.field == "body"]
    assert all(body[phrase.start : phrase.end] == phrase.text for phrase in in_body)
    assert "todavía" in " ".join(phrase.text for phrase in in_body)
    assert not any("salido" in phrase.text for phrase in in_body)


@given(body=bodies)
def test_whatever_the_body_each_phrase_is_where_it_says(small_model: Classifier, body: str) -> None:
    rules = Rules(small_model, 0.75)
    whole, newest = explain_whole(rules, "", body), rules.explain("", clean.newest(body))
    assert all(body[phrase.start : phrase.end] == phrase.text for phrase in whole.phrases)
    assert [(p.text, p.weight) for p in whole.phrases] == [
        (p.text, p.weight) for p in newest.phrases
    ]


async def test_the_segments_joined_are_the_text(flow: Flow, small_model: Classifier) -> None:
    told = await explained(flow, small_model, THREAD)
    for segments, text in ((told.subject, told.event.subject), (told.body, told.event.body)):
        assert "".join(segment.text for segment in segments) == text
        assert any(segment.weight for segment in segments)
    assert told.body[-1].text.endswith("ha salido.")
    assert told.body[-1].weight is None


async def test_another_model_than_the_one_that_scored_the_mail_is_named(
    flow: Flow, small_model: Classifier
) -> None:
    told = await explained(flow, small_model, THREAD)
    assert told.model_version == small_model.version
    assert told.event.model_version == "stub-1"


async def test_what_is_not_there_is_not_explained(flow: Flow) -> None:
    with pytest.raises(NotFound, match="There is no event 77"):
        await explain(flow, 77)


def test_category_and_runner_up_bear_their_present_names(small_model: Classifier) -> None:
    mail = ("Pedido", "Quiero pedir veinte cajas más de agua")
    plain = Rules(small_model, 0.75).explain(*mail)
    renamed = {plain.category: "compra", plain.runner_up: "compra"}
    merged = Rules(small_model, 0.75, renamed).explain(*mail)
    assert merged.category == "compra"
    assert merged.runner_up not in (plain.category, plain.runner_up, "compra")
    assert merged.margin > plain.margin
    assert Rules(small_model, 0.75, renamed).classify([mail])[0].category == merged.category


def test_a_retired_category_is_neither_explained_nor_the_runner_up(small_model: Classifier) -> None:
    mail = ("Pedido", "Quiero pedir veinte cajas más de agua")
    plain = Rules(small_model, 0.75).explain(*mail)
    for retired in (plain.category, plain.runner_up):
        rules = Rules(small_model, 0.75, {retired: None})
        found = rules.explain(*mail)
        assert retired not in (found.category, found.runner_up)
        assert found.category == rules.classify([mail])[0].category != found.runner_up


def test_where_there_is_no_other_category_nothing_speaks(
    small_model: Classifier,
) -> None:
    for becomes, category in (("todo", "todo"), (None, "otro")):
        renamed = dict.fromkeys(small_model.classes, becomes)
        found = Rules(small_model, 0.75, renamed).explain("Pedido", "no funciona")
        assert (found.category, found.runner_up, found.margin) == (category, category, 0)


@pytest.mark.parametrize("mail", [("", ""), (" ", "\n")])
def test_a_mail_without_a_word_is_explained_as_what_it_is_held_for(
    small_model: Classifier, mail: tuple[str, str]
) -> None:
    rules = Rules(small_model, 0.75)
    found = rules.explain(*mail)
    assert found.category == rules.classify([mail])[0].category == "otro"
    assert found.phrases == ()
