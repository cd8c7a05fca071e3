"""The fields of a schema as HTML: name, type and meaning, and those of the objects within."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

Schema = dict[str, Any]

FORMATS = {"date-time": "time (ISO 8601)", "date": "day (ISO 8601)"}
_CODE = re.compile("`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Fields:
    """`schemas`: those that others refer to, by name. `given`: it is the caller who gives the
    fields, and may leave some of them out."""

    schemas: Mapping[str, Schema]
    given: bool = False

    def about(self, schema: Schema) -> str:
        """What a schema says of itself, and the list of its fields."""
        needed = schema.get("required", ())
        items = "".join(
            self.item(name, field, left_out(field) if self.given and name not in needed else "")
            for name, field in schema.get("properties", {}).items()
        )
        return paragraphs(schema.get("description", "")) + (
            items and f'<ul class="shape">{items}</ul>'
        )

    def item(self, name: str, field: Schema, remark: str = "") -> str:
        """One field of such a list; a remark, in HTML, stands beside the type."""
        beside = ", ".join(filter(None, (_type(field), remark)))
        within = "".join(
            f"<details><summary>What is in it</summary>{self.about(self.schemas[each])}</details>"
            for each in _referred(field)
        )
        return (
            f'<li><code>{escape(name)}</code> <span class="small">{beside}</span> '
            f"{in_html(field.get('description', ''))}{within}</li>"
        )


def in_html(told: str) -> str:
    """What stands between backticks becomes code."""
    return _CODE.sub(r"<code>\1</code>", escape(told))


def paragraphs(told: str) -> str:
    return "".join(f"<p>{in_html(part)}</p>" for part in told.split("\n\n") if part)


def left_out(field: Schema) -> str:
    """What stands beside a field that the caller may leave out."""
    default = field.get("default")
    told = json.dumps(default, ensure_ascii=False)
    return "optional" if default in (None, "", [], {}) else f"else <code>{escape(told)}</code>"


def _type(field: Schema) -> str:
    """In words, as JSON calls it."""
    if "enum" in field or "const" in field:
        values = field.get("enum", [field.get("const")])
        return " or ".join(f"<code>{escape(json.dumps(value))}</code>" for value in values)
    if "anyOf" in field:
        return " or ".join(_type(each) for each in field["anyOf"])
    if field.get("type") == "array":
        held = [field["items"]] if "items" in field else field["prefixItems"]
        return "list of " + " and ".join(_type(each) for each in held)
    if isinstance(values := field.get("additionalProperties"), dict):
        return f"object, of each name: {_type(values)}"
    return FORMATS.get(field.get("format", ""), str(field.get("type", "object")))


def _referred(field: Schema) -> Iterator[str]:
    """The names of the schemas that a field, or what it is made of, refers to."""
    if "$ref" in field:
        yield field["$ref"].rpartition("/")[2]
    for each in (field.get("items"), field.get("additionalProperties"), *field.get("anyOf", ())):
        if isinstance(each, dict):
            yield from _referred(each)
