"""What the pages ask for about answers, answered from the store."""

from dataclasses import replace
from datetime import timedelta

from buzon.cli.parts import server_of
from buzon.config import Settings
from buzon.flow import Flow, Grants, answers, set_quiet, switch
from buzon.flow.answering import in_force
from buzon.mail.quiet import Quiet
from buzon.mail.smtp import Outgoing
from buzon.records import NEUTRAL, Event, Reply, Template
from buzon.store import answer_templates, events, held_back, outbox
from buzon.store.db import Connection, Database
from buzon.web import Answer, Answers, User

LATELY = timedelta(days=7)  # what was held back is shown from there on
MOST_HELD = 50
TO_TRY = 20  # mails, among the last so many
AMONG = 5000
PATIENCE = 30.0  # seconds that somebody waits for a test: else the answer to one takes ten minutes


class AnswersDesk:
    """The web's `Answering` over the database."""

    db: Database
    flow: Flow
    grants: Grants
    settings: Settings

    async def answers(self) -> Answers:
        zone = self.flow.policy.default_identity.timezone
        async with self.db.reading() as db:
            answering = await in_force(db)
            return Answers(
                templates=answering.templates,
                language=self.settings.language,
                quiet=answering.quiet,
                quiet_until=answering.quiet_until(zone),
                waiting=await outbox.quiet(db),
                held_back=await held_back.newest(db, LATELY, MOST_HELD),
                held_by=await held_back.counts(db, LATELY),
            )

    async def answer(self, category: str, language: str) -> Answer:
        async with self.db.reading() as db:
            await answers.refuse_unknown(db, category, language)
            wanted = None if category == NEUTRAL else category
            mails = await events.lately_in(db, wanted, language, TO_TRY, AMONG)
            return Answer(
                at_work=(await in_force(db)).templates.of(category, language),
                versions=await answer_templates.history(db, category, language),
                mails=mails or await events.newest(db, TO_TRY),
                fitting=bool(mails),
            )

    async def preview(self, template: Template, mail: int | None) -> Reply:
        async with self.db.reading() as db:
            return answers.preview(self.flow.policy, template, await _mail(db, mail))

    async def save_answer(self, template: Template, after: int, who: str) -> int:
        return await answers.save(self.flow, template, after, who)

    async def bring_back_answer(
        self, category: str, language: str, version: int, after: int, who: str
    ) -> None:
        await answers.bring_back(self.db, category, language, version, after, who)

    async def test_answer(self, template: Template, mail: int | None, user: User) -> bool:
        async with self.db.reading() as db:
            event = await _mail(db, mail)
        if not self.settings.smtp:
            answers.preview(self.flow.policy, template, event)
            return False
        server = replace(server_of(self.settings.smtp, self.grants), mail_timeout=PATIENCE)
        sender = Outgoing(server)
        try:
            await answers.send_test(self.flow, sender, template, event, user)
        finally:
            await sender.close()
        return True

    async def switch_answers(self, category: str, answered: bool, who: str) -> None:
        await switch(self.db, category, answered, who)

    async def set_quiet(self, quiet: Quiet, who: str) -> None:
        await set_quiet(self.flow, quiet, who)


async def _mail(db: Connection, id: int | None) -> Event | None:
    return await events.get(db, id) if id else None
