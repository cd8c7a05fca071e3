"""Every hostile mail of ../shared/hostile by each road: over HTTP, by IMAP, by import."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path

import httpx
import pytest

from buzon.records import SIZE_LIMIT
from peers import needs_dovecot
from peers.scene import MakeScene, Scene, wait_until
from test_hostile import GENERATOR, OUR_HEADERS

TOKEN = "a token that is given by the environment"
SECONDS, MEGABYTES = 1.0, 300
TICKS = os.sysconf("SC_CLK_TCK")
REFUSED = ((413, True, True), (422, False, False))  # too large, and empty
LEAST = 500  # of 594 mails some are the same one twice

pytestmark = [
    needs_dovecot,
    pytest.mark.skipif(
        not GENERATOR.exists(),
        reason="../shared/hostile, the generator of hostile mails, is not here",
    ),
]


@pytest.fixture(scope="module")
def mails(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    subprocess.run([sys.executable, GENERATOR, folder], check=True, stdout=subprocess.DEVNULL)
    return folder


@dataclass
class Costs:
    """What a process used since it was last asked: seconds of CPU, and MB more at its highest."""

    pid: int
    _before: tuple[float, float] = (0.0, 0.0)

    def since_last(self) -> tuple[float, float]:
        stat = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        seconds = (int(stat[11]) + int(stat[12])) / TICKS
        status = Path(f"/proc/{self.pid}/status").read_text()
        peak, now = (int(status.partition(f"{name}:")[2].split()[0]) / 1024
                     for name in ("VmHWM", "VmRSS"))  # fmt: skip
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")  # the highest begins anew
        used = seconds - self._before[0], peak - self._before[1]
        self._before = seconds, now
        return used


@pytest.fixture
def scene(make_scene: MakeScene) -> Iterator[Scene]:
    scene = make_scene(BUZON_API_TOKEN=TOKEN)
    scene.start()
    yield scene
    assert "Traceback" not in scene.service.log
    for mail in scene.smtp.received:
        names = [name.lower() for name in message_from_bytes(mail.data)]
        assert set(names) <= OUR_HEADERS
        assert len(set(names)) == len(names)
        assert mail.recipient.count("@") == 1


def test_by_http_each_is_stored_or_refused_for_its_size_and_costs_little(
    scene: Scene, mails: Path
) -> None:
    assert scene.service.process
    costs = Costs(scene.service.process.pid)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    wrong, stored, all_costs = [], set(), []
    with httpx.Client(base_url=scene.service.url, headers=headers, timeout=60) as client:
        client.post("/messages", content=b"Subject: the first one\r\n\r\nloads what is needed\r\n")
        costs.since_last()
        for path in sorted(mails.glob("*.eml")):
            content = path.read_bytes()
            answer = client.post("/messages", content=content)
            seconds, megabytes = costs.since_last()
            all_costs.append((seconds, megabytes))
            if seconds > SECONDS or megabytes > MEGABYTES:
                wrong.append(f"{path.name} took {seconds:.2f} s and {megabytes:.0f} MB")
            if answer.status_code == 200:
                stored.add(answer.json()["event_id"])
            elif (answer.status_code, too_large(content), bool(content.strip())) not in REFUSED:
                wrong.append(f"{path.name}: {answer.status_code} {answer.text[:200]}")
    most = [max(values) for values in zip(*all_costs, strict=True)]
    print(f"by HTTP: {most[0]:.2f} s of CPU for the dearest, {most[1]:.0f} MB for the largest")
    assert wrong == []
    assert len(stored) > LEAST
    assert scene.count("events") == len(stored) + 1


def test_by_imap_the_same_are_stored_and_cost_little(scene: Scene, mails: Path) -> None:
    assert scene.service.process
    costs = Costs(scene.service.process.pid)
    costs.since_last()
    paths = sorted(mails.glob("*.eml"))
    for path in paths:
        scene.dovecot.deliver(scene.user, path.read_bytes())
    wait_until(lambda: all_read(scene, len(paths)), "all are read", 180)
    seconds, megabytes = costs.since_last()
    print(f"by IMAP: {seconds:.1f} s of CPU for all, {megabytes:.0f} MB")
    assert seconds / len(paths) < SECONDS
    # Two batches of 16 MB, or a mail of the largest size, may be under way at once.
    assert megabytes < 2 * MEGABYTES
    assert scene.count("events") > LEAST
    assert scene.count("parked") == 0


def test_by_import_the_same_are_stored_and_each_costs_little(
    make_scene: MakeScene, mails: Path, tmp_path: Path
) -> None:
    scene = make_scene(PYTHONUNBUFFERED="1")
    scene.service.folder.mkdir(parents=True)
    first = tmp_path / "first.eml"
    first.write_bytes(b"Subject: the first one\r\n\r\nloads what is needed\r\n")
    paths = sorted(mails.glob("*.eml"))
    wrong, all_costs, stored, known = [], [], 0, 0
    command = [sys.executable, "-m", "buzon", "import", first, *paths, "--mailbox", "archive"]
    with subprocess.Popen(
        command, cwd=scene.service.folder, env=scene.service.environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as importing:  # fmt: skip
        assert importing.stdout
        importing.stdout.readline()
        processes = [Costs(pid) for pid in (importing.pid, *children(importing.pid))]
        for each in processes:
            each.since_last()
        for path, line in zip(paths, importing.stdout, strict=False):
            # The last ones are told as the process ends.
            with suppress(FileNotFoundError, ProcessLookupError, IndexError):
                each_costs = [process.since_last() for process in processes]
                seconds, megabytes = map(sum, zip(*each_costs, strict=True))
                all_costs.append((seconds, megabytes))
                if seconds > SECONDS or megabytes > MEGABYTES:
                    wrong.append(f"{path.name} took {seconds:.2f} s and {megabytes:.0f} MB")
            stored += int(re.findall(r"(\d+) stored", line)[0])
            known += int(re.findall(r"(\d+) known", line)[0])
    assert importing.returncode == 0
    most = [max(values) for values in zip(*all_costs, strict=True)]
    print(f"by import: {most[0]:.2f} s of CPU for the dearest, {most[1]:.0f} MB for the largest")
    assert wrong == []
    assert len(all_costs) > LEAST
    assert stored + known == len(paths)
    assert stored > LEAST
    assert scene.count("events", "mailbox = 'archive' AND NOT answered") == stored + 1
    assert scene.count("parked") == 0


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def too_large(content: bytes) -> bool:
    return len(content) > SIZE_LIMIT


def all_read(scene: Scene, count: int) -> bool:
    """Whether the cursor is behind the last of so many mails."""
    return bool(scene.query("SELECT FROM mailboxes WHERE last_uid >= %s", count))
