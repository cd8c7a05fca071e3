"""The same work for several items on two cores, the second by a fork of this process.

A fork sees all that the process holds without a copy, and ends with it. Threads won't do: learning
takes one text after the other, and between two of them only one thread of a process runs at a time.
"""

import os
import pickle
import threading
from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import accumulate
from mmap import mmap
from socket import socket, socketpair
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from buzon.errors import TrainingEnded

T = TypeVar("T")
R = TypeVar("R")
Number = TypeVar("Number", np.float32, np.int32)

_MINE = (0, 3)  # of each four items: the largest and the smallest


def on_two_cores(work: Callable[[T], R], items: Sequence[T]) -> list[R]:
    """Each item's result, in order. Those that are more work than others stand first.

    More cores would win less time than their copies of the data take memory. A process of several
    threads works alone: a fork takes none of the others along, and would wait for ever for what one
    of them had locked.

    Raises what `work` raises, and TrainingEnded where the fork is killed, as happens when memory
    runs out.
    """
    mine = [at for at in range(len(items)) if at % 4 in _MINE]
    others = [at for at in range(len(items)) if at % 4 not in _MINE]
    link = _forked(work, [items[at] for at in others]) if others and _may_fork() else None
    if link is None:
        return [work(item) for item in items]
    fork, pipe = link
    try:
        ours = [work(items[at]) for at in mine]
        theirs = _received(pipe)
    finally:
        pipe.close()  # should we have failed, the fork ends
        _, status = os.waitpid(fork, 0)
    if status or theirs is None:
        raise TrainingEnded(os.waitstatus_to_exitcode(status))
    if isinstance(theirs, Exception):
        raise theirs
    found = dict(zip([*mine, *others], [*ours, *theirs], strict=True))
    return [found[at] for at in range(len(items))]


def shared(kind: type[Number], length: int) -> NDArray[Number]:
    """Zeros in memory that a fork and its parent both see: what one writes the other has."""
    size = length * np.dtype(kind).itemsize
    return np.frombuffer(mmap(-1, max(size, 1)), kind, length)


def in_halves(texts: Sequence[str]) -> list[Sequence[str]]:
    """As many characters for one core as for the other."""
    so_far = list(accumulate(map(len, texts), initial=0))
    middle = bisect_left(so_far, so_far[-1] // 2)
    return [texts[:middle], texts[middle:]]


def _may_fork() -> bool:
    cores = (
        os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    )
    return len(cores) > 1 and threading.active_count() == 1


def _forked(work: Callable[[T], R], items: Sequence[T]) -> tuple[int, socket] | None:
    """The number of a process that does the work, and where its results come from; None where the
    system gives us no further process."""
    ours, theirs = socketpair()
    try:
        fork = os.fork()
    except OSError:
        ours.close()
        theirs.close()
        return None
    if fork:
        theirs.close()
        return fork, ours
    code = 1
    try:
        ours.close()
        threading.Thread(target=_end_without, args=(theirs,), daemon=True).start()
        found = _done(work, items)
        try:
            _send(found, theirs)
        except (pickle.PicklingError, TypeError, AttributeError) as error:
            _send(error, theirs)  # what was found can't be sent, and nothing of it was
        code = 0
    finally:
        os._exit(code)  # without what the parent wants done at its end


def _end_without(parent: socket) -> None:
    """Ends the fork when its parent has ended or failed: nothing else ever comes from it."""
    try:
        parent.recv(1)
    finally:
        os._exit(1)


def _done(work: Callable[[T], R], items: Sequence[T]) -> list[R] | Exception:
    try:
        return [work(item) for item in items]
    except Exception as error:
        return error


def _send(found: object, parent: socket) -> None:
    """Arrays go behind the rest, from where they lie: to copy a hundred megabytes into one message
    and out of it takes as long as to read the mails."""
    arrays: list[pickle.PickleBuffer] = []
    told = pickle.dumps(found, protocol=5, buffer_callback=arrays.append)
    raw = [array.raw() for array in arrays]
    parent.sendall(pickle.dumps((told, [array.nbytes for array in raw])))
    for array in raw:
        parent.sendall(array)


def _received(fork: socket) -> Any:
    """What a fork has sent; None where it ended before it had."""
    with fork.makefile("rb") as stream:
        try:
            told, sizes = pickle.load(stream)  # noqa: S301 - our own fork's words
        except (EOFError, pickle.UnpicklingError):
            return None
        arrays = [bytearray(size) for size in sizes]
        whole = all(stream.readinto(array) == len(array) for array in arrays)
        stream.read()  # until it has ended, for it takes a closed link for our end
    return pickle.loads(told, buffers=arrays) if whole else None  # noqa: S301
