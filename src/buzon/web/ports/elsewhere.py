"""Signing in with an account elsewhere."""

from collections.abc import Collection, Mapping
from typing import Protocol

from buzon.flow import Visitor


class Elsewhere(Protocol):
    """An OpenID provider, where one is configured; else the calls raise NotFound."""

    def provider(self) -> str:
        """What people call it; empty where there is none."""

    async def depart(self, wanted: str, browser: str, visitor: Visitor) -> str:
        """Where to send a browser that wants to see a page of ours. `browser` is what only this one
        knows. Raises TooManyAttempts, ProviderFailed."""

    async def come_back(
        self, answer: Mapping[str, str], browser: str, visitor: Visitor
    ) -> tuple[str, str]:
        """A new session and the page that was wanted, for the provider's answer. Raises NotLetIn,
        ProviderFailed."""

    async def connected(self) -> Collection[int]:
        """The users who have come from there."""

    async def disconnect(self, id: int, who: str) -> None:
        """Whoever comes with a user's account no longer is that user. Raises NotFound."""
