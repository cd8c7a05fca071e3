"""Every setting once: name, type, default, one line of help; a module each thing they are about.

Read from the environment (`BUZON_…`), then `.env` unless it is Compose's, then `buzon.toml`, in
the working directory; what none of them says may be chosen on the pages. Every secret may also
stand in a file that `…_FILE` names. Only `cli` reads them; a part is handed its own section.
"""

from buzon.config.chosen import CHOSEN, complete
from buzon.config.faults import faults
from buzon.config.kinds import is_safe_address, is_this_machine
from buzon.config.loading import load
from buzon.config.providers import PROVIDERS
from buzon.config.reading import SANDBOX, Mailbox
from buzon.config.sending import SENDING, Smtp
from buzon.config.settings import Settings, choices
from buzon.config.signing_in import ELSEWHERE
from buzon.config.sources import OF_COMPOSE, PREFIX, Origin, env_is_composes, origin

__all__ = [
    "CHOSEN",
    "ELSEWHERE",
    "OF_COMPOSE",
    "PREFIX",
    "PROVIDERS",
    "SANDBOX",
    "SENDING",
    "Mailbox",
    "Origin",
    "Settings",
    "Smtp",
    "choices",
    "complete",
    "env_is_composes",
    "faults",
    "is_safe_address",
    "is_this_machine",
    "load",
    "origin",
]
