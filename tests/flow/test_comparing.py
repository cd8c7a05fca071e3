"""Two versions beside each other, over real trainings."""

import pytest

from buzon.errors import Invalid, NotFound
from buzon.flow import Compared, Flow, Trainer, compare_versions, rename_category
from buzon.store import models
from buzon.store.models import NewModel
from flow.conftest import train
from peers.history import rewriting
from peers.lessons import lessons as texts
from peers.lessons import store_labelled


async def two_versions(flow: Flow, trainer: Trainer) -> tuple[str, str]:
    """The first learnt from 30 mails, the second from these and 30 more."""
    await store_labelled(flow, texts(30))
    first = await train(flow, trainer)
    await store_labelled(flow, texts(30, start=30))
    second = await train(flow, trainer)
    return first.version or "", second.version or ""


async def compared(flow: Flow, left: str, right: str, *, judge: bool = False) -> Compared:
    return await compare_versions(flow.db, left, right, 0.75, judge=judge)


async def test_what_both_learnt_from_was_judged_by_both_unseen_whatever_it_is_called_now(
    flow: Flow, trainer: Trainer
) -> None:
    first, second = await two_versions(flow, trainer)
    async with flow.db.transaction() as db:  # as if the first had known nothing
        await db.execute("UPDATE lessons SET predicted = 'otro' WHERE version = %s", [first])
    await rename_category(flow.db, "pedido", "compra", "ana")
    found = await compared(flow, first, second)
    assert found.own is not None
    assert (found.own.n, found.own.only_left) == (30, 0)
    assert set(found.own.categories) == {"compra", "incidencia", "consulta", "otro"}
    assert (found.own.left.right.share, found.own.right.right.n) == (0, 30)
    assert len(found.differing) == found.own.only_right > 20
    assert not found.alike
    assert found.starter is None  # neither learnt from it
    assert found.unlearnt == 0


async def test_both_judge_anew_what_neither_has_learnt_from(flow: Flow, trainer: Trainer) -> None:
    first, second = await two_versions(flow, trainer)
    picked, same_text, *fresh = await store_labelled(flow, texts(7, start=75))
    async with flow.db.transaction() as db:
        async with rewriting(db):
            await db.execute("UPDATE corrections SET was_to_review = event_id <> %s", [picked])
        await db.execute(
            "UPDATE events SET digest = (SELECT min(digest) FROM events WHERE id < %s)"
            " WHERE id = %s",
            [picked, same_text],
        )
    found = await compared(flow, first, second, judge=True)
    assert found.anew is not None
    assert found.unlearnt == found.anew.found.n == found.anew.right.handled.n == len(fresh)
    async with flow.db.transaction() as db:  # then all that was labelled before counts as learnt
        await db.execute("DELETE FROM lessons")
        await db.execute("UPDATE models SET labelled_until = now()")
    found = await compared(flow, first, second, judge=True)
    assert (found.own, found.unlearnt, found.anew) == (None, 0, None)


async def test_what_cannot_be_compared_says_why(flow: Flow) -> None:
    async with flow.db.transaction() as db:
        for version in ("own-1", "own-2"):
            await models.add(
                db,
                NewModel(
                    version=version, parent=None, asked_by="ana", sha256="", artifact=b"",
                    made_by={"recipe": "another"}, examples=0, labelled_until=None, why="",
                    unseen={}, report={"metrics": {}},
                ),
            )  # fmt: skip
    assert not (await compared(flow, "own-1", "own-2")).alike
    with pytest.raises(NotFound):
        await compared(flow, "own-1", "own-3")
    with pytest.raises(Invalid, match="Two different versions"):
        await compared(flow, "own-1", "own-1")
    with pytest.raises(Invalid, match="another version of Buzón"):
        await compared(flow, "own-1", "own-2", judge=True)
