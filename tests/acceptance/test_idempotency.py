"""The same mail handed in a hundred times at once, from as many connections, at two processes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from peers.mails import customer_mail
from peers.postgres import Server
from peers.service import Service, settings_for

TOKEN = "a token that is given by the environment"
TIMES = 100
FIELDS = {"from": "ana@example.org", "subject": "Horario", "text": "¿A qué hora abren los sábados?"}


@pytest.fixture(scope="module")
def database_url(postgres_server: Server) -> Iterator[str]:
    """One for all: each test hands in mails of its own."""
    with postgres_server.new_database() as url:
        yield url


@pytest.fixture(scope="module")
def urls(
    tmp_path_factory: pytest.TempPathFactory, models: Path, database_url: str
) -> Iterator[tuple[str, str]]:
    """Of two processes on one database."""
    settings = settings_for(database_url=database_url, models=models) | {
        "BUZON_MAIL": "external", "BUZON_API_TOKEN": TOKEN,
    }  # fmt: skip
    with ExitStack() as stack:
        one, other = (
            stack.enter_context(Service(tmp_path_factory.mktemp("buzon"), settings))
            for _ in range(2)
        )
        yield (one.url, other.url)


@pytest.mark.parametrize(
    ("path", "key", "body"),
    [
        ("/classify", None, {"json": FIELDS | {"from": "luis@example.org"}}),
        ("/classify", "k1", {"json": FIELDS}),
        ("/messages", None, {"content": customer_mail(2)}),
        ("/messages", "k2", {"content": customer_mail(3)}),
    ],
    ids=[
        "classify without a key", "classify with a key",
        "messages without a key", "messages with a key",
    ],
)  # fmt: skip
def test_a_hundred_times_at_once_is_one_event_and_one_reply_is_handed_out(
    urls: tuple[str, str], database_url: str, path: str, key: str | None, body: dict[str, Any]
) -> None:
    before = stored(database_url)
    answers = hand_in(urls, path, key, **body)
    assert {answer.status_code for answer in answers} == {200}
    told = [answer.json() for answer in answers]
    (event,) = {each["event_id"] for each in told}
    if key:  # whoever has the key hears what the first one heard, however often he asks
        assert all(each == told[0] for each in told)
        assert told[0]["reply"]["send"] is True
    else:
        assert sum(each["reply"]["send"] for each in told) == 1
        assert sum(not each["duplicate"] for each in told) == 1
    assert stored(database_url) == before + 1
    with psycopg.connect(database_url) as db:
        attempts = db.execute("SELECT attempts FROM outbox WHERE event_id = %s", [event])
        assert attempts.fetchall() == [(1,)]


def test_of_two_mails_under_one_key_at_once_one_is_stored_and_the_other_refused(
    urls: tuple[str, str], database_url: str
) -> None:
    before = stored(database_url)
    eva = FIELDS | {"from": "eva@example.org"}
    one, other = eva, eva | {"from": "juan@example.org", "subject": "Otra cosa"}
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(hand_in, urls, "/classify", "k3", json=each) for each in (one, other)]
    statuses = sorted({answer.status_code for answer in each.result()} for each in both)
    assert sorted(map(sorted, statuses)) == [[200], [422]]
    codes = {a.json()["code"] for each in both for a in each.result() if a.status_code == 422}
    assert codes == {"key-reused"}
    assert stored(database_url) == before + 1


def stored(database_url: str) -> int:
    with psycopg.connect(database_url) as db:
        row = db.execute("SELECT count(*) FROM events").fetchone()
    assert row
    return int(row[0])


def hand_in(urls: tuple[str, str], path: str, key: str | None, **body: Any) -> list[httpx.Response]:
    """A connection for each."""
    headers = {"Authorization": f"Bearer {TOKEN}", **({"Idempotency-Key": key} if key else {})}

    def once(number: int) -> httpx.Response:
        return httpx.post(urls[number % 2] + path, headers=headers, timeout=60, **body)

    with ThreadPoolExecutor(TIMES) as pool:
        return list(pool.map(once, range(TIMES)))
