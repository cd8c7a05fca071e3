"""Mailboxes that are read, and the server that answers go out through."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from buzon.config import Origin
from buzon.mail.trial import Trial
from buzon.store.mail_grants import Grant


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A mailbox as its page shows it. `state`: None where this process reads none; `locked`: its
    password was locked with another key, so that it isn't read; `access`: how it was let in, where
    that is by OAuth2; `error`: what the server said, `step`: where (a key of
    web.post_words.FAILED)."""

    name: str
    host: str
    port: int
    security: str
    user: str
    folder: str
    after: str
    comes: Origin
    state: Literal["starting", "reading", "waiting", "elsewhere", "failing"] | None = None
    error: str = ""
    step: str = ""
    since: datetime | None = None
    seen_at: datetime | None = None
    last_mail: datetime | None = None
    lag: timedelta | None = None
    locked: bool = False
    auth: str = "password"
    access: Grant | None = None

    @property
    def free(self) -> bool:
        return self.comes.kind == "pages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How answers go out; without a host they don't. `locked` and `access` as of a Box."""

    host: str = ""
    port: int = 0
    security: str = "starttls"
    user: str = ""
    sender: str = ""
    comes: Origin
    locked: bool = False
    auth: str = "password"
    access: Grant | None = None

    @property
    def free(self) -> bool:
        return self.comes.kind in ("pages", "default")


class Post(Protocol):
    """What is typed is by the names of config.Mailbox, and for sending by those of config.Settings;
    what makes no sense raises WrongSettings. An empty password stands for the one that is kept,
    where server and user are the same as before."""

    async def boxes(self) -> Sequence[Box]:
        """Every mailbox, those that come from elsewhere first."""

    async def try_box(self, name: str) -> Trial:
        """Step by step. Raises NotFound."""

    async def try_typed_box(self, typed: Mapping[str, str]) -> Trial:
        """The same with a mailbox that is not kept yet."""

    async def keep_box(self, typed: Mapping[str, str], who: str) -> None:
        """Read this mailbox from now on; one of the same name that was added here is changed.
        Raises Conflict where one from elsewhere is called so."""

    async def remove_box(self, name: str, who: str) -> None:
        """Raises NotFound."""

    async def way(self) -> Way:
        """How answers go out."""

    async def try_sending(
        self, typed: Mapping[str, str], to: str, subject: str, text: str
    ) -> Trial:
        """Step by step, with a mail to this address at the end."""

    async def send_through(self, typed: Mapping[str, str], who: str) -> None:
        """Answer through this server from now on. Raises Conflict where it comes from elsewhere."""

    async def stop_sending(self, who: str) -> None:
        """Send nothing more."""

    async def play_samples(self) -> None:
        """Have sample mails come in by the sandbox, one after the other. Raises Conflict where
        there is none, or while some are coming in."""
