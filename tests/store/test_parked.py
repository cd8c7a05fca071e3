"""Mails that could not become an event."""

from buzon.records import RawMail
from buzon.store import parked
from buzon.store.db import Database
from peers.flows import raw_mail


async def test_parked_mails_are_listed_the_newest_first_with_their_size(db: Database) -> None:
    empty = RawMail("a", b"", raw_mail().arrived_at, "imap", 0, 7)
    async with db.transaction() as connection:
        for mail in (raw_mail(mailbox="a"), raw_mail(mailbox="b"), empty):
            await parked.add(connection, mail, "too\0 wide")
        newest, *others = await parked.newest(connection, 2)
        assert (newest.mailbox, newest.source, newest.size, newest.reason) == (
            "a",
            "imap",
            0,
            "too wide",
        )
        assert [mail.mailbox for mail in others] == ["b"]
        (oldest,) = await parked.newest(connection, 2, others[0].id)
        assert oldest.size == len(raw_mail().content)


async def test_a_parked_mail_comes_back_byte_for_byte_until_it_is_removed(db: Database) -> None:
    async with db.transaction() as connection:
        await parked.add(connection, raw_mail(body="áé\r\n.\r\n"), "too wide")
        (about,) = await parked.newest(connection, 5)
        found = await parked.get(connection, about.id)
        assert found == (about, raw_mail(body="áé\r\n.\r\n").content)
        await parked.remove(connection, [about.id])
        assert await parked.get(connection, about.id) is None


async def test_a_mail_of_an_import_that_comes_again_is_parked_once(db: Database) -> None:
    imported, live = raw_mail(source="import"), raw_mail(source="imap")
    async with db.transaction() as connection:
        for mail in (imported, imported, live, live):
            await parked.add(connection, mail, "too wide")
        found = await parked.newest(connection, 9)
    assert [mail.source for mail in found] == ["imap", "imap", "import"]
