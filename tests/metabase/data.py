"""The databases that Metabase looks into, and what it knows of them."""

import re
import uuid
from typing import Any

from metabase import warehouse
from metabase.answers import Answer, Numbered, Request, Row, checked, found, route
from metabase.warehouse import Filter, Refused


class Data(Numbered):
    """`shut_out`: the databases' passwords no longer open the door, until they are given anew."""

    def __init__(self) -> None:
        super().__init__()
        self.shut_out = False
        self.databases: dict[int, Row] = {}
        self.tables: dict[int, Row] = {}
        self.fields: dict[int, Row] = {}

    @route("GET", "/api/database")
    def list_databases(self, request: Request, _id: int) -> Any:
        rows = [masked(row) for row in self.databases.values()]
        return {"data": rows, "total": len(rows)}

    @route("POST", "/api/database")
    def add_database(self, request: Request, _id: int) -> Any:
        body = checked(request.body, {"name", "engine", "details"})
        self._try(body["details"])
        id = self._new()
        row = {
            "id": id,
            "settings": {},
            "features": ["actions"],
            "initial_sync_status": "incomplete",
        }
        self.databases[id] = body | row
        self._sync(id)
        return masked(self.databases[id])

    @route("GET", "/api/database/{id}")
    def get_database(self, request: Request, id: int) -> Any:
        row = found(self.databases, id)
        told = masked(row)
        row["initial_sync_status"] = "complete"
        return told

    @route("PUT", "/api/database/{id}")
    def change_database(self, request: Request, id: int) -> Any:
        row, body = found(self.databases, id), checked(request.body, set(), {"details", "settings"})
        if "details" in body:
            self._try(body["details"])
            row["details"] = body["details"]
            self.shut_out = False
        row["settings"] |= body.get("settings", {})
        return masked(row)

    def _try(self, details: Row) -> None:
        try:
            warehouse.execute(details, "SELECT 1")
        except Refused as refused:
            raise Answer(400, {"message": str(refused), "errors": {"host": "check"}}) from refused

    @route("POST", "/api/database/{id}/sync_schema")
    def sync(self, request: Request, id: int) -> Any:
        self._sync(id)
        return {"status": "ok"}

    def _sync(self, database: int) -> None:
        for name, columns in warehouse.relations(self.databases[database]["details"]).items():
            table = self._put(self.tables, {"name": name, "db_id": database, "schema": "public"})
            for column in columns:
                self._put(self.fields, {"name": column, "table_id": table})

    def _put(self, rows: dict[int, Row], wanted: Row) -> int:
        for id, row in rows.items():
            if wanted.items() <= row.items():
                return id
        id = self._new()
        rows[id] = wanted | {"id": id}
        return id

    @route("GET", "/api/database/{id}/metadata")
    def metadata(self, request: Request, id: int) -> Any:
        tables = [table for table in self.tables.values() if table["db_id"] == id]
        return {
            "id": id,
            "tables": [
                table | {"fields": [f for f in self._columns(table) if not secret(f)]}
                for table in tables
            ],
        }

    def _columns(self, table: Row) -> list[Row]:
        looks = {
            "semantic_type": None,
            "has_field_values": "auto-list",
            "visibility_type": "normal",
        }
        return [looks | f for f in self.fields.values() if f["table_id"] == table["id"]]

    @route("GET", "/api/table/{id}/query_metadata")
    def describe_table(self, request: Request, id: int) -> Any:
        table = found(self.tables, id)
        with_secret = request.query.get("include_sensitive_fields") == "true"
        return table | {"fields": [f for f in self._columns(table) if with_secret or not secret(f)]}

    @route("PUT", "/api/field/{id}")
    def describe_field(self, request: Request, id: int) -> Any:
        allowed = {"semantic_type", "has_field_values", "visibility_type", "display_name"}
        self.fields[id] = found(self.fields, id) | checked(request.body, set(), allowed)
        return self.fields[id]

    @route("POST", "/api/dataset")
    def ask(self, request: Request, _id: int) -> Any:
        query = self.modern(request.body)
        return self._run(query["database"], query["stages"][0]["native"], {})

    def _run(self, database: int, sql: str, given: dict[str, Filter]) -> Any:
        try:
            if self.shut_out:
                raise Refused('FATAL: password authentication failed for user "buzon_bi"')
            text, values = warehouse.substituted(sql, given)
            names, rows, _ = warehouse.execute(self.databases[database]["details"], text, values)
        except Refused as refused:
            raise Answer(
                202, {"status": "failed", "row_count": 0, "error": str(refused)}
            ) from refused
        data = {"rows": rows, "cols": [{"name": name} for name in names]}
        raise Answer(202, {"status": "completed", "row_count": len(rows), "data": data})

    def modern(self, query: Row) -> Row:
        """A native query in the form in which Metabase keeps it since v57, with what it adds."""
        checked(query, {"type", "database", "native"})
        native = checked(query["native"], {"query"}, {"template-tags"})
        found(self.databases, query["database"])
        tags = native.get("template-tags", {})
        named = set(re.findall(r"\{\{(\w+)\}\}", native["query"]))
        if named != tags.keys() or any(name != tag["name"] for name, tag in tags.items()):
            raise Answer(400, {"message": "template tags and SQL do not agree"})
        stage = {"lib/type": "mbql.stage/native", "native": native["query"]}
        kept = {name: tag | self._dimension(tag) for name, tag in tags.items()}
        return {
            "lib/type": "mbql/query",
            "database": query["database"],
            "stages": [stage | ({"template-tags": kept} if kept else {})],
        }

    def _dimension(self, tag: Row) -> Row:
        if tag["type"] != "dimension":
            return {}
        kind, field, _ = tag["dimension"]
        found(self.fields, field)
        return {"dimension": [kind, {"lib/uuid": str(uuid.uuid4())}, field]}


def masked(database: Row) -> Row:
    return database | {"details": database["details"] | {"password": "**MetabasePass**"}}


def secret(field: Row) -> bool:
    return bool(field["visibility_type"] == "sensitive")
