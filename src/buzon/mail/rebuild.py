"""A raw mail out of its fields, so that a mail from JSON goes the way of all others."""

import hashlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from buzon.mail import headers as reading

NAME_LIMIT = 200
VALUE_LIMIT = 20_000
_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz")
_OURS = frozenset(("content-type", "content-transfer-encoding", "mime-version"))
_NOTHING: Mapping[str, str] = MappingProxyType({})


def rebuild(
    *,
    sender: str,
    sender_name: str = "",
    recipients: Sequence[str] = (),
    subject: str,
    text: str = "",
    html: str = "",
    message_id: str = "",
    date: str = "",
    in_reply_to: str = "",
    references: str = "",
    headers: Mapping[str, str] = _NOTHING,
) -> bytes:
    """A mail in UTF-8 that `parse` reads as it reads the one from which the fields came.

    Each value is one header: line breaks in it are spaces. Of `headers` those are left out that
    a field gives, and those that say how the body is encoded; a multipart/report stays one, for
    no report is answered.
    """
    fields = {
        "From": _from(sender, sender_name),
        "To": ", ".join(filter(None, map(_line, recipients))),
        "Subject": _words(_line(subject)),
        "Message-ID": _bracketed(message_id),
        "Date": _line(date),
        "In-Reply-To": _bracketed(in_reply_to),
        "References": _line(references),
    }
    given = {name: value for name, value in fields.items() if value}
    taken = {name.lower() for name in given} | _OURS
    others = {
        name: _words(_line(value))
        for name, value in headers.items()
        if _is_name(name) and name.lower() not in taken
    }
    lines = [f"{name}: {value}" for name, value in (given | others).items()]
    lines += ["MIME-Version: 1.0", _body(text, html, _is_report(headers))]
    return "\r\n".join(lines).encode("utf-8", "replace")


def _line(value: str) -> str:
    return reading.tidy(value, VALUE_LIMIT)


def _words(value: str) -> str:
    """What looks like an encoded word is encoded, lest it be decoded into something else."""
    return _encoded(value) if "=?" in value else value


def _encoded(value: str) -> str:
    return f"=?utf-8?B?{b64encode(value.encode('utf-8', 'replace')).decode('ascii')}?="


def _from(sender: str, name: str) -> str:
    """`"Name" <address>`; the sender as it stands where that holds a name already."""
    sender, name = _line(sender), _line(name)
    if not name or "<" in sender:
        return sender
    if "=?" in name:
        return f"{_encoded(name)} <{sender}>"
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <{sender}>'


def _bracketed(message_id: str) -> str:
    bare = _line(message_id)
    return bare if not bare or "<" in bare else f"<{bare}>"


def _is_name(name: str) -> bool:
    return 0 < len(name) <= NAME_LIMIT and _TOKEN.issuperset(name.lower())


def _is_report(headers: Mapping[str, str]) -> bool:
    kinds = (value for name, value in headers.items() if name.lower() == "content-type")
    return any(kind.strip().lower().startswith("multipart/report") for kind in kinds)


def _body(text: str, html: str, is_report: bool) -> str:
    """The headers that describe the body, and the body."""
    bodies = [(kind, body) for kind, body in (("plain", text), ("html", html)) if body]
    parts = [_part(kind, body) for kind, body in bodies or [("plain", "")]]
    if len(parts) == 1 and not is_report:
        return parts[0]
    kind = "report" if is_report else "alternative"
    # A hash of what it parts can't stand in it.
    boundary = hashlib.sha256("".join(parts).encode("utf-8", "replace")).hexdigest()
    content = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
    return (
        f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n{content}--{boundary}--\r\n'
    )


def _part(kind: str, body: str) -> str:
    return (
        f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{body}"
    )
