"""What is wrong when Buzón starts is said in one sentence, soon, without a traceback."""

import socket
from collections.abc import Callable

import psycopg
import pytest

from peers import needs_dovecot
from peers.dovecot import free_port
from peers.scene import SECONDS, MakeScene, Scene, assert_keeps_secrets

pytestmark = needs_dovecot

Prepare = Callable[[Scene], None]


def a_setting_of_wrong_type(scene: Scene) -> None:
    scene.service.environment["BUZON_IMAP_PORT"] = "many"


def a_setting_with_a_slip(scene: Scene) -> None:
    scene.service.environment["BUZON_IMAP_HOTS"] = "imap.example.com"


def an_imap_host_that_nobody_knows(scene: Scene) -> None:
    scene.service.environment["BUZON_IMAP_HOST"] = "imap.no-such-host.example"


def an_imap_port_that_nobody_listens_on(scene: Scene) -> None:
    scene.service.environment["BUZON_IMAP_PORT"] = str(free_port())


def a_wrong_imap_password(scene: Scene) -> None:
    scene.service.environment["BUZON_IMAP_PASSWORD"] = "not it"


def a_wrong_smtp_password(scene: Scene) -> None:
    scene.smtp.behave("AUTH", "535 5.7.8 authentication failed")
    scene.service.environment |= {"BUZON_SMTP_USER": "who", "BUZON_SMTP_PASSWORD": "not it"}


def an_smtp_port_that_nobody_listens_on(scene: Scene) -> None:
    scene.service.environment["BUZON_SMTP_PORT"] = str(free_port())


def an_unreachable_database(scene: Scene) -> None:
    url = f"postgresql://buzon:secreto@127.0.0.1:{free_port()}/buzon"
    scene.service.environment["BUZON_DATABASE_URL"] = url


def a_database_without_tables(scene: Scene) -> None:
    with psycopg.connect(scene.url, autocommit=True) as db:
        db.execute("DROP SCHEMA public CASCADE")
        db.execute("CREATE SCHEMA public")


def an_older_schema(scene: Scene) -> None:
    scene.query("DELETE FROM _yoyo_migration")


def a_newer_schema(scene: Scene) -> None:
    scene.query("INSERT INTO _yoyo_migration (migration_hash, migration_id) VALUES ('x', '9999_x')")


def a_data_folder_below_a_file(scene: Scene) -> None:
    file = scene.service.folder / "file"
    file.write_text("")
    del scene.service.environment["BUZON_DATABASE_URL"]
    scene.service.environment["BUZON_DATA_DIR"] = str(file / "var")


def a_data_folder_that_can_t_be_written(scene: Scene) -> None:
    del scene.service.environment["BUZON_DATABASE_URL"]
    scene.service.environment["BUZON_DATA_DIR"] = "/proc/buzon"


def a_models_folder_that_can_t_be_written(scene: Scene) -> None:
    scene.service.environment["BUZON_MODELS_DIR"] = "/proc/models"


@pytest.mark.parametrize(
    ("prepare", "code", "words"),
    [
        (a_setting_of_wrong_type, 2, ["BUZON_IMAP_PORT", "whole number"]),
        (a_setting_with_a_slip, 2, ["BUZON_IMAP_HOTS", "Did you mean BUZON_IMAP_HOST?"]),
        (an_imap_host_that_nobody_knows, 4, ["imap.no-such-host.example", "BUZON_IMAP_HOST"]),
        (an_imap_port_that_nobody_listens_on, 4, ["Connection refused", "BUZON_IMAP_PORT"]),
        (a_wrong_imap_password, 4, ["refuses the user", "BUZON_IMAP_PASSWORD"]),
        (a_wrong_smtp_password, 5, ["535", "BUZON_SMTP_PASSWORD"]),
        (an_smtp_port_that_nobody_listens_on, 5, ["be reached", "BUZON_SMTP_PORT"]),
        (an_unreachable_database, 3, ["Connection refused", "BUZON_DATABASE_URL"]),
        (a_database_without_tables, 3, ["missing: 0001_initial", "buzon migrate"]),
        (an_older_schema, 3, ["missing: 0001_initial", "buzon migrate"]),
        (a_newer_schema, 3, ["9999_x", "newer"]),
        (a_data_folder_below_a_file, 3, ["Not a directory", "BUZON_DATA_DIR"]),
        (a_data_folder_that_can_t_be_written, 3, ["/proc/buzon", "BUZON_DATA_DIR"]),
        (a_models_folder_that_can_t_be_written, 6, ["/proc/models", "BUZON_MODELS_DIR"]),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_serve_refuses(
    prepare: Prepare, code: int, words: list[str], make_scene: MakeScene
) -> None:
    assert_refuses(make_scene(), prepare, code, words)


def test_serve_refuses_a_taken_port(make_scene: MakeScene) -> None:
    scene = make_scene()
    with socket.socket() as other:
        other.bind(("127.0.0.1", scene.service.port))
        other.listen()
        port = f"127.0.0.1:{scene.service.port}"
        assert_refuses(scene, lambda _: None, 7, [port, "BUZON_PORT"])


def assert_refuses(scene: Scene, prepare: Prepare, code: int, words: list[str]) -> None:
    scene.service.folder.mkdir(parents=True)
    prepare(scene)
    ended = scene.service.run("serve", seconds=SECONDS)
    assert ended.returncode == code, ended.stderr
    (line,) = ended.stderr.splitlines()
    assert line.startswith("buzon: ")
    assert len(line) < 500
    for word in words:
        assert word in line
    assert "Traceback" not in ended.stdout + ended.stderr
    assert_keeps_secrets(ended.stdout + ended.stderr)
    assert "not it" not in line
