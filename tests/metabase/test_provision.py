"""metabase/provision.py against a server that answers like Metabase: what it makes, that it makes
it once, and what it says when something is in the way."""

import json
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from buzon.flow import Flow, handle_mails
from buzon.store import categories, labels
from buzon.store.db import Database
from metabase.answers import Request
from metabase.conftest import Provision
from metabase.fake import FakeMetabase
from peers import compose, needs
from peers.flows import raw_mail


def writes(metabase: FakeMetabase) -> list[Request]:
    return [request for request in metabase.requests if request.writes]


def made(provision: Provision, metabase: FakeMetabase, **changes: str) -> list[Request]:
    """What a run that went well wrote."""
    metabase.requests.clear()
    done = provision(**changes)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return writes(metabase)


def named(rows: dict[int, dict[str, Any]], name: str) -> dict[str, Any]:
    (row,) = [row for row in rows.values() if row["name"] == name]
    return row


def test_a_new_metabase_gets_all_it_needs_without_a_click(
    provision: Provision, metabase: FakeMetabase, environment: dict[str, str]
) -> None:
    metabase.starting = 2
    made(provision, metabase)
    assert metabase.users == {"ana@example.com": "una-clave-larga-1"}
    assert metabase.settings == {"anon-tracking-enabled": False, "check-for-updates": False}
    (database,) = metabase.databases.values()
    assert database["details"]["user"] == "buzon_bi"
    assert database["details"]["schema-filters-patterns"] == "public"
    assert database["details"]["ssl"] is False
    assert database["settings"] == {"database-enable-actions": True}
    assert named(metabase.cards, "Correos")["type"] == "model"
    dashboard = named(metabase.dashboards, "Atención al cliente")
    shown = {metabase.cards[card["card_id"]]["name"] for card in dashboard["dashcards"]
             if card["card_id"]}  # fmt: skip
    assert shown == {card["name"] for card in metabase.cards.values()} - {"Correos"}
    assert [p["name"] for p in dashboard["parameters"]] == [
        "Periodo",
        "Categoría",
        "Buzón de correo",
    ]
    (button,) = [card for card in dashboard["dashcards"] if card.get("action_id")]
    assert button["visualization_settings"]["button.label"] == "Corregir categoría"
    assert metabase.sessions == set()


def test_a_metabase_that_calls_nobody_by_its_environment_is_not_told_to(
    provision: Provision, metabase: FakeMetabase
) -> None:
    metabase.settings = dict.fromkeys(metabase.settings, False)
    assert not [w for w in made(provision, metabase) if w.path.startswith("/api/setting/")]


def test_a_metabase_that_refuses_to_be_silenced_is_set_up_all_the_same(
    provision: Provision, metabase: FakeMetabase
) -> None:
    metabase.fixed = {"check-for-updates"}
    done = provision()
    assert done.returncode == 0, done.stderr
    assert "See that MB_CHECK_FOR_UPDATES is false there" in done.stdout


def test_every_filter_of_a_card_is_tied_to_the_dashboard_s(
    provision: Provision, metabase: FakeMetabase
) -> None:
    made(provision, metabase)
    (dashboard,) = metabase.dashboards.values()
    known = {parameter["id"] for parameter in dashboard["parameters"]}
    for dashcard in dashboard["dashcards"]:
        if card := metabase.cards.get(dashcard["card_id"] or 0):
            tags = card["dataset_query"]["stages"][0].get("template-tags", {})
            mapped = {each["parameter_id"] for each in dashcard["parameter_mappings"]}
            assert mapped == tags.keys() <= known
    assert [p["id"] for p in dashboard["parameters"]] == ["period", "category", "mailbox"]


def test_no_two_things_on_the_dashboard_lie_upon_each_other(
    provision: Provision, metabase: FakeMetabase
) -> None:
    made(provision, metabase)
    (dashboard,) = metabase.dashboards.values()
    taken: set[tuple[int, int]] = set()
    for card in dashboard["dashcards"]:
        cells = {
            (row, column)
            for row in range(card["row"], card["row"] + card["size_y"])
            for column in range(card["col"], card["col"] + card["size_x"])
        }
        assert not cells & taken
        taken |= cells


def test_a_second_run_changes_nothing_and_needs_no_password(
    provision: Provision, metabase: FakeMetabase
) -> None:
    made(provision, metabase)
    assert made(provision, metabase, METABASE_PASSWORD="ya cambiada") == []
    posted = {request.path for request in metabase.requests if request.method != "GET"}
    assert posted == {"/api/dataset"}  # queries
    assert "nothing to change" in provision().stdout


def test_the_key_is_kept_for_its_owner_alone(
    provision: Provision, metabase: FakeMetabase, environment: dict[str, str]
) -> None:
    made(provision, metabase)
    kept = Path(environment["METABASE_KEY_FILE"])
    assert kept.read_text().strip() == metabase.keys["buzon-provision"]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_where_the_key_was_lost_a_run_signs_in_and_changes_nothing(
    provision: Provision, metabase: FakeMetabase, environment: dict[str, str]
) -> None:
    made(provision, metabase)
    Path(environment["METABASE_KEY_FILE"]).unlink()
    (refused,) = made(provision, metabase)
    assert refused.path == "/api/api-key"
    assert "delete it at Admin" in provision().stdout


async def test_after_a_category_is_added_only_the_dropdown_changes(
    provision: Provision, metabase: FakeMetabase, db: Database
) -> None:
    made(provision, metabase)
    async with db.transaction() as connection:
        await categories.add(connection, "averia", {"es": "Avería"})
        await categories.retire(connection, "consulta", "otro")
    (change,) = made(provision, metabase)
    assert change.method == "PUT"
    assert change.path.startswith("/api/action/")
    assert change.body.keys() == {"visualization_settings"}
    offered = change.body["visualization_settings"]["fields"]["true_label"]["valueOptions"]
    assert offered == ["pedido", "incidencia", "reclamacion", "otro", "averia"]
    assert made(provision, metabase) == []


async def test_the_button_corrects_a_mail_and_a_wrong_value_is_refused_in_words(
    provision: Provision, metabase: FakeMetabase, flow: Flow, db: Database
) -> None:
    (handled,) = await handle_mails(flow, [raw_mail(subject="Pedido")])
    id = handled.event_id or 0
    made(provision, metabase)
    (action,) = metabase.actions.values()

    def press(**values: object) -> Any:
        body = {"parameters": values}
        return metabase.run_action(Request("POST", "", {}, body), action["id"])

    assert press(id=id, true_label="incidencia") == {"rows-affected": 1}
    with pytest.raises(Exception, match="400") as refused:
        press(id=id, true_label="Incidencias")
    assert "There are: consulta, incidencia, otro" in json.dumps(refused.value.body)  # type: ignore[attr-defined]
    async with db.transaction() as connection:
        (correction,) = await labels.history(connection, id)
    assert (correction.by, correction.source) == ("buzon_bi", "metabase")


def test_in_another_language_it_makes_its_own_beside_the_first(
    provision: Provision, metabase: FakeMetabase
) -> None:
    made(provision, metabase)
    made(provision, metabase, METABASE_LANGUAGE="en")
    english = named(metabase.dashboards, "Customer support")
    assert len(english["dashcards"]) == len(
        named(metabase.dashboards, "Atención al cliente")["dashcards"]
    )
    assert len(metabase.databases) == 1
    for language in ("es", "en"):
        assert made(provision, metabase, METABASE_LANGUAGE=language) == []


def test_columns_that_the_role_may_not_read_are_not_asked_for(
    provision: Provision, metabase: FakeMetabase
) -> None:
    made(provision, metabase)
    events = named(metabase.tables, "events")["id"]
    asked = {
        field["name"]
        for field in metabase.fields.values()
        if field["table_id"] == events and field.get("visibility_type") != "sensitive"
    }
    assert asked == {"id", "true_label"}


def test_what_people_moved_or_added_stays_and_what_they_took_off_comes_back(
    provision: Provision, metabase: FakeMetabase
) -> None:
    made(provision, metabase)
    (dashboard,) = metabase.dashboards.values()
    moved, taken_off, *_ = dashboard["dashcards"]
    moved |= {"row": 90, "card_id": moved["card_id"]}
    dashboard["dashcards"].remove(taken_off)
    named(metabase.cards, "Reparto por categoría")["display"] = "row"
    (change,) = made(provision, metabase)
    assert change.path == f"/api/dashboard/{dashboard['id']}"
    after = metabase.dashboards[dashboard["id"]]["dashcards"]
    assert next(card for card in after if card["id"] == moved["id"])["row"] == 90
    assert [card["card_id"] for card in after].count(taken_off["card_id"]) == 1
    assert named(metabase.cards, "Reparto por categoría")["display"] == "row"


def test_a_question_that_asks_something_else_than_it_should_is_put_right(
    provision: Provision, metabase: FakeMetabase
) -> None:
    made(provision, metabase)
    card = named(metabase.cards, "Por revisar ahora")
    right = card["dataset_query"]["stages"][0]["native"]
    card["dataset_query"]["stages"][0]["native"] = "SELECT 0 AS waiting"
    (change,) = made(provision, metabase)
    assert change.path == f"/api/card/{card['id']}"
    stage = metabase.cards[card["id"]]["dataset_query"]["stages"][0]
    assert stage["native"] == right


def test_a_database_that_moved_or_has_a_new_password_is_reached_again(
    provision: Provision, metabase: FakeMetabase
) -> None:
    made(provision, metabase)
    (database,) = metabase.databases.values()
    database["details"]["host"] = "old.example.com"
    (change,) = made(provision, metabase)
    assert change.body.keys() == {"details"}
    metabase.shut_out = True
    (change,) = made(provision, metabase)
    assert change.body["details"]["password"] == "clave-de-lectura-1"


@needs("docker-compose")
def test_as_compose_runs_it_it_ends_well_and_again_with_nothing_to_change(
    environment: dict[str, str], repository: Path, tmp_path: Path
) -> None:
    """Its command and its environment; but where things are is elsewhere here."""
    env = tmp_path / "env"
    env.write_text(compose.generated_env(BUZON_BI_PASSWORD=environment["BUZON_BI_PASSWORD"]))
    given = yaml.safe_load(compose.config(env).stdout)["services"]["metabase-provision"]
    places = {"METABASE_URL", "METABASE_KEY_FILE"} | {
        f"METABASE_DB_{x}" for x in ("HOST", "PORT", "NAME")
    }
    assert places < given["environment"].keys()
    python, program = given["entrypoint"]
    assert (python, program.startswith("/metabase/")) == ("python", True)
    for told in ("changes", "nothing to change"):
        done = subprocess.run(
            [sys.executable, f"{repository}{program}"],
            env=given["environment"] | {name: environment[name] for name in places},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        assert told in done.stdout


def failed(provision: Provision, code: int, *words: str, **changes: str | None) -> None:
    done = provision(**changes)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr


def test_a_metabase_that_is_not_up_is_told_after_the_wait(
    provision: Provision, metabase: FakeMetabase
) -> None:
    nowhere = "http://127.0.0.1:8179"
    failed(provision, 3, nowhere, "METABASE_WAIT", METABASE_URL=nowhere, METABASE_WAIT="1")
    metabase.starting = 99
    failed(provision, 3, "was not up within 1 seconds", METABASE_WAIT="1")


def test_a_wrong_password_is_told(provision: Provision, metabase: FakeMetabase) -> None:
    metabase.users["ana@example.com"] = "otra"
    failed(provision, 4, "ana@example.com", "did not match", "METABASE_PASSWORD")


def test_a_first_password_that_metabase_refuses_is_told(
    provision: Provision, metabase: FakeMetabase
) -> None:
    failed(provision, 4, "too common", "longer METABASE_PASSWORD", METABASE_PASSWORD="corta")


def test_a_database_that_refuses_is_told_with_its_words(
    provision: Provision, metabase: FakeMetabase
) -> None:
    failed(
        provision, 5, 'database "nada" does not exist', "METABASE_DB_NAME", METABASE_DB_NAME="nada"
    )
    assert metabase.databases == {}


def test_a_database_without_the_views_is_told_with_the_remedy(
    provision: Provision, db: Database
) -> None:
    with psycopg.connect(db.url) as owner:
        owner.execute("REVOKE SELECT ON v_mails FROM buzon_bi")
    failed(provision, 5, "v_mails.id", "buzon migrate", METABASE_WAIT="1")


@pytest.mark.parametrize("kind", ["cards", "dashboards", "collections"])
def test_what_somebody_put_into_the_trash_is_neither_made_anew_nor_taken_out(
    provision: Provision, metabase: FakeMetabase, kind: str
) -> None:
    made(provision, metabase)
    rows: dict[int, dict[str, Any]] = getattr(metabase, kind)
    row = next(iter(rows.values()))
    row["archived"] = True
    metabase.requests.clear()
    failed(provision, 6, f"“{row['name']}” lies in Metabase's trash", "Restore it")
    assert writes(metabase) == []


@pytest.mark.parametrize("kind", ["cards", "dashboards", "databases"])
def test_two_that_are_called_the_same_are_told_by_their_ids(
    provision: Provision, metabase: FakeMetabase, kind: str
) -> None:
    made(provision, metabase)
    rows: dict[int, dict[str, Any]] = getattr(metabase, kind)
    first = next(iter(rows.values()))
    rows[9999] = first | {"id": 9999}
    failed(provision, 6, first["name"], str(first["id"]), "9999", "run this again")


def test_the_database_is_reached_by_tls_where_that_is_asked_for() -> None:
    code = "from settings import from_environment as read; print(read().database['ssl'])"
    shown = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2] / "metabase",
        env={"METABASE_EMAIL": "a@b.example", "METABASE_PASSWORD": "x", "BUZON_BI_PASSWORD": "x",
             "METABASE_DB_SSL": "true"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert shown.stdout.strip() == "True"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"METABASE_EMAIL": None}, "METABASE_EMAIL is not set"),
        ({"BUZON_BI_PASSWORD": ""}, "BUZON_BI_PASSWORD is not set"),
        ({"METABASE_URL": "metabase:3000"}, "Write http://host:port"),
        ({"METABASE_LANGUAGE": "fr"}, "Write es or en"),
        ({"METABASE_DB_PORT": "cinco"}, "METABASE_DB_PORT is 'cinco'"),
        ({"METABASE_DB_SSL": "on"}, "METABASE_DB_SSL is 'on'"),
        ({"METABASE_PASSWORD_FILE": "/nowhere"}, "METABASE_PASSWORD_FILE can't be read"),
    ],
)
def test_a_wrong_setting_is_told_by_its_name(
    provision: Provision, changes: dict[str, str | None], words: str
) -> None:
    failed(provision, 2, words, **changes)


def test_an_answer_that_nobody_expects_is_told_with_the_call(
    provision: Provision, metabase: FakeMetabase
) -> None:
    made(provision, metabase)
    (dashboard,) = metabase.dashboards.values()
    dashboard["dashcards"].pop()
    dashboard["dashcards"][0]["col"] = 23
    failed(provision, 7, f"PUT /api/dashboard/{dashboard['id']} was answered 400", "24 columns")
