"""The versions, and how the promise stands."""

from dataclasses import replace

import httpx
import pytest

from buzon.flow import Flow, Lottery, handle_mails, label
from peers.flows import raw_mail

EVERY_MAIL = Lottery(b"any", part=1.0)


async def checked(flow: Flow, right: int, wrong: int) -> None:
    """Mails that chance drew and a person looked at, of which the model got so many right."""
    flow = replace(flow, lottery=EVERY_MAIL)
    mails = [
        raw_mail(subject=f"Pedido {n}", message_id=f"<{n}@x.org>") for n in range(right + wrong)
    ]
    ids = [each.event_id or 0 for each in await handle_mails(flow, mails)]
    await label(flow.db, ids[:right], "pedido", "ana")
    if wrong:
        await label(flow.db, ids[right:], "incidencia", "ana")


async def test_without_a_checked_mail_the_promise_is_open(client: httpx.AsyncClient) -> None:
    promise = (await client.get("/models")).json()["promise"]
    assert (promise["state"], promise["audits_missing"], promise["accuracy"]) == ("open", 59, None)


@pytest.mark.parametrize(
    ("right", "wrong", "state", "missing"),
    [(58, 0, "open", 1), (59, 0, "due", 0), (9, 30, "broken", None)],
)
async def test_the_promise_is_told_as_the_page_of_the_model_tells_it(
    client: httpx.AsyncClient, flow: Flow, right: int, wrong: int, state: str, missing: int | None
) -> None:
    await checked(flow, right, wrong)
    promise = (await client.get("/models")).json()["promise"]
    assert (promise["state"], promise["risk"], promise["audited"]) == (state, 0.05, right + wrong)
    assert missing in (None, promise["audits_missing"])
    metrics = (await client.get("/metrics")).text
    assert f'buzon_promise{{state="{state}"}} 1.0' in metrics
    assert metrics.count("buzon_promise{") == 4
    assert f"buzon_audits_missing {float(promise['audits_missing'])}" in metrics
