from types import SimpleNamespace

from buzon import jobs
from buzon.store.db import Database
from buzon.store.queue import Queue


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
