"""The parts, put together from the settings."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import time, timedelta
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import psycopg
import structlog

from buzon import jobs
from buzon.cli.address import page_address
from buzon.cli.chosen import Chooser
from buzon.cli.mail_access import bearer_for_sending, make_grants
from buzon.cli.safe import Safe
from buzon.config import Settings, Smtp
from buzon.errors import SettingsError
from buzon.flow import (
    Account,
    AtWork,
    Entrance,
    Flow,
    Follower,
    Grants,
    Keeper,
    Lottery,
    Retention,
    Schedule,
    Teller,
    Terms,
    Trainer,
    Watch,
    first_model,
)
from buzon.mail.compose import Identity
from buzon.mail.loops import Own
from buzon.mail.policy import Policy
from buzon.mail.smtp import Outgoing, Server
from buzon.mail.understand import UnderstandAll, understand_in_thread
from buzon.store import rollups, schema, secrets
from buzon.store.db import Database
from buzon.store.embedded import Embedded
from buzon.store.queue import Queue, silent_for
from buzon.store.users import ROLES, Role

if TYPE_CHECKING:
    from buzon.classifier.registry import Registry

log = structlog.get_logger()

Part = Literal["web", "mail", "work"]

NOBODY = "buzon@localhost"  # whom the sandbox's replies come from; they are never sent
DATABASE_CHECK = 1.0  # seconds
SILENT = 60.0  # seconds without a worker, after which something may have gone unreported


@dataclass(frozen=True, slots=True)
class Store:
    """The open database; `embedded` where it is the one in the box. `settings`: those that hold,
    with what was chosen on the pages."""

    db: Database
    embedded: Embedded | None
    settings: Settings


@asynccontextmanager
async def open_store(settings: Settings) -> AsyncIterator[Store]:
    """The database, running and with the tables of this version. Raises DatabaseError.

    The embedded one is started and brought up to date by us, for nobody else can; another one
    only by `buzon migrate`.
    """
    embedded = None
    if settings.database_url is None:
        embedded = Embedded(settings.data_dir)
        url = await asyncio.to_thread(embedded.start)
    else:
        url = external_url(settings)
    try:
        await asyncio.to_thread(schema.migrate if embedded else schema.check, url)
        db = Database(url)
        await db.open()
        try:
            yield Store(db, embedded, await Chooser(settings).settings(db))
        finally:
            await db.close()
    finally:
        if embedded:
            await asyncio.to_thread(embedded.stop)


def external_url(settings: Settings) -> str:
    url = settings.database_url.get_secret_value() if settings.database_url else ""
    if not url.startswith(("postgresql://", "postgres://")):
        raise SettingsError(
            "BUZON_DATABASE_URL must begin with postgresql://.",
            "Write it like postgresql://user:password@host:5432/buzon",
        )
    refuse_unescaped(url)
    return url


def refuse_unescaped(url: str) -> None:
    """Raise SettingsError for a URL whose user or password holds a character that ends them: what
    follows would be taken for the host, and shown in messages."""
    signed_in_as = url.split("://", 1)[1].rpartition("@")[0]
    broken = any(character in signed_in_as for character in "@/?#[]")
    try:
        psycopg.conninfo.conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        broken = True
    if broken:
        raise SettingsError(
            "BUZON_DATABASE_URL can't be read.",
            "In its user and password write @ as %40, / as %2F, ? as %3F, # as %23, % as %25.",
        )


async def keep_alive(embedded: Embedded) -> None:
    """Start the embedded database again whenever it is gone."""
    while True:
        await asyncio.sleep(DATABASE_CHECK)
        if await asyncio.to_thread(embedded.ensure):
            log.warning("the embedded database was gone and is started again")


@dataclass(frozen=True, slots=True)
class Service:
    """What works on mails, what keeps its model the one that the database says, and what pages and
    worker both ask: who lets us into mailboxes, and how the promise stands."""

    flow: Flow
    follower: Follower
    settings: Settings
    grants: Grants
    account: Account

    @classmethod
    def of(cls, flow: Flow, follower: Follower, settings: Settings) -> "Service":
        terms = Terms(settings.risk, settings.confidence, flow.lottery)
        return cls(flow, follower, settings, make_grants(settings, flow.db), Account(terms))

    def under(self, settings: Settings) -> "Service":
        """The same, under other settings: the model stays at work."""
        flow = replace(
            self.flow,
            policy=make_policy(settings, self.flow.policy.default_identity.secret),
            lottery=replace(self.flow.lottery, part=settings.audit),
        )
        old = self.follower
        follower = Follower(old.db, old.at_work, old.registry, settings.confidence)
        return Service.of(flow, follower, settings)

    def trainer(self) -> Trainer:
        at = self.settings.retrain_at
        schedule = Schedule(
            at=None if at == "off" else time.fromisoformat(at),
            after=self.settings.retrain_after,
            timezone=self._timezone,
        )
        return Trainer(self.flow.db, self.flow.queue, schedule, self.settings.embeddings)

    def keeper(self) -> Keeper:
        return Keeper(self.flow, self.follower, self.account.terms, self._timezone)

    def teller(self) -> Teller:
        return Teller(self.flow.db, self.flow.queue, Safe(self.settings).unlock)

    def watch(self, sender: Outgoing | None) -> Watch:
        settings = self.settings
        return Watch(
            self.flow,
            self.account,
            tuple(mailbox.key for mailbox in settings.mailboxes),
            settings.data_dir,
            sender,
            settings.alarms_to,
            settings.language,
            page_address(settings),
            Safe(settings).unlock,
        )

    @property
    def _timezone(self) -> ZoneInfo:
        return ZoneInfo(self.settings.timezone)


async def make_service(
    settings: Settings, db: Database, understand_all: UnderstandAll = understand_in_thread
) -> Service:
    """The parts that mails pass through, with the model at work. Raises ModelError."""
    registry = make_registry(settings)
    at_work = AtWork(await first_model(db, registry, settings.embeddings), settings.confidence)
    async with db.transaction() as connection:
        secret = await secrets.get_or_make(connection, "message-id")
        seed = await secrets.get_or_make(connection, "audit")
        if await silent_for(connection) > SILENT:
            db.note_away()
    await count_by_days_of(settings, db)
    queue = Queue(db)
    await queue.open()
    jobs.register(queue)
    policy, lottery = make_policy(settings, secret), Lottery(seed, settings.audit)
    flow = Flow(db, queue, at_work, policy, lottery, understand_all)
    follower = Follower(db, at_work, registry, settings.confidence)
    await follower.catch_up()
    return Service.of(flow, follower, settings)


async def count_by_days_of(settings: Settings, db: Database) -> None:
    """See that the figures are of the company's days."""
    async with db.transaction() as connection:
        if await rollups.use_timezone(connection, settings.timezone):
            log.info("figures are counted anew by days", timezone=settings.timezone)


def retention(settings: Settings, db: Database) -> Retention:
    return Retention(
        db, settings.keep_raw_days, settings.keep_text_days, mask=settings.mask == "on"
    )


def make_registry(settings: Settings) -> "Registry":
    from buzon.classifier.registry import Registry

    return Registry(settings.models_dir)


def is_first_start(settings: Settings) -> bool:
    return not (settings.models_dir / "model.joblib").exists()


def make_policy(settings: Settings, secret: bytes) -> Policy:
    default = identity(settings, settings.smtp_from, secret)
    identities = {
        mailbox.key: identity(settings, settings.smtp_from or mailbox.user, secret)
        for mailbox in settings.mailboxes
    }
    addresses = own_addresses(settings)
    return Policy(
        own=Own(
            addresses=frozenset(addresses),
            domains=frozenset(address.rpartition("@")[2] for address in addresses),
            allowed_lists=frozenset(settings.allowed_lists),
        ),
        identities=identities,
        default_identity=default,
        replies_per_hour=settings.replies_per_hour,
        sends=settings.smtp is not None and settings.answering == "on",
        hands_out=settings.mail == "external" and settings.answering == "on",
        hand_out_for=timedelta(minutes=settings.handout_minutes),
    )


def identity(settings: Settings, address: str, secret: bytes) -> Identity:
    return Identity(
        company=settings.company,
        address=address or next(iter(own_addresses(settings)), NOBODY),
        secret=secret,
        envelope_from=settings.smtp_envelope_from,
        language=settings.language,
        timezone=ZoneInfo(settings.timezone),
    )


def own_addresses(settings: Settings) -> list[str]:
    """Our own addresses, in lower case: what comes from them is no customer's."""
    found = [settings.smtp_from, settings.smtp_envelope_from, settings.imap_user]
    found += [mailbox.user for mailbox in settings.mailboxes]
    return [address.lower() for address in found if "@" in address]


def outgoing(smtp: Smtp, grants: Grants) -> Outgoing:
    return Outgoing(server_of(smtp, grants))


def server_of(smtp: Smtp, grants: Grants) -> Server:
    return Server(
        host=smtp.host,
        port=smtp.port,
        security=smtp.security,
        user=smtp.user,
        password=smtp.password.get_secret_value(),
        bearer=bearer_for_sending(grants, smtp),
        envelope_from=smtp.envelope_from,
        connections=smtp.connections,
    )


def make_entrance(settings: Settings) -> Entrance | None:
    """Where people may sign in instead of here; None where that is not configured."""
    if not settings.oidc_issuer:
        return None
    from buzon.flow.openid import Provider, Registration
    from buzon.web import RETURNS_TO

    return Entrance(
        Provider(
            Registration(
                issuer=settings.oidc_issuer,
                client_id=settings.oidc_client_id,
                secret=settings.oidc_client_secret.get_secret_value(),
                name=settings.oidc_name or urlsplit(settings.oidc_issuer).netloc,
                returns_to=settings.url + RETURNS_TO,
                role_claim=settings.oidc_role_claim,
            )
        ),
        None if settings.oidc_role == "none" else settings.oidc_role,
        frozenset(map(str.lower, settings.oidc_domains)),
        _roles(settings.oidc_roles),
    )


def _roles(pairs: Iterable[str]) -> Mapping[str, Role]:
    """The role of each group, of pairs such as chiefs=administrator."""
    parted = [pair.rpartition("=") for pair in pairs]
    return {group: role for group, _, name in parted for role in ROLES if role == name}
