"""What every test may ask for: a PostgreSQL database of its own, a flow over it, a real model."""

import os
import shutil
import sys
from asyncio.events import _get_running_loop, _set_running_loop
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from jinja2 import Environment

from buzon.classifier.corpus import Sample, starter
from buzon.classifier.model import Classifier
from buzon.classifier.train import train
from buzon.flow import Flow
from buzon.store.db import Database
from peers.flows import StubClassifier, make_flow, open_database
from peers.postgres import database_url, empty_database_url, postgres_server
from peers.service import starter_models

__all__ = ["database_url", "empty_database_url", "postgres_server"]

# How busy the machine is decides of no test.
settings.register_profile("buzon", deadline=None)
settings.load_profile("buzon")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs a PostgreSQL can be chosen with `-m postgres`, to run it on another version."""
    for item in items:
        if "postgres_server" in getattr(item, "fixturenames", ()):
            item.add_marker("postgres")


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: a test often waits for a server, a browser or a time."""
    ours = os.sched_getaffinity(0) if sys.platform == "linux" else range(os.cpu_count() or 1)
    return len(ours) + 1


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Between the tests of its module a browser's event loop counts as running, and no other could
    run: a test without the browser may come then, which one process took over from another."""
    loop = None if "browser" in getattr(item, "fixturenames", ()) else _get_running_loop()
    if loop is None:
        return (yield)
    _set_running_loop(None)
    try:
        return (yield)
    finally:
        _set_running_loop(loop if loop.is_running() else None)


@pytest.fixture(autouse=True)
def no_settings_from_outside(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Settings of the machine that runs the tests must not reach them."""
    for name in os.environ:
        if name.startswith("BUZON_") and not name.startswith("BUZON_TEST_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path_factory.mktemp("cwd"))


@pytest.fixture(scope="session", autouse=True)
def templates_compiled_once() -> Iterator[None]:
    """Each test that makes the pages anew takes the templates as the first one compiled them, which
    takes longer than all that it asks of them. A language has its own: Jinja works out at once
    what is the same whatever a page is about."""
    compiled: dict[tuple[object, ...], object] = {}
    compile = Environment.compile

    def once(env: Environment, source: str, *names: str) -> object:
        key = env.globals.get("language"), source, names
        if key not in compiled:
            compiled[key] = compile(env, source, *names)
        return compiled[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Environment, "compile", once)
        yield


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url) as database:
        yield database


@pytest.fixture
def classifier() -> StubClassifier:
    return StubClassifier()


@pytest.fixture
async def flow(db: Database, classifier: StubClassifier) -> Flow:
    return await make_flow(db, classifier)


@pytest.fixture
def repository() -> Path:
    return Path(__file__).parent.parent


@pytest.fixture(scope="session")
def models(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the starter model. It is trained by the first process that needs it, and again
    where what it is made by has changed."""
    assert pytestconfig.cache
    trained = starter_models(pytestconfig.cache.mkdir("starter-model"))
    return shutil.copytree(trained, tmp_path_factory.mktemp("models"), dirs_exist_ok=True)


@pytest.fixture(scope="session")
def few_samples() -> list[Sample]:
    """60 mails of each of two writers: enough to learn a little in half a second."""
    samples = starter()
    return [s for name in ("es_a", "es_b") for s in samples if s.group == f"{name}.jsonl"][360:480]


@pytest.fixture(scope="session")
def small_model(few_samples: list[Sample]) -> Classifier:
    return train(few_samples).classifier
