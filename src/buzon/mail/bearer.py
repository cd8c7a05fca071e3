"""Signing in at a mail server with an access token: OAUTHBEARER (RFC 7628), and XOAUTH2, which
Google and Microsoft had before there was that RFC, and Microsoft has alone."""

import json
from typing import Literal, Protocol

Mechanism = Literal["OAUTHBEARER", "XOAUTH2"]
MECHANISMS: tuple[Mechanism, ...] = ("OAUTHBEARER", "XOAUTH2")  # the standard first


class Bearer(Protocol):
    """Has access tokens for one account."""

    async def token(self) -> str:
        """One that is good for some minutes. Raises AccessError."""

    async def refused(self, token: str) -> None:
        """A server refuses this one: it is not to be handed out again."""


class Saying:
    """What is said to the server: first the token, then, where it is refused, what lets the server
    end this. `complaint` is the server's word then."""

    def __init__(self, name: Mechanism, user: str, token: str, host: str, port: int) -> None:
        self._name = name
        self._first = _first(name, user, token, host, port).encode()
        self._said = False
        self.complaint = ""

    def answer(self, challenge: bytes) -> bytes:
        if not self._said:
            self._said = True
            return self._first
        self.complaint = _complaint(challenge)
        return b"\x01" if self._name == "OAUTHBEARER" else b""  # RFC 7628, section 3.2.3


def _first(name: Mechanism, user: str, token: str, host: str, port: int) -> str:
    if name == "XOAUTH2":
        return f"user={user}\x01auth=Bearer {token}\x01\x01"
    account = user.replace("=", "=3D").replace(",", "=2C")  # RFC 5801, section 4
    return f"n,a={account},\x01host={host}\x01port={port}\x01auth=Bearer {token}\x01\x01"


def _complaint(challenge: bytes) -> str:
    """The status that the server tells; what else it says may be long."""
    try:
        told = json.loads(challenge)
    except ValueError:
        return ""
    status = told.get("status") if isinstance(told, dict) else None
    return f"(status {str(status)[:40]})" if status else ""
