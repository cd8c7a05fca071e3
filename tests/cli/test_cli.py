import json
import os
import pty
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from peers.dovecot import free_port


class Shell:
    """Runs `buzon …` in a folder of its own."""

    def __init__(self, folder: Path, models: Path, database_url: str) -> None:
        self.folder = folder
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("BUZON_")},
            "BUZON_MODELS_DIR": str(models),
            "BUZON_DATABASE_URL": database_url,
            "BUZON_SANDBOX_SMTP": f"127.0.0.1:{free_port()}",
        }

    def __call__(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "buzon", *arguments],
            cwd=self.folder,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done


@pytest.fixture
def buzon(tmp_path: Path, models: Path, database_url: str) -> Shell:
    return Shell(tmp_path, shutil.copytree(models, tmp_path / "models"), database_url)


def test_classify_tells_the_category_of_a_text_from_standard_input(buzon: Shell) -> None:
    done = buzon("classify", stdin="Quiero pedir 20 cajas de agua para el jueves, por favor.")
    found = json.loads(done.stdout)
    assert (found["category"], found["language"]) == ("pedido", "es")
    assert sum(found["probabilities"].values()) == pytest.approx(1, abs=1e-4)


def test_classify_reads_a_mail_without_its_quoted_history(buzon: Shell, tmp_path: Path) -> None:
    mail = tmp_path / "mail.eml"
    mail.write_text(
        "From: ana@example.org\nSubject: Re: horario\nContent-Type: text/plain; charset=utf-8\n\n"
        "¿A qué hora abren los domingos?\n\n"
        "El lun, 3 feb 2025 a las 10:15, Luis <luis@example.com> escribió:\n"
        "> Exijo la devolución de mi dinero, es la tercera vez que reclamo.\n"
    )
    assert json.loads(buzon("classify", str(mail)).stdout)["category"] == "consulta"


def test_classify_explains_with_the_weightiest_words_first(buzon: Shell) -> None:
    text = "¿A qué hora abren los domingos?"
    done = buzon("classify", "--explain", stdin=text)
    answer = json.loads(done.stdout)
    explanation = answer.pop("explanation")
    assert answer == json.loads(buzon("classify", stdin=text).stdout)
    assert explanation["category"] == answer["category"] != explanation["runner_up"]
    weights = [phrase["weight"] for phrase in explanation["phrases"]]
    assert sum(weights) + explanation["rest"] == pytest.approx(explanation["margin"])
    assert weights == sorted(weights, key=abs, reverse=True)
    assert all(text[p["start"] : p["end"]] == p["text"] for p in explanation["phrases"])


def test_classify_tells_where_words_stand_in_a_mail_that_begins_with_a_quotation(
    buzon: Shell,
) -> None:
    text = "El lunes, Luis <luis@example.com> escribió:\n> ¿Cuánto cuesta?\n\n"
    text += "El paquete llegó roto y quiero que me devuelvan el dinero."
    done = buzon("classify", "--explain", stdin=text)
    phrases = json.loads(done.stdout)["explanation"]["phrases"]
    assert {"roto", "devuelvan"} <= {phrase["text"] for phrase in phrases}
    assert all(text[p["start"] : p["end"]] == p["text"] for p in phrases)


def test_check_tells_in_a_line_each_what_works(buzon: Shell) -> None:
    done = buzon("check")
    assert done.returncode == 0
    for words in ("✓  database: PostgreSQL", "✓  sending: not configured", "✓  model: version"):
        assert words in done.stdout


def test_on_a_terminal_check_shows_what_it_is_at(buzon: Shell) -> None:
    ours, terminal = pty.openpty()
    checking = subprocess.Popen(
        [sys.executable, "-m", "buzon", "check"],
        cwd=buzon.folder,
        env=buzon.environment,
        stdout=terminal,
    )
    os.close(terminal)
    told = ""
    with suppress(OSError):  # which is how a terminal ends
        while read := os.read(ours, 4096):
            told += read.decode()
    os.close(ours)
    assert checking.wait(20) == 0
    for name in ("database", "sending", "model"):
        assert told.index(f"…  {name}\r") < told.index(f"✓  {name}: ")


def test_check_fails_where_something_does_not_work(buzon: Shell) -> None:
    buzon.environment |= {
        "BUZON_IMAP_HOST": "127.0.0.1",
        "BUZON_IMAP_PORT": "1",
        "BUZON_IMAP_USER": "x@example.com",
    }
    done = buzon("check")
    assert done.returncode == 1
    assert "✗  mailbox x@example.com: Nothing answers at 127.0.0.1:1" in done.stdout
    assert "✓  database" in done.stdout


def test_tokens_are_made_listed_and_revoked(buzon: Shell) -> None:
    token = buzon("token", "add", "tienda").stdout.strip()
    assert token.startswith("bz_")
    assert "tienda" in buzon("token", "list").stdout
    again = buzon("token", "add", "tienda")
    assert again.returncode != 0
    assert "There is a token called tienda" in again.stderr
    assert buzon("token", "revoke", "tienda").returncode == 0
    assert "tienda" not in buzon("token", "list").stdout
    assert "There is no token called tienda" in buzon("token", "revoke", "tienda").stderr


def test_migrate_makes_the_tables_of_an_empty_database(
    tmp_path: Path, models: Path, empty_database_url: str
) -> None:
    buzon = Shell(tmp_path, models, empty_database_url)
    assert "run: buzon migrate" in buzon("token", "list").stderr
    assert buzon("migrate").stdout.startswith("Applied: 0001_initial, ")
    assert buzon("migrate").stdout == "The tables are up to date.\n"
    assert buzon("token", "list").returncode == 0


def test_migrate_lets_the_role_in_that_metabase_signs_in_as(buzon: Shell) -> None:
    buzon.environment["BUZON_BI_PASSWORD"] = "una-clave-1"
    done = buzon("migrate")
    assert done.stdout.splitlines()[1] == "buzon_bi may sign in, with BUZON_BI_PASSWORD."
    assert "una-clave-1" not in done.stdout + done.stderr


def test_import_tells_what_became_of_the_mails(buzon: Shell, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text('{"from": "ana@example.org", "subject": "x", "text": "y"}\n{broken\n')
    done = buzon("import", str(file))
    assert done.returncode == 0, done.stderr
    assert "1 stored, 0 known before, 1 parked as not understood" in done.stdout


def test_an_import_of_what_is_no_archive_ends_with_a_sentence(buzon: Shell, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hola")
    done = buzon("import", "a.txt")
    assert done.returncode == 1
    assert "a.txt: This is no mbox" in done.stderr


@pytest.mark.parametrize("command", [("models",), ("token", "list")])
def test_times_are_those_of_the_company_which_are_named(
    buzon: Shell, command: tuple[str, ...]
) -> None:
    buzon.environment |= {"BUZON_TIMEZONE": "Asia/Tokyo", "COLUMNS": "200"}
    buzon("token", "add", "tienda")
    (buzon.folder / "mail.eml").write_text("From: ana@example.org\n\nHola")
    buzon("import", "mail.eml")  # which needs a model, and so trains the first one
    told = buzon(*command).stdout
    assert "Times in Asia/Tokyo" in told
    made = re.search(r"\d{4}-\d\d-\d\d\s\d\d:\d\d", told)
    assert made
    there = datetime.now(ZoneInfo("Asia/Tokyo")).replace(tzinfo=None)
    assert there - datetime.fromisoformat(made[0]) < timedelta(minutes=10)
