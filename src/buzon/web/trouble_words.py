"""What needs looking after, as the strip says it: what is wrong, and what to do."""

from buzon.web.language import _
from buzon.web.ports import Trouble

TROUBLES = {
    "mailbox-fails": (
        _("The mailbox %(about)s can't be read."),
        _("Check server, user and password at Settings → Mailboxes."),
    ),
    "mailbox-silent": (
        _("No mail has come to %(about)s for %(hours)s hours, though now some usually do."),
        _("Send it one and see whether it appears; if not, look at forwarding and filters."),
    ),
    "answers-wait": (
        _("An answer has been waiting for %(minutes)s minutes and does not go out."),
        _("The outbox tells what the SMTP server says; where n8n sends, see that it runs."),
    ),
    "secret-lost": (
        _("%(about)s is left out: its password is missing, or locked with another key."),
        _("Enter it again in Settings, or give Buzón the key that it had before."),
    ),
    "disk-fills": (
        _("On the disk of the data folder little room is left (%(percent)s %%)."),
        _("Make room: with a full disk no new mail can be stored."),
    ),
}


def measures(trouble: Trouble) -> dict[str, str]:
    """What goes into the words."""
    return {
        "about": trouble.about,
        "hours": f"{trouble.figure / 3600:.0f}",
        "minutes": f"{trouble.figure / 60:.0f}",
        "percent": f"{trouble.figure * 100:.0f}",
    }
