"""OAuth2 at mail providers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from buzon.config import Origin
from buzon.store.mail_grants import ProviderName


@dataclass(frozen=True, slots=True, kw_only=True)
class MailProvider:
    """What Buzón is at a provider. `values`: by the names of config.Settings, without the secret;
    `ready`: people can be sent there; `returns_to`: the address that is to be registered there."""

    name: ProviderName
    comes: Origin
    values: Mapping[str, str]
    has_secret: bool
    ready: bool
    returns_to: str

    @property
    def free(self) -> bool:
        return self.comes.kind in ("pages", "default")


class Access(Protocol):
    """Accounts at providers let Buzón in, and what Buzón is there."""

    async def providers(self) -> Sequence[MailProvider]:
        """Google, Microsoft and another one."""

    async def keep_provider(self, name: ProviderName, typed: Mapping[str, str], who: str) -> None:
        """An empty secret stands for the one that is kept. Raises WrongSettings, TextRefused, and
        Conflict where it is set elsewhere."""

    async def authorize(self, box: str | None, session: str) -> str:
        """Where to send a browser that lets us into a mailbox, or, with None, lets us send. Raises
        NotFound, Conflict where the provider is not set up."""

    async def authorized(self, answer: Mapping[str, str], session: str, who: str) -> str:
        """The account that lets us in now, by what came back with the browser. Raises NotFound,
        ProviderFailed."""
