"""Which days stand in an address."""

from datetime import date

import httpx

from buzon.flow import Wanted
from buzon.web.period import Period
from web.fake_desk import FakeDesk


def test_the_usual_period_needs_no_words_and_every_other_stands_in_the_address() -> None:
    assert Period().query == ""
    assert Period("7", mailbox="a&b").query == "?period=7&mailbox=a%26b"
    own = Period("own", date(2026, 1, 1), date(2026, 2, 3))
    assert own.query == "?period=own&since=2026-01-01&until=2026-02-03"
    assert own.of("today").query == "?period=today"
    assert own.on_wall(dark=True).query.endswith("&wall=1&dark=1")


async def test_the_days_and_the_mailbox_of_the_address_are_asked_for(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    await client.get("/dashboard?period=90&mailbox=ventas")
    await client.get("/dashboard/hours?period=own&since=2026-01-01&until=2026-02-03")
    assert desk.wanted == [
        Wanted(90, mailbox="ventas", to_be_drawn=True),
        Wanted(first=date(2026, 1, 1), last=date(2026, 2, 3), to_be_drawn=True),
    ]


async def test_a_period_that_is_none_is_told_as_a_sentence(client: httpx.AsyncClient) -> None:
    for days in ("since=2026-02-03&until=2026-01-01", "since=1990-01-01&until=2026-01-01"):
        for path in ("", "/hours", "/hours.csv", "/stream/all"):
            answer = await client.get(f"/dashboard{path}?period=own&{days}")
            assert answer.status_code == 422
            assert "These days are no period" in answer.text
    for query in ("period=8", "period=own&since=yesterday", "mailbox=" + "x" * 201, "mailbox=%00"):
        answer = await client.get(f"/dashboard?{query}")
        assert answer.status_code == 422
        assert "This address makes no sense." in answer.text
