"""Access tokens for mailboxes and sending: granted by their owner, renewed before they end, and
mourned where the provider says that they hold no more.

A refresh token may be good for one use. So whoever renews holds the row of that account until what
came back is committed, on a connection of its own; whoever else wants it waits, and finds it fresh.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import structlog

from buzon.errors import (
    AccessError,
    Conflict,
    DatabaseError,
    NotFound,
    ProviderFailed,
    SettingsError,
)
from buzon.flow.providers import App, provider_of
from buzon.flow.webhooks import Safe
from buzon.store import departures, mail_grants
from buzon.store.db import Connection, Database
from buzon.store.departures import Departure
from buzon.store.mail_grants import Grant, ProviderName, Tokens

if TYPE_CHECKING:
    from buzon.flow.oauth import Provider

log = structlog.get_logger()

KEEP_RETRY = 0.5  # seconds
STOPPING = 8.0  # seconds that who is stopped waits for a renewal under way
AT_ONCE = 4  # questions to a provider that hangs, of each process
ENTER_IT = "Enter it under Providers among its mail servers, if it is one."
AGAIN = "Authorize it again on the page Mailboxes, or with buzon mailbox authorize."


class Grants:
    """What accounts at providers have granted us. `apps`: what we are at those that are set up."""

    def __init__(self, db: Database, apps: Mapping[ProviderName, App], safe: Safe) -> None:
        self.apps = apps
        self._db = db
        self._safe = safe
        # Of this process one alone asks for an account: the others wait without a connection.
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._gates = {name: asyncio.Semaphore(AT_ONCE) for name in apps}

    def account(self, name: str, host: str) -> "Account":
        """The tokens with which this user signs in at this mail server."""
        return Account(self, name, host)

    # ── using ──────────────────────────────────────────────────────────────────────────────

    async def token_for(self, account: str, host: str) -> str:
        """What to show to this mail server. Raises AccessError, also where the server is not the
        provider's, for a token lets whoever has it read all mail."""
        name = provider_of(host)
        if name not in self.apps:
            raise _not_set_up(account)
        if not self.apps[name].serves(host):
            raise AccessError(f"{host} is no mail server of {self.apps[name].name}.", ENTER_IT)
        return await self.token(account, name)

    async def token(self, account: str, provider: ProviderName) -> str:
        """Raises AccessError."""
        async with self._turns[account]:
            async with self._db.transaction() as db:
                grant = await mail_grants.get(db, account)
            if grant is None or grant.provider != provider:
                raise AccessError(f"{account} has not authorized Buzón yet.", AGAIN, dead=True)
            if not grant.fresh and not grant.died_at:
                grant = await _to_its_end(self._renewed(account, provider))
        if grant.died_at:
            what = f"{account} no longer lets Buzón in: {grant.why}."
            raise AccessError(what, AGAIN, dead=True, said=grant.why)
        return self._unlock(grant.access_token)

    async def refused(self, account: str, token: str) -> None:
        """A mail server refuses it: the next one to ask gets another."""
        async with self._db.transaction() as db:
            grant = await mail_grants.get(db, account, to_renew=True)
            if grant and not grant.died_at and self._unlock(grant.access_token) == token:
                await mail_grants.expire(db, account)

    async def _renewed(self, account: str, provider: ProviderName) -> Grant:
        stale, tokens = None, None
        async with self._asking(account, provider) as asked:
            try:
                async with self._db.apart() as db:
                    grant = stale = await mail_grants.get(db, account, to_renew=True)
                    if stale and not stale.fresh and not stale.died_at:
                        if tokens := await self._renew(db, stale, asked):
                            await mail_grants.renew(db, account, tokens)
                        grant = await mail_grants.get(db, account)
            except DatabaseError as error:
                if stale is None or tokens is None:
                    raise
                log.warning("renewed access waits for database", account=account, why=error.what)
                grant = await self._kept_at_last(stale, tokens)
        if grant is None:
            raise AccessError(f"{account} has not authorized Buzón yet.", AGAIN, dead=True)
        return grant

    async def _kept_at_last(self, stale: Grant, tokens: Tokens) -> Grant | None:
        """Write down what a grant was renewed to, however long the database is away: the provider
        may take the old refresh token no more."""
        while True:
            try:
                async with self._db.apart() as db:
                    grant = await mail_grants.get(db, stale.account, to_renew=True)
                    if grant and grant.refresh_token == stale.refresh_token:
                        await mail_grants.renew(db, stale.account, tokens)
                    return await mail_grants.get(db, stale.account)
            except DatabaseError as error:
                log.debug("renewed access still waits", account=stale.account, why=error.what)
                await asyncio.sleep(KEEP_RETRY)

    @asynccontextmanager
    async def _asking(self, account: str, name: ProviderName) -> AsyncIterator["Provider"]:
        if name not in self.apps:
            raise _not_set_up(account)
        async with self._gates[name]:
            try:
                yield self.provider(name)
            except ProviderFailed as error:
                said = str(error.values.get("why", ""))
                raise AccessError(error.what, error.do, said=said) from error

    async def _renew(self, db: Connection, grant: Grant, provider: "Provider") -> Tokens | None:
        """What it is renewed to, locked; None where it has ended, which is noted."""
        from buzon.flow.oauth import GrantEnded

        try:
            tokens = await provider.renew(self._unlock(grant.refresh_token))
        except GrantEnded as error:
            await mail_grants.bury(db, grant.account, str(error))
            log.error("mail access ended", account=grant.account, why=str(error))
            return None
        return self._locked(tokens)

    def provider(self, name: ProviderName) -> "Provider":
        from buzon.flow.oauth import Provider

        return Provider(self.apps[name])

    def _locked(self, tokens: Tokens) -> Tokens:
        refresh = self._safe.lock(tokens.refresh) if tokens.refresh else ""
        return replace(tokens, access=self._safe.lock(tokens.access), refresh=refresh)

    def _unlock(self, locked: str) -> str:
        try:
            return self._safe.unlock(locked)
        except SettingsError as error:
            raise AccessError(error.what, error.do) from error

    # ── keeping ────────────────────────────────────────────────────────────────────────────

    async def tend(self) -> None:
        """Renew what lies unused, so that it doesn't die of that, and warn of near ends."""
        async with self._db.transaction() as db:
            for grant in await mail_grants.warn(db):
                log.warning("mail access ends soon", account=grant.account, ends_at=grant.ends_at)
            unused = await mail_grants.idle(db)
        for grant in unused:
            try:
                await self.token(grant.account, grant.provider)
            except AccessError as error:
                log.warning("mail access not renewed", account=grant.account, why=str(error))

    # ── being granted ──────────────────────────────────────────────────────────────────────

    async def depart(self, account: str, host: str, browser: str) -> str:
        """Where to send somebody who is to let us into this account. `browser` is a secret that
        whoever comes back must have too. Raises Conflict where the provider is not set up."""
        name = self._known(host)
        url, state, verifier = self.provider(name).send(account)
        async with self._db.transaction() as db:
            await departures.add(db, state, browser, Departure("", verifier, f"{name} {account}"))
        return url

    async def come_back(self, answer: Mapping[str, str], browser: str, who: str) -> str:
        """The account that now lets us in. Raises NotFound where this was not begun here,
        ProviderFailed."""
        async with self._db.transaction() as db:
            departure = await departures.take(db, answer.get("state", ""), browser)
        name, _, account = departure.wanted.partition(" ") if departure else ("", "", "")
        app = next((app for app in self.apps.values() if app.provider == name), None)
        if departure is None or app is None:
            raise NotFound(
                "This authorization was not begun in this browser, or took too long.",
                "Begin it again.",
            )
        tokens = await self.provider(app.provider).redeem(answer, departure.verifier)
        await self.keep(account, app.provider, tokens, who)
        return account

    def by_code(self, host: str) -> ProviderName | None:
        """The provider, if it hands out codes for devices. Raises Conflict."""
        name = self._known(host)
        return name if self.apps[name].device_url else None

    async def keep(self, account: str, name: ProviderName, tokens: Tokens, who: str) -> None:
        async with self._db.transaction(by=who) as db:
            await mail_grants.put(db, account, name, self._locked(tokens), who)

    async def forget(self, account: str, who: str) -> None:
        async with self._db.transaction(by=who) as db:
            await mail_grants.remove(db, account)

    def _known(self, host: str) -> ProviderName:
        name = provider_of(host)
        if name not in self.apps:
            raise Conflict(
                "Buzón is not registered at this provider yet.",
                "Enter its client ID under Providers first.",
            )
        if not self.apps[name].serves(host):
            raise Conflict("This is no mail server of that provider.", ENTER_IT)
        return name


@dataclass(frozen=True, slots=True)
class Account:
    """The mail's `Bearer`."""

    grants: Grants
    name: str
    host: str

    async def token(self) -> str:
        return await self.grants.token_for(self.name, self.host)

    async def refused(self, token: str) -> None:
        await self.grants.refused(self.name, token)


def _not_set_up(account: str) -> AccessError:
    return AccessError(
        f"Buzón has no client ID at the provider of {account}.",
        "Enter it on the page Mailboxes, under Providers.",
    )


async def _to_its_end(renewing: Coroutine[Any, Any, Grant]) -> Grant:
    """Also where whoever asked is cancelled meanwhile: the provider takes a refresh token once, and
    the next one must not be lost on the way to the database."""
    task = asyncio.create_task(renewing)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=STOPPING)
        raise
