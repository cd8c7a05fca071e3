"""`buzon loadtest` against a whole Buzón, with a sandbox and with real sending."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from buzon.cli.loadtest import Course, Target, Way, loadtest, refuse_harm, report
from buzon.errors import SettingsError
from peers.service import Service, settings_for
from peers.smtp_server import SmtpServer

TOKEN = "a-token-of-32-characters-or-more-"


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


def target(service: Service, way: Way) -> Target:
    sandbox = service.environment["BUZON_SANDBOX_SMTP"]
    return Target(service.url, TOKEN, "soporte@example.com", way, sandbox)


async def test_a_sandbox_is_loaded_and_tells_its_figures(
    tmp_path: Path, models: Path, database_url: str
) -> None:
    settings = settings_for(database_url=database_url, models=models)
    with Service(tmp_path / "one", {**settings, "BUZON_API_TOKEN": TOKEN}) as service:
        course = await loadtest(target(service, "smtp"), 20, 0.5, agreed=False, tell=print)
    assert len(course.accepted) == len(course.visible) == len(course.settled) == 10
    told = report(course, 20)
    assert [line.split()[0] for line in told[:4]] == ["accepted", "taken", "visible", "settled"]
    assert "(10 in " in told[0]


async def test_what_really_sends_is_not_loaded_unless_that_is_agreed_to(
    tmp_path: Path, models: Path, database_url: str, smtp: SmtpServer
) -> None:
    settings = settings_for(smtp=smtp, database_url=database_url, models=models)
    with Service(tmp_path / "one", {**settings, "BUZON_API_TOKEN": TOKEN}) as service:
        with pytest.raises(SettingsError, match="it is no sandbox"):
            await loadtest(target(service, "classify"), 20, 0.5, agreed=False, tell=print)
        for way in ("classify", "messages"):
            course = await loadtest(target(service, way), 20, 0.5, agreed=True, tell=print)
            assert len(course.accepted) == len(course.settled) == 10
    assert len(smtp.received) > 10
    assert all(mail.recipient.endswith("@loadtest.example.org") for mail in smtp.received)


@pytest.mark.parametrize("to", ["info@gmail.com", "soporte@myexample.com", "nobody"])
def test_nobody_is_written_to_who_may_exist(to: str) -> None:
    with pytest.raises(SettingsError, match=r"example\.com"):
        refuse_harm(Target("http://127.0.0.1", "", to, "smtp", "127.0.0.1:2525"))


def test_the_figures_are_those_of_the_course() -> None:
    course = Course(began=0.0)
    for number in range(100):
        sender = f"c{number}"
        course.accepted[sender] = number / 10 + 0.1
        course.waited.append(number / 1000)
        course.visible[sender] = course.accepted[sender] + 0.25
    told = report(course, 10)
    assert "10.0 mails/s of 10 offered (100 in 10.0 s; 0 refused)" in told[0]
    assert told[1].split()[1:] == ["p50", "50", "ms", "p95", "95", "ms", "p99", "99", "ms"]
    assert told[2].startswith("visible    p50     250 ms")
    assert told[3] == "settled    never; 100 not within 60 s"
