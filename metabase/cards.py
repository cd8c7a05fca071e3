"""The questions in Metabase: made once; later runs see only to what they ask."""

from typing import Any

from client import Metabase
from database import Database
from questions import Question, Words, meaning
from trouble import InTheWay


def collect(metabase: Metabase, name: str) -> int:
    """The id of the collection that is called so."""
    found = only(
        [each for each in metabase.get("/api/collection") if each["id"] != "root"],
        metabase.get("/api/collection", archived="true"),
        "collection",
        name,
    )
    if found:
        return int(found["id"])
    made = metabase.post("/api/collection", {"name": name})
    metabase.changed(f"Collection “{name}”")
    return int(made["id"])


def ask(
    metabase: Metabase,
    questions: list[Question],
    language: str,
    names: dict[str, Words],
    database: Database,
    collection: int,
) -> dict[str, int]:
    """The ids of the cards by the names of their questions. Raises InTheWay."""
    living = within(collection, metabase.get("/api/card", f="all"))
    archived = within(collection, metabase.get("/api/card", f="archived"))
    cards = {}
    for question in questions:
        card = question.card(language, names, database.fields)
        card["dataset_query"]["database"] = database.id
        found = only(living, archived, "question", card["name"])
        cards[question.name] = keep(metabase, found, card | {"collection_id": collection})
    return cards


def keep(metabase: Metabase, found: dict[str, Any] | None, card: dict[str, Any]) -> int:
    if found is None:
        metabase.changed(f"Question “{card['name']}”")
        return int(metabase.post("/api/card", card)["id"])
    query = found["dataset_query"]
    if query["database"] != card["dataset_query"]["database"] or meaning(query) != meaning(
        card["dataset_query"]
    ):
        metabase.put(f"/api/card/{found['id']}", {"dataset_query": card["dataset_query"]})
        metabase.changed(f"Question “{card['name']}”: its SQL")
    return int(found["id"])


def within(collection: int, cards: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [card for card in cards if card["collection_id"] == collection]


def only(
    living: list[dict[str, Any]], archived: list[dict[str, Any]], what: str, name: str
) -> dict[str, Any] | None:
    """The one that is called so, if there is one. Raises InTheWay where there are two, or where it
    lies in the trash: that somebody put there what we would make anew."""
    found = [each for each in living if each["name"] == name]
    if len(found) > 1:
        raise InTheWay(
            f"Metabase has {len(found)} things called “{name}” where one {what} should be"
            f" (ids {', '.join(str(each['id']) for each in found)}).",
            "Rename or delete all but one, and run this again.",
        )
    if not found and any(each["name"] == name for each in archived):
        raise InTheWay(
            f"The {what} “{name}” lies in Metabase's trash.",
            "Restore it there, or delete it for good to have it made anew; then run this again.",
        )
    return found[0] if found else None
