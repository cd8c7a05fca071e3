"""What the cursor of a mailbox tells people."""

from buzon.store import mailboxes
from buzon.store.db import Database


async def test_a_mailbox_that_nothing_came_from_yet_has_no_last_mail(db: Database) -> None:
    async with db.transaction() as c:
        await mailboxes.start(c, "ventas", "INBOX", 1, 40)
    async with db.transaction() as c:
        assert (await mailboxes.last(c))["ventas"].read_at is None
        cursor = await mailboxes.cursor(c, "ventas")
        assert cursor is not None
        await mailboxes.move(c, cursor, uidvalidity=1, last_uid=41)
    async with db.transaction() as c:
        assert (await mailboxes.last(c))["ventas"].read_at is not None
