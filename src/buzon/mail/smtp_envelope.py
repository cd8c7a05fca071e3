"""Who writes to whom, said to an SMTP server: from MAIL to 354, when it wants the mail."""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from aiosmtplib import (
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponse,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)
from aiosmtplib.email import quote_address

from buzon.mail.smtp_dialogue import Dialogue

START_INPUT, COMPLETED, WILL_FORWARD = 354, 250, 251
UNMISTAKABLE = 400  # from here on a code refuses
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
PLAIN_ADDRESS = re.compile(r"[^\x00-\x20\x7f<>()\[\],;:\\\"@]+@[^\x00-\x20\x7f<>()\[\],;:\\\"@]+")


class NotOurs(Exception):
    """A mail is not ours to send any more: others may have it by now."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """An address beyond ASCII needs a server that takes SMTPUTF8 (RFC 6531)."""

    sender: str
    recipient: str

    @property
    def is_ascii(self) -> bool:
        return self.recipient.isascii()

    def commands(self) -> dict[str, bytes]:
        """By name. Raises ValueError for what can't stand in a command."""
        encoding, option = ("ascii", "") if self.is_ascii else ("utf-8", " SMTPUTF8")
        return {
            "MAIL": f"MAIL FROM:{_path(self.sender)}{option}\r\n".encode(encoding),
            "RCPT": f"RCPT TO:{_path(self.recipient)}\r\n".encode(encoding),
            "DATA": b"DATA\r\n",
        }

    def refusal(self, command: str, answer: SMTPResponse) -> SMTPResponseException | None:
        code, words = answer.code, answer.message
        match command:
            case "MAIL" if code != COMPLETED:
                return SMTPSenderRefused(code, words, self.sender)
            case "RCPT" if code not in (COMPLETED, WILL_FORWARD):
                return SMTPRecipientRefused(code, words, self.recipient)
            case "DATA" if code != START_INPUT:
                return SMTPDataError(code, words)
        return None


def _path(address: str) -> str:
    """An address as commands have it. To look into a plain one would take long."""
    if PLAIN_ADDRESS.fullmatch(address):
        return f"<{address}>"
    if CONTROL.search(address):
        raise ValueError(f"a control character, not permitted in an address: {address!r}")
    return quote_address(address)


async def present(
    envelope: Envelope, dialogue: Dialogue, patience: float, still_ours: Callable[[], bool]
) -> None:
    """One command after the other, or all together where the server takes that (RFC 2920): then
    it refuses what comes after a refused one too. Raises the first refusal; and NotOurs where
    others may have the mail, before anything more is said."""
    commands = envelope.commands()
    each = [{name: command} for name, command in commands.items()]
    refusal: SMTPResponseException | None = None
    for together in [commands] if dialogue.takes_several else each:
        if not still_ours():
            raise NotOurs
        dialogue.say(*together.values())
        for dialogue.at in together:
            try:
                unhurried = dialogue.at == "DATA" and not refusal
                answer = await dialogue.answer(None if unhurried else patience)
            except (SMTPServerDisconnected, SMTPTimeoutError):
                if refusal:
                    raise refusal from None
                raise
            refusal = refusal or envelope.refusal(dialogue.at, answer)
            if refusal and not dialogue.is_open:
                raise refusal
        if refusal:
            if answer.code == START_INPUT:
                await _call_off(dialogue, refusal.code, patience)
            raise refusal


async def _call_off(dialogue: Dialogue, code: int, patience: float) -> None:
    """Of a mail that is awaited though it was refused: nothing is said, and nobody gets it. Where
    what refused it wasn't that clear we hang up, for then nobody gets anything either."""
    if code < UNMISTAKABLE:
        dialogue.close()
        return
    with suppress(SMTPException):  # the refusal is what counts
        await dialogue.ask(b"\r\n.\r\n", patience)
