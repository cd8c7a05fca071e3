"""Why a stored mail got its category, told on the text as it is stored."""

import asyncio
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from buzon.errors import NoSuchMail
from buzon.flow.at_work import Rules
from buzon.flow.intake import Flow
from buzon.mail import clean
from buzon.records import Event
from buzon.store import events

if TYPE_CHECKING:
    from buzon.classifier.explain import Explanation, Field, Phrase


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a text, and what it adds to the lead of the category; None where it wasn't read
    (older mails, a signature) or adds nothing."""

    text: str
    weight: float | None = None


@dataclass(frozen=True, slots=True)
class Explained:
    """What the model at work says of a mail. It may be another one than scored the mail, which
    `event` names, and think otherwise."""

    event: Event
    model_version: str
    explanation: "Explanation"  # its places are those in the event's subject and whole body

    @property
    def subject(self) -> list[Segment]:
        """The whole subject, in pieces."""
        return list(self._segments("subject", self.event.subject))

    @property
    def body(self) -> list[Segment]:
        """The whole body, in pieces."""
        return list(self._segments("body", self.event.body))

    def _segments(self, field: "Field", text: str) -> Iterator[Segment]:
        at = 0
        for phrase in self.explanation.phrases:
            if phrase.field == field:
                if at < phrase.start:
                    yield Segment(text[at : phrase.start])
                yield Segment(phrase.text, phrase.weight)
                at = phrase.end
        if at < len(text):
            yield Segment(text[at:])


async def explain(flow: Flow, id: int) -> Explained:
    """Why the model at work puts an event in its category. Raises NoSuchMail."""
    async with flow.db.transaction() as db:
        event = await events.get(db, id)
    if event is None:
        raise NoSuchMail(f"There is no event {id}.")
    return await asyncio.to_thread(_explain, flow.at_work.rules, event)


def _explain(rules: Rules, event: Event) -> Explained:
    explanation = explain_whole(rules, event.subject, event.body)
    return Explained(event, rules.classifier.version, explanation)


def explain_whole(rules: Rules, subject: str, body: str) -> "Explanation":
    """What speaks for the category in the newest text of a body, with the places in the whole."""
    parts = clean.split(body)
    found = rules.explain(subject, parts.newest)
    return replace(found, phrases=tuple(_in_whole_body(found.phrases, parts.newest_lines)))


def _in_whole_body(
    phrases: "Sequence[Phrase]", lines: Sequence[tuple[int, str]]
) -> "Iterator[Phrase]":
    """The phrases of the newest text at their places in the whole body. `lines` are the newest
    text's, with where each begins in the body; no phrase goes beyond its line."""
    begins, at = [], 0
    for _, line in lines:
        begins.append(at)
        at += len(line) + len("\n")
    for phrase in phrases:
        if phrase.field == "subject":
            yield phrase
        else:
            number = bisect_right(begins, phrase.start) - 1
            moved = lines[number][0] - begins[number]
            yield replace(phrase, start=phrase.start + moved, end=phrase.end + moved)
