"""From correction to a better model, with Buzón as real processes on one database."""

import threading
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import httpx
import joblib
import psycopg
import pytest
from playwright.sync_api import Page, expect

from buzon.store.tokens import digest
from peers.first import begin
from peers.lessons import lessons
from peers.scene import wait_until
from peers.service import Service, copy_model, settings_for

TOKEN = "bz_for_this_test"
TRAINING_TAKES = 180_000  # milliseconds at most


class Desk:
    """One Buzón's API, and what its database holds."""

    def __init__(self, service: Service, database_url: str) -> None:
        self.service, self.database_url = service, database_url
        self._numbers = count(10_000)
        self.http = httpx.Client(
            base_url=service.url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=120
        )

    def send(self, text: str, number: int) -> dict[str, object]:
        answer = self.http.post(
            "/classify",
            json={
                "from": f"cliente{number}@example.org",
                "text": text,
                "message_id": f"<{number}>",
            },
        )
        assert answer.status_code == 200, answer.text
        found: dict[str, object] = answer.json()
        return found

    def ask(self, text: str) -> dict[str, object]:
        """Send it as a mail that nobody has sent yet."""
        return self.send(text, next(self._numbers))

    def label(self, id: object, category: str) -> None:
        answer = self.http.put(f"/events/{id}/label", json={"true_label": category})
        assert answer.status_code == 200, answer.text

    def retrain(self) -> dict[str, object]:
        answer = self.http.post("/retrain", params={"wait": "true"})
        assert answer.status_code == 200, answer.text
        outcome: dict[str, object] = answer.json()
        return outcome

    def at_work(self) -> str:
        items = self.http.get("/models").json()["items"]
        return next(item["version"] for item in items if item["at_work"])

    def query(self, statement: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.database_url, autocommit=True) as db:
            return db.execute(statement).fetchall()


@pytest.fixture
def start(tmp_path: Path, models: Path, database_url: str) -> Iterator[Callable[..., Service]]:
    """Starts processes of one Buzón, each with a folder of its own; a token is there."""
    services: list[Service] = []

    def start(name: str, *arguments: str) -> Service:
        folder = tmp_path / name
        folder.mkdir()
        copy_model(models, folder)
        settings = settings_for(database_url=database_url, models=folder / "models")
        service = Service(folder, {**settings, "BUZON_RETRAIN_AT": "off"}, *arguments)
        services.append(service)
        service.start()
        return service

    with psycopg.connect(database_url, autocommit=True) as db:
        db.execute(
            "INSERT INTO tokens (name, hash, scopes) VALUES (%s, %s, %s)",
            ["test", digest(TOKEN), ["read", "write", "intake", "admin"]],
        )
    yield start
    for service in services:
        service.stop()


def correct(desk: Desk, pairs: list[tuple[str, str]], start: int = 0) -> None:
    for number, (text, category) in enumerate(pairs, start):
        desk.label(desk.send(text, number)["event_id"], category)


def test_a_category_of_one_s_own_is_learnt_from_corrections_and_answered_for(
    start: Callable[..., Service], database_url: str
) -> None:
    desk = Desk(start("one"), database_url)
    assert desk.service.run("category", "add", "tuberia", "--title", "Tuberías").returncode == 0
    texts = [text for text, _ in lessons(30)]
    correct(desk, [(text, "tuberia") for text in texts])
    outcome = desk.retrain()
    assert outcome["promoted"], outcome["why"]
    wait_until(lambda: desk.ask("Hola")["model_version"] == outcome["version"], "swapped")
    assert desk.ask("Mándame 7 racores como la última vez, por favor.")["category"] == "tuberia"
    model = joblib.load(desk.service.folder / "models" / "model.joblib")
    assert model.version == outcome["version"]


def test_the_worker_trains_and_the_web_process_follows_without_a_failed_request(
    start: Callable[..., Service], database_url: str
) -> None:
    desk = Desk(start("web", "serve", "--only", "web"), database_url)
    start("work", "work")
    correct(desk, lessons(30))
    stop = threading.Event()
    failures: list[str] = []
    versions: set[object] = set()

    def keep_asking() -> None:
        number = 1000
        while not stop.is_set():
            try:
                versions.add(desk.send("¿A qué hora abrís?", number)["model_version"])
            except (AssertionError, httpx.HTTPError) as error:
                failures.append(repr(error))
            number += 1

    asking = threading.Thread(target=keep_asking)
    asking.start()
    try:
        outcome = desk.retrain()
        assert outcome["promoted"], outcome["why"]
        wait_until(lambda: outcome["version"] in versions, "the web process has it")
    finally:
        stop.set()
        asking.join()
    assert failures == []


def test_a_worker_that_is_killed_while_training_is_followed_by_another(
    start: Callable[..., Service], database_url: str
) -> None:
    desk = Desk(start("web", "serve", "--only", "web"), database_url)
    worker = start("work", "work")
    correct(desk, lessons(30))
    id = desk.http.post("/retrain").json()["job_id"]
    wait_until(
        lambda: desk.http.get(f"/retrain/{id}").json()["state"] == "running", "the training begins"
    )
    worker.kill()
    start("another", "work")
    wait_until(lambda: desk.http.get(f"/retrain/{id}").json()["state"] == "done", "it is done", 150)


def test_an_older_model_brought_back_by_command_is_at_work_at_once(
    start: Callable[..., Service], database_url: str
) -> None:
    desk = Desk(start("one"), database_url)
    first = desk.at_work()
    correct(desk, lessons(30))
    assert desk.retrain()["promoted"]
    assert desk.service.run("promote", first).returncode == 0
    wait_until(lambda: desk.ask("Hola")["model_version"] == first, "back")


def test_what_waits_for_a_person_is_scored_again_after_a_promotion(
    start: Callable[..., Service], database_url: str
) -> None:
    desk = Desk(start("one"), database_url)
    correct(desk, lessons(30))
    for number, (text, _) in enumerate(lessons(15, start=30), 500):
        desk.send(text, number)
    desk.query("UPDATE events SET needs_review = true WHERE true_label IS NULL RETURNING 1")
    outcome = desk.retrain()
    assert outcome["promoted"], outcome["why"]
    version = outcome["version"]
    wait_until(
        lambda: desk.query(f"SELECT FROM events WHERE model_version = '{version}'"), "scored again"
    )
    wait_until(lambda: len(desk.query("SELECT FROM predictions")) == 15, "all of them")


def test_somebody_retrains_on_the_page_and_rolls_back(
    start: Callable[..., Service], database_url: str, page: Page
) -> None:
    desk = Desk(start("one"), database_url)
    before = desk.at_work()
    desk.service.run("category", "add", "tuberia", "--title", "Tuberías")
    correct(desk, [(text, "tuberia") for text, _ in lessons(30)])
    begin(page, desk.service)
    page.goto(f"{desk.service.url}/model")
    page.get_by_role("button", name="Train now").click()
    expect(page.locator("#training progress")).to_be_visible(timeout=TRAINING_TAKES)
    page.goto(desk.service.url)  # one may leave
    page.goto(f"{desk.service.url}/model")
    expect(page.locator("tr.at-work")).to_contain_text("Your own model", timeout=TRAINING_TAKES)
    after = desk.at_work()
    assert after != before
    wait_until(lambda: desk.ask("Hola")["model_version"] == after, "the new model judges mails")

    page.get_by_role("button", name="Bring back").click()
    page.get_by_role("button", name="Put it to work").click()
    expect(page.locator("tr.at-work")).to_contain_text("Built-in model")
    expect(page.locator("tr.at-work")).to_contain_text("Put to work by Ana Ruiz.")
    wait_until(lambda: desk.ask("Hola")["model_version"] == before, "the old one judges again")
