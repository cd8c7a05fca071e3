"""What we ourselves said of an attempt to send an answer, in the reader's language. It is kept in
one text with what a server said (outbox.detail, delivery_attempts.detail), which stays as it came.

The sentences are those of mail.smtp_connection, mail.wire, flow.grants, flow.oauth, flow.handing,
store.outbox, store.handed and store.backup.
"""

from collections.abc import Callable, Mapping

from markupsafe import Markup

from buzon.web.language import _
from buzon.web.sentences import values_of

QUOTED = frozenset({"said", "why", "value"})  # places of what somebody else said

# What stands before what was said, which may be a sentence of ours again.
BEFORE = (
    _("not sent in %(days)s days, tried %(times)s times: %(said)s"),
    _("not sent, handed out %(times)s times: %(said)s"),
    _("This mail can't be sent: %(said)s"),
    _("Correct BUZON_SMTP_USER and BUZON_SMTP_PASSWORD, the server says: %(said)s"),
    _("Correct BUZON_SMTP_ENVELOPE_FROM, the sender %(sender)s is refused: %(said)s"),
    _("Set BUZON_SMTP_ENVELOPE_FROM, the null sender is refused: %(said)s"),
)
SENTENCES = (
    _("not sent in %(days)s days, tried %(times)s times"),
    _("not sent, handed out %(times)s times"),
    _("held back by the global cap for too long"),
    _("handed out, and not reported in time"),
    _("%(by)s: not sent"),
    _("was waiting when the backup was made; the Buzón of then may have sent it"),
    _("no answer in time"),
    _("The SMTP server %(server)s broke off at %(command)s: %(said)s."),
    _("The SMTP server %(server)s can't be reached: %(said)s."),
    _("The SMTP server %(server)s can't greet us: %(said)s."),
    _("The SMTP server %(server)s can't start TLS: %(said)s."),
    _("The SMTP server %(server)s can't greet us after STARTTLS: %(said)s."),
    _("The SMTP server %(server)s can't let us sign in: %(said)s."),
    _("The SMTP server %(server)s can't answer NOOP: %(said)s."),
    _("The SMTP server %(server)s takes no address like %(address)s (SMTPUTF8)"),
    _("The header %(name)s would be more than one line: %(value)s"),
    _("%(account)s has not authorized Buzón yet."),
    _("%(account)s no longer lets Buzón in: %(said)s."),
    _("Buzón has no client ID at the provider of %(account)s."),
    _("%(host)s is no mail server of %(provider)s."),
    _("%(provider)s refuses Buzón: %(why)s."),
    _("%(provider)s does not answer as it should: %(why)s."),
)
# What to do about it, after a sentence.
ADVICE = (
    _("Authorize the account again, as the user that sends."),
    _("Correct BUZON_SMTP_USER and BUZON_SMTP_PASSWORD."),
    _("Set BUZON_SMTP_HOST to a name in the server's certificate, or renew that."),
    _("Correct BUZON_SMTP_SECURITY or BUZON_SMTP_PORT (465 tls, 587 starttls)."),
    _("Check BUZON_SMTP_HOST, BUZON_SMTP_PORT and BUZON_SMTP_SECURITY."),
    _("Authorize it again on the page Mailboxes, or with buzon mailbox authorize."),
    _("Enter it on the page Mailboxes, under Providers."),
    _("Enter it under Providers among its mail servers, if it is one."),
    _("Check the client ID and its secret, which may have ended."),
    _("It is tried again by itself."),
)


def told(text: str, say: Callable[[str], str]) -> Markup:
    """The text in the language of `say`, with what was said by others as code."""
    advice = next((each for each in ADVICE if text.endswith(f" {each}")), "")
    sentence = text.removesuffix(f" {advice}") if advice else text
    for pattern in BEFORE:
        if values := values_of(pattern, text):
            return _said(pattern, values, say)
    for pattern in SENTENCES:
        values = values_of(pattern, sentence)
        if values is not None:
            return _said(pattern, values, say) + (f" {say(advice)}" if advice else "")
    return Markup("<code>{}</code>").format(text)


def _said(pattern: str, values: Mapping[str, str], say: Callable[[str], str]) -> Markup:
    marked = {name: told(value, say) if name in QUOTED else value for name, value in values.items()}
    return Markup(say(pattern)) % marked  # noqa: S704 - it comes from the catalog
