"""Who may look at the pages: let in, signed in, signed out."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from buzon.errors import Conflict, Invalid, NotFound, TooManyAttempts, Unauthorized
from buzon.flow import passwords
from buzon.store import attempts, changes, links, sessions, users
from buzon.store.db import Connection, Database
from buzon.store.users import Role, User

# Wrong passwords within attempts.WINDOW. A company's people often share the address of one client.
PER_ADDRESS, PER_CLIENT = 10, 50
EMAIL = re.compile(r"[^\s@\x00-\x1f\x7f]+@[^\s@\x00-\x1f\x7f]+")
LONGEST_EMAIL, LONGEST_NAME = 254, 80
WRONG_PRESENT = (
    "The present password is wrong.",
    "Type the one that you sign in with now. Nothing was changed.",
)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where somebody asks from: the address on the network and the browser's User-Agent."""

    client: str
    device: str


async def sign_in(db: Database, email: str, password: str, visitor: Visitor) -> str:
    """A new session. Raises Unauthorized, TooManyAttempts."""
    user = await _prove(db, email, password, visitor)
    async with db.transaction() as connection:
        return await sessions.open(connection, user, visitor.device)


async def change_password(db: Database, user: User, old: str, new: str, visitor: Visitor) -> str:
    """End all sessions and begin a new one. Raises Invalid, Unauthorized, TooManyAttempts."""
    passwords.refuse_weak(new, user.email, user.name)
    await _prove(db, user.email, old, visitor, wrong=WRONG_PRESENT)
    kept = await passwords.hashed(new)
    async with db.transaction(by=user.name) as connection:
        return await _begin_anew(connection, user.id, kept, visitor)


async def _prove(
    db: Database,
    email: str,
    password: str,
    visitor: Visitor,
    *,
    wrong: tuple[str, ...] = ("The e-mail address or the password is wrong.",),
) -> int:
    """Whose password it is. Raises Unauthorized, with what is to be said of a wrong one."""
    email = email.strip()
    address, client = f"address {email.lower()}", f"client {network(visitor.client)}"
    async with db.transaction() as connection:
        wait = await attempts.count(connection, {address: PER_ADDRESS, client: PER_CLIENT})
        known = await users.secret(connection, email.replace("\0", ""))
    if wait:
        raise TooManyAttempts("There were too many attempts.", wait)
    user, kept = known or (0, None)
    if not await passwords.is_right(password, kept):
        raise Unauthorized(*wrong)
    anew = await passwords.hashed(password) if kept and passwords.is_outdated(kept) else None
    async with db.transaction(by=email) as connection:
        await attempts.forgive(connection, address)
        await attempts.forgive_last(connection, client)
        if anew:
            await users.set_password(connection, user, anew)
    return user


def network(client: str) -> str:
    """The client, in IPv6 its network: somebody has 2^64 addresses there (RFC 6177)."""
    try:
        address = ip_address(client)
    except ValueError:
        return client
    if isinstance(address, IPv6Address):
        # Some proxies write 192.0.2.1 as ::ffff:192.0.2.1: all of IPv4 is one such network.
        return str(address.ipv4_mapped or ip_network((address, 64), strict=False))
    return str(address)


async def invited(db: Database, secret: str) -> User | None:
    """Whom a one-time link lets set a password; None for whoever is to become the first
    administrator. Raises NotFound where the link is not good."""
    async with db.transaction() as connection:
        return await _invited(connection, secret)


async def _invited(db: Connection, secret: str) -> User | None:
    found = await links.find(db, secret)
    if found is None:
        raise _spent()
    return None if found[0] is None else await users.get(db, found[0])


async def accept(db: Database, secret: str, password: str, visitor: Visitor) -> str:
    """Set a password by a link, which is used up. A new session; raises Invalid, NotFound."""
    user = await invited(db, secret)
    if user is None:
        raise _spent()
    passwords.refuse_weak(password, user.email, user.name)
    kept = await passwords.hashed(password)
    async with db.transaction(by=user.name) as connection:
        await _use_up(connection, secret)
        return await _begin_anew(connection, user.id, kept, visitor)


async def make_first(
    db: Database, secret: str, email: str, name: str, password: str, visitor: Visitor
) -> str:
    """The first administrator, signed in. Raises Invalid, NotFound."""
    if await invited(db, secret) is not None:
        raise _spent()
    email, name = _checked(email, name)
    passwords.refuse_weak(password, email, name)
    kept = await passwords.hashed(password)
    async with db.transaction(by=name) as connection:
        await users.lock(connection)
        await _use_up(connection, secret)
        user = await users.add(connection, email, name, "administrator")
        await links.forget_first(connection)
        return await _begin_anew(connection, user.id, kept, visitor)


def _spent() -> NotFound:
    return NotFound(
        "This link no longer works.", "Each works once and for a day: have a new one made."
    )


async def _use_up(db: Connection, secret: str) -> None:
    if not await links.use_up(db, secret):
        raise _spent()


async def _begin_anew(db: Connection, user: int, password: str, visitor: Visitor) -> str:
    await users.set_password(db, user, password)
    await sessions.end_all(db, user)
    return await sessions.open(db, user, visitor.device)


async def first_link(db: Connection) -> str | None:
    """A link that makes the first administrator; None where there is one already."""
    return None if await users.have_administrator(db) else await links.make(db, None)


async def add_user(db: Connection, email: str, name: str, role: Role) -> str:
    """Somebody more, and the link with which they set their password. Raises Invalid."""
    user = await users.add(db, *_checked(email, name), role)
    if role == "administrator":
        await links.forget_first(db)
    return await links.make(db, user.id)


def _checked(email: str, name: str) -> tuple[str, str]:
    email, name = email.strip(), " ".join(name.split())
    if not EMAIL.fullmatch(email) or len(email) > LONGEST_EMAIL:
        raise Invalid("This is no e-mail address.", "Write it like ana@example.com.")
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise Invalid("A name is missing or too long.", "It is what work is noted under.")
    return email, name


async def new_link(db: Connection, user: User) -> str:
    """A link with which somebody sets their password anew. Raises Conflict."""
    if user.disabled_at:
        raise Conflict("They are disabled.", "Let them in again first.")
    return await links.make(db, user.id)


async def give_role(db: Connection, id: int, role: Role) -> None:
    """Raises NotFound, and Conflict rather than leave nobody who can let others in."""
    async with _keeps_an_administrator(db):
        await users.get(db, id)
        await users.set_role(db, id, role)


async def disable(db: Connection, id: int) -> None:
    """They can't sign in any more, and are signed out. Raises as `give_role`."""
    async with _keeps_an_administrator(db):
        await users.get(db, id)
        await users.disable(db, id)


async def enable(db: Connection, id: int) -> None:
    """Raises NotFound."""
    await users.get(db, id)
    await users.enable(db, id)


async def sign_out(db: Connection, id: int, session: int | None, who: str) -> None:
    """End a session of somebody else's, or all of them, which is noted. Raises NotFound."""
    user = await users.get(db, id)
    ended = await (sessions.end_all(db, id) if session is None else sessions.end(db, id, session))
    for device in ended:
        await changes.note(db, who, "sessions", user.name, {"device": device}, None)


@asynccontextmanager
async def _keeps_an_administrator(db: Connection) -> AsyncIterator[None]:
    """The error undoes what was done in the transaction."""
    await users.lock(db)
    before = await users.administrators(db)
    yield
    if before and not await users.administrators(db):
        raise Conflict("Nobody would be left to administer Buzón.", "Make another one first.")
