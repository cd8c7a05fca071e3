"""Every request of a Metabase's whole life, held against the schemas that Metabase publishes, and
against the payloads that were gathered from its sources."""

from pathlib import Path

from buzon.store import categories
from buzon.store.db import Database
from metabase.answers import Request
from metabase.conftest import Provision
from metabase.fake import FakeMetabase
from metabase.published import keys_sent, needs_published, payloads, published

# What the payloads don't show: texts for people. The schemas have the first of each; below
# `visualization_settings` they allow anything.
LABELS = {"visualization_settings.name", "visualization_settings.submitButtonLabel"}
MORE = {
    ("POST", "/api/card"): {"description", "visualization_settings.column_settings.*.column_title"},
    ("POST", "/api/action"): {"description", *LABELS},
    ("PUT", "/api/action/{id}"): LABELS,
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
    assert document.all_wrong(metabase.life) == {}
    assert {request.method for request in metabase.life} == {"GET", "POST", "PUT", "DELETE"}

    shown = payloads()
    more = {call: keys - shown[call] for call, keys in keys_sent(metabase.life).items()}
    assert {call: keys for call, keys in more.items() if keys} == MORE
