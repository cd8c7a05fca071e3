"""The same work for several items on two cores, the second by a fork of this process.

A fork sees all that the process holds without a copy, and ends of itself when nobody waits for it
any more. Threads won't do: liblinear draws from one random generator a process, and the same
samples would no longer give the same model.
"""

import os
import pickle
import threading
from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import TypeVar

from buzon.errors import TrainingEnded

T = TypeVar("T")
R = TypeVar("R")


def on_two_cores(work: Callable[[T], R], items: Sequence[T]) -> list[R]:
    """Each item's result, in order. More cores would win less time than their copies of the data
    take memory. A process of several threads works alone: a fork takes none of the others along,
    and would wait for ever for what one of them had locked.

    Raises what `work` raises, and TrainingEnded where the fork is killed, as happens when memory
    runs out.
    """
    if len(items) < 2 or (os.cpu_count() or 1) < 2 or threading.active_count() > 1:
        return [work(item) for item in items]
    fork, pipe = _fork(work, items[1::2])
    with os.fdopen(pipe, "rb") as answer:
        try:
            ours = [work(item) for item in items[::2]]
            sent = answer.read()
        finally:
            answer.close()  # should we have failed, the fork ends at its first word to us
            _, status = os.waitpid(fork, 0)
    if status:
        raise TrainingEnded(os.waitstatus_to_exitcode(status))
    theirs = pickle.loads(sent)  # noqa: S301 - our own fork's words
    if isinstance(theirs, Exception):
        raise theirs
    return [each for pair in zip_longest(ours, theirs) for each in pair][: len(items)]


def _fork(work: Callable[[T], R], items: Sequence[T]) -> tuple[int, int]:
    """The number of a process that does the work, and where its results can be read."""
    ours, theirs = os.pipe()
    fork = os.fork()
    if fork:
        os.close(theirs)
        return fork, ours
    code = 1
    try:
        os.close(ours)
        with os.fdopen(theirs, "wb") as answer:
            answer.write(_done(work, items))
        code = 0
    finally:
        os._exit(code)  # without what the parent wants done at its end


def _done(work: Callable[[T], R], items: Sequence[T]) -> bytes:
    try:
        return pickle.dumps([work(item) for item in items])
    except Exception as error:
        return pickle.dumps(error)
