"""What happens to Buzón's own process."""

import mailbox
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from buzon.store.embedded.cluster import Cluster
from buzon.store.queue import QUEUE
from peers import needs_dovecot
from peers.mails import customer_mail
from peers.scene import MakeScene, Scene, wait_until
from peers.smtp_server import HANG

pytestmark = needs_dovecot

KILLS = 20
MAILS = 300
CONNECTIONS = 8
STOP_SECONDS = 10
IMPORTED = 4_000

OTHERS = "datname = current_database() AND pid <> pg_backend_pid()"


def test_killed_twenty_times_in_a_burst_every_mail_is_answered_once(scene: Scene) -> None:
    chance = random.Random(20)
    in_flight = 0
    for number in range(KILLS):
        before = len(scene.smtp.received)
        scene.deliver(MAILS // KILLS)
        if number % 2:  # while it answers
            wait_until(lambda n=before: len(scene.smtp.received) > n, "replies go out")
            time.sleep(chance.uniform(0, 0.03))
        else:  # while it starts, or soon after
            time.sleep(chance.uniform(0, 3.5))
        scene.service.kill()
        unrecorded = taken_and_not_recorded(scene, before)
        assert unrecorded <= CONNECTIONS
        in_flight += unrecorded
        scene.service.start(wait=False)
    scene.wait_until_all_answered(120)
    twice = scene.sent_twice()
    print(f"{KILLS} kills, {MAILS} mails: {twice} replies sent twice, {in_flight} were in flight")
    assert twice <= in_flight
    scene.assert_told_once(lines=8 * KILLS, times=KILLS)


def taken_and_not_recorded(scene: Scene, before: int) -> int:
    """Of the mails that the SMTP server took since there were so many, those of which a killed
    process could not write down that they are sent."""
    wait_until(lambda: scene.smtp.connections == 0, "the server has read what was sent")
    wait_until(lambda: not scene.count("pg_stat_activity", OTHERS), "the database has, too")
    sent = set(scene.query("SELECT recipient FROM outbox WHERE status = 'sent'"))
    return sum((mail.recipient,) not in sent for mail in scene.smtp.received[before:])


def test_killed_with_its_embedded_database_it_goes_on_where_it_was(make_scene: MakeScene) -> None:
    scene = make_scene(embedded=True)
    scene.start()
    scene.deliver(100)
    scene.smtp.wait_for(1)
    scene.service.kill()
    kill_database(scene)
    scene.deliver(20)
    scene.service.start()
    scene.wait_until_all_answered()
    assert scene.sent_twice() <= CONNECTIONS
    scene.service.stop()
    assert not Cluster(scene.data).processes()


def test_told_to_stop_in_a_burst_it_ends_cleanly_and_doubles_nothing(scene: Scene) -> None:
    for _ in range(3):
        before = len(scene.smtp.received)
        scene.deliver(100)
        scene.smtp.wait_for(before + 1)
        started = time.monotonic()
        assert scene.service.stop() == 0
        assert time.monotonic() - started < STOP_SECONDS
        assert scene.count("outbox", "status = 'sending'") == 0
        scene.service.start()
    scene.wait_until_all_answered()
    assert scene.sent_twice() == 0
    scene.assert_told_once(lines=10)


def test_told_to_stop_while_a_mail_about_an_alarm_hangs_it_ends_and_writes_it_later(
    make_scene: MakeScene,
) -> None:
    scene = make_scene(BUZON_ALARMS_TO="jefa@example.com", BUZON_REPLIES_PER_HOUR="1")
    scene.smtp.behave("RCPT", HANG, when=lambda line: "jefa" in line)
    scene.start()
    scene.deliver(2)
    wait_until(lambda: scene.count("outbox", "status = 'held'"), "the cap holds an answer back")
    look_now(scene)
    tried = scene.smtp.attempts["RCPT"]
    wait_until(lambda: scene.smtp.attempts["RCPT"] > tried, "the mail about it hangs")
    started = time.monotonic()
    assert scene.service.stop() == 0
    assert time.monotonic() - started < STOP_SECONDS
    scene.smtp.be_good()
    scene.service.start()
    look_now(scene)
    wait_until(lambda: "jefa@example.com" in scene.answered(), "the mail about it goes out")


def look_now(scene: Scene) -> None:
    """What is wrong is looked for at once, and not only with the next minute."""
    scene.query(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, args)"
        """ VALUES (%s, 'mail:watch', 'watch', '{"timestamp": 0}')""",
        QUEUE,
    )


def test_told_to_stop_while_it_starts_it_leaves_no_database_behind(make_scene: MakeScene) -> None:
    scene = make_scene(embedded=True)
    scene.service.folder.mkdir(parents=True)
    scene.service.start(wait=False)
    wait_until(lambda: Cluster(scene.data).processes(), "the database starts")
    assert scene.service.stop() == 0
    assert not Cluster(scene.data).processes()


def test_an_import_that_was_killed_goes_on_and_stores_every_mail_once(
    make_scene: MakeScene, tmp_path: Path
) -> None:
    scene = make_scene()
    scene.service.folder.mkdir(parents=True)
    archive = tmp_path / "old.mbox"
    write_mbox(archive)
    for number in range(1, 4):
        kill_import(scene, archive, number * 500)
    assert scene.count("events") < IMPORTED
    last = scene.service.run("import", str(archive), seconds=120)
    assert last.returncode == 0, last.stderr
    assert "0 parked" in last.stdout
    assert scene.count("events", "source = 'import' AND NOT answered") == IMPORTED
    assert scene.count("events") == scene.count("raw_mails") == IMPORTED
    assert scene.count("outbox") == 0
    assert scene.smtp.received == []
    assert "4000 known" not in scene.service.run("import", str(archive)).stdout


def kill_import(scene: Scene, archive: Path, stored: int) -> None:
    """Start an import, and kill it once so many mails are stored."""
    process = subprocess.Popen(
        [sys.executable, "-m", "buzon", "import", str(archive)],
        cwd=scene.service.folder,
        env=scene.service.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    wait_until(lambda: scene.count("events") >= stored or process.poll() is not None, "stored")
    assert process.poll() is None, "it ended before it was killed"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def kill_database(scene: Scene) -> None:
    """kill -9 of every process of the embedded PostgreSQL."""
    for pid in Cluster(scene.data).processes():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def write_mbox(path: Path) -> None:
    box = mailbox.mbox(path)
    for number in range(IMPORTED):
        box.add(customer_mail(number, marker="old"))
    box.close()


def test_a_worker_that_was_stopped_until_another_took_over_doubles_nothing_when_it_wakes_up(
    scene: Scene,
) -> None:
    """With mails in hand, of which the other takes it for dead: it goes on where it was."""
    scene.smtp.behave("RCPT", "250 2.1.5 ok", drip=0.05)
    scene.deliver(60)
    scene.smtp.wait_for(1)
    assert scene.service.process
    scene.service.process.send_signal(signal.SIGSTOP)
    on_its_way = scene.count("outbox", "status = 'sending'")
    scene.cut_connections()
    assert on_its_way > CONNECTIONS
    scene.smtp.be_good()
    with scene.join("serve", "--only", "mail", "--only", "work"):
        scene.wait_until_all_answered(120)
        scene.service.process.send_signal(signal.SIGCONT)
        wait_until(lambda: "sending stopped" in scene.service.log, "it has noticed")
        assert scene.sent_twice() <= CONNECTIONS  # whose text was on its way to the server
