"""The table `answer_templates`: one's own templates of answers, every version of them.

The last version of a category in a language is the one at work; one without a text stands for going
back to what comes with Buzón. An older one is brought back by being added again: none is changed.
"""

from dataclasses import dataclass
from datetime import datetime

from psycopg import errors

from buzon.errors import Conflict, NotFound
from buzon.records import Template
from buzon.store.db import Connection


@dataclass(frozen=True, slots=True)
class Version:
    """A version as it was made. `text` is None where the one that comes with Buzón is meant;
    `restores`: the version that it brings back, 0 for the one that comes with Buzón."""

    version: int
    subject: str
    text: str | None
    restores: int | None
    made_by: str
    made_at: datetime


async def at_work(db: Connection) -> list[Template]:
    """One's own templates that are at work."""
    rows = await db.execute(
        """
        SELECT * FROM (SELECT DISTINCT ON (category, language)
                              category, language, subject, text, version
                       FROM answer_templates ORDER BY category, language, version DESC) AS last
        WHERE text IS NOT NULL
        """
    )
    return [Template(*row) async for row in rows]


async def history(db: Connection, category: str, language: str) -> list[Version]:
    """All versions, the last first."""
    rows = await db.execute(
        "SELECT version, subject, text, restores, made_by, made_at FROM answer_templates"
        " WHERE category = %s AND language = %s ORDER BY version DESC",
        [category, language],
    )
    return [Version(*row) async for row in rows]


async def add(db: Connection, template: Template, after: int, who: str) -> int:
    """Put a template to work as the version that follows `after`; 0 where there is none yet. Every
    process hears of it when this commits. Raises Conflict where somebody else was quicker."""
    return await _add(db, template, template.text, None, after, who)


async def bring_back(
    db: Connection, category: str, language: str, version: int, after: int, who: str
) -> int:
    """Put an older version to work anew, or with 0 the one that comes with Buzón. As `add`. Raises
    NotFound."""
    old = {each.version: each for each in await history(db, category, language)}
    if version and version not in old:
        raise NotFound("There is no such version of this answer.")
    subject, text = (old[version].subject, old[version].text) if version else ("", None)
    template = Template(category, language, subject, text or "")
    return await _add(db, template, text, version, after, who)


async def _add(
    db: Connection, of: Template, text: str | None, restores: int | None, after: int, who: str
) -> int:
    try:
        async with db.transaction():
            await db.execute(
                "INSERT INTO answer_templates"
                " (category, language, version, subject, text, restores, made_by)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s)",
                [of.category, of.language, after + 1, of.subject, text, restores, who],
            )
    except errors.UniqueViolation as error:
        raise Conflict(
            "Somebody else changed this answer meanwhile.",
            "Open it again, look at theirs, and save yours then.",
        ) from error
    return after + 1


async def hand_over(db: Connection, name: str, becomes: str, who: str) -> None:
    """What a category answers goes along when it gets another name, but for the languages in which
    the other one has its own text."""
    for one in await at_work(db):
        if one.category == name and not await history(db, becomes, one.language):
            await add(db, Template(becomes, one.language, one.subject, one.text), 0, who)
