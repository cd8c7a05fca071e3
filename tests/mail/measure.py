"""Parses every mail of a folder in a process of its own, and tells in JSON what each one cost.

One line a mail: name, seconds of CPU, what is wrong with the Message. Then one of the languages
that are told otherwise of all mails at once. The last line: by how many MB memory grew at its
highest, over all mails.
"""

import dataclasses
import json
import resource
import sys
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import process_time
from typing import Any

from buzon.mail import language
from buzon.mail.parse import parse
from buzon.records import Message, RawMail

LOOKED_AT = 4 * language.ENOUGH  # characters by which a language is told
WHEN = datetime(2026, 1, 1, tzinfo=UTC)


def main(folder: Path) -> None:
    parse(RawMail("soporte", b"Subject: a\n\nHola, buenos dias a todos", WHEN, "import"))
    before = peak()
    alone: dict[str, str] = {}
    for path in sorted(folder.glob("*.eml")):
        content = path.read_bytes()
        start = process_time()
        message = parse(RawMail("soporte", content, WHEN, "import", len(content)))
        seconds = process_time() - start
        print(json.dumps([path.name, seconds, list(faults(message))]))
        alone[f"{message.newest[:LOOKED_AT]}\n{message.subject}"] = message.language
    together = language.detect_all([*alone])
    pairs = zip(alone.items(), together, strict=True)
    print(json.dumps(["together", 0, [text for (text, told), code in pairs if code != told]]))
    print(json.dumps(["memory", (peak() - before) / 1024, []]))


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def faults(message: Message) -> Iterator[str]:
    for text in texts(dataclasses.asdict(message)):
        if "\0" in text or any("\ud800" <= c <= "\udfff" for c in text):
            yield f"NUL or surrogate in {text[:80]!r}"
    for attachment in message.attachments:
        if not is_plain(attachment.name):
            yield f"attachment {attachment.name!r}"
    for defect in message.defects:
        if defect.startswith(("not understood", "quoted history not cut")):
            yield defect
    if any("\n" in value or "\r" in value for _, value in message.headers):
        yield "a line break in a header"
    for address in (message.sender, message.reply_to, *message.recipients):
        if any(c.isspace() or not c.isprintable() or c in '<>",;:' for c in address):
            yield f"address {address!r}"


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from texts(item)


def is_plain(name: str) -> bool:
    return (
        0 < len(name) <= 150
        and not set(name) & set('/\\<>:"|?*')
        and not name.startswith((".", " "))
        and not name.endswith((".", " "))
        and name.partition(".")[0].upper() not in ("CON", "NUL", "AUX", "PRN", "COM1", "LPT1")
        and all(unicodedata.category(c) not in ("Cc", "Cf", "Cs") for c in name)
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
