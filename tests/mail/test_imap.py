"""What servers tell; the acceptance tests talk with a real one."""

from datetime import UTC, datetime, timedelta

import pytest

from buzon.config import Mailbox
from buzon.errors import MailboxError
from buzon.mail.imap import Folder, Inbox, folder_of, raw_mail

TOLD = {b"UIDVALIDITY": 7, b"UIDNEXT": 12}


@pytest.mark.parametrize(
    ("selected", "newest", "uidnext"),
    [(TOLD, [], 12), ({b"UIDVALIDITY": 7}, [11], 12), ({b"UIDVALIDITY": 7}, [], 1)],
)
def test_a_server_may_leave_out_what_comes_next(
    selected: dict[bytes, int], newest: list[int], uidnext: int
) -> None:
    assert folder_of(selected, lambda: newest) == Folder(7, uidnext)


def test_a_server_that_does_not_number_its_mails_can_t_be_read() -> None:
    with pytest.raises(MailboxError, match="tells no UIDVALIDITY") as caught:
        folder_of({b"UIDNEXT": 12}, list)
    assert caught.value.permanent


def test_a_mail_of_which_no_date_and_size_are_told_arrived_just_now() -> None:
    mail = raw_mail("ventas", 3, b"Subject: x\r\n\r\n", {})
    assert datetime.now(UTC) - mail.arrived_at < timedelta(minutes=1)
    assert mail.size == 14


@pytest.mark.parametrize(("host", "step"), [("imap.invalid", "name"), ("127.0.0.1", "connection")])
def test_a_server_that_was_never_reached_is_not_said_to_greet_wrongly(host: str, step: str) -> None:
    fields = {"host": host, "port": 1, "user": "a@example.com", "password": "x"}
    with pytest.raises(MailboxError) as told:
        Inbox(Mailbox.model_validate(fields)).open()
    assert told.value.step == step
    assert told.value.said
