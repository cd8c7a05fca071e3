"""Who comes in with an account elsewhere: those who came before, and those whom somebody let in by
their e-mail address."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import structlog

from buzon.errors import Conflict, NotFound, NotLetIn, TooManyAttempts
from buzon.flow.people import EMAIL, LONGEST_NAME, PER_CLIENT, Visitor, give_role, network
from buzon.store import attempts, departures, identities, sessions, users
from buzon.store.db import Connection, Database
from buzon.store.users import ROLES, Role, User

if TYPE_CHECKING:
    from buzon.flow.openid import Identity, Provider

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Entrance:
    """A provider, and the role of who comes from there without having been let in, where their
    address is of one of the domains; None: they stay outside. `roles`: what its groups are here,
    for everybody and at every sign-in; without any, roles are given here alone."""

    provider: "Provider"
    role: Role | None = None
    domains: Collection[str] = ()
    roles: Mapping[str, Role] = field(default_factory=dict)


async def depart(
    db: Database, entrance: Entrance, wanted: str, browser: str, visitor: Visitor
) -> str:
    """Where to send a browser that wants to see a page. Raises TooManyAttempts, ProviderFailed."""
    async with db.transaction() as connection:
        wait = await attempts.count(connection, {_client(visitor): PER_CLIENT})
    if wait:
        raise TooManyAttempts("There were too many attempts.", wait)
    url, state, departure = await entrance.provider.send(wanted)
    async with db.transaction() as connection:
        await departures.add(connection, state, browser, departure)
    return url


async def come_back(
    db: Database, entrance: Entrance, answer: Mapping[str, str], browser: str, visitor: Visitor
) -> tuple[str, str]:
    """A new session, and the page that was wanted. Raises NotLetIn, ProviderFailed."""
    async with db.transaction() as connection:
        departure = await departures.take(connection, answer.get("state", ""), browser)
    if departure is None:
        raise NotLetIn(
            "This sign-in was not begun in this browser, or took too long.", "Begin it here."
        )
    who = await entrance.provider.identify(answer, departure)
    name = entrance.provider.name
    try:
        async with db.transaction(by=name) as connection:
            user = await _whose(connection, entrance, who)
            await attempts.forgive_last(connection, _client(visitor))
            return await sessions.open(connection, user.id, visitor.device), departure.wanted
    except NotLetIn as error:
        log.warning("not let in", provider=name, subject=who.subject, why=error.pattern)
        raise


async def disconnect(db: Connection, id: int) -> None:
    """Their account elsewhere is theirs no more, and they are signed out. Raises NotFound."""
    await users.get(db, id)
    await identities.remove(db, id)
    await sessions.end_all(db, id)


def _client(visitor: Visitor) -> str:
    return f"elsewhere {network(visitor.client)}"


async def _whose(db: Connection, entrance: Entrance, who: "Identity") -> User:
    await users.lock(db)  # of two who come first at once, one is second
    user = await identities.user(db, who.issuer, who.subject)
    if user is None:
        user = await _by_address(db, entrance, who)
        await identities.add(db, user.id, who.issuer, who.subject)
    if user.disabled_at:
        raise NotLetIn("You can no longer sign in here.", "Ask an administrator of Buzón.")
    return await _in_role(db, entrance, who, user) if entrance.roles else user


async def _in_role(db: Connection, entrance: Entrance, who: "Identity", user: User) -> User:
    """Somebody in the role that the provider says today; the last administrator stays one."""
    role = _role(entrance, who)
    if role is None:
        raise NotLetIn(
            "%(provider)s gives you no role here.",
            "Ask whoever runs it to put you in a group that Buzón knows.",
            provider=entrance.provider.name,
        )
    if role == user.role:
        return user
    try:
        async with db.transaction():
            await give_role(db, user.id, role)
    except Conflict:
        log.warning("the last administrator stays one", provider=entrance.provider.name, said=role)
        return user
    return replace(user, role=role)


def _role(entrance: Entrance, who: "Identity") -> Role | None:
    """The highest that a group of theirs gives, else that of all who are of our domains."""
    given = {entrance.roles[group] for group in who.groups if group in entrance.roles}
    if given:
        return max(given, key=ROLES.index)
    return entrance.role if who.email.rpartition("@")[2].lower() in entrance.domains else None


async def _by_address(db: Connection, entrance: Entrance, who: "Identity") -> User:
    """Who has the address of an account that comes for the first time. An address is given to
    somebody else one day: an account that came before keeps its person."""
    if not EMAIL.fullmatch(who.email):
        raise NotLetIn(
            "%(provider)s does not vouch for your e-mail address.",
            "Ask whoever runs it to verify it.",
            provider=entrance.provider.name,
        )
    try:
        user = await users.by_email(db, who.email)
    except NotFound:
        return await _add(db, entrance, who)
    if user.id in await identities.connected(db, who.issuer):
        raise NotLetIn(
            "Whoever is %(email)s here has another account at %(provider)s.",
            "Ask an administrator of Buzón: they can disconnect it.",
            email=who.email,
            provider=entrance.provider.name,
        )
    return user


async def _add(db: Connection, entrance: Entrance, who: "Identity") -> User:
    """Never the first of all: they would be nobody's administrator."""
    role = _role(entrance, who)
    if role is None or not await users.exist(db):
        raise NotLetIn(
            "Nobody has let in %(email)s yet.", "Ask an administrator of Buzón.", email=who.email
        )
    name = " ".join(who.name.split())
    fits = name.isprintable() and 0 < len(name) <= LONGEST_NAME
    if not fits or await users.is_named(db, name):
        name = who.email
    return await users.add(db, who.email, name, role)
