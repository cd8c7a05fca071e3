"""When it happens: the tasks, each one line that calls the flow."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from procrastinate import JobContext
from procrastinate.blueprints import Blueprint
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status

from buzon.flow import (
    Courier,
    Flow,
    Grants,
    Keeper,
    Retention,
    Teller,
    Trainer,
    Watch,
    tend_handed,
)
from buzon.store.queue import QUEUE, SENDING, TRANSFERS, WEBHOOKS, Queue

tasks = Blueprint()

CONCURRENCY = {QUEUE: 4, SENDING: 4, WEBHOOKS: 8, TRANSFERS: 1}
EVERY_TEN_SECONDS = "* * * * * */10"
EVERY_MINUTE = "* * * * *"
EVERY_TEN_MINUTES = "*/10 * * * *"
EVERY_HOUR = "17 * * * *"
AT_ANOTHER_TIME = "47 * * * *"


@dataclass(frozen=True, slots=True)
class Hands:
    """Who does the work of a worker. Without sending configured there is no courier."""

    flow: Flow
    courier: Courier | None
    trainer: Trainer
    keeper: Keeper
    teller: Teller
    grants: Grants
    retention: Retention
    watch: Watch
    carry: Callable[[], Awaitable[None]]  # imports and exports that were asked for on the pages


@tasks.task(name="deliver", queue=SENDING, pass_context=True)
async def deliver(context: JobContext) -> None:
    if courier := _hands(context).courier:
        await courier.deliver()


@tasks.periodic(cron=EVERY_TEN_SECONDS)
@tasks.task(name="tend", queue=SENDING, queueing_lock="tend", pass_context=True)
async def tend(context: JobContext, timestamp: int) -> None:
    hands = _hands(context)
    if hands.courier:
        await hands.courier.tend()
    elif hands.flow.policy.hands_out:
        await tend_handed(hands.flow)


@tasks.periodic(cron=EVERY_TEN_SECONDS)
@tasks.task(name="add-up", queue=QUEUE, queueing_lock="add-up", pass_context=True)
async def add_up(context: JobContext, timestamp: int) -> None:
    await _hands(context).keeper.add_up()


@tasks.task(name="tell", queue=WEBHOOKS, pass_context=True)
async def tell(context: JobContext, webhook: int) -> None:
    """Of one webhook at a time, by the lock that whoever defers it names."""
    await _hands(context).teller.tell(webhook)


@tasks.periodic(cron=EVERY_TEN_SECONDS)
@tasks.task(name="wake-webhooks", queue=QUEUE, queueing_lock="wake-webhooks", pass_context=True)
async def wake_webhooks(context: JobContext, timestamp: int) -> None:
    await _hands(context).teller.wake()


@tasks.periodic(cron=EVERY_HOUR)
@tasks.task(name="forget-webhooks", queue=QUEUE, queueing_lock="forget-webhooks", pass_context=True)
async def forget_webhooks(context: JobContext, timestamp: int) -> None:
    await _hands(context).teller.forget()


@tasks.periodic(cron=AT_ANOTHER_TIME)
@tasks.task(name="purge", queue=QUEUE, lock="purge", queueing_lock="purge", pass_context=True)
async def purge(context: JobContext, timestamp: int) -> None:
    await _hands(context).retention.carry_out()


@tasks.periodic(cron=EVERY_HOUR)
@tasks.task(name="tend-grants", queue=QUEUE, queueing_lock="tend-grants", pass_context=True)
async def tend_grants(context: JobContext, timestamp: int) -> None:
    await _hands(context).grants.tend()


@tasks.task(name="learn", queue=QUEUE, lock="learn", pass_context=True)
async def learn(context: JobContext) -> None:
    await _hands(context).trainer.run()


@tasks.periodic(cron=EVERY_MINUTE)
@tasks.task(name="consider", queue=QUEUE, lock="learn", queueing_lock="consider", pass_context=True)
async def consider(context: JobContext, timestamp: int) -> None:
    """Also finds the trainings whose job was lost with its worker."""
    await _hands(context).trainer.consider()
    await _hands(context).trainer.run()


@tasks.task(name="rescore", queue=QUEUE, lock="rescore", pass_context=True)
async def rescore_open_mails(context: JobContext) -> None:
    await _hands(context).keeper.rescore()


@tasks.periodic(cron=EVERY_MINUTE, queueing_lock="rename")
@tasks.task(name="rename", queue=QUEUE, lock="rename", pass_context=True)
async def rename(context: JobContext, timestamp: int = 0) -> None:
    """When asked for, and now and then: that finds the renamings whose job was lost with its
    worker."""
    await _hands(context).keeper.rename()


@tasks.periodic(cron=EVERY_MINUTE, queueing_lock="act")
@tasks.task(name="act", queue=QUEUE, lock="act", pass_context=True)
async def act(context: JobContext, timestamp: int = 0) -> None:
    """When asked for, and now and then, as `rename`."""
    await _hands(context).keeper.act()


@tasks.periodic(cron=EVERY_MINUTE, queueing_lock="transfer")
@tasks.task(name="transfer", queue=TRANSFERS, lock="transfer", pass_context=True)
async def transfer(context: JobContext, timestamp: int = 0) -> None:
    """When asked for, and now and then: that finds those whose job was lost with its worker."""
    await _hands(context).carry()


@tasks.periodic(cron=EVERY_MINUTE)
@tasks.task(name="watch", queue=QUEUE, lock="watch", queueing_lock="watch", pass_context=True)
async def watch(context: JobContext, timestamp: int) -> None:
    await _hands(context).watch.look()


@tasks.periodic(cron=EVERY_TEN_MINUTES)
@tasks.task(name="keep", queue=QUEUE, lock="keep", queueing_lock="keep", pass_context=True)
async def keep_promise(context: JobContext, timestamp: int) -> None:
    await _hands(context).keeper.keep()


@tasks.periodic(cron=EVERY_MINUTE)
@tasks.task(name="tidy", queue=QUEUE, queueing_lock="tidy", pass_context=True)
async def tidy(context: JobContext, timestamp: int) -> None:
    """Run again the jobs of workers that died; where the next one of its kind waits already, that
    one will do. Left as they are, they would keep their locks, and all who want these, for ever."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs():
        try:
            await manager.retry_job(job)
        except UniqueViolation:
            await manager.finish_job(job, Status.FAILED, delete_job=True)


def _hands(context: JobContext) -> Hands:
    hands: Hands = context.additional_context["hands"]
    return hands


async def work(queue: Queue, hands: Hands, name: str) -> None:
    """Run the jobs of the queue of this name until cancelled; what is under way is finished first.
    Cancelled once more, it ends at once."""
    await queue.app.run_worker_async(
        queues=[name],
        concurrency=CONCURRENCY[name],
        install_signal_handlers=False,
        delete_jobs="always",
        shutdown_graceful_timeout=2,  # sending ends by itself after the mails under way
        fetch_job_polling_interval=2,
        additional_context={"hands": hands},
    )


def register(queue: Queue) -> None:
    """Make the tasks known to the queue's app."""
    queue.app.add_tasks_from(tasks, namespace="mail")
