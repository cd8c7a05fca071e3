"""Those who ask at the same time are answered together: one prediction and one commit for all."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Generic, TypeVar

from buzon.errors import DatabaseUnreachable, ParsingEnded

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class Together(Generic[Asked, Answer]):
    """Has `work` answer several askers in one go; it returns the answers in their order, or raises
    and then has done nothing.

    Nobody waits for others to come: who asks while it is at work is answered next, with all who
    have asked by then, `most` at a time. The more come, the less each costs. Who asks what is to
    be answered `alone` goes by himself: none waits for that.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Asked]], Awaitable[Sequence[Answer]]],
        *,
        most: int,
        alone: Callable[[Asked], bool] = lambda _: False,
    ) -> None:
        self._work = work
        self._most = most
        self._alone = alone
        self._working: asyncio.Task[None] | None = None
        self._waiting: deque[_Asker[Asked, Answer]] = deque()

    async def ask(self, asked: Asked) -> Answer:
        """The answer. Who is cancelled while waiting is left out, or is answered in vain."""
        if self._alone(asked):
            (answer,) = await self._work([asked])
            return answer
        asker = _Asker[Asked, Answer](asked)
        self._waiting.append(asker)
        if self._working is None:
            # In a context of its own: what is logged there is of nobody's request.
            loop = asyncio.get_running_loop()
            self._working = loop.create_task(self._run(), context=Context())
        return await asker.answer

    async def _run(self) -> None:
        try:
            while askers := self._next():
                await self._answer(askers)
        finally:
            self._working = None
            for asker in self._waiting:  # some are left only where the work was cancelled
                asker.answer.cancel()

    def _next(self) -> list["_Asker[Asked, Answer]"]:
        found: list[_Asker[Asked, Answer]] = []
        while self._waiting and len(found) < self._most:
            asker = self._waiting.popleft()
            if not asker.answer.done():
                found.append(asker)
        return found

    async def _answer(self, askers: Sequence["_Asker[Asked, Answer]"]) -> None:
        try:
            answers = await self._work([asker.asked for asker in askers])
        except Exception as error:
            if len(askers) == 1 or isinstance(error, DatabaseUnreachable | ParsingEnded):
                for asker in askers:
                    asker.fail(error)
                return
            # It is the fault of one of them: each gets the answer that it would have had alone.
            for asker in askers:
                await self._answer([asker])
            return
        except BaseException:
            for asker in askers:
                asker.answer.cancel()
            raise
        for asker, answer in zip(askers, answers, strict=True):
            asker.succeed(answer)


class _Asker(Generic[Asked, Answer]):
    """What somebody asked, and where the answer goes."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

    def succeed(self, answer: Answer) -> None:
        if not self.answer.done():
            self.answer.set_result(answer)

    def fail(self, error: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)
