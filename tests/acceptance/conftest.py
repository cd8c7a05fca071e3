"""The peers of the acceptance tests: one Dovecot for all of a process, the rest for each."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from playwright.sync_api import Browser, Page

from peers.dovecot import Dovecot
from peers.scene import MakeScene, Scene
from peers.smtp_server import SmtpServer
from web.watched import chromium

# Dovecot looks at its list of users once a second: all are there before the first signs in.
USERS = tuple(f"soporte{number}@example.com" for number in range(100))
OTHERS = tuple(f"ventas-{user}" for user in USERS)
unused = iter(USERS)


@pytest.fixture(scope="session")
def common_dovecot() -> Iterator[Dovecot]:
    # Not below pytest's own folder: each session closes that to other users, such as Dovecot's.
    with TemporaryDirectory(prefix="buzon-dovecot-") as folder, Dovecot(Path(folder)) as server:
        for name in USERS + OTHERS:
            server.add_user(name)
        yield server


@pytest.fixture
def dovecot(common_dovecot: Dovecot) -> Dovecot:
    """The common one; whatever the last test did to it, it runs."""
    if not common_dovecot.running:
        common_dovecot.start()
    return common_dovecot


@pytest.fixture
def user() -> str:
    """A mailbox of this test's own."""
    return next(unused)


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


@pytest.fixture
def make_scene(
    tmp_path: Path, models: Path, dovecot: Dovecot, smtp: SmtpServer, user: str, database_url: str
) -> Iterator[MakeScene]:
    """Makes a Scene on `database_url` or another one, or with an embedded database; not started
    yet."""
    with ExitStack() as stack:

        def make(
            *, embedded: bool = False, url: str = database_url, folder: str = "buzon",
            **settings: str,
        ) -> Scene:  # fmt: skip
            scene = Scene(
                tmp_path / folder,
                dovecot,
                smtp,
                models,
                user=user,
                database_url="" if embedded else url,
                **settings,
            )
            stack.callback(scene.service.stop)
            return scene

        yield make


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Of somebody who was never here; English."""
    context = browser.new_context(locale="en-GB")
    yield context.new_page()
    context.close()


@pytest.fixture
def scene(make_scene: MakeScene) -> Scene:
    """Buzón at work on an external database."""
    scene = make_scene()
    scene.start()
    return scene
