"""Answers in memory: composed as real ones are, kept in lists."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from buzon.errors import Conflict, Invalid, NotFound, TooManyAttempts
from buzon.flow import answers
from buzon.mail.quiet import Quiet
from buzon.mail.templates import LANGUAGES, Templates, refuse_unfit, tidy
from buzon.records import Event, Reply, Template
from buzon.store.answer_templates import Version
from buzon.store.categories import Category
from buzon.store.users import User
from buzon.web import Answer, Answers
from peers.flows import make_policy


class FakeAnswers:
    """The web's `Answering`, from lists. `tests_sent` holds what went to whom."""

    events: dict[int, Event]
    known: list[Category]

    def __init__(self) -> None:
        self.wordings: dict[tuple[str, str], list[Version]] = {}
        self.overview_of_answers = Answers()
        self.tests_sent: list[tuple[str, Template]] = []
        self.sends = True
        self.wait = 0

    async def answers(self) -> Answers:
        own = {}
        for (category, language), versions in self.wordings.items():
            last = versions[0]
            if last.text is not None:
                own[category, language] = Template(
                    category, language, last.subject, last.text, last.version
                )
        return replace(self.overview_of_answers, templates=Templates(own))

    async def answer(self, category: str, language: str) -> Answer:
        names = {c.name for c in self.known if c.retired_at is None} - {"otro"} | {"neutral"}
        if category not in names or language not in LANGUAGES:
            raise NotFound("There is no such answer.")
        newest = [self.events[id] for id in sorted(self.events, reverse=True)]
        fitting = [e for e in newest if (e.category, e.language) == (category, language)]
        return Answer(
            (await self.answers()).templates.of(category, language),
            self.wordings.get((category, language), []),
            fitting or newest,
            bool(fitting),
        )

    async def preview(self, template: Template, mail: int | None) -> Reply:
        return answers.preview(make_policy(), template, self.events.get(mail or 0))

    async def save_answer(self, template: Template, after: int, who: str) -> int:
        text = tidy(template.text)
        refuse_unfit(replace(template, text=text))
        past = self.wordings.get((template.category, template.language))
        if past and (past[0].subject, past[0].text) == (template.subject, text):
            return past[0].version
        self._add(template, text, None, after, who)
        return after + 1

    async def bring_back_answer(
        self, category: str, language: str, version: int, after: int, who: str
    ) -> None:
        old = {one.version: one for one in self.wordings.get((category, language), [])}
        if version and version not in old:
            raise NotFound("There is no such version of this answer.")
        text = old[version].text if version else None
        self._add(Template(category, language, "", ""), text, version, after, who)

    def _add(
        self, of: Template, text: str | None, restores: int | None, after: int, who: str
    ) -> None:
        versions: Sequence[Version] = self.wordings.get((of.category, of.language), [])
        if after != len(versions):
            raise Conflict("Somebody else changed this answer meanwhile.")
        new = Version(after + 1, of.subject, text, restores, who, datetime.now(UTC))
        self.wordings[of.category, of.language] = [new, *versions]

    async def test_answer(self, template: Template, mail: int | None, user: User) -> bool:
        await self.preview(template, mail)
        if self.wait:
            raise TooManyAttempts("Ten tests were sent within an hour.", self.wait)
        if self.sends:
            self.tests_sent.append((user.email, template))
        return self.sends

    async def switch_answers(self, category: str, answered: bool, who: str) -> None:
        if category == "otro":
            raise Invalid("Mails of this category are never answered.")
        if category not in {c.name for c in self.known}:
            raise NotFound(f"There is no category {category}.")
        self.known = [
            replace(c, answered=answered) if c.name == category else c for c in self.known
        ]

    async def set_quiet(self, quiet: Quiet, who: str) -> None:
        zone = make_policy().default_identity.timezone
        if quiet.too_long(zone, datetime.now(zone).date()):
            raise Invalid("Answers would wait for more than four days.")
        self.overview_of_answers = replace(
            self.overview_of_answers, quiet=quiet, quiet_until=quiet.until(datetime.now(UTC), zone)
        )
