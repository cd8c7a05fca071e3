"""Every hostile mail of ../shared/hostile by each road: over HTTP, by IMAP, by import."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path

import httpx
import pytest

from buzon.api.memory import children_of
from buzon.mail.parse import parse
from buzon.records import SIZE_LIMIT, RawMail
from peers import needs_dovecot
from peers.scene import MakeScene, Scene, wait_until
from test_hostile import GENERATOR, OUR_HEADERS

TOKEN = "a token that is given by the environment"
SECONDS, MEGABYTES = 1.0, 300
TICKS = os.sysconf("SC_CLK_TCK")
REFUSED = ((413, True, True), (422, False, False))  # too large, and empty
DEAREST, LARGEST = 8, 6  # mails that come singly by IMAP: a second or so for each
ID = b"Message-ID: <"
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
    """What a process used since it was last asked: seconds of CPU, and how many MB more it had at
    its highest than at rest, which is when it is asked for the first time."""

    pid: int
    _seconds: float = 0.0
    _rest: float = 0.0

    def since_last(self) -> tuple[float, float]:
        stat = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        seconds = (int(stat[11]) + int(stat[12])) / TICKS
        status = Path(f"/proc/{self.pid}/status").read_text()
        peak, now = (int(status.partition(f"{name}:")[2].split()[0]) / 1024
                     for name in ("VmHWM", "VmRSS"))  # fmt: skip
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")  # the highest begins anew
        self._rest = self._rest or now
        used = seconds - self._seconds, peak - self._rest
        self._seconds = seconds
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


def test_by_imap_the_same_are_stored_and_each_costs_little(scene: Scene, mails: Path) -> None:
    """All at once, as in a burst; and those that cost most once more, singly, so that each is
    measured: of the others none costs more than these."""
    assert scene.service.process
    costs = Costs(scene.service.process.pid)
    scene.dovecot.deliver(scene.user, b"Subject: the first one\r\n\r\nloads what is needed\r\n")
    wait_until(lambda: all_read(scene, 1), "the first one is read")
    costs.since_last()
    paths = sorted(mails.glob("*.eml"))
    for path in paths:
        scene.dovecot.deliver(scene.user, path.read_bytes())
    wait_until(lambda: all_read(scene, len(paths) + 1), "all are read", 180)
    seconds, megabytes = costs.since_last()
    print(f"by IMAP: {seconds:.1f} s of CPU and {megabytes:.0f} MB for all at once")
    assert megabytes < MEGABYTES
    stored = scene.count("events")
    assert stored > LEAST
    wrong, all_costs = [], []
    dearest = dear_and_large(paths)
    for number, path in enumerate(dearest, start=len(paths) + 2):
        another = path.read_bytes().replace(ID, b"%s%d-" % (ID, number), 1)
        scene.dovecot.deliver(scene.user, another)
        wait_until(lambda last=number: all_read(scene, last), f"{path.name} is read")
        seconds, megabytes = costs.since_last()
        all_costs.append((seconds, megabytes))
        if seconds > SECONDS or megabytes > MEGABYTES:
            wrong.append(f"{path.name} took {seconds:.2f} s and {megabytes:.0f} MB")
    most = [max(values) for values in zip(*all_costs, strict=True)]
    print(f"{most[0]:.2f} s of CPU for the dearest, {most[1]:.0f} MB for the largest")
    assert wrong == []
    assert scene.count("events") == stored + len(dearest)
    assert scene.count("parked") == 0


def dear_and_large(paths: list[Path]) -> list[Path]:
    """The mails of which understanding takes longest here, and the largest ones, as far as they
    have an id, which makes them another mail when it is changed."""
    fit = [path for path in paths if ID in path.read_bytes()]

    def seconds(path: Path) -> float:
        content = path.read_bytes()
        begin = time.process_time()
        parse(RawMail("", content, datetime.now(UTC), "imap", len(content), 1))
        return time.process_time() - begin

    seconds(fit[0])  # loads what is needed
    dear = sorted(fit, key=seconds)[-DEAREST:]
    large = sorted(fit, key=lambda path: path.stat().st_size)[-LARGEST:]
    return sorted({*dear, *large})


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
        processes = [Costs(pid) for pid in (importing.pid, *children_of(importing.pid))]
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


def too_large(content: bytes) -> bool:
    return len(content) > SIZE_LIMIT


def all_read(scene: Scene, count: int) -> bool:
    """Whether the cursor is behind the last of so many mails."""
    return bool(scene.query("SELECT FROM mailboxes WHERE last_uid >= %s", count))
