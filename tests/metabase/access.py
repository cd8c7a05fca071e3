"""Who may call: the first user, sessions, keys."""

import uuid
from typing import Any

from metabase.answers import OPEN, Answer, Numbered, Request, checked, pattern, route

TOKEN = "7a1f0c1e-2b9d-4f6f-9a57-6f1f3c0a4f11"


class Access(Numbered):
    """`starting`: so many times it still answers that it is not up. `fixed`: settings that are
    not to be changed."""

    def __init__(self) -> None:
        super().__init__()
        self.starting = 0
        self.users: dict[str, str] = {}
        self.keys: dict[str, str] = {}
        self.sessions: set[str] = set()
        self.fixed: set[str] = set()
        self.settings: dict[str, Any] = {"anon-tracking-enabled": True, "check-for-updates": True}

    def admit(self, request: Request, headers: dict[str, str]) -> None:
        """Raise Answer for whoever is not let in."""
        if (
            (request.method, pattern(request.path)) not in OPEN
            and headers.get("x-api-key") not in self.keys.values()
            and headers.get("x-metabase-session") not in self.sessions
        ):
            raise Answer(401, "Unauthenticated")

    @route("GET", "/api/health", open_to_all=True)
    def health(self, request: Request, _id: int) -> Any:
        if self.starting:
            self.starting -= 1
            raise Answer(503, {"status": "initializing", "progress": 0.3})
        return {"status": "ok"}

    @route("GET", "/api/session/properties", open_to_all=True)
    def properties(self, request: Request, _id: int) -> Any:
        return self.settings | {"has-user-setup": bool(self.users), "setup-token": TOKEN}

    @route("POST", "/api/setup", open_to_all=True)
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

    @route("POST", "/api/session", open_to_all=True)
    def sign_in(self, request: Request, _id: int) -> Any:
        body = checked(request.body, {"username", "password"})
        if self.users.get(body["username"]) != body["password"]:
            raise Answer(401, {"errors": {"password": "did not match stored password"}})
        return self._session()

    def _session(self) -> Any:
        session = str(uuid.uuid4())
        self.sessions.add(session)
        return {"id": session}

    @route("DELETE", "/api/session")
    def sign_out(self, request: Request, _id: int) -> Any:
        self.sessions.clear()
        raise Answer(204)

    @route("GET", "/api/user/current")
    def current(self, request: Request, _id: int) -> Any:
        return {"id": 1, "is_superuser": True}

    @route("POST", "/api/api-key")
    def make_key(self, request: Request, _id: int) -> Any:
        body = checked(request.body, {"name", "group_id"})
        if body["name"] in self.keys:
            raise Answer(400, {"errors": {"name": "An API key with this name already exists."}})
        self.keys[body["name"]] = f"mb_{uuid.uuid4().hex}"
        return {"id": self._new(), "unmasked_key": self.keys[body["name"]]}

    @route("PUT", "/api/setting/anon-tracking-enabled")
    @route("PUT", "/api/setting/check-for-updates")
    def set_setting(self, request: Request, _id: int) -> Any:
        if request.path.endswith(tuple(self.fixed)):
            raise Answer(400, "It is set by the environment.")
        self.settings[request.path.rpartition("/")[2]] = checked(request.body, {"value"})["value"]
        raise Answer(204)
