"""Training in a process of its own: mails don't wait for it, and its memory is given back."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from typing import TYPE_CHECKING

from buzon.errors import BuzonError, ModelError, TrainingEnded, TrainingRefused

if TYPE_CHECKING:  # what it imports takes a second, and only the child needs it
    from buzon.classifier.teach import Order, Taught

Tell = Callable[[float, str], Awaitable[None]]


async def teach(order: "Order", tell: Tell | None = None) -> "Taught":
    """As `classifier.teach`, with its progress told to `tell`. Raises ModelError, also where the
    process is killed, as happens when memory runs out; it is ended when we are cancelled."""
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_work, args=(order, theirs), daemon=True)
    await asyncio.to_thread(child.start)
    theirs.close()  # so that reading ends when the child does
    try:
        return await _result(ours, tell)
    except EOFError as error:
        await asyncio.to_thread(child.join, 5)
        raise TrainingEnded(child.exitcode) from error
    finally:
        child.kill()
        ours.close()
        await asyncio.to_thread(child.join)


async def _result(pipe: Pipe, tell: Tell | None) -> "Taught":
    while True:
        kind, *content = await asyncio.to_thread(pipe.recv)
        if kind == "taught":
            taught: Taught = content[0]
            return taught
        if kind == "refused":
            pattern, remedy, values = content
            raise TrainingRefused(pattern, remedy, **values)
        if kind == "failed":
            raise ModelError(*content)
        if tell:
            await tell(*content)


def _work(order: "Order", pipe: Pipe) -> None:
    from buzon.classifier.teach import teach

    os.nice(10)  # mails come first
    try:
        pipe.send(("taught", teach(order, lambda share, step: pipe.send(("step", share, step)))))
    except TrainingRefused as error:
        pipe.send(("refused", error.pattern, error.remedy, error.values))
    except BuzonError as error:
        pipe.send(("failed", error.what, error.do))
