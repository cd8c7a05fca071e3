"""The same mail handed in a hundred times at once, from as many connections, at two processes."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import psycopg
import pytest

from peers.mails import customer_mail
from peers.scene import MakeScene

TOKEN = "a token that is given by the environment"
TIMES = 100
FIELDS = {"from": "ana@example.org", "subject": "Horario", "text": "¿A qué hora abren los sábados?"}


@pytest.fixture
def urls(make_scene: MakeScene) -> Any:
    """Of two processes on one database."""
    scene = make_scene(BUZON_MAIL="external", BUZON_API_TOKEN=TOKEN)
    with scene.service as one, scene.join("serve") as other:
        yield (one.url, other.url)


@pytest.mark.parametrize("key", [None, "k1"], ids=["without a key", "with a key"])
@pytest.mark.parametrize("path", ["/classify", "/messages"])
def test_a_hundred_times_at_once_is_one_event_and_one_reply_is_handed_out(
    urls: tuple[str, str], database_url: str, path: str, key: str | None
) -> None:
    body: dict[str, Any] = (
        {"json": FIELDS} if path == "/classify" else {"content": customer_mail(2)}
    )
    answers = hand_in(urls, path, key, **body)
    assert {answer.status_code for answer in answers} == {200}
    told = [answer.json() for answer in answers]
    assert len({each["event_id"] for each in told}) == 1
    if key:  # whoever has the key hears what the first one heard, however often he asks
        assert all(each == told[0] for each in told)
        assert told[0]["reply"]["send"] is True
    else:
        assert sum(each["reply"]["send"] for each in told) == 1
        assert sum(not each["duplicate"] for each in told) == 1
    with psycopg.connect(database_url) as db:
        assert db.execute("SELECT count(*) FROM events").fetchone() == (1,)
        assert db.execute("SELECT count(*), max(attempts) FROM outbox").fetchone() == (1, 1)


def test_of_two_mails_under_one_key_at_once_one_is_stored_and_the_other_refused(
    urls: tuple[str, str], database_url: str
) -> None:
    one, other = FIELDS, FIELDS | {"from": "eva@example.org", "subject": "Otra cosa"}
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(hand_in, urls, "/classify", "k1", json=each) for each in (one, other)]
    statuses = sorted({answer.status_code for answer in each.result()} for each in both)
    assert sorted(map(sorted, statuses)) == [[200], [422]]
    codes = {a.json()["code"] for each in both for a in each.result() if a.status_code == 422}
    assert codes == {"key-reused"}
    with psycopg.connect(database_url) as db:
        assert db.execute("SELECT count(*) FROM events").fetchone() == (1,)


def hand_in(urls: tuple[str, str], path: str, key: str | None, **body: Any) -> list[httpx.Response]:
    """A connection for each."""
    headers = {"Authorization": f"Bearer {TOKEN}", **({"Idempotency-Key": key} if key else {})}

    def once(number: int) -> httpx.Response:
        return httpx.post(urls[number % 2] + path, headers=headers, timeout=60, **body)

    with ThreadPoolExecutor(TIMES) as pool:
        return list(pool.map(once, range(TIMES)))
