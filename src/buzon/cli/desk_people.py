"""What the pages ask for about people and tokens, answered from the store."""

from collections.abc import Collection, Mapping, Sequence

from buzon.flow import Visitor, people
from buzon.store import sessions, tokens, users
from buzon.store.db import Database
from buzon.store.sessions import Session
from buzon.store.tokens import Scope, Token
from buzon.store.users import Role, User


class PeopleDesk:
    """The web's `People` and `Administration` over the database."""

    db: Database

    async def has_users(self) -> bool:
        async with self.db.reading() as db:
            return await users.exist(db)

    async def who(self, session: str) -> User | None:
        async with self.db.reading() as db:  # that it is used is noted in one statement
            return await sessions.user(db, session)

    async def sign_in(self, email: str, password: str, visitor: Visitor) -> str:
        return await people.sign_in(self.db, email, password, visitor)

    async def sign_out(self, session: str) -> None:
        async with self.db.transaction() as db:
            await sessions.close(db, session)

    async def invited(self, secret: str) -> User | None:
        return await people.invited(self.db, secret)

    async def accept(self, secret: str, password: str, visitor: Visitor) -> str:
        return await people.accept(self.db, secret, password, visitor)

    async def make_first(
        self, secret: str, email: str, name: str, password: str, visitor: Visitor
    ) -> str:
        return await people.make_first(self.db, secret, email, name, password, visitor)

    async def sessions(self, user: User, own: str) -> Sequence[Session]:
        async with self.db.reading() as db:
            return await sessions.listed(db, user.id, own)

    async def end_session(self, user: User, id: int) -> None:
        async with self.db.transaction() as db:
            await sessions.end(db, user.id, id)

    async def end_other_sessions(self, user: User, own: str) -> None:
        async with self.db.transaction() as db:
            await sessions.end_all(db, user.id, but=own)

    async def change_password(self, user: User, old: str, new: str, visitor: Visitor) -> str:
        return await people.change_password(self.db, user, old, new, visitor)

    async def choose_language(self, user: User, language: str | None) -> None:
        async with self.db.transaction() as db:
            await users.set_language(db, user.id, language)

    async def people(self) -> Sequence[User]:
        async with self.db.reading() as db:
            return await users.listed(db)

    async def add_person(self, email: str, name: str, role: Role, who: str) -> str:
        async with self.db.transaction(by=who) as db:
            return await people.add_user(db, email, name, role)

    async def new_link(self, id: int, who: str) -> tuple[User, str]:
        async with self.db.transaction(by=who) as db:
            user = await users.get(db, id)
            return user, await people.new_link(db, user)

    async def give_role(self, id: int, role: Role, who: str) -> None:
        async with self.db.transaction(by=who) as db:
            await people.give_role(db, id, role)

    async def disable(self, id: int, who: str) -> None:
        async with self.db.transaction(by=who) as db:
            await people.disable(db, id)

    async def enable(self, id: int, who: str) -> None:
        async with self.db.transaction(by=who) as db:
            await people.enable(db, id)

    async def signed_in(self) -> Mapping[int, int]:
        async with self.db.reading() as db:
            return await sessions.counts(db)

    async def person(self, id: int) -> User:
        async with self.db.reading() as db:
            return await users.get(db, id)

    async def sign_somebody_out(self, id: int, session: int | None, who: str) -> None:
        async with self.db.transaction(by=who) as db:
            await people.sign_out(db, id, session, who)

    async def tokens(self) -> Sequence[Token]:
        async with self.db.reading() as db:
            return await tokens.listed(db)

    async def add_token(
        self, name: str, scopes: Collection[Scope], days: int | None, who: str
    ) -> str:
        async with self.db.transaction(by=who) as db:
            return await tokens.add(db, name, scopes=scopes, days=days, by=who)

    async def revoke_token(self, name: str, who: str) -> None:
        async with self.db.transaction(by=who) as db:
            await tokens.revoke(db, name)
