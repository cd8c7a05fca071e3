"""The tables `models`, every version ever trained, and `promotions`, which one is at work."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from buzon.errors import NotFound
from buzon.store.db import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A version, without its artifact and its report."""

    version: str
    created_at: datetime
    parent: str | None
    asked_by: str
    sha256: str
    made_by: dict[str, str]
    examples: int
    labelled_until: datetime | None
    why: str
    metrics: dict[str, Any]
    comparison: dict[str, Any] | None  # with the one at work then; None for the first
    promoted_at: datetime | None  # the last time
    chosen_by: str | None  # who put it to work then, where it was not for the reason `why`


@dataclass(frozen=True, slots=True, kw_only=True)
class NewModel:
    """A version to be kept."""

    version: str
    parent: str | None
    asked_by: str
    sha256: str
    artifact: bytes
    made_by: Mapping[str, str]
    examples: int
    labelled_until: datetime | None
    why: str
    unseen: Mapping[str, str]
    report: Mapping[str, Any]


async def add(db: Connection, model: NewModel) -> None:
    """Keep a version, which isn't there yet unless what is there can't be opened any more."""
    await db.execute(
        """
        INSERT INTO models (version, parent, asked_by, sha256, artifact, made_by, examples,
                            labelled_until, why, unseen, report)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (version) DO UPDATE SET
            sha256 = excluded.sha256, artifact = excluded.artifact, made_by = excluded.made_by,
            why = excluded.why, report = excluded.report
        """,
        [
            model.version, model.parent, model.asked_by, model.sha256, model.artifact,
            Jsonb(dict(model.made_by)), model.examples, model.labelled_until, model.why,
            Jsonb(dict(model.unseen)), Jsonb(dict(model.report)),
        ],
    )  # fmt: skip


SHOWN = """
    SELECT m.version, m.created_at, m.parent, m.asked_by, m.sha256, m.made_by, m.examples,
           m.labelled_until, m.why, coalesce(m.report -> 'metrics', '{}') AS metrics,
           nullif(m.report -> 'comparison', 'null') AS comparison,
           p.at AS promoted_at, CASE WHEN p.why <> m.why THEN p.by END AS chosen_by
    FROM models m
    LEFT JOIN LATERAL (
        SELECT at, by, why FROM promotions WHERE version = m.version ORDER BY id DESC LIMIT 1
    ) AS p ON true
"""


async def listed(db: Connection) -> list[Model]:
    """All versions, the newest first."""
    rows = await db.execute(SHOWN + " ORDER BY m.created_at DESC, m.version")
    return [_model(row) async for row in rows]


async def at_work(db: Connection) -> Model | None:
    """The version at work; None before the first start."""
    rows = await db.execute(
        SHOWN + " JOIN promotions w ON w.version = m.version ORDER BY w.id DESC LIMIT 1"
    )
    row = await rows.fetchone()
    return _model(row) if row else None


async def promoted(db: Connection) -> list[Model]:
    """All that were ever put to work, the one at work first."""
    order = "JOIN promotions w ON w.version = m.version ORDER BY w.id DESC"
    rows = await db.execute(f"{SHOWN} {order}")
    return list({model.version: model for model in [_model(row) async for row in rows]}.values())


async def get(db: Connection, version: str) -> Model:
    """Raises NotFound."""
    row = await (await db.execute(SHOWN + " WHERE m.version = %s", [version])).fetchone()
    if row is None:
        raise NotFound(f"There is no model {version}.", "See them with: buzon models")
    return _model(row)


async def report(db: Connection, version: str) -> dict[str, Any]:
    """What a version learnt from and how good it is. Raises NotFound."""
    query = "SELECT report FROM models WHERE version = %s"
    row = await (await db.execute(query, [version])).fetchone()
    if row is None:
        raise NotFound(f"There is no model {version}.", "See them with: buzon models")
    return dict(row[0])


async def artifact(db: Connection, version: str) -> bytes:
    """What joblib.load opens. Raises NotFound."""
    query = "SELECT artifact FROM models WHERE version = %s"
    row = await (await db.execute(query, [version])).fetchone()
    if row is None:
        raise NotFound(f"There is no model {version}.", "See them with: buzon models")
    return bytes(row[0])


async def unseen(db: Connection, version: str) -> dict[str, str]:
    """What a version would have said of the starter texts, by key, had it not learnt from them."""
    query = "SELECT unseen FROM models WHERE version = %s"
    row = await (await db.execute(query, [version])).fetchone()
    return dict(row[0]) if row else {}


async def promote(db: Connection, version: str, *, by: str, why: str) -> None:
    """Put a version to work; every process hears of it when this commits. Raises NotFound."""
    await get(db, version)
    await db.execute(
        "INSERT INTO promotions (version, by, why) VALUES (%s, %s, %s)", [version, by, why]
    )


def _model(row: tuple[Any, ...]) -> Model:
    names = (
        "version", "created_at", "parent", "asked_by", "sha256", "made_by", "examples",
        "labelled_until", "why", "metrics", "comparison", "promoted_at", "chosen_by",
    )  # fmt: skip
    return Model(**dict(zip(names, row, strict=True)))
