"""Every request of a Metabase's whole life, held against the schemas that Metabase publishes, and
against the payloads that were gathered from its sources."""

from pathlib import Path

from buzon.store import categories
from buzon.store.db import Database
from metabase.answers import Request
from metabase.conftest import Provision
from metabase.fake import FakeMetabase
from metabase.published import keys_sent, needs_published, payloads, published

# What the payloads don't show and the schemas have.
MORE = {
    ("POST", "/api/card"): {"description"},
    ("POST", "/api/action"): {"description"},
    ("PUT", "/api/action/{id}"): {"dataset_query", "parameters"},
    ("PUT", "/api/card/{id}"): {"dataset_query"},
    ("PUT", "/api/database/{id}"): {"details"},
    ("PUT", "/api/field/{id}"): {"visibility_type"},
}


@needs_published
async def test_every_request_is_one_that_metabase_publishes(
    provision: Provision, metabase: FakeMetabase, environment: dict[str, str], db: Database
) -> None:
    def run(**changes: str) -> None:
        done = provision(**changes)
        assert done.returncode == 0, done.stderr

    run()
    run(METABASE_LANGUAGE="en")
    async with db.transaction() as connection:
        await categories.add(connection, "averia", {"es": "Avería"})
    metabase.shut_out = True
    next(iter(metabase.cards.values()))["dataset_query"]["stages"][0]["native"] = "SELECT 1"
    next(iter(metabase.dashboards.values()))["dashcards"].pop()
    next(iter(metabase.actions.values()))["dataset_query"]["stages"][0]["native"] = "SELECT 1"
    Path(environment["METABASE_KEY_FILE"]).unlink()
    run()

    document = published()
    assert document.wrong(Request("POST", "/api/card", {}, {"name": ""}))  # it does refuse
    assert document.all_wrong(metabase.requests) == {}
    assert {request.method for request in metabase.requests} == {"GET", "POST", "PUT", "DELETE"}

    shown = payloads()
    more = {call: keys - shown[call] for call, keys in keys_sent(metabase.requests).items()}
    assert {call: keys for call, keys in more.items() if keys} == MORE
