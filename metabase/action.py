"""The button that says what a mail really is: an action on the model of the mails."""

import tomllib
from typing import Any

from cards import only
from client import Metabase
from database import Database
from questions import HERE, meaning


def allow(
    metabase: Metabase, language: str, database: Database, model: int, categories: list[str]
) -> tuple[int, str]:
    """The action's id, and what it is called; it offers exactly these categories."""
    wanted = body(language, categories)
    wanted["dataset_query"]["database"] = database.id
    actions = metabase.get("/api/action", **{"model-id": str(model)})
    found = only(actions, [], "action", wanted["name"])
    if found is None:
        metabase.changed(f"Action “{wanted['name']}”")
        owner = {"type": "query", "model_id": model, "database_id": database.id}
        found = metabase.post("/api/action", wanted | owner)
    else:
        correct(metabase, found, wanted)
    return int(found["id"]), str(wanted["name"])


def correct(metabase: Metabase, found: dict[str, Any], wanted: dict[str, Any]) -> None:
    change: dict[str, Any] = {}
    if options(found) != options(wanted):
        change["visualization_settings"] = wanted["visualization_settings"]
    if meaning(found["dataset_query"]) != meaning(wanted["dataset_query"]):
        change |= {key: wanted[key] for key in ("dataset_query", "parameters")}
    if change:
        metabase.put(f"/api/action/{found['id']}", change)
        told = ", ".join(options(wanted) or ())
        metabase.changed(f"Action “{wanted['name']}”: it offers {told}")


def options(action: dict[str, Any]) -> list[str] | None:
    fields = (action.get("visualization_settings") or {}).get("fields") or {}
    return (fields.get("true_label") or {}).get("valueOptions")


def body(language: str, categories: list[str]) -> dict[str, Any]:
    words = tomllib.loads((HERE / "action.toml").read_text(encoding="utf-8"))[language]
    return {
        "name": words["name"],
        "description": words["description"],
        "dataset_query": {
            "type": "native",
            "native": {
                "query": (HERE / "action.sql").read_text(encoding="utf-8").strip(),
                "template-tags": {
                    "id": tag("id", words["id"], "number"),
                    "true_label": tag("true_label", words["true_label"], "text"),
                },
            },
        },
        "parameters": [
            parameter("id", words["id"], "number/="),
            parameter("true_label", words["true_label"], "string/="),
        ],
        "visualization_settings": form(words, categories),
    }


def tag(name: str, title: str, type: str) -> dict[str, Any]:
    return {"id": name, "name": name, "display-name": title, "type": type, "required": True}


def parameter(name: str, title: str, type: str) -> dict[str, Any]:
    target = ["variable", ["template-tag", name]]
    named = {"id": name, "slug": name, "name": title, "type": type}
    return named | {"target": target, "required": True}


def form(words: dict[str, str], categories: list[str]) -> dict[str, Any]:
    common = {"required": True, "hidden": False}
    return {
        "type": "button",
        "name": words["name"],
        "submitButtonLabel": words["submit"],
        "successMessage": words["success"],
        "fields": {
            "id": common
            | {"id": "id", "title": words["id"], "order": 0}
            | {"fieldType": "number", "inputType": "number"},
            "true_label": common
            | {"id": "true_label", "title": words["true_label"], "order": 1}
            | {"fieldType": "string", "inputType": "select", "valueOptions": categories},
        },
    }
