"""The questions as they are written down: questions/NAME.sql, and beside it NAME.toml."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

HERE = Path(__file__).parent
FILTERS = ("period", "category", "mailbox")
WIDGETS = {"period": "date/all-options", "category": "string/=", "mailbox": "string/="}

Words = dict[str, str]  # by language


@dataclass(frozen=True, slots=True)
class Question:
    """`filters`: the column that each filter looks at, as "view.column". `columns`: what each
    output column is called, by language, and how it is written. `place`: column and row on the
    dashboard, width and height; None: not on it."""

    name: str
    sql: str
    title: Words
    description: Words
    display: str
    kind: str
    filters: dict[str, str]
    columns: dict[str, dict[str, Any]]
    settings: dict[str, Any]
    place: tuple[int, int, int, int] | None

    def card(
        self, language: str, names: dict[str, Words], fields: dict[str, int]
    ) -> dict[str, Any]:
        """The card, but for database and collection. `names`: of the filters; `fields`: the ids of
        the columns."""
        return {
            "name": self.title[language],
            "type": self.kind,
            "display": self.display,
            "description": self.description[language],
            "dataset_query": {
                "type": "native",
                "native": {
                    "query": self.sql,
                    "template-tags": {
                        tag: self._tag(tag, names[tag][language], fields[column])
                        for tag, column in self.filters.items()
                    },
                },
            },
            "visualization_settings": self.settings | {"column_settings": self._columns(language)},
        }

    def _tag(self, name: str, title: str, field: int) -> dict[str, Any]:
        return {
            "id": str(uuid5(NAMESPACE_URL, f"buzon:{self.name}:{name}")),
            "name": name,
            "display-name": title,
            "type": "dimension",
            "dimension": ["field", field, None],
            "widget-type": WIDGETS[name],
        }

    def _columns(self, language: str) -> dict[str, Any]:
        return {
            f'["name","{name}"]': {
                "column_title": looks[language],
                **{key: value for key, value in looks.items() if key not in ("es", "en")},
            }
            for name, looks in self.columns.items()
        }


def read() -> list[Question]:
    """All of them, in the order of their files."""
    return [question(path) for path in sorted((HERE / "questions").glob("*.toml"))]


def question(path: Path) -> Question:
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    place = told.get("place")
    return Question(
        name=path.stem,
        sql=path.with_suffix(".sql").read_text(encoding="utf-8").strip(),
        title=told["title"],
        description=told["description"],
        display=told["display"],
        kind=told.get("kind", "question"),
        filters=told.get("filters", {}),
        columns=told["columns"],
        settings=told.get("settings", {}),
        place=tuple(place) if place else None,
    )


def meaning(query: dict[str, Any]) -> tuple[str, dict[str, tuple[Any, ...]]]:
    """What a stored query asks, in whichever of its forms Metabase tells it: the SQL, and of each
    tag the type, the widget, and the field."""
    stage = query.get("native") or query["stages"][0]
    sql = stage["query"] if isinstance(stage.get("query"), str) else stage["native"]
    tags = stage.get("template-tags") or {}
    return re.sub(r"\s+", " ", sql).strip(), {name: _meant(tag) for name, tag in tags.items()}


def _meant(tag: dict[str, Any]) -> tuple[Any, ...]:
    # The field's id is second or third, and what else stands there is Metabase's own.
    fields = [part for part in tag.get("dimension") or () if isinstance(part, int)]
    return tag["type"], tag.get("widget-type"), *fields
