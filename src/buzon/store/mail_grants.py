"""The table `mail_grants`: accounts at mail providers that let Buzón in by OAuth2. Tokens come and
go encrypted. What is fresh, the clock of the database says, which all processes share."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from buzon.store.db import Connection

ProviderName = Literal["google", "microsoft", "other"]

AHEAD = timedelta(minutes=5)  # before its end an access token is renewed: clocks differ
WARN_BEFORE = timedelta(days=3)
IDLE = timedelta(days=1)  # a refresh token that lies unused for long dies at most providers

_COLUMNS = (
    "account, provider, refresh_token, access_token, expires_at > now() + %(ahead)s,"
    " ends_at, died_at, why, granted_at, granted_by"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a provider hands out. Seconds from now on; `ends_in`: of the whole grant, where
    that is told. `refresh` is "" where the one before holds on."""

    access: str
    refresh: str
    expires_in: float
    ends_in: float | None


@dataclass(frozen=True, slots=True)
class Grant:
    """`fresh`: whether its access token can be used now and for some minutes."""

    account: str
    provider: ProviderName
    refresh_token: str
    access_token: str
    fresh: bool
    ends_at: datetime | None
    died_at: datetime | None
    why: str
    granted_at: datetime
    granted_by: str


async def get(db: Connection, account: str, *, to_renew: bool = False) -> Grant | None:
    """`to_renew`: nobody else renews it before this transaction ends."""
    lock = " FOR UPDATE" if to_renew else ""
    rows = await db.execute(
        f"SELECT {_COLUMNS} FROM mail_grants WHERE account = %(account)s{lock}",  # noqa: S608
        {"ahead": AHEAD, "account": account},
    )
    row = await rows.fetchone()
    return Grant(*row) if row else None


async def listed(db: Connection) -> list[Grant]:
    return await _those(db, "true")


async def idle(db: Connection) -> list[Grant]:
    """Those that live and were not renewed for a day."""
    return await _those(db, "died_at IS NULL AND renewed_at < now() - %(idle)s")


async def troubled(db: Connection) -> list[Grant]:
    """Those that are no more, or end soon: what an administrator is to look after."""
    return await _those(db, "died_at IS NOT NULL OR ends_at < now() + %(before)s")


async def _those(db: Connection, condition: str) -> list[Grant]:
    rows = await db.execute(
        f"SELECT {_COLUMNS} FROM mail_grants WHERE {condition} ORDER BY account",  # noqa: S608
        {"ahead": AHEAD, "idle": IDLE, "before": WARN_BEFORE},
    )
    return [Grant(*row) async for row in rows]


async def put(
    db: Connection, account: str, provider: ProviderName, tokens: Tokens, by: str
) -> None:
    """It was granted, for the first time or anew."""
    await db.execute(
        """
        INSERT INTO mail_grants (account, provider, refresh_token, access_token, expires_at,
                                 ends_at, granted_by)
        VALUES (%(account)s, %(provider)s, %(refresh)s::text, %(access)s,
                now() + %(expires_in)s::interval, now() + %(ends_in)s::interval, %(by)s)
        ON CONFLICT (account) DO UPDATE
        SET provider = excluded.provider, refresh_token = excluded.refresh_token,
            access_token = excluded.access_token, expires_at = excluded.expires_at,
            ends_at = excluded.ends_at, granted_by = excluded.granted_by, granted_at = now(),
            renewed_at = now(), warned_at = NULL, died_at = NULL, why = ''
        """,
        {**_values(tokens), "account": account, "provider": provider, "by": by},
    )


async def renew(db: Connection, account: str, tokens: Tokens) -> None:
    """Keep what it was renewed to. Of a new refresh token it is not known when it ends, unless the
    provider says so; of the same one what was known holds."""
    await db.execute(
        """
        UPDATE mail_grants
        SET access_token = %(access)s, expires_at = clock_timestamp() + %(expires_in)s::interval,
            renewed_at = clock_timestamp(),
            refresh_token = coalesce(nullif(%(refresh)s::text, ''), refresh_token),
            ends_at = coalesce(clock_timestamp() + %(ends_in)s::interval,
                               CASE WHEN %(refresh)s::text = '' THEN ends_at END)
        WHERE account = %(account)s
        """,
        {**_values(tokens), "account": account},
    )


def _values(tokens: Tokens) -> dict[str, object]:
    return {
        "access": tokens.access,
        "refresh": tokens.refresh,
        "expires_in": timedelta(seconds=tokens.expires_in),
        "ends_in": None if tokens.ends_in is None else timedelta(seconds=tokens.ends_in),
    }


async def expire(db: Connection, account: str) -> None:
    """Its access token is of no use any more, whatever was said of it."""
    await db.execute("UPDATE mail_grants SET expires_at = now() WHERE account = %s", [account])


async def bury(db: Connection, account: str, why: str) -> None:
    """The grant is no more; a trigger raises the alarm."""
    await db.execute(
        "UPDATE mail_grants SET died_at = now(), why = %s WHERE account = %s AND died_at IS NULL",
        [why, account],
    )


async def remove(db: Connection, account: str) -> int:
    """How many there were of this account."""
    return (await db.execute("DELETE FROM mail_grants WHERE account = %s", [account])).rowcount


async def warn(db: Connection) -> list[Grant]:
    """Those whose known end is near, once each; a trigger raises the alarm."""
    rows = await db.execute(
        f"""
        UPDATE mail_grants SET warned_at = now()
        WHERE died_at IS NULL AND warned_at IS NULL AND ends_at < now() + %(before)s
        RETURNING {_COLUMNS}
        """,  # noqa: S608
        {"ahead": AHEAD, "before": WARN_BEFORE},
    )
    return [Grant(*row) async for row in rows]


async def last_granted(db: Connection) -> datetime | None:
    """When an account last let us in: whoever waited for that goes on."""
    row = await (await db.execute("SELECT max(granted_at) FROM mail_grants")).fetchone()
    return row[0] if row else None
