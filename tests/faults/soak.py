"""Faults, one after another and over each other, while mail comes in; then the reckoning.

    make soak ARGS="--minutes 30 --seed 7 --workers 4"

The seed chooses mails and faults; when exactly each strikes, the machine has its say.
"""

import argparse
import imaplib
import json
import random
import re
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from faults.checker import Findings, Happened, check, unsettled
from faults.faults import KINDS, End, NotHere
from faults.world import USER, World, world
from peers.service import starter_models

BOUND = 120.0  # seconds after the last fault within which all is done
LONGEST = 12.0  # seconds that a fault lasts
PACE = 5.0  # seconds between two faults, on average
MAILS = 2.0  # a second, on average
CAP = 10_000
TRACES = 6_000  # characters of what each process is doing, where not all gets done
RAISED = re.compile(r"[\w.]+: ")  # the line of a traceback that names the exception


@dataclass
class Soak:
    """What goes on, tick by tick."""

    world: World
    seconds: float
    chance: random.Random
    told: Callable[[str], None]
    skipped: dict[str, str] = field(default_factory=dict)
    _at_work: list[tuple[float, str, float, End]] = field(default_factory=list)

    def run(self) -> list[str]:
        """Faults for as long as it lasts, then none; what is left to be done though the bound
        after the last has passed."""
        end = time.monotonic() + self.seconds
        next_fault = next_mail = time.monotonic()
        while (now := time.monotonic()) < end:
            self.world.supervise()
            self._end_faults(now)
            if now >= next_mail:
                self._deliver()
                next_mail = now + self.chance.expovariate(MAILS)
            if now >= next_fault:
                self._begin_fault(now)
                next_fault = now + self.chance.expovariate(1 / PACE)
            time.sleep(0.02)
        self._end_faults(float("inf"))
        self._deliver()
        return self._settle()

    def _deliver(self) -> None:
        for letter in self.world.post.write():
            if letter.by_http:
                self.world.callers.hand_in(letter)
                continue
            for _ in range(letter.copies):
                self.world.dovecot.deliver(USER, letter.raw)

    def _begin_fault(self, now: float) -> None:
        kinds = self.chance.choice(KINDS)
        name = self.chance.choice(list(kinds))
        # A process that was away for long comes back to what others do by then.
        lasts = self.chance.uniform(0.5, LONGEST * (5 if name == "process frozen" else 1))
        began = time.time()
        try:
            end = kinds[name](self.world)
        except NotHere as why:
            self.skipped[name] = str(why)
            return
        except (OSError, imaplib.IMAP4.error) as why:  # what it needs is away by another fault
            self.skipped[name] = repr(why)
            return
        self.told(f"{name}{f' for {lasts:.0f} s' if end else ''}")
        if end:
            self._at_work.append((now + lasts, name, began, end))
        else:
            self.world.happened.append(Happened(name, began, time.time()))

    def _end_faults(self, now: float) -> None:
        over = [each for each in self._at_work if each[0] <= now]
        for each in over:
            self._at_work.remove(each)
            _, name, began, end = each
            end()
            self.world.happened.append(Happened(name, began, time.time()))

    def _settle(self) -> list[str]:
        world = self.world
        world.smtp.be_good()
        world.smtp.hang_up()
        deadline = time.monotonic() + BOUND
        left = ["not looked yet"]
        while left and time.monotonic() < deadline:
            time.sleep(0.5)
            world.supervise()
            with suppress(psycopg.OperationalError):
                self._let_time_pass()
                with psycopg.connect(world.scene.url, autocommit=True) as db:
                    letters, workers = world.post.letters, len(world.services)
                    left = unsettled(db, letters, world.taken_away, workers)
                    left += world.unwell()
                    if waiting := world.callers.waiting():
                        left.append(f"{waiting} callers wait to be told that theirs is there")
        return left

    def _let_time_pass(self) -> None:
        """What waits to be tried again, up to an hour after many failures, is tried now."""
        self.world.scene.query(
            "UPDATE outbox SET due_at = now() WHERE status = 'queued' AND due_at > now()"
        )


def soak(
    folder: Path, models: Path, *, seconds: float, seed: int, workers: int, cap: int = CAP,
    told: Callable[[str], None] = lambda _text: None,
) -> tuple[Findings, str]:  # fmt: skip
    """What was found, and the report."""
    with world(folder, models, workers=workers, seed=seed, cap=cap) as scenery:
        run = Soak(scenery, seconds, random.Random(seed), told)
        started = time.monotonic()
        left = run.run()
        took = time.monotonic() - started
        doing = [service.traces()[-TRACES:] for service in scenery.services] if left else []
        with psycopg.connect(scenery.scene.url, autocommit=True) as db:
            smtp, post = scenery.smtp, scenery.post
            found = check(
                db, post.letters, post.expected(), scenery.taken_away, smtp.received,
                smtp.confirmed, smtp.refused, scenery.happened, cap, scenery.callers.events,
            )  # fmt: skip
        found.note("a call was refused", *scenery.callers.refused)
        if left:
            found.note(f"not all is done {BOUND:.0f} s after the last fault", *left)
        told_of = report(found, run, seed=seed, workers=workers, took=took)
        return found, "\n".join([told_of, *doing])


def report(found: Findings, run: Soak, *, seed: int, workers: int, took: float) -> str:
    """What was survived, in a few lines."""
    kinds = Counter(each.kind for each in run.world.happened)
    tracebacks = Counter(filter(None, map(exception_of, run.world.log())))
    return "\n".join([
        f"seed {seed}, {workers} processes, {took / 60:.1f} minutes",
        f"{found.mails} mails ({found.handed_in} by HTTP), {found.replies} answers,"
        f" {sum(kinds.values())} faults",
        f"{found.taken_away} mails taken away by people before they were read,"
        f" {found.refused} answers refused by the server for good,"
        f" {found.held} held back by the cap, {found.duplicates} sent twice between 250 and commit",
        *(f"  {count:4} {kind}" for kind, count in sorted(kinds.items())),
        *(f"  left out: {name}: {why}" for name, why in sorted(run.skipped.items())
          if name not in kinds),
        *(f"  ended by itself: {count} × {words}"
          for words, count in Counter(run.world.ended).most_common(8)),
        *(f"  logged: {count} × {words}" for words, count in tracebacks.most_common(8)),
        *(found.sentences() or ["nothing lost, nothing doubled"]),
    ])  # fmt: skip


def exception_of(line: str) -> str:
    """The last line of a traceback that was logged; empty where the line has none."""
    with suppress(ValueError):
        told = str(json.loads(line).get("exception", "")).splitlines()
        return next((said[:200] for said in reversed(told) if RAISED.match(said)), "")
    return line[:200] if line.startswith("Traceback") else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=random.randrange(10_000))
    parser.add_argument("--workers", type=int, choices=range(1, 5), default=3)
    parser.add_argument("--cap", type=int, default=CAP, help="answers an hour")
    parser.add_argument("--models", type=Path, help="a folder with a trained model")
    parser.add_argument("--logs", type=Path, help="a folder to put the processes' logs into")
    given = parser.parse_args()
    # Not below a folder that is closed to Dovecot's and PostgreSQL's users.
    with TemporaryDirectory(prefix="buzon-soak-") as folder:
        Path(folder).chmod(0o755)
        found, text = soak(
            Path(folder), starter_models(given.models or Path(folder) / "models"),
            seconds=given.minutes * 60, seed=given.seed, workers=given.workers, cap=given.cap,
            told=lambda words: print(f"{time.strftime('%H:%M:%S')} {words}", flush=True),
        )  # fmt: skip
        if given.logs:
            for log in Path(folder).glob("buzon*/log"):
                shutil.copy(log, given.logs / f"{log.parent.name}.log")
    print(text)
    sys.exit(bool(found.wrong))


if __name__ == "__main__":
    main()
