"""A mail that is handed in again: one event, one reply, whatever the caller lost on its way."""

import asyncio
from typing import Any

import httpx

from api.test_classify import MAIL, classify, count
from api.test_problems import problem
from api.test_replies import pass_time
from buzon.flow import Flow
from buzon.store import tokens
from buzon.store.db import Database
from peers.flows import raw_mail


async def post(client: httpx.AsyncClient, key: str, **changes: Any) -> httpx.Response:
    return await client.post("/classify", json=MAIL | changes, headers={"Idempotency-Key": key})


async def test_a_hundred_equal_mails_at_once_are_one_event_and_one_reply_is_handed_out(
    external: httpx.AsyncClient, db: Database
) -> None:
    mail = {"message_id": ""}  # not even that tells that they are the same
    answers = await asyncio.gather(*(classify(external, **mail) for _ in range(100)))
    assert len({answer["event_id"] for answer in answers}) == 1
    assert sum(answer["reply"]["send"] for answer in answers) == 1
    assert sum(not answer["duplicate"] for answer in answers) == 1
    assert await count(db) == 1


async def test_the_same_key_gets_the_same_answer(external: httpx.AsyncClient) -> None:
    first = (await post(external, "k1")).json()
    assert (first["duplicate"], first["reply"]["send"]) == (False, True)
    again = await asyncio.gather(*(post(external, "k1") for _ in range(5)))
    assert [answer.json() for answer in again] == [first] * 5
    other = (await post(external, "k2")).json()
    assert (other["duplicate"], other["reply"]["send"]) == (True, False)
    assert (await post(external, "k2")).json() == other


async def test_a_raw_mail_may_have_a_key_too(external: httpx.AsyncClient) -> None:
    content = raw_mail().content
    headers = {"Idempotency-Key": "k1"}
    first, again = [
        (await external.post("/messages", content=content, headers=headers)).json()
        for _ in range(2)
    ]
    assert first == again
    answer = await external.post("/messages?mailbox=x", content=content, headers=headers)
    problem(answer, 422, "key-reused")


async def test_a_key_with_another_mail_is_refused_and_nothing_is_stored(
    external: httpx.AsyncClient, db: Database
) -> None:
    await post(external, "k1")
    told = problem(await post(external, "k1", subject="Otra cosa"), 422, "key-reused")
    assert "“k1” stands for another mail" in told["title"]
    told = problem(await post(external, "k1", message_id="<dos@x.org>"), 422, "key-reused")
    assert await count(db) == 1


async def test_the_reply_is_not_handed_out_again_by_the_key_once_it_may_be_in_other_hands(
    external: httpx.AsyncClient, db: Database
) -> None:
    first = (await post(external, "k1")).json()
    await pass_time(db)
    for _ in range(2):  # stale, and then handed out anew
        reply = (await post(external, "k1")).json()["reply"]
        assert (reply["send"], reply["why"]) == (False, "handed-out-before")
        await external.get("/events?reply=stale")
    await external.put(f"/events/{first['event_id']}/reply", json={"status": "sent"})
    assert (await post(external, "k1")).json()["reply"]["why"] == "sent"


async def test_each_token_has_its_own_keys(external: httpx.AsyncClient, flow: Flow) -> None:
    await post(external, "k1")
    async with flow.db.transaction() as db:
        token = await tokens.add(db, "another")
    headers = {"Idempotency-Key": "k1", "Authorization": f"Bearer {token}"}
    other = MAIL | {"message_id": "<dos@x.org>", "subject": "Incidencia"}
    answer = await external.post("/classify", json=other, headers=headers)
    assert answer.json()["duplicate"] is False


async def test_a_key_is_forgotten_after_a_day(external: httpx.AsyncClient, db: Database) -> None:
    await post(external, "k1")
    async with db.transaction() as connection:
        await connection.execute("UPDATE idempotency_keys SET at = at - interval '25 hours'")
    assert (await post(external, "k1", message_id="<dos@x.org>")).status_code == 200


async def test_a_key_that_is_none_is_refused(external: httpx.AsyncClient) -> None:
    for key in ("x" * 201, "with space"):
        problem(await post(external, key), 422, "invalid")


async def test_of_many_at_once_one_with_anothers_key_is_refused_alone(
    external: httpx.AsyncClient, db: Database
) -> None:
    await post(external, "k1")
    others = [{"message_id": f"<{n}@x.org>", "from": f"{n}@x.org"} for n in range(20)]
    bad, *good = await asyncio.gather(
        post(external, "k1", subject="Otra cosa", message_id="<bad@x.org>"),
        *(post(external, f"n{n}", **other) for n, other in enumerate(others)),
    )
    problem(bad, 422, "key-reused")
    assert {answer.json()["duplicate"] for answer in good} == {False}
    assert {answer.json()["reply"]["send"] for answer in good} == {True}
    assert await count(db) == 21
