"""The table `webhooks`: who is told by HTTP of what happens here. Secrets come and go encrypted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from psycopg import errors

from buzon.errors import NotFound, TextRefused
from buzon.store.db import Connection

Kind = Literal[
    "event.stored",
    "event.to_review",
    "event.corrected",
    "reply.sent",
    "model.promoted",
    "alarm.raised",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
Content = Literal["ids", "summary", "text"]
CONTENTS: tuple[Content, ...] = get_args(Content)

_COLUMNS = "id, name, url, secret, kinds, content, made_by, created_at, disabled_at, gone"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody chose of a webhook."""

    name: str
    url: str
    kinds: Sequence[Kind]
    content: Content = "summary"


@dataclass(frozen=True, slots=True)
class Webhook:
    """`content` says how much of a mail it is told: numbers and category, also sender and subject,
    or the text too. `gone`: the receiver switched it off. The `secret` is encrypted."""

    id: int
    name: str
    url: str
    secret: str
    kinds: Sequence[Kind]
    content: Content
    made_by: str
    created_at: datetime
    disabled_at: datetime | None = None
    gone: bool = False

    @property
    def enabled(self) -> bool:
        return self.disabled_at is None

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.name, self.url, self.kinds, self.content)

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc


async def listed(db: Connection) -> list[Webhook]:
    rows = await db.execute(f"SELECT {_COLUMNS} FROM webhooks ORDER BY lower(name)")  # noqa: S608
    return [Webhook(*row) async for row in rows]


async def get(db: Connection, id: int) -> Webhook:
    """Raises NotFound."""
    query = f"SELECT {_COLUMNS} FROM webhooks WHERE id = %s"  # noqa: S608
    return Webhook(*_there(await (await db.execute(query, [id])).fetchone()))


async def add(db: Connection, wanted: Wanted, secret: str, by: str) -> int:
    """Its number. Raises TextRefused where there is one of this name."""
    try:
        row = await db.execute(
            "INSERT INTO webhooks (name, url, kinds, content, secret, made_by)"
            " VALUES (%s, %s, %s, %s, %s, %s) RETURNING id",
            [*_columns(wanted), secret, by],
        )
    except errors.UniqueViolation as error:
        raise _taken(wanted.name) from error
    return int(_there(await row.fetchone())[0])


async def change(db: Connection, id: int, wanted: Wanted) -> None:
    """Raises NotFound, and TextRefused where another one is called so."""
    try:
        done = await db.execute(
            "UPDATE webhooks SET name = %s, url = %s, kinds = %s, content = %s WHERE id = %s"
            " RETURNING id",
            [*_columns(wanted), id],
        )
    except errors.UniqueViolation as error:
        raise _taken(wanted.name) from error
    _there(await done.fetchone())


async def set_secret(db: Connection, id: int, secret: str) -> None:
    """Raises NotFound."""
    done = await db.execute(
        "UPDATE webhooks SET secret = %s WHERE id = %s RETURNING id", [secret, id]
    )
    _there(await done.fetchone())


async def enable(db: Connection, id: int) -> bool:
    """Tell it of what happens from now on; whether it was off. Raises NotFound."""
    row = await db.execute("SELECT disabled_at FROM webhooks WHERE id = %s FOR NO KEY UPDATE", [id])
    (disabled_at,) = _there(await row.fetchone())
    await db.execute("UPDATE webhooks SET disabled_at = NULL, gone = false WHERE id = %s", [id])
    return disabled_at is not None


async def disable(db: Connection, id: int, *, gone: bool = False) -> None:
    """Tell it of nothing more. Raises NotFound."""
    done = await db.execute(
        "UPDATE webhooks SET disabled_at = coalesce(disabled_at, now()), gone = %s WHERE id = %s"
        " RETURNING id",
        [gone, id],
    )
    _there(await done.fetchone())


async def remove(db: Connection, id: int) -> None:
    """With what it was told. Raises NotFound."""
    done = await db.execute("DELETE FROM webhooks WHERE id = %s RETURNING id", [id])
    _there(await done.fetchone())


def _columns(wanted: Wanted) -> list[object]:
    return [wanted.name, wanted.url, [k for k in KINDS if k in wanted.kinds], wanted.content]


def _there(row: tuple[Any, ...] | None) -> tuple[Any, ...]:
    if row is None:
        raise NotFound("There is no such webhook.")
    return row


def _taken(name: str) -> TextRefused:
    return TextRefused("There is a webhook called %(name)s.", "Choose another name.", name=name)
