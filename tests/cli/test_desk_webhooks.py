"""What the pages ask for about webhooks, over the database."""

from pathlib import Path

import pytest

from buzon.cli.desk import StoreDesk
from buzon.errors import NotFound
from buzon.flow import Flow, handle_mails
from buzon.store.webhook_deliveries import Tally
from buzon.store.webhooks import Wanted
from cli.test_desk_house import desk_of
from peers.flows import raw_mail
from peers.webhooks import receiving

WANTED = Wanted("n8n", "http://127.0.0.1:9/hook", ("event.stored",))


@pytest.fixture
def desk(flow: Flow, tmp_path: Path) -> StoreDesk:
    return desk_of(flow, tmp_path)


async def test_a_webhook_is_kept_changed_and_removed(desk: StoreDesk) -> None:
    id, secret = await desk.add_webhook(WANTED, "Ana")
    assert secret not in repr(await desk.webhooks())
    await desk.change_webhook(id, Wanted("CRM", WANTED.url, ("reply.sent",), "text"), "Ana")
    kept = await desk.webhook(id)
    assert (kept.name, kept.kinds, kept.content) == ("CRM", ["reply.sent"], "text")
    assert (kept.host, kept.made_by) == ("127.0.0.1:9", "Ana")
    await desk.remove_webhook(id, "Ana")
    with pytest.raises(NotFound):
        await desk.webhook(id)


async def test_how_each_does_is_told(desk: StoreDesk, flow: Flow) -> None:
    id, _ = await desk.add_webhook(WANTED, "Ana")
    assert await desk.tallies() == {id: Tally()}
    await handle_mails(flow, [raw_mail()])
    assert (await desk.tallies())[id] == Tally(queued=1)
    await desk.test_webhook(id)  # nobody listens there; a test is no message that got lost
    assert (await desk.tallies())[id] == Tally(queued=1)
    await desk.switch_webhook(id, False, "Ana")
    assert (await desk.tallies())[id] == Tally(failed=1)
    _tested, failed = await desk.deliveries(id, 10, None, "failed")
    assert failed.detail == "switched off before it was delivered"
    await desk.switch_webhook(id, True, "Ana")
    await desk.send_again(id, failed.id)
    async with receiving() as receiver:
        await desk.change_webhook(id, Wanted("n8n", receiver.url, WANTED.kinds), "Ana")
        tried = await desk.test_webhook(id)
    assert (await desk.tallies())[id] == Tally(queued=1, delivered_at=tried.delivered_at)
