"""People and tokens in memory: who may look, with their passwords as they are."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from buzon.errors import Conflict, Invalid, NotFound, TooManyAttempts, Unauthorized
from buzon.flow import Visitor
from buzon.store.sessions import Session
from buzon.store.tokens import Scope, Token
from buzon.store.users import Role, User

PASSWORD = "siete cajas azules"
SESSION = "a-session"  # of Ana Ruiz, who administers
FIRST_LINK, EVAS_LINK = "first-link", "evas-link"


def make_user(id: int, name: str, role: Role, **changes: object) -> User:
    user = User(
        id=id,
        email=f"{name.split()[0].lower()}@example.com",
        name=name,
        role=role,
        ready=True,
        created_at=datetime.now(UTC),
        disabled_at=None,
    )
    return replace(user, **changes)  # type: ignore[arg-type]


ANA = make_user(1, "Ana Ruiz", "administrator")
LUIS = make_user(2, "Luis Gil", "operator")
EVA = make_user(3, "Eva Sanz", "viewer")
SESSIONS = {"administrator": SESSION, "operator": "luis-session", "viewer": "evas-session"}


class FakePeople:
    """The web's `People` and `Administration`, from lists."""

    def __init__(self) -> None:
        self.users = {user.id: user for user in (ANA, LUIS, EVA)}
        self.passwords = {user.email: PASSWORD for user in self.users.values()}
        self.sessions_of = {SESSIONS[user.role]: user.id for user in self.users.values()}
        self.devices = dict.fromkeys(self.sessions_of, "Mozilla/5.0 (X11; Linux) Firefox/130.0")
        self.links: dict[str, int | None] = {EVAS_LINK: EVA.id, FIRST_LINK: None}
        self.given: list[Token] = []
        self.wait = 0

    async def has_users(self) -> bool:
        return bool(self.users)

    async def who(self, session: str) -> User | None:
        return self.users.get(self.sessions_of.get(session, 0))

    async def sign_in(self, email: str, password: str, visitor: Visitor) -> str:
        if self.wait:
            raise TooManyAttempts("There were too many attempts.", self.wait)
        if self.passwords.get(email) != password:
            raise Unauthorized("The e-mail address or the password is wrong.")
        user = next(user for user in self.users.values() if user.email == email)
        return self._open(user.id, visitor)

    def _open(self, user: int, visitor: Visitor) -> str:
        session = f"session-{len(self.devices) + 1}"
        self.sessions_of[session], self.devices[session] = user, visitor.device
        return session

    async def sign_out(self, session: str) -> None:
        self.sessions_of.pop(session, None)

    async def invited(self, secret: str) -> User | None:
        if secret not in self.links:
            raise NotFound("This link no longer works.")
        user = self.links[secret]
        return None if user is None else self.users[user]

    async def accept(self, secret: str, password: str, visitor: Visitor) -> str:
        self._refuse_short(password)
        user = self.links.pop(secret) or 0
        self.passwords[self.users[user].email] = password
        return self._open(user, visitor)

    async def make_first(
        self, secret: str, email: str, name: str, password: str, visitor: Visitor
    ) -> str:
        self._refuse_short(password)
        del self.links[secret]
        self.users[1] = make_user(1, name, "administrator", email=email)
        self.passwords[email] = password
        return self._open(1, visitor)

    def _refuse_short(self, password: str) -> None:
        if len(password) < 10:
            raise Invalid("The password is too short.", "Take at least 10 characters.")

    async def sessions(self, user: User, own: str) -> Sequence[Session]:
        now = datetime.now(UTC)
        return [
            Session(number, self.devices[secret], now, now, own=secret == own)
            for number, (secret, owner) in enumerate(self.sessions_of.items(), 1)
            if owner == user.id
        ]

    async def end_session(self, user: User, id: int) -> None:
        secret = list(self.sessions_of)[id - 1]
        if self.sessions_of[secret] == user.id:
            del self.sessions_of[secret]

    async def end_other_sessions(self, user: User, own: str) -> None:
        for secret, owner in list(self.sessions_of.items()):
            if owner == user.id and secret != own:
                del self.sessions_of[secret]

    async def change_password(self, user: User, old: str, new: str, visitor: Visitor) -> str:
        self._refuse_short(new)
        if self.passwords.get(user.email) != old:
            raise Unauthorized(
                "The present password is wrong.",
                "Type the one that you sign in with now. Nothing was changed.",
            )
        self.passwords[user.email] = new
        await self.end_other_sessions(user, "")
        return self._open(user.id, visitor)

    async def choose_language(self, user: User, language: str | None) -> None:
        self.users[user.id] = replace(user, language=language)

    async def people(self) -> Sequence[User]:
        return sorted(self.users.values(), key=lambda user: user.name)

    async def add_person(self, email: str, name: str, role: Role, who: str) -> str:
        if "@" not in email:
            raise Invalid("This is no e-mail address.", "Write it like ana@example.com.")
        id = max(self.users) + 1
        self.users[id] = make_user(id, name, role, email=email, ready=False)
        self.links["new-link"] = id
        return "new-link"

    async def new_link(self, id: int, who: str) -> tuple[User, str]:
        self.links["new-link"] = id
        return self.users[id], "new-link"

    async def give_role(self, id: int, role: Role, who: str) -> None:
        self._change(id, role=role)

    async def disable(self, id: int, who: str) -> None:
        self._change(id, disabled_at=datetime.now(UTC))

    async def enable(self, id: int, who: str) -> None:
        self._change(id, disabled_at=None)

    def _change(self, id: int, **changes: object) -> None:
        if id not in self.users:
            raise NotFound("There is no such person.")
        if id == ANA.id:
            raise Conflict("Nobody would be left to administer Buzón.", "Make another one first.")
        self.users[id] = replace(self.users[id], **changes)  # type: ignore[arg-type]

    async def signed_in(self) -> Mapping[int, int]:
        return dict(Counter(self.sessions_of.values()))

    async def person(self, id: int) -> User:
        if id not in self.users:
            raise NotFound("There is no such person.")
        return self.users[id]

    async def sign_somebody_out(self, id: int, session: int | None, who: str) -> None:
        user = await self.person(id)
        if session is None:
            await self.end_other_sessions(user, "")
        else:
            await self.end_session(user, session)

    async def tokens(self) -> Sequence[Token]:
        return self.given

    async def add_token(
        self, name: str, scopes: Collection[Scope], days: int | None, who: str
    ) -> str:
        now = datetime.now(UTC)
        until = None if days is None else now + timedelta(days=days)
        self.given.append(Token(name, tuple(scopes), who, now, until, None))
        return "bz_token"

    async def revoke_token(self, name: str, who: str) -> None:
        self.given = [token for token in self.given if token.name != name]
