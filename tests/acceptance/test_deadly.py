"""A mail that ends whoever tries to understand it, on its way through real processes."""

import mailbox
from pathlib import Path

from buzon.cli.beside import AT_ONCE, TRIES
from peers import needs_dovecot
from peers.deadly import PATH
from peers.mails import customer_mail
from peers.scene import MakeScene, Scene, wait_until

pytestmark = needs_dovecot

DEADLY = b"X-Deadly: SIGKILL\r\n" + customer_mail(0, marker="deadly")


def test_it_goes_to_quarantine_and_its_mailbox_is_read_on(make_scene: MakeScene) -> None:
    scene = make_scene(PYTHONPATH=PATH)
    scene.start()
    scene.deliver(AT_ONCE // 2)
    scene.dovecot.deliver(scene.user, DEADLY)
    scene.deliver(AT_ONCE // 2)
    scene.wait_until_all_answered()
    wait_until(lambda: scene.count("parked"), "it is parked")
    scene.deliver(3)
    scene.wait_until_all_answered()
    assert scene.sent_twice() == 0
    assert_parked_once(scene, DEADLY)
    assert scene.service.process
    assert scene.service.process.poll() is None
    assert scene.service.log.count("mail parked") == 1


def test_an_import_leaves_it_out_and_goes_on_behind_it(
    make_scene: MakeScene, tmp_path: Path
) -> None:
    scene = make_scene(PYTHONPATH=PATH)
    scene.start()
    box = mailbox.mbox(tmp_path / "old.mbox")
    for number in range(AT_ONCE):
        box.add(customer_mail(number, marker="old"))
    box.add(DEADLY)
    box.add(customer_mail(AT_ONCE, marker="old"))
    box.close()
    done = scene.service.run("import", str(tmp_path / "old.mbox"), seconds=120)
    assert f"{AT_ONCE + 1} stored, 0 known before, 1 parked" in done.stdout, done.stderr
    again = scene.service.run("import", str(tmp_path / "old.mbox"))
    assert "0 stored, 0 known before, 0 parked" in again.stdout, again.stderr
    assert scene.count("events") == AT_ONCE + 1
    assert_parked_once(scene, DEADLY)


def assert_parked_once(scene: Scene, content: bytes) -> None:
    ((reason, parked),) = scene.query("SELECT reason, content FROM parked")
    assert f"{TRIES} times, the last time by SIGKILL." in reason
    assert parked.rstrip() == content.rstrip()
