"""Every question's SQL on the real views with mails in them, filtered and not; what it shows is
named as its columns are; its figures are those of Buzón's own dashboard."""

import tomllib
from datetime import UTC, date, datetime, timedelta
from math import sqrt
from pathlib import Path
from typing import Any

import pytest

from buzon.flow import Flow, handle_mails, label
from buzon.flow.statistics import percentile
from buzon.store import statistics
from buzon.store.db import Database
from buzon.store.statistics import Span
from metabase.answers import Answer, Request
from metabase.conftest import Provision
from metabase.fake import FakeMetabase
from peers.flows import raw_mail

QUESTIONS = Path(__file__).parents[2] / "metabase" / "questions"
NAMES = sorted(path.stem for path in QUESTIONS.glob("*.toml"))
TODAY = datetime.now(UTC)


@pytest.fixture
async def mails(flow: Flow, db: Database) -> list[int]:
    """Eight of two mailboxes on two days: two wait, two were called something else, four were drawn
    by lot."""
    subjects = ["pedido", "pedido", "pedido", "consulta", "consulta", "incidencia"]
    raws = [
        raw_mail(
            subject=subject,
            message_id=f"<{n}@x.org>",
            sender=f"c{n}@x.org",
            mailbox="ventas@example.com" if n % 2 else "soporte@example.com",
            arrived_at=TODAY - timedelta(days=n % 2),
        )
        for n, subject in enumerate([*subjects, "pedido dudoso", "consulta dudoso"])
    ]
    ids = [handled.event_id or 0 for handled in await handle_mails(flow, raws)]
    async with db.transaction() as connection:
        for seconds, id in enumerate(ids[:6], 1):
            await connection.execute(
                "UPDATE outbox SET status = 'sent', sent_at = (SELECT received_at FROM events"
                " WHERE id = event_id) + make_interval(secs => %s) WHERE event_id = %s",
                [seconds, id],
            )
        for id in ids[:4]:
            await connection.execute(
                "INSERT INTO audits (event_id, probability, category, confidence, model_version,"
                " threshold) SELECT id, CASE WHEN id = %s THEN 1 ELSE 0.05 END, category,"
                " confidence, model_version, 0.75 FROM events WHERE id = %s",
                [ids[0], id],
            )
    await label(db, ids[:2], "pedido", "ana")
    await label(db, ids[2:4], "reclamacion", "ana")
    return ids


class Shown:
    """The cards of a Metabase that is set up."""

    def __init__(self, provision: Provision, metabase: FakeMetabase) -> None:
        done = provision()
        assert done.returncode == 0, done.stderr
        self.metabase = metabase

    def run(self, name: str, **filters: Any) -> tuple[list[str], list[list[Any]]]:
        title = tomllib.loads((QUESTIONS / f"{name}.toml").read_text())["title"]["es"]
        (card,) = [card for card in self.metabase.cards.values() if card["name"] == title]
        body = {
            "parameters": [
                {"type": "x", "target": ["dimension", ["template-tag", tag]], "value": value}
                for tag, value in filters.items()
            ]
        }
        with pytest.raises(Answer) as answer:
            self.metabase.run_card(Request("POST", "", {}, body), card["id"])
        assert answer.value.body["status"] == "completed", answer.value.body
        data = answer.value.body["data"]
        return [column["name"] for column in data["cols"]], data["rows"]

    def rows(self, name: str, **filters: Any) -> list[list[Any]]:
        return self.run(name, **filters)[1]


@pytest.fixture
def shown(provision: Provision, metabase: FakeMetabase, mails: list[int]) -> Shown:
    return Shown(provision, metabase)


def test_each_shows_the_columns_that_it_names_with_and_without_filters(shown: Shown) -> None:
    every: dict[str, Any] = {
        "period": "past30days~",
        "category": ["pedido", "consulta"],
        "mailbox": ["soporte@example.com"],
    }
    for name in NAMES:
        told = tomllib.loads((QUESTIONS / f"{name}.toml").read_text())
        values = {tag: every[tag] for tag in told.get("filters", {})}
        for given in ({}, values, *({tag: value} for tag, value in values.items())):
            columns, rows = shown.run(name, **given)
            assert columns == list(told["columns"]), name
            assert rows, (name, given)
        assert named_by(told.get("settings", {})) <= set(columns), name


def named_by(settings: dict[str, Any]) -> set[str]:
    """The output columns that a visualisation names."""
    names = {column["name"] for column in settings.get("table.columns", [])}
    for key in ("scalar.field", "pie.dimension", "pie.metric"):
        names |= {settings[key]} if key in settings else set()
    return names | set(settings.get("graph.dimensions", []) + settings.get("graph.metrics", []))


def test_each_says_in_both_languages_what_it_is(repository: Path) -> None:
    for name in NAMES:
        told = tomllib.loads((QUESTIONS / f"{name}.toml").read_text())
        for words in (told["title"], told["description"], *told["columns"].values()):
            assert all(words[language].strip() for language in ("es", "en")), name


def test_the_mails_are_counted_by_what_a_person_called_them(shown: Shown) -> None:
    assert dict(map(tuple, shown.rows("share"))) == {
        "pedido": 3, "reclamacion": 2, "consulta": 2, "incidencia": 1,
    }  # fmt: skip
    assert shown.rows("mails_total") == [[8]]
    assert shown.rows("mails_total", mailbox=["ventas@example.com"], category=["pedido"]) == [[1]]
    yesterday = (TODAY - timedelta(days=40)).date()
    assert shown.rows("mails_total", period=f"{yesterday}~{yesterday}") == [[0]]


def test_what_waits_is_counted_and_listed_with_the_number_that_the_button_asks_for(
    shown: Shown, mails: list[int]
) -> None:
    assert shown.rows("waiting") == [[2]]
    assert {row[0] for row in shown.rows("waiting_list")} == set(mails[-2:])
    assert {row[0] for row in shown.rows("mails")} == set(mails)


def test_corrections_go_from_what_the_model_said_to_what_a_person_did(shown: Shown) -> None:
    assert shown.rows("corrections") == [
        ["consulta", "reclamacion", 1],
        ["pedido", "reclamacion", 1],
    ]
    assert shown.rows("corrections", category=["consulta"]) == [["consulta", "reclamacion", 1]]


def test_confidence_is_the_mean_of_what_the_model_said_by_category_and_day(shown: Shown) -> None:
    means = {(row[0], row[1]): float(row[2]) for row in shown.rows("confidence")}
    orders = sorted(value for (_, category), value in means.items() if category == "pedido")
    assert orders == pytest.approx([(0.96 + 0.96 + 0.4) / 3, 0.96])


def test_accuracy_weighs_the_mails_drawn_and_says_how_sure_that_is(shown: Shown) -> None:
    [[accuracy]] = shown.rows("accuracy")
    assert accuracy == pytest.approx(21 / 61)  # drawn with 1 and 1/20: right; two of 1/20: wrong
    every, consulta, pedido = shown.rows("accuracy_by_category")
    low, high = wilson(21 / 61, 61**2 / 1201)
    assert every == ["Σ", *(pytest.approx(share) for share in (accuracy, low, high)), 4]
    assert (consulta[0], consulta[1], consulta[2], consulta[4]) == (
        "consulta", 0, pytest.approx(0), 1
    )  # fmt: skip
    assert (pedido[0], pedido[1], pedido[4]) == ("pedido", pytest.approx(21 / 41), 3)


def wilson(p: float, n: float) -> tuple[float, float]:
    """The interval of Wilson (JASA 22, 1927) at 95%."""
    z = 1.96
    middle, half = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


async def test_times_to_answer_are_those_of_the_dashboard(shown: Shown, db: Database) -> None:
    today = date.today() + timedelta(days=1)  # noqa: DTZ011 - wide enough for every zone
    async with db.transaction() as connection:
        buckets, _ = await statistics.reply_times(
            connection, Span(today - timedelta(days=9), today)
        )
    wanted = [percentile(buckets, share) for share in (0.5, 0.95)]
    [[median, p95]] = shown.rows("reply_times")
    assert [float(median), float(p95)] == pytest.approx(wanted)
    assert 2.5 <= float(median) <= 4 < float(p95) <= 6.8
    # Those of yesterday were too old to be answered.
    assert [row[1:] for row in shown.rows("reply_times_by_day")] == [[median, p95]]
