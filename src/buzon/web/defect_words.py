"""What is wrong with a mail, in the reader's language: as mail.parse and its helpers tell it of one
that was kept, and reception and store of one that was set aside."""

from collections.abc import Callable

from markupsafe import Markup

from buzon.web.language import _
from buzon.web.sentences import values_of

SENTENCES = (
    _("only the first %(kept)s of %(size)s bytes were kept"),
    _("only %(kept)s characters of the text were kept"),
    _("not understood: %(said)s"),
    _("quoted history not cut: %(said)s"),
    _("%(count)s From headers"),
    _("From names no single usable address"),
    _("no From"),
    _("%(count)s Date headers"),
    _("no Date that can be read"),
    _("%(count)s Message-IDs: the first one holds"),
    _("no Message-ID: made from the content"),
    _("unknown charset %(said)s"),
    _("too many header lines: the rest was read as text"),
    _("no empty line between headers and text"),
    _("a line among the headers is none"),
    _("the whole mail is in UTF-16"),
    _("lines end with bare CR"),
    _("more than %(count)s parts: the others are left out"),
    _("too many lines that begin with dashes: not all were looked at"),
    _("a multipart without boundary"),
    _("says base64, but is plain text"),
    _("broken base64"),
    _("unknown transfer encoding %(said)s: left as it is"),
    _("The database refuses: %(said)s."),
    _("not a mail in JSON: %(said)s"),
    _(
        "This mail alone ended the process that parses mails %(count)s times, the last time by"
        " %(said)s. By SIGKILL, memory ran out: give the machine more and try again. By anything"
        " else, save it as .eml and report the fault."
    ),
)


def told(text: str, say: Callable[[str], str]) -> Markup:
    """The sentence in the language of `say`; what is none of ours as code."""
    for pattern in SENTENCES:
        values = values_of(pattern, text)
        if values is not None:
            marked = {
                name: _code(value) if name == "said" else value for name, value in values.items()
            }
            return Markup(say(pattern)) % marked  # noqa: S704 - it comes from the catalog
    return _code(text)


def _code(text: str) -> Markup:
    return Markup("<code>{}</code>").format(text)
