"""What is chosen on the pages, behind what is given."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from buzon.config.faults import faults
from buzon.config.kinds import IN_CLEAR
from buzon.config.loading import in_clear
from buzon.config.providers import PROVIDERS
from buzon.config.reading import Mailbox
from buzon.config.sending import SENDING
from buzon.config.settings import Settings
from buzon.errors import WrongSettings

# Beside SENDING and PROVIDERS.
CHOSEN = (
    "company", "language", "timezone", "risk", "confidence", "audit", "retrain_at",
    "retrain_after", "answering", "replies_per_hour", "allowed_lists", "keep_raw_days",
    "keep_text_days", "mask", "alarms_to",
)  # fmt: skip


def complete(
    given: Settings, chosen: Mapping[str, Any], mailboxes: Sequence[Mailbox] = ()
) -> Settings:
    """`given`, and what is chosen of that which isn't given; of two mailboxes that are called the
    same the one that is given. Raises WrongSettings."""
    settings = given.model_copy()
    wrong: dict[str, tuple[str, str, object]] = {}
    taken = {mailbox.key for mailbox in given.mailboxes}
    settings.mailbox += tuple(mailbox for mailbox in mailboxes if mailbox.key not in taken)
    sending = () if given.smtp_host else SENDING
    for name in chosen.keys() & {*CHOSEN, *PROVIDERS, *sending} - given.model_fields_set:
        try:
            setattr(settings, name, chosen[name])
        except ValidationError as error:
            wrong |= faults(error)
    wrong |= dict.fromkeys(in_clear(settings), ("value_error", IN_CLEAR, 0))
    if wrong:
        raise WrongSettings(wrong)
    return settings
