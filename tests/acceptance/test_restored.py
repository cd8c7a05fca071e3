"""A backup comes back into an empty place, and Buzón serves there."""

from pathlib import Path

from buzon.store import backup as store
from peers import needs_dovecot
from peers.postgres import Server
from peers.scene import MakeScene, Scene, wait_until

pytestmark = needs_dovecot

ANSWERED, WAITING, SINCE = 3, 2, 2


def test_served_on_a_restored_database_nothing_goes_out_until_somebody_says_so(
    make_scene: MakeScene, postgres_server: Server, tmp_path: Path
) -> None:
    before = make_scene()
    before.start()
    before.deliver(ANSWERED)
    before.wait_until_all_answered()
    before.smtp.behave("RCPT", "451 4.3.0 not now")
    before.deliver(WAITING)
    wait_until(lambda: before.count("outbox", "attempts > 0 AND status = 'queued'"), "one waits")
    wait_until(lambda: before.count("events") == before.delivered, "all are stored")
    made = before.service.run("backup", str(tmp_path / "b.zip"))
    assert made.returncode == 0, made.stderr
    before.service.stop()
    before.smtp.be_good()

    with postgres_server.new_database(None) as empty:
        after = restored(make_scene, empty, tmp_path / "b.zip")
        after.query("UPDATE mailboxes SET last_uid = 0")  # what was answered is read once more
        after.start()
        after.delivered = before.delivered
        after.deliver(SINCE)
        wait_until(lambda: read_to_the_end(after), "the mailbox is read to its end")
        assert after.count("events") == after.delivered
        assert after.count("outbox", "status NOT IN ('sent', 'kept')") == 0
        assert after.count("outbox", f"detail = '{store.NOT_SENT}'") == WAITING
        assert len(after.smtp.received) == ANSWERED

        after.query("DELETE FROM settings WHERE name = 'answering'")  # the default: they are on
        wait_until(lambda: "other settings hold" in after.service.log, "that is taken up")
        after.deliver()
        after.smtp.wait_for(ANSWERED + 1)
        assert after.count("events") == after.delivered
        assert after.count("outbox", "status = 'kept'") == WAITING + SINCE
        assert [len(mails) for mails in after.answered().values()] == [1] * (ANSWERED + 1)
        assert after.service.stop() == 0


def restored(make_scene: MakeScene, url: str, file: Path) -> Scene:
    """A Buzón of its own over that database, not started yet."""
    scene = make_scene(folder="restored", url=url)
    scene.service.folder.mkdir(parents=True)
    done = scene.service.run("restore", str(file))
    assert done.returncode == 0, done.stderr
    assert "nobody answered" in done.stdout
    return scene


def read_to_the_end(scene: Scene) -> bool:
    return bool(scene.query("SELECT FROM mailboxes WHERE last_uid >= %s", scene.delivered))
