"""What happens to the mailbox while Buzón reads it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from buzon.config import Mailbox
from buzon.errors import MailboxError
from buzon.mail.imap import Inbox
from peers import needs_dovecot
from peers.dovecot import PASSWORD, Dovecot
from peers.mails import customer_mail, out_of_office
from peers.scene import MakeScene, Scene, wait_until

pytestmark = needs_dovecot


def test_an_imap_server_that_was_stopped_is_read_again(scene: Scene) -> None:
    scene.deliver(5)
    scene.wait_until_all_answered()
    scene.dovecot.stop()
    wait_until(lambda: "mailbox fails" in scene.service.log, "the loss is told", 10)
    ready = httpx.get(f"{scene.service.url}/readyz")
    assert (ready.status_code, ready.json()["faults"]) == (503, ["1 of 1 mailboxes can't be read."])
    scene.deliver(20)
    scene.dovecot.start()
    scene.wait_until_all_answered()
    assert scene.sent_twice() == 0
    wait_until(lambda: "mailbox is read again" in scene.service.log, "the return is told")
    scene.assert_told_once("mailbox is read again", lines=8)


def test_an_imap_server_that_was_killed_while_mails_are_read_is_read_again(scene: Scene) -> None:
    scene.deliver(150)
    wait_until(lambda: scene.count("events") > 0, "the first mails are read")
    scene.dovecot.kill()
    scene.deliver(50)
    scene.dovecot.start()
    scene.wait_until_all_answered()
    assert scene.sent_twice() == 0
    scene.assert_told_once(lines=8)


def test_a_changed_uidvalidity_doubles_nothing_and_new_mail_is_read(scene: Scene) -> None:
    scene.deliver(10)
    scene.wait_until_all_answered()
    scene.dovecot.change_uidvalidity(scene.user)
    scene.deliver(5)
    scene.wait_until_all_answered()
    assert scene.sent_twice() == 0
    scene.assert_told_once("mails are numbered anew", lines=8)


def test_what_was_there_before_us_stays_alone_when_uidvalidity_changes(scene: Scene) -> None:
    scene.dovecot.stop()
    scene.service.stop()
    scene.query("DELETE FROM mailboxes")
    for number in range(900, 905):
        scene.dovecot.deliver(scene.user, customer_mail(number, to=scene.user))
    scene.dovecot.start()
    scene.start()
    scene.query("UPDATE mailboxes SET started_at = now() + interval '1 second'")
    scene.dovecot.change_uidvalidity(scene.user)
    wait_until(lambda: "mails are numbered anew" in scene.service.log, "the change is told")
    wait_until(lambda: scene.query("SELECT FROM mailboxes WHERE now() > started_at"), "a second")
    scene.deliver(3)
    scene.wait_until_all_answered()
    assert scene.sent_twice() == 0


def test_mail_of_a_long_time_down_is_found_when_uidvalidity_has_changed(scene: Scene) -> None:
    scene.deliver()
    scene.wait_until_all_answered()
    scene.service.stop()
    scene.query(
        "UPDATE mailboxes SET started_at = now() - interval '30 days',"
        " read_at = now() - interval '6 days'"
    )
    then = datetime.now(UTC) - timedelta(days=5)
    for number in range(900, 903):
        scene.dovecot.append(scene.user, customer_mail(number, to=scene.user), then)
    scene.dovecot.change_uidvalidity(scene.user)
    scene.service.start()
    wait_until(lambda: scene.count("events") == 4, "all are stored")
    assert scene.count("events", "answered") == 1


def test_only_new_mail_is_moved_when_uidvalidity_changes(
    make_scene: MakeScene, dovecot: Dovecot, user: str
) -> None:
    dovecot.make_folder(user, "Atendidos")
    for number in range(900, 905):
        dovecot.deliver(user, customer_mail(number, to=user))
    scene = make_scene(BUZON_IMAP_AFTER="Atendidos")
    scene.start()
    scene.deliver(2)
    wait_until(lambda: len(dovecot.messages(user, "Atendidos")) == 2, "two are moved")
    scene.service.stop()
    scene.query("UPDATE mailboxes SET started_at = now() + interval '1 second'")
    wait_until(lambda: scene.query("SELECT FROM mailboxes WHERE now() > started_at"), "a second")
    dovecot.change_uidvalidity(user)
    scene.deliver()
    scene.service.start()
    wait_until(lambda: "mails are numbered anew" in scene.service.log, "the change is told")
    scene.deliver()
    wait_until(lambda: len(dovecot.messages(user, "Atendidos")) == 4, "the new ones are moved")
    assert len(dovecot.messages(user)) == 5


def test_more_mails_are_marked_than_the_server_takes_in_a_line(
    make_scene: MakeScene, dovecot: Dovecot, user: str
) -> None:
    scene = make_scene(BUZON_IMAP_AFTER="seen")
    scene.start()
    scene.service.stop()
    for number in range(1200):
        dovecot.deliver(user, out_of_office(number, to=user))
    scene.service.start()
    wait_until(lambda: len(seen(dovecot, user)) == 1200, "all are marked", 90)
    assert scene.query("SELECT last_uid - marked_uid FROM mailboxes") == [(0,)]


def test_a_mail_that_the_server_does_not_hand_out_is_parked_and_holds_nobody_up(
    make_scene: MakeScene, dovecot: Dovecot, user: str
) -> None:
    scene = make_scene(BUZON_IMAP_AFTER="seen")
    scene.start()
    scene.deliver()
    scene.wait_until_all_answered()
    scene.service.stop()
    scene.deliver(2)
    dovecot.deliver(user, customer_mail(900, to=user), readable=False)
    scene.deliver(3)
    scene.service.start()
    scene.wait_until_all_answered(180)  # after some attempts, with pauses that grow and vary
    assert scene.sent_twice() == 0
    ((uid, reason),) = scene.query("SELECT uid, reason FROM parked")
    assert "fails at fetching mails: command: FETCH" in reason
    wait_until(lambda: len(seen(dovecot, user)) == 6, "all others are marked")
    assert str(uid) not in seen(dovecot, user)
    wait_until(lambda: "mailbox is read again" in scene.service.log, "the return is told")
    scene.assert_told_once("mail parked", "mailbox is read again", lines=8)


def seen(dovecot: Dovecot, user: str) -> set[str]:
    return {uid for uid, flags in dovecot.messages(user) if "Seen" in flags}


def test_a_mailbox_that_somebody_empties_is_read_on(scene: Scene) -> None:
    scene.deliver(40)
    scene.wait_until_all_answered()
    scene.dovecot.empty(scene.user)
    scene.deliver(5)
    scene.wait_until_all_answered()
    assert scene.sent_twice() == 0
    scene.assert_told_once(lines=4)


def test_a_password_that_was_changed_is_asked_for_and_the_right_one_goes_on(scene: Scene) -> None:
    scene.dovecot.set_password(scene.user, "another password")
    scene.dovecot.stop()
    scene.dovecot.start()
    wait_until(lambda: "BUZON_IMAP_PASSWORD" in scene.service.log, "the refusal is told")
    scene.deliver(3)
    scene.service.environment["BUZON_IMAP_PASSWORD"] = "another password"
    scene.service.stop()
    scene.service.start()
    scene.wait_until_all_answered()
    assert scene.sent_twice() == 0
    scene.assert_told_once("refuses the user", lines=10)


def test_a_server_that_cannot_check_passwords_just_now_is_not_taken_for_a_wrong_one() -> None:
    with own_dovecot() as server:
        server.add_user("ana@example.com")
        closed = server.folder / "closed"
        closed.mkdir()
        users = (server.folder / "users").rename(closed / "users")
        (server.folder / "users").symlink_to(users)
        closed.chmod(0o711)
        assert signing_in(server, "ana@example.com", PASSWORD) is None
        closed.chmod(0)
        # It looks at the file's time once a second.
        wait_until(lambda: signing_in(server, "ana@example.com", PASSWORD), "it can't look")
        error = signing_in(server, "ana@example.com", PASSWORD)
        closed.chmod(0o711)
    assert error is not None
    assert "can't let ana@example.com in just now" in error.what
    assert error.what.endswith("Temporary authentication failure.")
    assert not error.permanent


def test_a_password_of_any_letters_signs_in() -> None:
    with own_dovecot() as server:
        server.add_user("ana@example.com", "contraseña€")
        assert signing_in(server, "ana@example.com", "contraseña€") is None
        error = signing_in(server, "ana@example.com", "contraseña")
    assert error is not None
    assert error.permanent
    assert "refuses the user ana@example.com or the password" in error.what


@contextmanager
def own_dovecot() -> Iterator[Dovecot]:
    # Not below pytest's own folder: it is closed to other users, such as Dovecot's.
    with TemporaryDirectory(prefix="buzon-dovecot-") as folder, Dovecot(Path(folder)) as server:
        yield server


def signing_in(server: Dovecot, user: str, password: str) -> MailboxError | None:
    """What goes wrong."""
    inbox = Inbox(
        Mailbox(host=server.host, port=server.port, security="none", user=user, password=password)
    )
    try:
        inbox.open()
    except MailboxError as error:
        return error
    finally:
        inbox.close()
    return None
