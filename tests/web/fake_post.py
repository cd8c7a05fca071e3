"""Mailboxes and sending in memory."""

from collections.abc import Mapping, Sequence

from buzon.config import Origin
from buzon.errors import MailboxError, NotFound, WrongSettings
from buzon.mail.trial import Trial
from buzon.web import Box, Way

WORKS = Trial(["name", "connection", "tls", "greeting", "sign-in", "folder"], outcome="ready")


def refused(host: str) -> Trial:
    """Signing in fails."""
    said = "[AUTHENTICATIONFAILED] Inicio fallido"
    error = MailboxError(f"{host} refuses the user or the password: {said}.", said=said)
    return Trial(["name", "connection", "tls", "greeting"], "sign-in", error)


def unknown(host: str) -> Trial:
    """There is no such name."""
    said = "Name or service not known"
    error = MailboxError(f"The server's name {host} could not be found: {said}.", said=said)
    return Trial([], "name", error)


def make_box(name: str, **fields: object) -> Box:
    box: dict[str, object] = {
        "name": name, "host": "imap.example.com", "port": 993, "security": "tls", "user": name,
        "folder": "INBOX", "after": "none", "comes": Origin("pages"), "state": "waiting",
    }  # fmt: skip
    return Box(**{**box, **fields})  # type: ignore[arg-type]


def _needed(typed: Mapping[str, str]) -> list[str]:
    return ["host", "user"] if typed.get("auth") == "oauth2" else ["host", "user", "password"]


class FakePost:
    """The web's `Post`. Every server refuses the password "wrong"; no name ends in .invalid."""

    def __init__(self) -> None:
        self.inboxes: list[Box] = []
        self.goes_out = Way(comes=Origin("default"))
        self.tried: list[Mapping[str, str]] = []
        self.played = 0
        self.test_mails: list[tuple[str, str]] = []

    async def boxes(self) -> Sequence[Box]:
        return self.inboxes

    async def try_box(self, name: str) -> Trial:
        if name not in {box.name for box in self.inboxes}:
            raise NotFound(f"There is no mailbox {name} that is read.")
        return WORKS

    async def try_typed_box(self, typed: Mapping[str, str]) -> Trial:
        self._refuse_empty(typed, *_needed(typed))
        self.tried.append(typed)
        if typed["host"].endswith(".invalid"):
            return unknown(typed["host"])
        return refused(typed["host"]) if typed["password"] == "wrong" else WORKS

    def _refuse_empty(self, typed: Mapping[str, str], *names: str) -> None:
        if missing := [name for name in names if not typed.get(name)]:
            raise WrongSettings(dict.fromkeys(missing, ("missing", "", 0)))

    async def keep_box(self, typed: Mapping[str, str], who: str) -> None:
        self._refuse_empty(typed, *_needed(typed))
        name = typed["name"] or typed["user"]
        await self._without(name)
        fields = {each: typed[each] for each in ("host", "user", "after")}
        self.inboxes.append(make_box(name, **fields))

    async def _without(self, name: str) -> None:
        self.inboxes = [box for box in self.inboxes if box.name != name]

    async def remove_box(self, name: str, who: str) -> None:
        await self.try_box(name)
        await self._without(name)

    async def way(self) -> Way:
        return self.goes_out

    async def try_sending(
        self, typed: Mapping[str, str], to: str, subject: str, text: str
    ) -> Trial:
        self._refuse_empty(typed, "smtp_host", "smtp_from")
        if typed["smtp_password"] == "wrong":
            return refused(typed["smtp_host"])
        self.test_mails.append((to, subject))
        return Trial([*WORKS.passed[:-1], "mail"], outcome="250 queued")

    async def send_through(self, typed: Mapping[str, str], who: str) -> None:
        self._refuse_empty(typed, "smtp_host", "smtp_from")
        self.goes_out = Way(
            host=typed["smtp_host"], port=587, sender=typed["smtp_from"], comes=Origin("pages")
        )

    async def play_samples(self) -> None:
        self.played += 1

    async def stop_sending(self, who: str) -> None:
        self.goes_out = Way(comes=Origin("default"))
