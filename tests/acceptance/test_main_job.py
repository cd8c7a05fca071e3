"""Mail in, answer out: the whole of Buzón between a real mailbox and a real SMTP server."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from buzon.records import SIZE_LIMIT
from peers import needs_dovecot
from peers.dovecot import PASSWORD, Dovecot
from peers.mails import customer_mail, out_of_office
from peers.scene import READERS, MakeScene, Scene, wait_until
from peers.smtp_server import SmtpServer

pytestmark = needs_dovecot

TAKE_OVER_SECONDS = 10


def test_a_customer_s_mail_is_answered(scene: Scene) -> None:
    scene.deliver()
    (reply,) = scene.smtp.wait_for(1)
    assert reply.recipient == "cliente0@example.org"
    assert reply.envelope_from == ""
    assert reply.header("From").endswith(f"<{scene.user}>")
    assert reply.header("In-Reply-To") == "<m0@mail.example.org>"
    assert "<m0@mail.example.org>" in reply.header("References")
    assert reply.header("Auto-Submitted") == "auto-replied"
    assert reply.header("X-Auto-Response-Suppress") == "All"
    assert re.fullmatch(r"<[^<>@\s]+@[^<>@\s]+>", reply.header("Message-ID"))
    scene.wait_until_all_answered()
    assert scene.sent_twice() == 0
    assert scene.query("SELECT category, answered FROM events") == [("pedido", True)]
    scene.assert_told_once()


def test_an_out_of_office_note_is_kept_and_not_answered(scene: Scene) -> None:
    scene.dovecot.deliver(scene.user, out_of_office(7, to=scene.user))
    scene.deliver()
    scene.smtp.wait_for(1)
    assert scene.query("SELECT answered, signs->0->>0 FROM events ORDER BY id") == [
        (False, "auto-submitted"),
        (True, None),
    ]
    assert [mail.recipient for mail in scene.smtp.received] == ["cliente0@example.org"]


def test_what_lay_there_before_the_first_contact_is_left_alone(
    make_scene: MakeScene, dovecot: Dovecot, user: str
) -> None:
    for number in range(900, 905):
        dovecot.deliver(user, customer_mail(number, to=user))
    scene = make_scene()
    scene.start()
    scene.deliver(2)
    scene.wait_until_all_answered()
    assert scene.sent_twice() == 0
    assert flags(dovecot, user) == [set()] * 7


def test_a_mail_is_marked_as_read_where_that_is_asked_for(
    make_scene: MakeScene, dovecot: Dovecot, user: str
) -> None:
    dovecot.deliver(user, customer_mail(900, to=user))
    scene = make_scene(BUZON_IMAP_AFTER="seen")
    scene.start()
    scene.deliver(3)
    scene.wait_until_all_answered()
    wait_until(
        lambda: flags(dovecot, user) == [set(), {"\\Seen"}, {"\\Seen"}, {"\\Seen"}],
        "the three new mails are marked, the old one is not",
    )


def test_a_mail_is_moved_where_that_is_asked_for(
    make_scene: MakeScene, dovecot: Dovecot, user: str
) -> None:
    dovecot.make_folder(user, "Atendidos")
    scene = make_scene(BUZON_IMAP_AFTER="Atendidos")
    scene.start()
    scene.deliver(3)
    scene.wait_until_all_answered()
    wait_until(lambda: len(dovecot.messages(user, "Atendidos")) == 3, "three mails are moved")
    assert dovecot.messages(user) == []
    scene.deliver()
    scene.wait_until_all_answered()
    assert scene.sent_twice() == 0


def test_one_mailbox_s_wrong_password_does_not_stop_the_other(
    make_scene: MakeScene, dovecot: Dovecot, user: str
) -> None:
    scene = make_scene()
    add_mailbox(scene, dovecot, f"ventas-{user}", "another password")
    scene.start()
    scene.deliver(5)
    scene.wait_until_all_answered()
    assert scene.sent_twice() == 0
    wait_until(lambda: "refuses the user" in scene.service.log, "the refusal is told")
    scene.assert_told_once(f"ventas-{user}", "refuses the user")


def test_one_mailbox_s_server_gone_does_not_stop_the_other(
    make_scene: MakeScene, user: str
) -> None:
    # Not below pytest's own folder, whose name is too long for Dovecot's sockets.
    with TemporaryDirectory(prefix="buzon-dovecot-") as folder, Dovecot(Path(folder)) as other:
        other.add_user("ventas@example.com")
        scene = make_scene()
        add_mailbox(scene, other, "ventas@example.com")
        scene.start()
        wait_until(lambda: scene.count("mailboxes") == 2, "both are read")
        other.stop()
        wait_until(lambda: "mailbox fails" in scene.service.log, "the loss is told")
        scene.deliver(5)
        scene.wait_until_all_answered()
        other.start()
        other.deliver("ventas@example.com", customer_mail(5, to="ventas@example.com"))
        scene.delivered += 1
        scene.wait_until_all_answered()
        assert scene.sent_twice() == 0
        scene.assert_told_once("mailbox is read again")


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_mailbox_is_read_over(security: str, make_scene: MakeScene, dovecot: Dovecot) -> None:
    port = dovecot.tls_port if security == "tls" else dovecot.port
    scene = make_scene(
        BUZON_IMAP_SECURITY=security,
        BUZON_IMAP_PORT=str(port),
        SSL_CERT_FILE=str(dovecot.certificate),
    )
    scene.start()
    scene.deliver(2)
    scene.wait_until_all_answered()


def test_a_mail_of_26_mb_is_kept_cut_and_holds_nobody_up(scene: Scene) -> None:
    line = b"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAx\r\n"
    mail = customer_mail(0, to=scene.user)
    scene.dovecot.deliver(scene.user, mail + line * (26 * 2**20 // len(line)))
    scene.delivered = 1
    scene.deliver()
    scene.wait_until_all_answered()
    assert scene.sent_twice() == 0
    found = scene.query(
        """
        SELECT octet_length(content), size > 26 * 1024 * 1024, defects
        FROM events JOIN raw_mails ON event_id = id ORDER BY id
        """
    )
    assert found[0][:2] == (SIZE_LIMIT, True)
    assert any("bytes were kept" in defect for defect in found[0][2])
    assert not any("bytes were kept" in defect for defect in found[1][2])


def test_a_second_reader_stands_by_and_takes_over_from_a_killed_one(
    make_scene: MakeScene, smtp: SmtpServer
) -> None:
    first, second = make_scene(), make_scene(folder="second")
    for scene in (first, second):
        scene.service.arguments = ("serve", "--only", "mail")
        scene.start()
    first.deliver(3)
    wait_until(lambda: first.count("events") == 3, "the mails are stored")
    readers = holders(first)
    assert len(readers) == 1
    first.service.kill()
    first.deliver(3)
    wait_until(lambda: first.count("events") == 6, "the second reads", TAKE_OVER_SECONDS)
    assert len(holders(first)) == 1
    assert holders(first) != readers
    assert smtp.received == []  # nobody sends: they are told to read only
    assert "mailbox fails" not in second.service.log


def flags(dovecot: Dovecot, user: str) -> list[set[str]]:
    """Of each mail in the mailbox; \\Recent says nothing about us."""
    return [set(found.split()) - {"\\Recent"} for _, found in dovecot.messages(user)]


def add_mailbox(scene: Scene, server: Dovecot, user: str, password: str = PASSWORD) -> None:
    scene.service.folder.mkdir(parents=True, exist_ok=True)
    (scene.service.folder / "buzon.toml").write_text(server.as_setting(user, password))


def holders(scene: Scene) -> list[tuple[int]]:
    """The connections that hold the lock of a reader."""
    return scene.query(
        """
        SELECT pid FROM pg_locks
        WHERE locktype = 'advisory' AND classid = %s AND granted
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """,
        READERS,
    )
