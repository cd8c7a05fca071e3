"""When it happens: the tasks, each one line that calls the flow."""

from procrastinate import JobContext
from procrastinate.blueprints import Blueprint

from buzon.flow import Courier
from buzon.store.queue import QUEUE, Queue

tasks = Blueprint()

CONCURRENCY = 4
EVERY_TEN_SECONDS = "* * * * * */10"
EVERY_MINUTE = "* * * * *"


@tasks.task(name="deliver", queue=QUEUE, pass_context=True)
async def deliver(context: JobContext) -> None:
    await _courier(context).deliver()


@tasks.periodic(cron=EVERY_TEN_SECONDS)
@tasks.task(name="tend", queue=QUEUE, queueing_lock="tend", pass_context=True)
async def tend(context: JobContext, timestamp: int) -> None:
    await _courier(context).tend()


@tasks.periodic(cron=EVERY_MINUTE)
@tasks.task(name="tidy", queue=QUEUE, queueing_lock="tidy", pass_context=True)
async def tidy(context: JobContext, timestamp: int) -> None:
    """Run again the jobs of workers that died."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs():
        await manager.retry_job(job)


def _courier(context: JobContext) -> Courier:
    courier: Courier = context.additional_context["courier"]
    return courier


async def work(queue: Queue, courier: Courier) -> None:
    """Run jobs until cancelled; what is under way is finished first."""
    await queue.app.run_worker_async(
        queues=[QUEUE],
        concurrency=CONCURRENCY,
        install_signal_handlers=False,
        delete_jobs="always",
        shutdown_graceful_timeout=2,  # sending ends by itself after the mails under way
        fetch_job_polling_interval=2,
        additional_context={"courier": courier},
    )


def register(queue: Queue) -> None:
    """Make the tasks known to the queue's app."""
    queue.app.add_tasks_from(tasks, namespace="mail")
