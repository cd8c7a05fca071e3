"""`buzon models`, `promote` and `report`."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Column, Table

from buzon import jobs
from buzon.cli import clock
from buzon.cli.parts import make_registry, open_store
from buzon.config import Settings
from buzon.flow import first_model
from buzon.flow import promote as put_to_work
from buzon.records import FEWEST_EXAMPLES
from buzon.store import categories, models
from buzon.store.queue import Queue

WHO = "buzon promote"


async def show(settings: Settings) -> None:
    """Every version, the newest first."""
    async with open_store(settings) as store, store.db.transaction() as db:
        found, at_work = await models.listed(db), await models.at_work(db)
        when, caption = clock.clock(store.settings), clock.named(store.settings)
    version = Column("version", no_wrap=True)
    table = Table("", version, "made", "labels", "right", "why", caption=caption)
    for model in found:
        mark = "at work" if at_work and model.version == at_work.version else ""
        accuracy = model.metrics.get("accuracy")
        table.add_row(
            mark,
            model.version,
            when(model.created_at),
            str(model.examples),
            f"{accuracy:.1%}" if accuracy is not None else "–",
            model.why,
        )
    Console().print(table if found else "There is no model yet; the first start trains one.")


async def promote(settings: Settings, version: str) -> None:
    """Put a version to work, here and in every running process. Raises NotFound, Invalid,
    ModelError. It doesn't open the model at work, which may be what is wrong."""
    async with open_store(settings) as store:
        queue = Queue(store.db)
        await queue.open()
        jobs.register(queue)
        async with store.db.transaction() as db:
            await put_to_work(db, queue, version, by=WHO, why="Somebody chose it.")
        await first_model(store.db, make_registry(settings), settings.embeddings)
    print(f"{version} is at work.")


async def report(settings: Settings, version: str, *, as_json: bool) -> None:
    """What a version learnt from, and how good it is. Raises NotFound."""
    async with open_store(settings) as store, store.db.transaction() as db:
        found = await models.report(db, version)
        known = [category.name for category in await categories.listed(db)]
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        _show(found, known)


def _show(report: dict[str, Any], known: Sequence[str]) -> None:
    console = Console()
    learnt = report["trained_on"]
    console.print(
        f"[bold]{report['version']}[/bold] learnt from {learnt['own']} labelled mails"
        f"{_beside(learnt)}."
    )
    if unlabelled := learnt.get("unlabelled"):  # a version from before has none
        console.print(f"What words mean it learnt from {unlabelled} mails without a label.")
    console.print(how_right(report))
    if report["comparison"]:
        console.print(report["comparison"]["why"])
    table = Table("category", "mails", "precision", "recall", title="With 95% intervals")
    order = {name: number for number, name in enumerate(known)}
    for name in sorted(report["per_category"], key=lambda name: order.get(name, len(order))):
        row = report["per_category"][name]
        table.add_row(name, str(row["n"]), _range(row["precision"]), _range(row["recall"]))
    console.print(table)
    for name, count in learnt["too_few_to_learn"].items():
        console.print(f"“{name}” has {count} examples; it is learnt from 5 on.")
    if told := of_unconfirmed(learnt):
        console.print(told)
    for keys in learnt["contradictions"]:
        console.print(f"The same text has several labels, the last counts: {', '.join(keys)}.")
    console.print(
        f"Labelled mails that it calls otherwise than the one before: {report['changed']['mails']}."
    )
    for suspect in report["suspects"][:10]:
        console.print(
            f"Event {suspect['key']} is labelled {suspect['label']}, "
            f"but looks like {suspect['rather']} ({suspect['rather_probability']:.0%})."
        )


def how_right(report: Mapping[str, Any]) -> str:
    """Of the company's own mails too, where there are others."""
    from buzon.classifier.versus import measured

    metrics, own = report["metrics"], report.get("own_metrics")  # a version from before has none
    told = f"On mails that it had not seen: {metrics['accuracy']:.1%} right"
    if not own or own["examples"] == metrics["examples"]:
        return f"{told}."
    found = measured(own)
    assert found  # noqa: S101 - none are told as None
    bounds = f"({found.low:.1%} – {found.high:.1%})"
    return f"{told}; of the {own['examples']} of your own {found.share:.1%} {bounds}."


def of_unconfirmed(learnt: Mapping[str, Any]) -> str:
    """In which categories no mail is handled alone; "" where there are none."""
    names = learnt.get("unconfirmed")  # a version from before has none
    if not names:
        return ""
    return (
        f"Most labelled mails are of categories of your own. So what it takes for"
        f" {', '.join(names)} goes to a person, until {FEWEST_EXAMPLES} of each are labelled so."
    )


def _beside(learnt: dict[str, Any]) -> str:
    if not learnt["starter"]:
        return ""
    weight = f"{learnt['starter_weight']:.0%}"
    return f" and {learnt['starter']} of the starter corpus, which weigh {weight}"


def _range(estimate: dict[str, float] | None) -> str:
    if estimate is None:
        return "–"
    return f"{estimate['share']:.1%} ({estimate['low']:.1%} – {estimate['high']:.1%})"
