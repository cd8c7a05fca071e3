"""What Metabase should know of the columns, so that filters offer their values."""

from typing import Any

from client import Metabase
from database import Database

CHOICE = {"semantic_type": "type/Category", "has_field_values": "list"}
KEY = {"semantic_type": "type/PK"}
READABLE = ("id", "true_label")  # of events; buzon_bi may read nothing else of it


def describe(metabase: Metabase, database: Database, choices: set[str]) -> None:
    """`choices`: the columns, as "view.column", that are chosen from a list."""
    wanted = {database.fields[name]: CHOICE for name in choices}
    wanted[database.fields["v_mails.id"]] = KEY
    for table, id in database.tables.items():
        prefix = f"{table}."
        ours = {f for name, f in database.fields.items() if name.startswith(prefix)} & wanted.keys()
        if ours or table == "events":
            for field in known(metabase, id):
                settle(metabase, table, field, wanted.get(field["id"], {}))


def known(metabase: Metabase, table: int) -> list[dict[str, Any]]:
    answer = metabase.get(f"/api/table/{table}/query_metadata", include_sensitive_fields="true")
    return list(answer["fields"])


def settle(metabase: Metabase, table: str, field: dict[str, Any], wanted: dict[str, str]) -> None:
    # A Metabase that shows the table to whoever may read two of its columns would ask for the
    # others each night, and be refused.
    if table == "events" and field["name"] not in READABLE:
        wanted = {"visibility_type": "sensitive"}
    if not wanted.items() <= field.items():
        metabase.put(f"/api/field/{field['id']}", wanted)
        metabase.changed(f"Column {table}.{field['name']}: {', '.join(wanted.values())}")
