"""The dashboard: made once; what is missing on it is put back, and what stands there stays in its
place."""

import tomllib
from typing import Any

from cards import only, within
from client import Metabase
from questions import FILTERS, HERE, WIDGETS, Question, Words

TEXTS: dict[str, Any] = tomllib.loads((HERE / "dashboard.toml").read_text(encoding="utf-8"))
NAMES: dict[str, Words] = TEXTS["filters"]
DEFAULTS = {"period": "past30days~"}  # with today
SECTIONS = {"period": "date", "category": "string", "mailbox": "string"}
KEPT = (
    "id", "row", "col", "size_x", "size_y", "card_id", "action_id", "dashboard_tab_id",
    "parameter_mappings", "inline_parameters", "visualization_settings",
)  # fmt: skip


def show(
    metabase: Metabase,
    questions: list[Question],
    language: str,
    collection: int,
    cards: dict[str, int],
    action: tuple[int, str],
) -> None:
    """`action`: its id and what its button says. Raises InTheWay."""
    name = TEXTS["name"][language]
    id = find_or_make(metabase, name, TEXTS["description"][language], collection)
    stored = metabase.get(f"/api/dashboard/{id}")
    here = list(stored["dashcards"])
    new = [
        dashcard(question, question.place, cards[question.name])
        for question in questions
        if question.place and not _has(here, "card_id", cards[question.name])
    ]
    if not _has(here, "action_id", action[0]):
        new.append(button(*action))
    filters = [
        p for p in parameters(language) if not _has(stored["parameters"] or [], "id", p["id"])
    ]
    if new or filters:
        metabase.put(f"/api/dashboard/{id}", change(stored, new, filters))
        metabase.changed(f"Dashboard “{name}”: {len(new)} cards, {len(filters)} filters")


def find_or_make(metabase: Metabase, name: str, description: str, collection: int) -> int:
    found = only(
        within(collection, metabase.get("/api/dashboard", f="all")),
        within(collection, metabase.get("/api/dashboard", f="archived")),
        "dashboard",
        name,
    )
    if found:
        return int(found["id"])
    body = {"name": name, "description": description, "collection_id": collection}
    metabase.changed(f"Dashboard “{name}”")
    return int(metabase.post("/api/dashboard", body)["id"])


def _has(rows: list[dict[str, Any]], key: str, value: object) -> bool:
    return any(row.get(key) == value for row in rows)


def change(
    stored: dict[str, Any], new: list[dict[str, Any]], filters: list[dict[str, Any]]
) -> dict[str, Any]:
    """What to send: the arrays take the place of what was there, so that must go along."""
    here = [kept(card) for card in stored["dashcards"]]
    tabs = [{key: tab[key] for key in ("id", "name")} for tab in stored.get("tabs") or []]
    if tabs:
        new = [card | {"dashboard_tab_id": tabs[0]["id"]} for card in new]
    body = {
        "parameters": [*(stored["parameters"] or []), *filters],
        "dashcards": here + [card | {"id": -n} for n, card in enumerate(new, 1)],
        "tabs": tabs,
    }
    return body if here else body | {"width": "full", "auto_apply_filters": True}


def kept(card: dict[str, Any]) -> dict[str, Any]:
    series = [{"id": each["id"]} for each in card.get("series") or []]
    return {key: card[key] for key in KEPT if key in card} | {"series": series}


def parameters(language: str) -> list[dict[str, Any]]:
    return [
        {
            "id": name,
            "slug": name,
            "name": NAMES[name][language],
            "type": WIDGETS[name],
            "sectionId": SECTIONS[name],
            **({"default": DEFAULTS[name]} if name in DEFAULTS else {}),
        }
        for name in FILTERS
    ]


def dashcard(question: Question, place: tuple[int, int, int, int], card: int) -> dict[str, Any]:
    target = [
        {
            "parameter_id": name,
            "card_id": card,
            "target": ["dimension", ["template-tag", name]],
        }
        for name in question.filters
    ]
    settings = {"parameter_mappings": target, "series": [], "visualization_settings": {}}
    return {"card_id": card} | placed(place) | settings


def button(action: int, label: str) -> dict[str, Any]:
    look = {
        "actionDisplayType": "button",
        "button.label": label,
        "virtual_card": {
            "name": None,
            "display": "action",
            "visualization_settings": {},
            "dataset_query": {},
            "archived": False,
        },
    }
    settings = {"parameter_mappings": [], "series": [], "visualization_settings": look}
    return {"card_id": None, "action_id": action} | placed(TEXTS["button"]["place"]) | settings


def placed(place: tuple[int, int, int, int]) -> dict[str, int]:
    return dict(zip(("col", "row", "size_x", "size_y"), place, strict=True))
