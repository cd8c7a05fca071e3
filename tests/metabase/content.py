"""What Metabase shows: collections, questions and models, dashboards, actions."""

from typing import Any

from metabase import warehouse
from metabase.answers import Answer, Request, Row, checked, found, route
from metabase.data import Data
from metabase.warehouse import Filter, Refused

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


class Content(Data):
    def __init__(self) -> None:
        super().__init__()
        self.collections: dict[int, Row] = {}
        self.cards: dict[int, Row] = {}
        self.dashboards: dict[int, Row] = {}
        self.actions: dict[int, Row] = {}

    @route("GET", "/api/collection")
    def list_collections(self, request: Request, _id: int) -> Any:
        archived = request.query.get("archived") == "true"
        rows = [row for row in self.collections.values() if row["archived"] == archived]
        return rows if archived else [{"id": "root", "name": "Our analytics"}, *rows]

    @route("POST", "/api/collection")
    def add_collection(self, request: Request, _id: int) -> Any:
        body = checked(request.body, {"name"}, {"description", "parent_id"})
        return self._add(self.collections, body)

    @route("GET", "/api/card")
    def list_cards(self, request: Request, _id: int) -> Any:
        return living_or_not(self.cards, request)

    @route("POST", "/api/card")
    def add_card(self, request: Request, _id: int) -> Any:
        needed = {"name", "display", "dataset_query", "visualization_settings"}
        body = dict(checked(request.body, needed, CARD - needed))
        body["dataset_query"] = self.modern(body["dataset_query"])
        return self._add(self.cards, {"type": "question"} | body)

    @route("PUT", "/api/card/{id}")
    def change_card(self, request: Request, id: int) -> Any:
        body = dict(checked(request.body, set(), CARD))
        if "dataset_query" in body:
            body["dataset_query"] = self.modern(body["dataset_query"])
        self.cards[id] = found(self.cards, id) | body
        return self.cards[id]

    @route("POST", "/api/card/{id}/query")
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

    @route("GET", "/api/dashboard")
    def list_dashboards(self, request: Request, _id: int) -> Any:
        hidden = ("dashcards", "tabs", "parameters")
        rows = living_or_not(self.dashboards, request)
        return [{k: v for k, v in row.items() if k not in hidden} for row in rows]

    @route("POST", "/api/dashboard")
    def add_dashboard(self, request: Request, _id: int) -> Any:
        body = checked(request.body, {"name"}, {"description", "collection_id"})
        return self._add(self.dashboards, body | {"dashcards": [], "tabs": [], "parameters": []})

    @route("GET", "/api/dashboard/{id}")
    def get_dashboard(self, request: Request, id: int) -> Any:
        return found(self.dashboards, id)

    @route("PUT", "/api/dashboard/{id}")
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

    @route("GET", "/api/action")
    def list_actions(self, request: Request, _id: int) -> Any:
        model = int(request.query["model-id"])
        return [row for row in self.actions.values() if row["model_id"] == model]

    @route("POST", "/api/action")
    def add_action(self, request: Request, _id: int) -> Any:
        needed = {"name", "type", "model_id", "database_id", "dataset_query"}
        body = dict(checked(request.body, needed, ACTION))
        if not self.databases[body["database_id"]]["settings"].get("database-enable-actions"):
            raise Answer(400, {"message": "Actions are not enabled.", "data": {}})
        if found(self.cards, body["model_id"])["type"] != "model":
            raise Answer(400, "Actions must be made with models, not cards.")
        body["dataset_query"] = self.modern(body["dataset_query"])
        return self._add(self.actions, body)

    @route("PUT", "/api/action/{id}")
    def change_action(self, request: Request, id: int) -> Any:
        body = dict(checked(request.body, set(), ACTION))
        if "dataset_query" in body:
            body["dataset_query"] = self.modern(body["dataset_query"])
        self.actions[id] = found(self.actions, id) | body
        return self.actions[id]

    @route("POST", "/api/action/{id}/execute")
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


def living_or_not(rows: dict[int, Row], request: Request) -> list[Row]:
    archived = request.query.get("f") == "archived"
    return [row for row in rows.values() if row["archived"] == archived]
