import asyncio
from types import SimpleNamespace

from buzon import jobs
from buzon.store.db import Database
from buzon.store.queue import DELIVER, RENAME, SENDING, TRANSFER, Queue, silent_for


async def test_all_jobs_of_a_dead_worker_are_freed_also_where_the_next_of_a_kind_waits(
    db: Database,
) -> None:
    queue = Queue(db)
    await queue.open()
    async with db.transaction() as connection:
        await connection.execute(
            """
            INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, status)
            VALUES ('mail', 'mail:consider', 'learn', 'consider', 'doing'),
                   ('mail', 'mail:tend', NULL, 'tend', 'doing'),
                   ('mail', 'mail:rename', 'rename', NULL, 'doing'),
                   ('mail', 'mail:consider', 'learn', 'consider', 'todo')
            """
        )
    await jobs.tidy.func(SimpleNamespace(app=queue.app), 0)  # type: ignore[arg-type]
    async with db.transaction() as connection:
        rows = await connection.execute(
            "SELECT task_name, status::text FROM procrastinate_jobs ORDER BY 1"
        )
        assert await rows.fetchall() == [
            ("mail:consider", "todo"), ("mail:rename", "todo"), ("mail:tend", "todo"),
        ]  # fmt: skip


async def test_neither_an_import_nor_a_mail_server_that_hangs_keeps_other_work_from_being_done(
    db: Database,
) -> None:
    queue = Queue(db)
    await queue.open()
    jobs.register(queue)
    sending, carried, renamed = asyncio.Semaphore(0), asyncio.Event(), asyncio.Event()
    done = asyncio.Event()

    async def deliver() -> None:
        sending.release()
        await done.wait()

    async def carry() -> None:
        carried.set()
        await done.wait()

    async def rename() -> None:
        renamed.set()

    hands: jobs.Hands = SimpleNamespace(  # type: ignore[assignment]
        courier=SimpleNamespace(deliver=deliver), carry=carry, keeper=SimpleNamespace(rename=rename)
    )
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        workers = [group.create_task(jobs.work(queue, hands, name)) for name in jobs.CONCURRENCY]
        await defer(db, queue, TRANSFER)
        await carried.wait()
        for _ in range(jobs.CONCURRENCY[SENDING]):
            await defer(db, queue, DELIVER)
        for _ in range(jobs.CONCURRENCY[SENDING]):
            await sending.acquire()
        await defer(db, queue, RENAME)
        await renamed.wait()
        done.set()
        for worker in workers:
            worker.cancel()


async def defer(db: Database, queue: Queue, task: str) -> None:
    async with db.transaction() as connection:
        await queue.defer(connection, task)


async def test_how_long_no_worker_was_there_is_known_from_what_is_done_every_few_seconds(
    db: Database,
) -> None:
    async with db.transaction() as connection:
        assert await silent_for(connection) == 0
        await connection.execute(
            "INSERT INTO procrastinate_periodic_defers (task_name, defer_timestamp)"
            " VALUES ('mail:tend', extract(epoch FROM now()) - 7200),"
            " ('mail:watch', extract(epoch FROM now()) - 3600)"
        )
        assert 3590 < await silent_for(connection) < 3610
