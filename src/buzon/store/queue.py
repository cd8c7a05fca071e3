"""Jobs are deferred here, by name and inside the caller's transaction; `jobs` runs them."""

import procrastinate

from buzon.store.db import Connection, Database

QUEUE = "mail"
SENDING = "sending"  # a queue of its own: what watches over it goes on while a mail server hangs
WEBHOOKS = "webhooks"  # a queue of their own: no mail waits for a receiver that does not answer
TRANSFERS = "transfers"  # nor for an import, which takes hours
DELIVER = "mail:deliver"
LEARN = "mail:learn"
RESCORE = "mail:rescore"
TELL = "mail:tell"  # also deferred by triggers, tell_webhooks in the schema
RENAME = "mail:rename"
TRANSFER = "mail:transfer"
ACT = "mail:act"


ELSEWHERE = {DELIVER: SENDING, TRANSFER: TRANSFERS}


class Queue:
    """The Procrastinate app over our own pool of connections."""

    def __init__(self, db: Database) -> None:
        self.app = procrastinate.App(connector=procrastinate.PsycopgConnector())
        self._db = db

    async def open(self) -> None:
        await self.app.connector.open_async(self._db.pool)

    async def defer(self, db: Connection, task: str) -> None:
        """Queue a job in the transaction of `db`: no commit, no job."""
        queue = ELSEWHERE.get(task, QUEUE)
        deferrer = self.app.configure_task(task, queue=queue, connection=db)
        await deferrer.defer_async()

    async def tell(self, db: Connection, webhook: int) -> None:
        """Queue the delivery of what a webhook is due to be told, as the triggers do."""
        deferrer = self.app.configure_task(
            TELL, queue=WEBHOOKS, lock=f"webhook {webhook}", connection=db
        )
        await deferrer.defer_async(webhook=webhook)


async def silent_for(db: Connection) -> float:
    """Seconds since a worker last did what is done every few seconds; 0 where none ever did."""
    row = await (
        await db.execute(
            "SELECT extract(epoch FROM now())::float8 - max(defer_timestamp)"
            " FROM procrastinate_periodic_defers"
        )
    ).fetchone()
    return float(row[0] or 0) if row else 0.0
