"""People to let in, and programs."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from buzon.flow import Visitor
from buzon.store.sessions import Session
from buzon.store.tokens import Scope, Token
from buzon.store.users import Role, User


class People(Protocol):
    """Signing in. What it raises: Unauthorized for a wrong password, TooManyAttempts after many,
    Invalid for one that is too weak, NotFound for a link that is not good."""

    async def has_users(self) -> bool:
        """Whether anybody was let in yet."""

    async def who(self, session: str) -> User | None:
        """Whose session it is; None where it has ended or never was."""

    async def sign_in(self, email: str, password: str, visitor: Visitor) -> str:
        """A new session."""

    async def sign_out(self, session: str) -> None:
        """End a session."""

    async def invited(self, secret: str) -> User | None:
        """Whom a one-time link lets set a password; None for the first administrator to be."""

    async def accept(self, secret: str, password: str, visitor: Visitor) -> str:
        """Set a password by a one-time link, which is used up; a new session."""

    async def make_first(
        self, secret: str, email: str, name: str, password: str, visitor: Visitor
    ) -> str:
        """Make the first administrator by a one-time link; a new session."""

    async def sessions(self, user: User, own: str) -> Sequence[Session]:
        """Where a user is signed in, `own` first."""

    async def end_session(self, user: User, id: int) -> None:
        """End one of a user's sessions."""

    async def end_other_sessions(self, user: User, own: str) -> None:
        """End all of a user's sessions but this one."""

    async def change_password(self, user: User, old: str, new: str, visitor: Visitor) -> str:
        """End all of a user's sessions; a new one."""

    async def choose_language(self, user: User, language: str | None) -> None:
        """The language of a user's pages; None for the browser's."""


class Administration(Protocol):
    """Who may look, and which programs. What is done to somebody raises NotFound where there is no
    such person, and Conflict rather than leave nobody to administer. `who` does it."""

    async def people(self) -> Sequence[User]:
        """Everybody, also who is disabled."""

    async def add_person(self, email: str, name: str, role: Role, who: str) -> str:
        """Let somebody in; the secret of their one-time link. Raises Invalid."""

    async def new_link(self, id: int, who: str) -> tuple[User, str]:
        """Somebody, and the secret of a one-time link with which they set a password anew."""

    async def give_role(self, id: int, role: Role, who: str) -> None: ...

    async def disable(self, id: int, who: str) -> None: ...

    async def enable(self, id: int, who: str) -> None: ...

    async def signed_in(self) -> Mapping[int, int]:
        """By the number of a person, at how many places they are signed in."""

    async def person(self, id: int) -> User: ...

    async def sign_somebody_out(self, id: int, session: int | None, who: str) -> None:
        """End one of somebody's sessions, or all of them."""

    async def tokens(self) -> Sequence[Token]:
        """Those not revoked."""

    async def add_token(
        self, name: str, scopes: Collection[Scope], days: int | None, who: str
    ) -> str:
        """A new token. Raises Invalid."""

    async def revoke_token(self, name: str, who: str) -> None:
        """Raises NotFound."""
