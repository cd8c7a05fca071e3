"""Which events are wanted: one filter for the pages and for the API."""

from dataclasses import dataclass, fields
from datetime import datetime

MOST_WORDS = 200  # characters of a search
NO_NUL = r"^[^\x00]*$"  # which PostgreSQL does not take

# As the index events_to_review has it.
TO_REVIEW = "e.needs_review AND e.true_label IS NULL"


Name = str | tuple[str, ...] | None  # of a category, or of one that is several at present


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What is None or empty asks for nothing. `shown` is what a mail counts as: what a
    person called it, else what the model says. `words`: as people type them into a search.
    `audited`: drawn by lot, and looked at.
    `reply`: what became of the answer, or "none" where there is none."""

    category: Name = None
    true_label: Name = None
    shown: Name = None
    mailbox: str | None = None
    language: str | None = None
    needs_review: bool | None = None
    to_review: bool | None = None
    audited: bool | None = None
    answered: bool | None = None
    done: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    stored_by: datetime | None = None
    words: str | None = None
    reply: str | None = None

    @property
    def asked(self) -> dict[str, object]:
        """What is asked for, by name."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in values.items()
            if value not in {None, ""}
        }

    @property
    def sql(self) -> str:
        """What holds for the events `e` that are wanted; its parameters are `asked`. What isn't
        asked for isn't in it, so that PostgreSQL can choose the index that fits."""
        return " AND ".join(f"({_condition(*each)})" for each in self.asked.items()) or "true"


def _condition(name: str, value: object) -> str:
    if name == "done":  # in the words of an index, as what follows
        return "e.done_at IS NOT NULL" if value else "e.done_at IS NULL"
    if name in {"answered", "needs_review"}:
        return f"e.{name}" if value else f"NOT e.{name}"
    if name == "reply" and value == "none":
        return "NOT EXISTS (SELECT FROM outbox r WHERE r.event_id = e.id)"
    if name in {"to_review", "audited"} and not value:
        return f"NOT ({CONDITIONS[name]})"
    if isinstance(value, list):
        return CONDITIONS[name].replace(f"%({name})s", f"ANY(%({name})s)")
    return CONDITIONS[name]


CONDITIONS = {
    "category": "e.category = %(category)s",
    "true_label": "e.true_label = %(true_label)s",
    "shown": "coalesce(e.true_label, e.category) = %(shown)s",
    "mailbox": "e.mailbox = %(mailbox)s",
    "language": "e.language = %(language)s",
    "to_review": TO_REVIEW,
    # Who looks at one of them is not to know that it was drawn: it is listed once it has a label.
    "audited": "e.true_label IS NOT NULL AND EXISTS (SELECT FROM audits a WHERE a.event_id = e.id)",
    "since": "e.received_at >= %(since)s",
    "until": "e.received_at < %(until)s",
    "stored_by": "e.stored_at <= %(stored_by)s",
    "reply": "EXISTS (SELECT FROM outbox r WHERE r.event_id = e.id AND r.status = %(reply)s)",
    "words": "e.id IN (SELECT event_id FROM search_texts"
    " WHERE lexemes @@ websearch_to_tsquery('spanish', plain(%(words)s)))",
}
