"""How Metabase reaches a database: it looks what there is, puts filters into SQL, and runs it. All
on the real PostgreSQL, signed in as Metabase would be."""

import re
from contextlib import closing
from dataclasses import dataclass
from typing import Any, LiteralString, cast

import psycopg

PROGRAM = "Metabase v0.58.15 [0a1b2c3d-fake]"
ZONE = "-c TimeZone=Europe/Madrid"  # as Compose tells it the company's: whose today it is
SEEN = """
    SELECT c.relname, a.attname, format_type(a.atttypid, NULL)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
    WHERE NOT a.attisdropped AND c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v')
      AND has_any_column_privilege(c.oid, 'SELECT')
    ORDER BY c.relname, a.attnum
"""


class Refused(Exception):
    """The database said no, in its own words."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A value for a tag: of a column (`field` is its quoted name) or as it stands (None)."""

    field: str | None
    value: Any


def execute(
    details: dict[str, Any], sql: str, values: list[Any] | None = None
) -> tuple[list[str], list[list[Any]], int]:
    """Output columns, rows, and how many rows were touched. Raises Refused."""
    keys = {key: details[key] for key in ("host", "port", "dbname", "user", "password")}
    try:
        with closing(
            psycopg.connect(**keys, application_name=PROGRAM, options=ZONE, autocommit=True)
        ) as db:
            done = db.execute(cast(LiteralString, sql), values)
            if done.description is None:
                return [], [], done.rowcount
            return [c.name for c in done.description], [list(r) for r in done], done.rowcount
    except psycopg.Error as error:
        raise Refused(str(error).strip()) from error


def relations(details: dict[str, Any]) -> dict[str, list[str]]:
    """The columns of each table and view of which the role may read at least one column."""
    found: dict[str, list[str]] = {}
    for table, column, _ in execute(details, SEEN)[1]:
        found.setdefault(table, []).append(column)
    return found


def substituted(sql: str, given: dict[str, Filter]) -> tuple[str, list[Any]]:
    """The SQL with its tags filled in. What stands in [[ ]] falls away where its tag is empty."""
    values: list[Any] = []

    def optional(match: re.Match[str]) -> str:
        tags = re.findall(r"\{\{(\w+)\}\}", match[1])
        return match[1] if all(tag in given for tag in tags) else ""

    def filled(match: re.Match[str]) -> str:
        each = given[match[1]]
        if each.field is None:
            values.append(each.value)
            return "%s"
        return condition(each.field, each.value, values)

    sql = re.sub(r"\[\[(.*?)\]\]", optional, sql.replace("%", "%%"), flags=re.DOTALL)
    return re.sub(r"\{\{(\w+)\}\}", filled, sql), values


def condition(field: str, value: Any, values: list[Any]) -> str:
    if isinstance(value, list):
        values.append(value)
        return f"{field} = ANY(%s)"
    if match := re.fullmatch(r"past(\d+)days(~?)", value):
        until = "CURRENT_DATE" if match[2] else "CURRENT_DATE - 1"
        return f"{field}::date BETWEEN CURRENT_DATE - {match[1]} AND {until}"
    first, last = value.split("~")
    values += [first, last]
    return f"{field}::date BETWEEN %s::date AND %s::date"
