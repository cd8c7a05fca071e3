"""What holds for any bytes at all; each raises AssertionError where it doesn't."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from time import process_time

from buzon.mail import clean
from buzon.mail.loops import RULES, Own, signs
from buzon.mail.parse import parse
from buzon.records import Message, RawMail
from mail.measure import faults

SECONDS = 1.0
WHEN = datetime(2026, 1, 1, tzinfo=UTC)
OWN = Own(frozenset({"soporte@example.com"}), frozenset({"example.com"}), frozenset())
MACHINE = b"Auto-Submitted: auto-replied\r\nX-Rest: "


def parsed(content: bytes) -> None:
    """Any bytes become a message that can be stored and shown."""
    assert list(faults(_understood(content))) == []


def cleaned(content: bytes) -> None:
    """No character of a text is lost, and who writes something has written something."""
    text = content.decode("utf-8", "replace")
    parts = clean.split(text)
    assert "".join(segment.text for segment in parts.segments) == text
    assert bool(parts.newest.strip()) == bool(text.strip())


def told_from_persons(content: bytes) -> None:
    """Every sign is one of the known, in one line; and a machine that says it is one stays one,
    whatever else stands in its mail."""
    for sign in signs(_understood(content), OWN):
        assert sign.rule in RULES
        assert len(sign.evidence.splitlines()) <= 1, sign
    rules = [sign.rule for sign in signs(_understood(MACHINE + content), OWN)]
    assert "auto-submitted" in rules, rules


def _understood(content: bytes) -> Message:
    return parse(RawMail("soporte", content, WHEN, "imap", len(content)))


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "parse": parsed,
    "clean": cleaned,
    "loops": told_from_persons,
}


def hold(target: str, content: bytes, seconds: float = SECONDS) -> None:
    """What the target promises, and within so much time of the processor."""
    start = process_time()
    TARGETS[target](content)
    took = process_time() - start
    assert took < seconds, f"{took:.2f} s for {len(content)} bytes"
