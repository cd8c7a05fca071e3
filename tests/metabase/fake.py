"""A Metabase for the tests: over real HTTP, with a memory, in front of the real PostgreSQL.

Written from what Metabase's API is documented to do, as far as provision.py needs it: who may call,
which keys a body must and may have, what is told back. `requests` holds everything that was asked.
"""

import json
import re
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from metabase import warehouse
from metabase.warehouse import Filter, Refused

TOKEN = "7a1f0c1e-2b9d-4f6f-9a57-6f1f3c0a4f11"
CARD = {
    "name", "type", "display", "description", "dataset_query", "visualization_settings",
    "parameters", "collection_id", "archived",
}  # fmt: skip
DASHCARD = {
    "id", "row", "col", "size_x", "size_y", "card_id", "action_id", "dashboard_tab_id",
    "parameter_mappings", "inline_parameters", "visualization_settings", "series",
}  # fmt: skip
ACTION = {
    "name", "type", "model_id", "database_id", "dataset_query", "parameters", "description",
    "visualization_settings",
}  # fmt: skip

Row = dict[str, Any]


class Answer(Exception):
    """Anything but 200."""

    def __init__(self, status: int, body: Any = None) -> None:
        super().__init__(status)
        self.status, self.body = status, body


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    body: Any

    @property
    def writes(self) -> bool:
        """Whether it changes what Metabase keeps; a query is asked by POST too."""
        reads = self.path in ("/api/dataset", "/api/session") or self.path.endswith("/query")
        return self.method != "GET" and not reads


class FakeMetabase:
    """Its rows, each under its id. `starting`: so many times it still answers that it is not up.
    `shut_out`: its databases' passwords no longer open the door, until they are given anew."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.starting = 0
        self.shut_out = False
        self.users: dict[str, str] = {}
        self.keys: dict[str, str] = {}
        self.sessions: set[str] = set()
        self.settings: dict[str, Any] = {"anon-tracking-enabled": True, "check-for-updates": True}
        self.databases: dict[int, Row] = {}
        self.tables: dict[int, Row] = {}
        self.fields: dict[int, Row] = {}
        self.collections: dict[int, Row] = {}
        self.cards: dict[int, Row] = {}
        self.dashboards: dict[int, Row] = {}
        self.actions: dict[int, Row] = {}
        self._ids = iter(range(2, 100_000))

    # ── who calls ────────────────────────────────────────────────────────────────────────────

    def answer(self, request: Request, headers: dict[str, str]) -> Any:
        self.requests.append(request)
        key = (request.method, re.sub(r"/\d+(?=/|$)", "/{id}", request.path))
        number = re.search(r"/(\d+)(?=/|$)", request.path)
        if key not in ROUTES:
            raise Answer(404, "API endpoint does not exist.")
        open_to_all, answers = ROUTES[key]
        if not open_to_all and not self._known(headers):
            raise Answer(401, "Unauthenticated")
        return answers(self, request, int(number[1]) if number else 0)

    def _known(self, headers: dict[str, str]) -> bool:
        return (
            headers.get("x-api-key") in self.keys.values()
            or headers.get("x-metabase-session") in self.sessions
        )

    def health(self, request: Request, _id: int) -> Any:
        if self.starting:
            self.starting -= 1
            raise Answer(503, {"status": "initializing", "progress": 0.3})
        return {"status": "ok"}

    def properties(self, request: Request, _id: int) -> Any:
        return {"has-user-setup": bool(self.users), "setup-token": TOKEN}

    def setup(self, request: Request, _id: int) -> Any:
        body = checked(request.body, {"token", "user", "prefs"})
        if self.users:
            raise Answer(403, "The /api/setup route can only be used to create the first user")
        if body["token"] != TOKEN:
            raise Answer(400, {"errors": {"token": "Token does not match the setup token."}})
        user = checked(body["user"], {"email", "password"}, {"first_name", "last_name"})
        if len(user["password"]) < 6:
            raise Answer(400, {"errors": {"password": "password is too common."}})
        checked(body["prefs"], {"site_name"}, {"site_locale"})
        self.users[user["email"]] = user["password"]
        return self._session()

    def sign_in(self, request: Request, _id: int) -> Any:
        body = checked(request.body, {"username", "password"})
        if self.users.get(body["username"]) != body["password"]:
            raise Answer(401, {"errors": {"password": "did not match stored password"}})
        return self._session()

    def _session(self) -> Any:
        session = str(uuid.uuid4())
        self.sessions.add(session)
        return {"id": session}

    def sign_out(self, request: Request, _id: int) -> Any:
        self.sessions.clear()
        raise Answer(204)

    def current(self, request: Request, _id: int) -> Any:
        return {"id": 1, "is_superuser": True}

    def make_key(self, request: Request, _id: int) -> Any:
        body = checked(request.body, {"name", "group_id"})
        if body["name"] in self.keys:
            raise Answer(400, {"errors": {"name": "An API key with this name already exists."}})
        self.keys[body["name"]] = f"mb_{uuid.uuid4().hex}"
        return {"id": self._new(), "unmasked_key": self.keys[body["name"]]}

    def set_setting(self, request: Request, _id: int) -> Any:
        self.settings[request.path.rpartition("/")[2]] = checked(request.body, {"value"})["value"]
        raise Answer(204)

    # ── the database ─────────────────────────────────────────────────────────────────────────

    def list_databases(self, request: Request, _id: int) -> Any:
        rows = [masked(row) for row in self.databases.values()]
        return {"data": rows, "total": len(rows)}

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

    def get_database(self, request: Request, id: int) -> Any:
        row = found(self.databases, id)
        told = masked(row)
        row["initial_sync_status"] = "complete"
        return told

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

    def describe_table(self, request: Request, id: int) -> Any:
        table = found(self.tables, id)
        with_secret = request.query.get("include_sensitive_fields") == "true"
        return table | {"fields": [f for f in self._columns(table) if with_secret or not secret(f)]}

    def describe_field(self, request: Request, id: int) -> Any:
        allowed = {"semantic_type", "has_field_values", "visibility_type", "display_name"}
        self.fields[id] = found(self.fields, id) | checked(request.body, set(), allowed)
        return self.fields[id]

    def ask(self, request: Request, _id: int) -> Any:
        query = modern(request.body, self)
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

    # ── what is shown ────────────────────────────────────────────────────────────────────────

    def list_collections(self, request: Request, _id: int) -> Any:
        archived = request.query.get("archived") == "true"
        rows = [row for row in self.collections.values() if row["archived"] == archived]
        return rows if archived else [{"id": "root", "name": "Our analytics"}, *rows]

    def add_collection(self, request: Request, _id: int) -> Any:
        body = checked(request.body, {"name"}, {"description", "parent_id"})
        return self._add(self.collections, body)

    def list_cards(self, request: Request, _id: int) -> Any:
        return living_or_not(self.cards, request)

    def add_card(self, request: Request, _id: int) -> Any:
        needed = {"name", "display", "dataset_query", "visualization_settings"}
        body = dict(checked(request.body, needed, CARD - needed))
        body["dataset_query"] = modern(body["dataset_query"], self)
        return self._add(self.cards, {"type": "question"} | body)

    def change_card(self, request: Request, id: int) -> Any:
        body = dict(checked(request.body, set(), CARD))
        if "dataset_query" in body:
            body["dataset_query"] = modern(body["dataset_query"], self)
        self.cards[id] = found(self.cards, id) | body
        return self.cards[id]

    def run_card(self, request: Request, id: int) -> Any:
        query = found(self.cards, id)["dataset_query"]
        stage = query["stages"][0]
        given = {}
        for parameter in request.body["parameters"]:
            tag = stage["template-tags"][parameter["target"][1][1]]
            given[tag["name"]] = Filter(self._quoted(tag["dimension"][2]), parameter["value"])
        return self._run(query["database"], stage["native"], given)

    def _quoted(self, field: int) -> str:
        column = self.fields[field]
        return f'"public"."{self.tables[column["table_id"]]["name"]}"."{column["name"]}"'

    def list_dashboards(self, request: Request, _id: int) -> Any:
        hidden = ("dashcards", "tabs", "parameters")
        rows = living_or_not(self.dashboards, request)
        return [{k: v for k, v in row.items() if k not in hidden} for row in rows]

    def add_dashboard(self, request: Request, _id: int) -> Any:
        body = checked(request.body, {"name"}, {"description", "collection_id"})
        return self._add(self.dashboards, body | {"dashcards": [], "tabs": [], "parameters": []})

    def get_dashboard(self, request: Request, id: int) -> Any:
        return found(self.dashboards, id)

    def change_dashboard(self, request: Request, id: int) -> Any:
        allowed = {"parameters", "dashcards", "tabs", "width", "auto_apply_filters"}
        row, body = found(self.dashboards, id), dict(checked(request.body, set(), allowed))
        ids = [card["id"] for card in body["dashcards"]]
        if len(set(ids)) < len(ids):
            raise Answer(400, {"errors": {"dashcards": "ids must be unique"}})
        body["dashcards"] = [self._placed(id, row, card) for card in body["dashcards"]]
        self.dashboards[id] = row | body
        return self.dashboards[id]

    def _placed(self, dashboard: int, row: Row, card: Row) -> Row:
        checked(card, {"id", "row", "col", "size_x", "size_y"}, DASHCARD)
        known = {each["id"] for each in row["dashcards"]}
        if card["id"] > 0 and card["id"] not in known:
            raise Answer(404, "Not found.")
        if card["col"] + card["size_x"] > 24:
            raise Answer(400, {"errors": {"dashcards": "a dashboard has 24 columns"}})
        new = {"id": self._new(), "created_at": "2026-11-27T07:00:00Z", "dashboard_id": dashboard}
        return card | new if card["id"] < 0 else card

    def list_actions(self, request: Request, _id: int) -> Any:
        model = int(request.query["model-id"])
        return [row for row in self.actions.values() if row["model_id"] == model]

    def add_action(self, request: Request, _id: int) -> Any:
        needed = {"name", "type", "model_id", "database_id", "dataset_query"}
        body = dict(checked(request.body, needed, ACTION))
        if not self.databases[body["database_id"]]["settings"].get("database-enable-actions"):
            raise Answer(400, {"message": "Actions are not enabled.", "data": {}})
        if found(self.cards, body["model_id"])["type"] != "model":
            raise Answer(400, "Actions must be made with models, not cards.")
        body["dataset_query"] = modern(body["dataset_query"], self)
        return self._add(self.actions, body)

    def change_action(self, request: Request, id: int) -> Any:
        body = dict(checked(request.body, set(), ACTION))
        if "dataset_query" in body:
            body["dataset_query"] = modern(body["dataset_query"], self)
        self.actions[id] = found(self.actions, id) | body
        return self.actions[id]

    def run_action(self, request: Request, id: int) -> Any:
        action = found(self.actions, id)
        given = checked(request.body, {"parameters"})["parameters"]
        if set(given) != {parameter["id"] for parameter in action["parameters"]}:
            raise Answer(400, {"message": "No destination parameter found"})
        raw = {name: Filter(None, value) for name, value in given.items()}
        sql, values = warehouse.substituted(action["dataset_query"]["stages"][0]["native"], raw)
        try:
            details = self.databases[action["database_id"]]["details"]
            return {"rows-affected": warehouse.execute(details, sql, values)[2]}
        except Refused as refused:
            raise Answer(400, {"message": str(refused)}) from refused

    def _add(self, rows: dict[int, Row], row: Row) -> Row:
        id = self._new()
        rows[id] = row | {"id": id, "archived": False}
        return rows[id]

    def _new(self) -> int:
        return next(self._ids)


def checked(body: Any, needed: set[str], allowed: set[str] | None = None) -> Row:
    """The body, if it has all keys that are needed and none that nobody knows."""
    if not isinstance(body, dict):
        raise Answer(400, {"specific-errors": {"body": ["should be a map"]}})
    wrong = (needed - body.keys()) | (body.keys() - needed - (allowed or set()))
    if wrong:
        raise Answer(400, {"errors": dict.fromkeys(sorted(wrong), "missing or unexpected key")})
    return dict(body)


def found(rows: dict[int, Row], id: int) -> Row:
    if id not in rows:
        raise Answer(404, "Not found.")
    return rows[id]


def masked(database: Row) -> Row:
    return database | {"details": database["details"] | {"password": "**MetabasePass**"}}


def secret(field: Row) -> bool:
    return bool(field["visibility_type"] == "sensitive")


def living_or_not(rows: dict[int, Row], request: Request) -> list[Row]:
    archived = request.query.get("f") == "archived"
    return [row for row in rows.values() if row["archived"] == archived]


def modern(query: Row, metabase: FakeMetabase) -> Row:
    """A native query in the form in which Metabase keeps it since v57, with what it adds."""
    checked(query, {"type", "database", "native"})
    native = checked(query["native"], {"query"}, {"template-tags"})
    found(metabase.databases, query["database"])
    tags = native.get("template-tags", {})
    named = set(re.findall(r"\{\{(\w+)\}\}", native["query"]))
    if named != tags.keys() or any(name != tag["name"] for name, tag in tags.items()):
        raise Answer(400, {"message": "template tags and SQL do not agree"})
    stage = {"lib/type": "mbql.stage/native", "native": native["query"]}
    kept = {name: tag | _dimension(tag, metabase) for name, tag in tags.items()}
    return {
        "lib/type": "mbql/query",
        "database": query["database"],
        "stages": [stage | ({"template-tags": kept} if kept else {})],
    }


def _dimension(tag: Row, metabase: FakeMetabase) -> Row:
    if tag["type"] != "dimension":
        return {}
    kind, field, _ = tag["dimension"]
    found(metabase.fields, field)
    return {"dimension": [kind, {"lib/uuid": str(uuid.uuid4())}, field]}


ROUTES = {
    ("GET", "/api/health"): (True, FakeMetabase.health),
    ("GET", "/api/session/properties"): (True, FakeMetabase.properties),
    ("POST", "/api/setup"): (True, FakeMetabase.setup),
    ("POST", "/api/session"): (True, FakeMetabase.sign_in),
    ("DELETE", "/api/session"): (False, FakeMetabase.sign_out),
    ("GET", "/api/user/current"): (False, FakeMetabase.current),
    ("POST", "/api/api-key"): (False, FakeMetabase.make_key),
    ("PUT", "/api/setting/anon-tracking-enabled"): (False, FakeMetabase.set_setting),
    ("PUT", "/api/setting/check-for-updates"): (False, FakeMetabase.set_setting),
    ("GET", "/api/database"): (False, FakeMetabase.list_databases),
    ("POST", "/api/database"): (False, FakeMetabase.add_database),
    ("GET", "/api/database/{id}"): (False, FakeMetabase.get_database),
    ("PUT", "/api/database/{id}"): (False, FakeMetabase.change_database),
    ("POST", "/api/database/{id}/sync_schema"): (False, FakeMetabase.sync),
    ("GET", "/api/database/{id}/metadata"): (False, FakeMetabase.metadata),
    ("GET", "/api/table/{id}/query_metadata"): (False, FakeMetabase.describe_table),
    ("PUT", "/api/field/{id}"): (False, FakeMetabase.describe_field),
    ("POST", "/api/dataset"): (False, FakeMetabase.ask),
    ("GET", "/api/collection"): (False, FakeMetabase.list_collections),
    ("POST", "/api/collection"): (False, FakeMetabase.add_collection),
    ("GET", "/api/card"): (False, FakeMetabase.list_cards),
    ("POST", "/api/card"): (False, FakeMetabase.add_card),
    ("PUT", "/api/card/{id}"): (False, FakeMetabase.change_card),
    ("POST", "/api/card/{id}/query"): (False, FakeMetabase.run_card),
    ("GET", "/api/dashboard"): (False, FakeMetabase.list_dashboards),
    ("POST", "/api/dashboard"): (False, FakeMetabase.add_dashboard),
    ("GET", "/api/dashboard/{id}"): (False, FakeMetabase.get_dashboard),
    ("PUT", "/api/dashboard/{id}"): (False, FakeMetabase.change_dashboard),
    ("GET", "/api/action"): (False, FakeMetabase.list_actions),
    ("POST", "/api/action"): (False, FakeMetabase.add_action),
    ("PUT", "/api/action/{id}"): (False, FakeMetabase.change_action),
    ("POST", "/api/action/{id}/execute"): (False, FakeMetabase.run_action),
}


@contextmanager
def serving(metabase: FakeMetabase) -> Iterator[str]:
    """The address at which it answers, as long as this lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(length)) if length else None
            query = dict(parse_qsl(parts.query))
            headers = {name.lower(): value for name, value in self.headers.items()}
            try:
                request = Request(self.command, parts.path, query, body)
                self._tell(200, metabase.answer(request, headers))
            except Answer as answer:
                self._tell(answer.status, answer.body)

        do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815

        def _tell(self, status: int, body: Any) -> None:
            content = b"" if body is None else json.dumps(body, default=str).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.05])
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
