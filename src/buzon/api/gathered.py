"""What requests that come at the same time get by one question to the database or the model, or by
one commit."""

from collections.abc import Sequence

from buzon.flow import Flow, HandedIn, Predicting, Together
from buzon.records import Event
from buzon.store import events, tokens
from buzon.store.db import Database
from buzon.store.tokens import Token

MOST = 100


class Gathered:
    """Mails that are handed in, texts that are only asked about, the tokens of who asks, and
    events as they are stored."""

    def __init__(self, flow: Flow) -> None:
        self._db: Database = flow.db
        self.mails = HandedIn(flow)
        self.texts = Predicting(flow)
        self.tokens = Together(self._tokens, most=MOST)
        self.events = Together(self._events, most=MOST)

    async def _tokens(self, said: Sequence[str]) -> list[Token | None]:
        async with self._db.reading() as db:
            return await tokens.use_all(db, said)

    async def _events(self, ids: Sequence[int]) -> list[Event | None]:
        async with self._db.reading() as db:
            found = {event.id: event for event in await events.whole(db, ids)}
        return [found.get(id) for id in ids]
