"""Half of the work by a fork: the results are those of doing it alone."""

import errno
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from buzon.classifier.cores import in_halves, on_two_cores, shared
from buzon.errors import TrainingEnded
from peers.scene import wait_until

pytestmark = pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="there is one core")


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a training's own process; pytest's workers have threads."""
    monkeypatch.setattr(threading, "active_count", lambda: 1)


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("count", [0, 1, 2, 5, 6])
def test_the_results_come_in_the_order_of_the_items(count: int) -> None:
    assert on_two_cores(lambda item: item * 10, range(count)) == [n * 10 for n in range(count)]


@pytest.mark.usefixtures("alone")
def test_of_each_four_items_another_process_takes_those_between_the_largest_and_the_smallest() -> (
    None
):
    ours, theirs, also_theirs, also_ours = on_two_cores(lambda _: os.getpid(), range(4))
    assert ours == also_ours == os.getpid() != theirs == also_theirs


def test_a_process_with_threads_does_not_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "active_count", lambda: 2)
    assert set(on_two_cores(lambda _: os.getpid(), range(3))) == {os.getpid()}


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("bad", [0, 1])
def test_what_one_of_the_items_raises_is_raised(bad: int) -> None:
    def work(item: int) -> int:
        if item == bad:
            raise ValueError(f"item {item}")
        return item

    with pytest.raises(ValueError, match=f"item {bad}"):
        on_two_cores(work, range(2))


@pytest.mark.usefixtures("alone")
def test_a_fork_that_is_killed_is_told_with_what_to_do() -> None:
    def work(item: int) -> None:
        if item:
            os.kill(os.getpid(), signal.SIGKILL)

    with pytest.raises(TrainingEnded, match=r"exit code -9.*memory ran out"):
        on_two_cores(work, range(2))


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("kind", [np.float32, np.int32])
def test_what_a_fork_writes_into_shared_memory_is_there(kind: type[np.float32 | np.int32]) -> None:
    memory = shared(kind, 4)

    def work(place: int) -> None:
        memory[place] = place + 1

    on_two_cores(work, range(4))
    assert memory.tolist() == [1, 2, 3, 4]
    assert len(shared(kind, 0)) == 0


@pytest.mark.usefixtures("alone")
def test_arrays_of_any_size_come_whole_and_may_be_written_to() -> None:
    sizes = [0, 1, 1_000_000]
    _, arrays = on_two_cores(lambda item: [np.full(size, item) for size in sizes], range(2))
    assert [array.tolist() for array in arrays] == [[1] * size for size in sizes]
    arrays[-1] += 1
    assert arrays[-1].min() == 2


@pytest.mark.usefixtures("alone")
def test_no_process_is_left_behind() -> None:
    _, fork = on_two_cores(lambda _: os.getpid(), range(2))
    with pytest.raises(ProcessLookupError):
        os.kill(fork, 0)


@pytest.mark.parametrize(
    ("texts", "first"),
    [(["a" * 6, "b", "c" * 5], 1), (["ab", "cd", "ef", "gh"], 2), (["", ""], 0), ([], 0)],
)
def test_halves_are_as_many_characters_each(texts: list[str], first: int) -> None:
    assert in_halves(texts) == [texts[:first], texts[first:]]


def test_what_a_fork_cannot_send_is_said() -> None:
    with pytest.raises((TypeError, AttributeError), match="pickle"):
        on_two_cores(lambda item: (lambda: item) if item else item, range(8))


LONG = """
import os, signal
from buzon.classifier.cores import on_two_cores

def work(item):
    os.write(1, b"%d\\n" % os.getpid())  # at once: two processes write here
    signal.pause()

on_two_cores(work, range(2))
"""


def test_the_fork_ends_with_the_process_that_waits_for_it() -> None:
    """As where a training is given up: its process is killed, and the fork has work for minutes."""
    with subprocess.Popen([sys.executable, "-c", LONG], stdout=subprocess.PIPE) as training:
        assert training.stdout
        try:
            pids = {int(training.stdout.readline()) for _ in range(2)}
        finally:
            training.kill()
    (fork,) = pids - {training.pid}
    wait_until(lambda: not is_alive(fork), "the fork's end")


def is_alive(process: int) -> bool:
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):  # it goes while we look
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


@pytest.mark.usefixtures("alone")
def test_where_there_may_be_no_further_process_it_works_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_more() -> int:
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", no_more)
    assert set(on_two_cores(lambda _: os.getpid(), range(3))) == {os.getpid()}
