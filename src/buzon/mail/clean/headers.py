"""Header blocks: "De: … / Enviado el: … / Para: … / Asunto: …", as Outlook and forwards have them.

A transport order has "De: Madrid / Para: Barcelona / Fecha: 3 de mayo" too. What tells a mail's
block is an address, the label "Enviado" with day and hour, or a subject, and no foreign labels.
"""

from dataclasses import dataclass

from buzon.mail.clean import phrases
from buzon.mail.clean.moments import TIME, is_moment
from buzon.mail.clean.quoting import next_filled

MAX_LINES = 16
MAX_LABEL_LENGTH = 28


@dataclass(slots=True)
class _Headers:
    values: dict[str, str]
    end: int
    form: bool  # it goes on with labels that no mail has


def end_of_header_block(lines: list[str], at: int) -> int | None:
    """Behind the header block (and the rule above it) that starts at a line; None if none does."""
    ruled = _is_rule(lines[at])
    start = next_filled(lines, at + 1) if ruled else at
    if start >= len(lines) or role_of(lines[start]) in ("", "other"):
        return None
    headers = _read_headers(lines, start)
    return headers.end if _looks_sent(headers, ruled) else None


def end_of_headers(lines: list[str], at: int) -> int:
    """Behind whatever headers follow a separator; `at` where there are none."""
    start = next_filled(lines, at)
    if start < len(lines) and role_of(lines[start]):
        return _read_headers(lines, start).end
    return at


def _looks_sent(headers: _Headers, ruled: bool) -> bool:
    """Whether the block is from a mail, not "De: Madrid / Para: Barcelona / Fecha: 3 de mayo"."""
    values = headers.values
    if "from" not in values:
        return False
    address = "@" in values["from"]
    sent = is_moment(values.get("sent", ""))
    dated = sent or is_moment(values.get("date", ""))
    if address and (ruled or sent or "subject" in values):
        return True
    if headers.form and not sent:
        return False
    if address and dated:
        return True
    if "subject" in values:
        return ruled or dated or "to" in values or "sent" in values
    return sent and TIME.search(values["sent"].lower()) is not None


def _read_headers(lines: list[str], start: int) -> _Headers:
    """The run of headers, with folded lists of recipients and single blank lines between."""
    values: dict[str, str] = {}
    end, at = start, start
    form = False
    while at < min(len(lines), start + MAX_LINES):
        line = lines[at]
        if not line:
            if at + 1 < len(lines) and role_of(lines[at + 1]):
                at += 1
                continue
            break
        role = role_of(line)
        if role in values and role != "other":
            break
        if role:
            values[role] = line.partition(":")[2].strip("* ")
            _read_inline(line, values)
        elif not _continues(lines[at - 1], line):
            form = end == at and _is_form_line(line)
            break
        at += 1
        end = at
    return _Headers(values, end, form)


def _read_inline(line: str, values: dict[str, str]) -> None:
    """Outlook's headers where the conversion from HTML left them all on one line."""
    found = list(phrases.INLINE_LABEL.finditer(line[:1000].lower()))
    for number, match in enumerate(found):
        stop = found[number + 1].start() if number + 1 < len(found) else len(line)
        values.setdefault(phrases.HEADER_ROLES[match[1]], line[match.end() : stop].strip("* "))


def _continues(previous: str, line: str) -> bool:
    """Whether a line goes on with the recipients of the line before."""
    return previous.endswith((";", ",")) or (
        "@" in line and (line.endswith((">", ";")) or " " not in line)
    )


def _is_form_line(line: str) -> bool:
    label, colon, _ = line[:60].partition(":")
    return bool(colon) and label.count(" ") < 4


def role_of(line: str) -> str:
    """What a line's label says of a mail: from, to, cc, sent, date, subject, other, or ""."""
    label, colon, _ = line[:MAX_LABEL_LENGTH].partition(":")
    if not colon:
        return ""
    return phrases.HEADER_ROLES.get(label.strip("* \t").lower(), "")


def _is_rule(line: str) -> bool:
    """Whether a line is nothing but at least five dashes, underscores or equals signs."""
    return len(line) >= 5 and line[0] in "-_=" and not line.strip(line[0])
