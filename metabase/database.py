"""Buzón's database in Metabase: the connection, what it sees of it, and what the columns are."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from client import Metabase, gist
from settings import Settings
from trouble import DatabaseRefused, InTheWay, Unexpected

NAME = "Buzón"
PAUSE = 0.5  # seconds
PASSES = (
    "Check METABASE_DB_HOST, METABASE_DB_PORT and METABASE_DB_NAME as Metabase's server sees them."
)


@dataclass(frozen=True, slots=True)
class Database:
    """`fields`: their ids by "view.column"."""

    id: int
    tables: dict[str, int]
    fields: dict[str, int]


def connect(metabase: Metabase, settings: Settings, needed: Iterable[str]) -> Database:
    """The connection, made or brought up to date, with the columns that are `needed` as
    "view.column". Raises DatabaseRefused, InTheWay."""
    id = find(metabase)
    if id is None:
        id = add(metabase, details(settings))
    else:
        correct(metabase, id, details(settings))
    allow_actions(metabase, id)
    return see(metabase, id, set(needed), settings.wait)


def details(settings: Settings) -> dict[str, object]:
    return settings.database | {
        "schema-filters-type": "inclusion",
        "schema-filters-patterns": "public",
    }


def find(metabase: Metabase) -> int | None:
    found = [each["id"] for each in metabase.get("/api/database")["data"] if each["name"] == NAME]
    if len(found) > 1:
        raise InTheWay(
            f"Metabase has {len(found)} databases called {NAME} ({', '.join(map(str, found))}).",
            "Rename all but one at Admin → Databases, and run this again.",
        )
    return found[0] if found else None


def add(metabase: Metabase, wanted: dict[str, object]) -> int:
    body = {"name": NAME, "engine": "postgres", "details": wanted}
    made = tried(wanted, lambda: metabase.post("/api/database", body))
    metabase.changed(f"Database {NAME} at {wanted['host']}:{wanted['port']}")
    return int(made["id"])


def correct(metabase: Metabase, id: int, wanted: dict[str, object]) -> None:
    """Give it other details where they changed; the password, which Metabase does not show, where
    the one that it has no longer opens the door."""
    has = metabase.get(f"/api/database/{id}").get("details") or {}
    public = {key: value for key, value in wanted.items() if key != "password"}
    if public.items() <= has.items() and works(metabase, id):
        return
    tried(wanted, lambda: metabase.put(f"/api/database/{id}", {"details": wanted}))
    metabase.changed(f"Database {NAME}: how to reach it")


def works(metabase: Metabase, id: int) -> bool:
    return bool(run(metabase, id, "SELECT 1 AS one").get("status") == "completed")


def tried(wanted: dict[str, object], change: Any) -> Any:
    """Metabase tries a connection before it keeps it."""
    try:
        return change()
    except Unexpected as error:
        if error.status not in (400, 422):
            raise
        raise DatabaseRefused(
            f"Metabase can't reach the database {wanted['dbname']} at {wanted['host']}:"
            f"{wanted['port']} as {wanted['user']}: {gist(error.body)}.",
            f"{PASSES} The password is set by: BUZON_BI_PASSWORD=… buzon migrate",
        ) from error


def allow_actions(metabase: Metabase, id: int) -> None:
    settings = metabase.get(f"/api/database/{id}").get("settings") or {}
    if settings.get("database-enable-actions") is not True:
        metabase.put(f"/api/database/{id}", {"settings": {"database-enable-actions": True}})
        metabase.changed(f"Database {NAME}: actions allowed")


def see(metabase: Metabase, id: int, needed: set[str], seconds: float) -> Database:
    """What Metabase knows of it; where something that we need is missing, it looks again."""
    until = time.monotonic() + seconds
    asked = False
    while True:
        state = metabase.get(f"/api/database/{id}").get("initial_sync_status")
        database = metadata(metabase, id)
        missing = needed - database.fields.keys()
        if not missing:
            return database
        if state != "incomplete" and not asked:
            tell = metabase.post(f"/api/database/{id}/sync_schema")
            metabase.changed(f"Database {NAME}: looked at again ({gist(tell)})")
            asked = True
        elif time.monotonic() >= until:
            raise DatabaseRefused(
                f"Metabase does not see {', '.join(sorted(missing))} in the database.",
                "Run buzon migrate, and see that BUZON_BI_PASSWORD is set there.",
            )
        time.sleep(PAUSE)


def metadata(metabase: Metabase, id: int) -> Database:
    tables = [
        table
        for table in metabase.get(f"/api/database/{id}/metadata")["tables"]
        if table["schema"] == "public"
    ]
    return Database(
        id,
        {table["name"]: table["id"] for table in tables},
        {
            f"{table['name']}.{field['name']}": field["id"]
            for table in tables
            for field in table["fields"]
        },
    )


def categories(metabase: Metabase, database: Database) -> list[str]:
    """What a mail can be called now, in the order in which Buzón offers them."""
    answer = run(metabase, database.id, "SELECT name FROM v_categories ORDER BY position, name")
    if answer.get("status") != "completed":
        raise DatabaseRefused(
            f"Metabase can't read the categories: {answer.get('error')}.", "Run buzon migrate."
        )
    return [str(row[0]) for row in answer["data"]["rows"]]


def run(metabase: Metabase, id: int, query: str) -> dict[str, Any]:
    """What a query gives; a failed one is answered too, with `status` failed."""
    body = {"type": "native", "database": id, "native": {"query": query}}
    return dict(metabase.post("/api/dataset", body))
