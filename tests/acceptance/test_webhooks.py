"""What was committed is told, though the process died before it could tell it."""

import asyncio
from pathlib import Path

import httpx

from peers.service import Service, copy_model, settings_for
from peers.webhooks import receiving

MAILS = 20


def make_token(service: Service) -> str:
    done = service.run("token", "add", "test")
    assert done.returncode == 0, done.stderr
    return next(word for word in done.stdout.split() if word.startswith("bz_"))


async def hand_in(client: httpx.AsyncClient, number: int) -> int:
    mail = {
        "from": f"ana{number}@example.org",
        "subject": "Pedido",
        "text": "Diez cajas, por favor.",
    }
    answer = await client.post("/classify", json=mail)
    assert answer.status_code == 200
    return int(answer.json()["event_id"])


async def test_killed_between_commit_and_delivery_nothing_is_lost_and_the_next_worker_tells(
    tmp_path: Path, database_url: str, models: Path
) -> None:
    copy_model(models, tmp_path)
    settings = settings_for(database_url=database_url)
    web = Service(tmp_path, settings, "serve", "--only", "web")
    await asyncio.to_thread(web.start)
    async with receiving() as receiver:
        async with httpx.AsyncClient(
            base_url=web.url, headers={"Authorization": f"Bearer {make_token(web)}"}, timeout=30
        ) as client:
            wanted = {"name": "CRM", "url": receiver.url, "kinds": ["event.stored"]}
            secret = (await client.post("/webhooks", json=wanted)).json()["secret"]
            events = {await hand_in(client, number) for number in range(MAILS)}
        web.kill()
        assert receiver.hits == []
        whole = Service(tmp_path, settings)
        await asyncio.to_thread(whole.start)
        try:
            await receiver.wait_for(MAILS)
        finally:
            whole.stop()
    assert {hit.told["data"]["event"]["id"] for hit in receiver.hits} == events
    assert len({hit.headers["webhook-id"] for hit in receiver.hits}) == MAILS
    assert all(hit.signed_with(secret) for hit in receiver.hits)
    assert secret not in whole.log + web.log
