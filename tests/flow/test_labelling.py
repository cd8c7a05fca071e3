"""Categories come, change their names and go; what was labelled keeps its meaning."""

from collections.abc import Awaitable, Callable

import pytest

from buzon.errors import Invalid, NotFound
from buzon.flow import (
    Flow,
    add_category,
    carry_on_renaming,
    dress_category,
    handle_mails,
    label,
    move_category,
    rename_category,
    retire_category,
)
from buzon.store import categories, changes, events, labels
from buzon.store.changes import Wanted
from buzon.store.db import Database
from peers.flows import raw_mail


async def labelled(flow: Flow, category: str) -> int:
    (handled,) = await handle_mails(flow, [raw_mail(subject="Incidencia")])
    id = handled.event_id or 0
    await label(flow.db, [id], category, "ana")
    return id


async def label_of(db: Database, id: int) -> str | None:
    async with db.transaction() as connection:
        found = await events.get(connection, id)
    return found.true_label if found else None


async def test_a_category_of_one_s_own_can_be_given(flow: Flow) -> None:
    await add_category(flow.db, "averia", {"es": "Avería"}, "ana")
    assert await label_of(flow.db, await labelled(flow, "averia")) == "averia"


@pytest.mark.parametrize("name", ["Avería", "", "dos palabras", "x" * 41, "../x"])
async def test_a_name_that_is_none_is_refused(flow: Flow, name: str) -> None:
    with pytest.raises(Invalid, match="small letters"):
        await add_category(flow.db, name, {}, "ana")


async def test_the_name_of_the_answer_to_none_is_no_category_s(flow: Flow) -> None:
    with pytest.raises(Invalid, match="can't be a category's name"):
        await add_category(flow.db, "neutral", {}, "ana")


async def test_a_category_that_is_there_is_refused(flow: Flow) -> None:
    with pytest.raises(Invalid, match="There is a category pedido"):
        await add_category(flow.db, "pedido", {}, "ana")


async def test_a_renamed_category_takes_its_mails_along_and_the_change_stays_known(
    flow: Flow,
) -> None:
    id = await labelled(flow, "incidencia")
    await rename_category(flow.db, "incidencia", "averia", "ana")
    await carry_on_renaming(flow.db)
    assert await label_of(flow.db, id) == "averia"
    async with flow.db.transaction() as db:
        changes = [(c.was, c.becomes) for c in await labels.history(db, id)]
    assert changes == [(None, "incidencia"), ("incidencia", "averia")]


async def test_what_a_model_still_calls_by_the_old_name_is_kept_under_the_new_one(
    flow: Flow,
) -> None:
    await rename_category(flow.db, "incidencia", "averia", "ana")
    flow.at_work.change(renamed={"incidencia": "averia"})
    (handled,) = await handle_mails(flow, [raw_mail(subject="Incidencia")])
    async with flow.db.transaction() as db:
        event = await events.get(db, handled.event_id or 0)
    assert event is not None
    assert event.category == "averia"
    assert "incidencia" not in event.probabilities
    assert sum(event.probabilities.values()) == pytest.approx(1)


async def test_two_merged_categories_share_their_probability(flow: Flow) -> None:
    flow.at_work.change(renamed={"incidencia": "reclamacion"})
    (handled,) = await handle_mails(flow, [raw_mail(subject="Incidencia dudoso")])
    async with flow.db.transaction() as db:
        event = await events.get(db, handled.event_id or 0)
    assert event is not None
    assert event.category == "reclamacion"
    assert event.confidence == pytest.approx(0.4 + 0.15)


async def test_a_retired_category_that_the_model_still_knows_leaves_a_doubt(flow: Flow) -> None:
    flow.at_work.change(renamed={"pedido": None})
    (handled,) = await handle_mails(flow, [raw_mail(subject="Pedido")])
    async with flow.db.transaction() as db:
        event = await events.get(db, handled.event_id or 0)
    assert event is not None
    assert event.category != "pedido"
    assert event.confidence == pytest.approx(0.01)
    assert event.needs_review


async def test_who_was_renamed_twice_is_known_by_the_last_name(flow: Flow) -> None:
    await rename_category(flow.db, "incidencia", "averia", "ana")
    await rename_category(flow.db, "averia", "reclamacion", "ana")
    async with flow.db.transaction() as db:
        becomes = {c.name: c.becomes for c in await categories.listed(db)}
    assert becomes["incidencia"] == becomes["averia"] == "reclamacion"


async def test_a_retired_category_is_given_no_more_and_its_labels_stay(flow: Flow) -> None:
    id = await labelled(flow, "consulta")
    await retire_category(flow.db, "consulta", "ana")
    assert await label_of(flow.db, id) == "consulta"
    with pytest.raises(Invalid, match="no category “consulta”"):
        await labelled(flow, "consulta")


async def test_a_retired_category_can_come_back(flow: Flow) -> None:
    await retire_category(flow.db, "consulta", "ana")
    await add_category(flow.db, "consulta", {}, "ana")
    assert await label_of(flow.db, await labelled(flow, "consulta")) == "consulta"


async def test_the_category_that_is_never_answered_stays(flow: Flow) -> None:
    with pytest.raises(Invalid, match="never answered"):
        await retire_category(flow.db, "otro", "ana")
    with pytest.raises(Invalid, match="never answered"):
        await rename_category(flow.db, "otro", "spam", "ana")


async def test_a_category_that_is_not_there_is_named(flow: Flow) -> None:
    with pytest.raises(NotFound, match="no category quejas"):
        await retire_category(flow.db, "quejas", "ana")
    with pytest.raises(NotFound, match="no category quejas"):
        await rename_category(flow.db, "quejas", "consulta", "ana")


async def test_another_look_and_key_are_noted_as_one_change(flow: Flow) -> None:
    await dress_category(flow.db, "incidencia", {"es": "Fallo"}, "gold", "f", "ana")
    async with flow.db.transaction() as db:
        (change,) = await changes.listed(db, Wanted(by="ana"), 10)
    assert change.becomes is not None
    assert (change.becomes["colour"], change.becomes["key"]) == ("gold", "f")


async def test_a_renamed_category_keeps_its_look_and_its_place(flow: Flow) -> None:
    await dress_category(flow.db, "incidencia", {"es": "Fallo"}, "gold", "f", "ana")
    await rename_category(flow.db, "incidencia", "averia", "ana")
    async with flow.db.transaction() as db:
        known = {c.name: c for c in await categories.listed(db)}
    averia = known["averia"]
    assert (averia.colour, averia.position, averia.key) == ("gold", 2, "f")
    assert known["averia"].titles == {"es": "Fallo", "en": "Incident"}


async def test_a_new_category_is_offered_last_and_can_be_moved(flow: Flow) -> None:
    await add_category(flow.db, "averia", {"es": "Avería"}, "ana", "brown")
    await move_category(flow.db, "averia", -3, "ana")
    async with flow.db.transaction() as db:
        names = [c.name for c in await categories.listed(db)]
    assert names == ["pedido", "incidencia", "averia", "consulta", "reclamacion", "otro"]


async def test_a_key_belongs_to_one_category_until_that_gives_it_up(flow: Flow) -> None:
    await dress_category(flow.db, "incidencia", {}, "gold", "f", "ana")
    with pytest.raises(Invalid, match="Another category has this key"):
        await dress_category(flow.db, "consulta", {"es": "Fallo"}, "rose", "f", "ana")
    async with flow.db.transaction() as db:
        known = {c.name: c for c in await categories.listed(db)}
    assert (known["consulta"].colour, known["consulta"].key) == ("blue", None)
    await retire_category(flow.db, "incidencia", "ana")
    await dress_category(flow.db, "consulta", {}, "rose", "f", "ana")
    await add_category(flow.db, "incidencia", {}, "ana")
    async with flow.db.transaction() as db:
        keys = {c.name: c.key for c in await categories.listed(db)}
    assert (keys["consulta"], keys["incidencia"]) == ("f", None)


@pytest.mark.parametrize("do", [dress_category, move_category])
async def test_a_category_that_there_is_not_is_neither_dressed_nor_moved(
    flow: Flow, do: Callable[..., Awaitable[None]]
) -> None:
    what: tuple[object, ...] = ({}, "gold", None) if do is dress_category else (1,)
    with pytest.raises(NotFound, match="quejas"):
        await do(flow.db, "quejas", *what, "ana")
