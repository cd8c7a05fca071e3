"""What happens to the database under Buzón."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from buzon.store.embedded.cluster import Cluster
from peers import needs_dovecot
from peers.disk import NoMount, fill, small_filesystem
from peers.scene import MakeScene, Scene, wait_until

pytestmark = needs_dovecot

DISK = "320m"


def test_an_embedded_database_killed_in_a_burst_is_started_again(make_scene: MakeScene) -> None:
    scene = make_scene(embedded=True)
    scene.start()
    for _ in range(2):
        before = len(scene.smtp.received)
        scene.deliver(100)
        scene.smtp.wait_for(before + 1)
        for pid in Cluster(scene.data).processes():
            os.kill(pid, 9)
    scene.wait_until_all_answered()
    assert scene.sent_twice() == 0
    assert "Traceback" not in scene.service.log
    scene.assert_told_once("the embedded database was gone and is started again", times=2)


def test_connections_that_are_terminated_in_a_burst_lose_and_double_nothing(scene: Scene) -> None:
    for _ in range(5):
        before = len(scene.smtp.received)
        scene.deliver(60)
        scene.smtp.wait_for(before + 1)
        scene.cut_connections()
    scene.wait_until_all_answered()
    assert scene.sent_twice() == 0
    scene.assert_told_once(times=5)


def test_an_external_database_that_is_away_for_a_while_is_used_again(scene: Scene) -> None:
    name = psycopg.conninfo.conninfo_to_dict(scene.url)["dbname"]
    with psycopg.connect(scene.url, autocommit=True, dbname="postgres") as db:
        db.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
        db.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                   [name])  # fmt: skip
        scene.deliver(30)
        wait_until(lambda: "is not available" in scene.service.log, "the loss is told")
        wait_until(lambda: "mailbox fails" in scene.service.log, "the mailbox waits")
        db.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")
    scene.wait_until_all_answered()
    assert scene.sent_twice() == 0
    assert "Traceback" not in scene.service.log
    scene.assert_told_once("mailbox is read again")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    try:
        with small_filesystem(tmp_path / "disk", DISK) as folder:
            yield folder
    except NoMount as error:
        pytest.skip(str(error))


def test_a_full_disk_leaves_mails_in_the_mailbox_and_all_are_handled_when_it_is_freed(
    small_disk: Path, make_scene: MakeScene
) -> None:
    scene = make_scene(embedded=True, BUZON_DATA_DIR=str(small_disk / "var"))
    scene.data = small_disk / "var"
    scene.start()
    scene.deliver(20)
    scene.wait_until_all_answered()
    ballast = small_disk / "ballast"
    fill(ballast)
    scene.deliver(300)
    wait_until(lambda: "No space left" in scene.service.log, "the full disk is told")
    need_more_room(scene)  # now PostgreSQL itself ends, and can't be started
    wait_until(lambda: "does not work" in scene.service.log, "the database is missed")
    scene.deliver(100)
    ballast.unlink()
    scene.wait_until_all_answered(120)
    assert scene.sent_twice() == 0
    scene.assert_told_once("does not work", "is started again")


def test_a_database_that_refuses_every_mail_for_want_of_room_is_told_once(scene: Scene) -> None:
    scene.query("CREATE SEQUENCE tried")
    scene.query(
        """
        CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE disk_full USING MESSAGE =
                'could not extend file "base/' || nextval('tried') || '": No space left on device';
        END $$
        """
    )
    scene.query(
        "CREATE TRIGGER no_room BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION no_room()"
    )
    scene.deliver()
    wait_until(lambda: scene.count("tried", "last_value >= 4"), "it was tried again and again")
    scene.query("DROP TRIGGER no_room ON events")
    scene.wait_until_all_answered()
    wait_until(lambda: "mailbox is read again" in scene.service.log, "the end is told")
    scene.assert_told_once("No space left", "mailbox is read again", lines=4)


def need_more_room(scene: Scene) -> None:
    """Have PostgreSQL begin new files of its log until it can't, and give up in panic."""
    with suppress(psycopg.OperationalError):
        while True:
            scene.query("SELECT pg_logical_emit_message(true, 'test', repeat('x', 1000000))")
            scene.query("SELECT pg_switch_wal()")
