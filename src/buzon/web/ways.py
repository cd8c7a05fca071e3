"""Ways from a mail to where a person answers it: a mail program, Gmail."""

from urllib.parse import quote

from buzon.mail import clean
from buzon.mail.borrowed import bare_subject
from buzon.records import Event

# Windows hands a mail program 2,048 characters of an address at most.
MAILTO_LIMIT = 1_900
QUOTED_LIMIT = 1_000  # characters of a text that are looked at


def gmail(event: Event) -> str:
    """Where Gmail shows this very mail."""
    return (
        f"https://mail.google.com/mail/u/0/#search/rfc822msgid%3A{quote(event.message_id, safe='')}"
    )


def mailto(event: Event, address: str) -> str:
    """A new mail that answers this one (RFC 6068): to whom, about what, under which mail, with the
    beginning of the text as a quote."""
    subject = _field("subject", f"Re: {bare_subject(event.subject)}")
    under = _field("in-reply-to", f"<{event.message_id}>")
    start = f"mailto:{quote(address, safe='@')}?{subject}&{under}&body="
    return start + _quoted(event.body, MAILTO_LIMIT - len(start))


def _field(name: str, value: str) -> str:
    return f"{name}={quote(value, safe='')}"


def _quoted(body: str, room: int) -> str:
    """As many whole lines of the newest text as there is room for, encoded."""
    text = quote("\r\n\r\n", safe="")
    for line in clean.newest(body)[:QUOTED_LIMIT].splitlines():
        quoted = quote(f"> {line}\r\n", safe="")
        if len(text) + len(quoted) > room:
            break
        text += quoted
    return text
