"""Where reading begins, and when what is known of a mailbox no longer counts."""

from buzon.config import Mailbox
from buzon.flow import Flow
from buzon.mail.imap import Folder
from buzon.reception.mailbox import first_contact

FOLDER = Folder(uidvalidity=1, uidnext=501)


def box(**changes: str) -> Mailbox:
    about = {"name": "info", "host": "imap.example.com", "user": "info@example.com"}
    return Mailbox(**{**about, "password": "x", **changes})  # type: ignore[arg-type]


async def test_reading_begins_with_the_next_mail(flow: Flow) -> None:
    cursor = await first_contact(flow, box(), FOLDER)
    assert (cursor.last_uid, cursor.host, cursor.username) == (
        500, "imap.example.com", "info@example.com",
    )  # fmt: skip


async def test_what_is_known_of_a_mailbox_holds_for_its_account(flow: Flow) -> None:
    await first_contact(flow, box(), FOLDER)
    again = await first_contact(flow, box(), Folder(uidvalidity=1, uidnext=900))
    assert again.last_uid == 500


async def test_another_account_under_the_same_name_is_read_from_now_on(flow: Flow) -> None:
    await first_contact(flow, box(), FOLDER)
    other = box(user="ventas@example.com")
    for _ in range(2):
        cursor = await first_contact(flow, other, Folder(uidvalidity=1, uidnext=90))
        assert (cursor.last_uid, cursor.username) == (89, "ventas@example.com")


async def test_another_server_keeps_the_place_for_the_look_back(flow: Flow) -> None:
    await first_contact(flow, box(), FOLDER)
    cursor = await first_contact(flow, box(host="mail.example.net"), FOLDER)
    assert (cursor.last_uid, cursor.host) == (500, "imap.example.com")


async def test_an_account_that_was_not_noted_before_is_taken_for_the_same(flow: Flow) -> None:
    await first_contact(flow, box(), FOLDER)
    async with flow.db.transaction() as db:
        await db.execute("UPDATE mailboxes SET host = NULL, username = NULL")
    assert (await first_contact(flow, box(), Folder(1, 900))).last_uid == 500
