"""The expected fields of the mails in messages/: NAME.eml has them in NAME.json.

Run as a program it writes the .json of mails that have none; read it before you commit it.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from buzon.mail.parse import parse
from buzon.records import Message, RawMail

MESSAGES = Path(__file__).parent / "messages"
ARRIVED = datetime(2025, 2, 3, 12, 0, tzinfo=UTC)
# What others decide (the newest text, the language) has tests of its own.
FIELDS = (
    *("message_id", "digest", "sender", "sender_name", "reply_to", "recipients", "subject"),
    *("sent_at", "arrived_at", "in_reply_to", "references", "text", "html", "headers"),
    *("part_types", "attachments", "defects", "size"),
)


def read(name: str) -> Message:
    content = (MESSAGES / f"{name}.eml").read_bytes()
    return parse(RawMail("soporte", content, ARRIVED, "imap", len(content)))


def fields(message: Message) -> dict[str, Any]:
    """As they stand in the .json."""
    found = {name: getattr(message, name) for name in FIELDS}
    found["attachments"] = [[a.name, a.content_type, a.size] for a in message.attachments]
    return json.loads(json.dumps(found, default=datetime.isoformat))  # type: ignore[no-any-return]


def expected(name: str) -> dict[str, Any]:
    return json.loads((MESSAGES / f"{name}.json").read_text("utf-8"))  # type: ignore[no-any-return]


if __name__ == "__main__":
    for path in sorted(MESSAGES.glob("*.eml")):
        if not path.with_suffix(".json").exists():
            text = json.dumps(fields(read(path.stem)), ensure_ascii=False, indent=1)
            path.with_suffix(".json").write_text(text + "\n", "utf-8")
