"""All that can be found out of a mail alone, without the database and without the model."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from buzon.mail import loops
from buzon.mail.parse import parse_all
from buzon.records import Message, RawMail, Sign


@dataclass(frozen=True, slots=True)
class Understood:
    """A mail, and why a machine must have sent it."""

    message: Message
    signs: tuple[Sign, ...]


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """A mail that ends whoever tries to understand it: what happened, and what to do."""

    why: str


# How mails are understood somewhere else: in a thread, or in another process.
UnderstandAll = Callable[
    [Sequence[RawMail], loops.Own], Awaitable[Sequence[Understood | NotUnderstood]]
]


def understand_all(raws: Sequence[RawMail], own: loops.Own) -> list[Understood]:
    """What we make of each of these mails, the same as of it alone; `own`: what is ours."""
    return [Understood(message, loops.signs(message, own)) for message in parse_all(raws)]


async def understand_in_thread(raws: Sequence[RawMail], own: loops.Own) -> list[Understood]:
    return await asyncio.to_thread(understand_all, raws, own)
