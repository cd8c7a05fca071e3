"""People to let in."""

from dataclasses import dataclass
from typing import Protocol

AT_THE_PAGE = "page"


@dataclass(frozen=True, slots=True)
class User:
    """Who looks at the pages; "" for somebody who came by the one-time link."""

    name: str = ""

    @property
    def signature(self) -> str:
        """Under which name what they do is noted."""
        return self.name or AT_THE_PAGE


class People(Protocol):
    async def sign_in(self, secret: str) -> str | None:
        """A session for whoever holds an unused one-time link, which is used up; else None."""

    async def who(self, session: str) -> User | None:
        """Whose session it is; None where it has ended or never was."""

    async def sign_out(self, session: str) -> None:
        """End a session."""
