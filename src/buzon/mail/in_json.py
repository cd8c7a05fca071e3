"""A mail in JSON, as it is handed in or as an export has it."""

import json
from codecs import BOM_UTF8
from typing import Any

from buzon.errors import Invalid
from buzon.mail.rebuild import rebuild

NO_JSON_MAIL = "not a mail in JSON: "  # begins the fault of a line
BODY = frozenset(("subject", "text", "body", "html"))
HANDED_IN = BODY | {"from", "sender"}
EXPORTED = {
    "sender": "from",
    "sender_name": "from_name",
    "recipients": "to",
    "received_at": "date",
}


def begins_with_mail(head: bytes, *, whole: bool) -> bool:
    """Whether the first line is a mail that somebody wrote; of a line that goes on beyond the head
    of a file that isn't `whole`, whether it may be one."""
    line, ended, _ = head.removeprefix(BOM_UTF8).lstrip().partition(b"\n")
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        return not whole and not ended and line.startswith(b"{")
    if not isinstance(fields, dict):
        return False
    fields = _as_handed_in(fields)
    return "from" in fields and not BODY.isdisjoint(fields)


def from_fields(fields: Any) -> bytes:
    """The raw mail that has these fields. Raises Invalid where they can't be one."""
    if not isinstance(fields, dict) or not HANDED_IN & fields.keys():
        raise Invalid("A mail in JSON is an object with from, subject, and text or html.")
    fields = _as_handed_in(fields)
    return rebuild(
        sender=_text(fields, "from"),
        sender_name=_text(fields, "from_name"),
        recipients=_texts(fields, "to"),
        subject=_text(fields, "subject"),
        text=_text(fields, "text") or _text(fields, "body"),
        html=_text(fields, "html"),
        message_id=_text(fields, "message_id"),
        date=_text(fields, "date"),
        in_reply_to=_text(fields, "in_reply_to"),
        references=" ".join(_texts(fields, "references")),
        headers=_headers(fields),
    )


def _as_handed_in(fields: dict[str, Any]) -> dict[str, Any]:
    """What an export calls otherwise, by the names under which mails are handed in."""
    return {EXPORTED[name]: fields[name] for name in EXPORTED if name in fields} | fields


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Invalid(f"{name} must be a text, not {type(value).__name__}.")
    return value


def _texts(fields: dict[str, Any], name: str) -> list[str]:
    value = fields.get(name)
    if value is None or isinstance(value, str):
        return [value] if value else []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Invalid(f"{name} must be a text or a list of texts.")
    return value


def _headers(fields: dict[str, Any]) -> dict[str, str]:
    value = fields.get("headers") or {}
    if not isinstance(value, dict):
        raise Invalid("headers must be an object of names and texts.")
    return {str(name): str(text) for name, text in value.items()}
