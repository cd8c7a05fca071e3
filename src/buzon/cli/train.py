"""`buzon train`: from labelled mails to a better model, with or without the database."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from buzon.cli import labelled
from buzon.cli.models import how_right, of_unconfirmed
from buzon.cli.parts import make_service, open_store
from buzon.config import Settings
from buzon.errors import BuzonError, Invalid, ModelError, TrainingEnded, TrainingRefused
from buzon.flow import Flow, ask_for_training, handle_mails, label, refuse_unknown_categories
from buzon.mail import clean
from buzon.mail.rebuild import rebuild
from buzon.records import FEWEST_EXAMPLES, RawMail
from buzon.store import models, trainings
from buzon.store.trainings import Training

if TYPE_CHECKING:
    from buzon.classifier.corpus import Sample
    from buzon.classifier.teach import Taught

BATCH = 500
LOOK = 0.3  # seconds
WHO = "buzon train"

Tell = Callable[[float, str], None]


async def train_and_compare(
    settings: Settings, files: Sequence[Path], *, with_starter: bool
) -> None:
    """Take the labelled mails of files in, train from all that is labelled, and put the model to
    work if it is no worse. Raises Conflict, Invalid, BuzonError where the training failed."""
    samples = labelled.read(files)
    async with open_store(settings) as store:
        service = await make_service(store.settings, store.db)
        contradicting = await _take_in(service.flow, samples)
        with progress_bar() as tell:
            await ask_for_training(store.db, service.flow.queue, WHO, with_starter=with_starter)
            training = await _follow(service.flow, service.trainer().run, tell)
        await service.follower.catch_up()
        if training.version is None:
            raise BuzonError(f"The training failed: {training.why}")
        async with store.db.transaction() as db:
            report = await models.report(db, training.version)
    print(f"{training.version}: {'put to work' if training.promoted else 'kept back'}.")
    print(training.why)
    print(how_right(report))
    for same in contradicting:
        _tell_of_contradiction([sample.key for sample in same])
    _tell_of_labels(report["trained_on"], samples)
    print(f"See more with: buzon report {training.version}")


def train_to_file(
    settings: Settings,
    files: Sequence[Path],
    unlabelled: Path | None,
    out: Path,
    *,
    with_starter: bool,
) -> None:
    """Train from files alone and write the model; no database is touched. The last mails of
    `unlabelled` stand for those that the database would have without a label. Raises Invalid, and
    ModelError where nothing can be learnt from the files."""
    from buzon.classifier.evaluate import read_mails
    from buzon.classifier.registry import write_whole
    from buzon.classifier.teach import FEW, MOST_UNLABELLED, Order, teach

    if not files and not with_starter:
        raise Invalid(
            "There is nothing to learn from: no file is named, and no starter corpus wanted.",
            "Name labelled mails with --data FILE, or drop --no-starter.",
        )
    samples = labelled.read(files)
    order = Order(
        own=samples,
        unlabelled=read_mails(unlabelled)[-MOST_UNLABELLED:] if unlabelled else (),
        with_starter=with_starter,
        embeddings=settings.embeddings,
        prepare=clean.newest,
    )
    try:
        with progress_bar() as tell:
            taught = teach(order, tell)
    except TrainingRefused as error:
        if not files or isinstance(error, TrainingEnded):
            raise
        raise ModelError(f"{', '.join(map(str, files))}: {error.what}", error.do) from error
    try:
        write_whole(out, taught.artifact.content)
    except OSError as error:
        raise Invalid(f"{out} can't be written: {error.strerror}.", "Name another file.") from error
    _tell_of(taught, out, samples)
    if unlabelled and not taught.report["trained_on"]["unlabelled"]:
        print(
            f"The mails of {unlabelled} were not needed: mails without a label help beside at most"
            f" {FEW} texts to learn from, and where they are as many (see --no-starter)."
        )


async def _take_in(flow: Flow, samples: "Sequence[Sample]") -> "list[list[Sample]]":
    """Store labelled mails as imported ones, so that later trainings know them too. The same text
    twice is one mail, with the last of its labels; those with several are returned."""
    await refuse_unknown_categories(flow.db, {sample.label for sample in samples})
    by_mail: dict[int, list[Sample]] = {}
    for start in range(0, len(samples), BATCH):
        batch = samples[start : start + BATCH]
        handled = await handle_mails(flow, [_raw(sample) for sample in batch])
        stored = {}
        for sample, each in zip(batch, handled, strict=True):
            if each.event_id is None:
                labelled.warn(f"{sample.key}: parked as not understood, and not learnt from.")
            else:
                stored[each.event_id] = sample.label
                by_mail.setdefault(each.event_id, []).append(sample)
        for category in sorted(set(stored.values())):
            await label(flow.db, [id for id in stored if stored[id] == category], category, WHO)
    return [same for same in by_mail.values() if len({sample.label for sample in same}) > 1]


def _raw(sample: "Sample") -> RawMail:
    content = rebuild(sender="", subject=sample.subject, text=sample.body)
    return RawMail("labelled", content, datetime.now(UTC), "import", len(content))


async def _follow(flow: Flow, run: Callable[[], Coroutine[Any, Any, None]], tell: Tell) -> Training:
    """Do the open training here, or watch a worker of the service do it."""
    working = asyncio.create_task(run())
    while True:
        async with flow.db.transaction() as db:
            training = await trainings.last(db)
        assert training is not None  # noqa: S101 - it was asked for just now
        tell(training.share, training.step)
        if not training.open:
            await working
            return training
        if working.done():  # another process had it, or has just died over it
            await working
            working = asyncio.create_task(run())
        await asyncio.sleep(LOOK)


@contextmanager
def progress_bar() -> Iterator[Tell]:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    console = Console(stderr=True)
    # A thread that refreshes it would keep the training from forking, and so on one core.
    with Progress(*columns, console=console, transient=True, auto_refresh=False) as bar:
        task = bar.add_task("waiting", total=1.0)

        def tell(share: float, step: str) -> None:
            bar.update(task, completed=share, description=step or "waiting", refresh=True)

        yield tell


def _tell_of(taught: "Taught", out: Path, samples: "Sequence[Sample]") -> None:
    learnt = taught.report["trained_on"]
    print(
        f"{out}: {taught.artifact.version}, from {learnt['own']} labelled mails"
        f" and {learnt['starter']} of the starter corpus."
    )
    if learnt["unlabelled"]:
        print(f"What words mean it learnt from {learnt['unlabelled']} mails without a label.")
    print(how_right(taught.report))
    _tell_of_labels(learnt, samples)


def _tell_of_labels(learnt: Mapping[str, Any], samples: "Sequence[Sample]") -> None:
    for name, count in learnt["too_few_to_learn"].items():
        keys = ", ".join(sample.key for sample in samples if sample.label == name)
        where = f" ({keys})" if keys else ""
        print(
            f"Left out: “{name}” has {count} examples{where}; it is learnt from"
            f" {FEWEST_EXAMPLES} on. Label more."
        )
    if told := of_unconfirmed(learnt):
        print(told)
    for keys in learnt["contradictions"]:
        _tell_of_contradiction(keys)


def _tell_of_contradiction(keys: Sequence[str]) -> None:
    print(f"The same text has several labels; the last counts: {', '.join(keys)}.")
