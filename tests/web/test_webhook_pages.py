"""Webhooks on their pages: made, tried, switched, changed and removed."""

import httpx
import pytest

from buzon.store.webhooks import Wanted
from web.fake_desk import FakeDesk
from web.fake_webhooks import SECRET, make_delivery
from web.test_post_pages import text_of, words

PLACE = "/settings/webhooks"
TYPED = {
    "name": " Slack ", "url": "https://hooks.example.com/T1", "content": "ids",
    "kind": ["event.corrected", "nonsense", "reply.sent"],
}  # fmt: skip


async def test_the_list_says_who_is_told_and_how_it_does(client: httpx.AsyncClient) -> None:
    page = await text_of(client, PLACE, ".webhook")
    assert page.startswith("n8n n8n.example.com A mail waits for a person")
    assert "on 1 message waits 1 failed in three days last told now" in page


async def test_without_any_the_list_says_what_they_are_for(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.hooks = {}
    assert "Nobody is told yet." in await text_of(client, PLACE)


async def test_a_new_one_is_kept_as_typed_and_its_secret_is_shown_this_once(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    kept: list[Wanted] = []
    add = desk.add_webhook

    async def noted(wanted: Wanted, who: str) -> tuple[int, str]:
        kept.append(wanted)
        return await add(wanted, who)

    desk.add_webhook = noted  # type: ignore[method-assign]
    answer = await client.post(PLACE, data=TYPED)
    assert SECRET in words(answer.text, ".once")
    assert kept == [
        Wanted("Slack", "https://hooks.example.com/T1", ("event.corrected", "reply.sent"), "ids")
    ]
    assert SECRET not in (await client.get(f"{PLACE}/4")).text


@pytest.mark.parametrize("path", [PLACE, f"{PLACE}/3"])
async def test_what_makes_no_sense_is_told_and_what_was_typed_stays(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.post(path, data={**TYPED, "url": "ftp://x"})
    assert answer.status_code == 422
    assert "“ftp://x” is no address. Write it like https://…" in words(answer.text, ".fault")
    assert 'value="Slack"' in answer.text
    assert 'value="reply.sent" checked' in answer.text
    assert 'value="event.stored" checked' not in answer.text


async def test_a_test_shows_what_came_back_and_what_to_do(client: httpx.AsyncClient) -> None:
    page = words((await client.post(f"{PLACE}/3/test")).text, ".trial")
    assert "did not take the test. status 404 35 ms not found" in page
    assert "in n8n, that the workflow is active" in page


async def test_the_log_tells_what_became_of_each_and_can_be_narrowed(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    log = await text_of(client, f"{PLACE}/3", ".delivery")
    assert "Not delivered: tried 12 times" in log
    assert "nothing answers at this address" in log
    assert "tried 3 times; again" in log
    assert "Send again" in log
    failed = await text_of(client, f"{PLACE}/3?state=failed", ".delivery")
    assert failed.count("Send again") == 1
    await client.post(f"{PLACE}/3/deliveries/4/again")
    assert desk.sent_again == [4]
    desk.told = [make_delivery(id) for id in range(1, 40)]
    page = await client.get(f"{PLACE}/3?state=delivered")
    assert f'href="{PLACE}/3?state=delivered&amp;before=10"' in page.text


async def test_one_that_is_switched_off_sends_nothing_again(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    answer = await client.post(f"{PLACE}/3/switch", data={"on": "0"})
    assert answer.status_code == 303
    page = await text_of(client, f"{PLACE}/3")
    assert "switched off" in page
    assert "Send again" not in page
    refused = await client.post(f"{PLACE}/3/deliveries/4/again")
    assert refused.status_code == 409
    assert "Switch it on first." in words(refused.text, ".fault")
    await client.post(f"{PLACE}/3/switch", data={"on": "1"})
    assert desk.hooks[3].enabled


async def test_one_is_changed_gets_a_new_secret_and_is_removed(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    assert 'value="summary" checked' in (await client.get(f"{PLACE}/3/edit")).text
    await client.post(f"{PLACE}/3", data=TYPED)
    assert desk.hooks[3].name == "Slack"
    assert SECRET in (await client.post(f"{PLACE}/3/secret")).text
    assert (await client.post(f"{PLACE}/3/remove")).headers["location"] == PLACE
    assert desk.hooks == {}
    assert (await client.get(f"{PLACE}/3")).status_code == 404
