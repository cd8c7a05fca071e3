"""What is wrong with a mail is said in the reader's language."""

from datetime import UTC, datetime

import pytest

from buzon.cli.beside import DEADLY
from buzon.mail.parse import parse
from buzon.records import RawMail
from buzon.web import defect_words
from buzon.web.language import catalog


def spanish(text: str) -> str:
    return defect_words.told(text, catalog("es").gettext)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"hola", "sin From"),
        (b"From: a@x.org\nFrom: b@x.org\n\nhola", "2 cabeceras From"),
        (b"From: a@x.org\nDate: ayer\n\nhola", "sin fecha (Date) legible"),
        (b"From: a@x.org\n\nhola", "sin Message-ID: se hizo a partir del contenido"),
        (
            b"Content-Type: text/plain; charset=klingon\n\nhola",
            "juego de caracteres desconocido: <code>&#39;klingon&#39;</code>",
        ),
        (b"Content-Type: multipart/mixed\n\nhola", "un multipart sin separador"),
        (
            b"Content-Transfer-Encoding: rot13\n\nhola",
            "codificación de transferencia desconocida <code>&#39;rot13&#39;</code>:"
            " se deja como está",
        ),
    ],
)
def test_a_defect_of_a_mail_is_said_in_spanish(content: bytes, expected: str) -> None:
    mail = parse(RawMail("ventas", content, datetime.now(UTC), "imap", len(content)))
    assert expected in [spanish(defect) for defect in mail.defects]
    assert not [defect for defect in mail.defects if spanish(defect).startswith("<code>")]


def test_why_a_mail_was_set_aside_quotes_the_database() -> None:
    assert spanish("The database refuses: invalid <byte>.") == (
        "La base de datos lo rechaza: <code>invalid &lt;byte&gt;</code>."
    )
    assert spanish("NO gone") == "<code>NO gone</code>"


def test_a_mail_that_ends_the_process_which_parses_it_is_told_with_what_to_do() -> None:
    told = spanish(DEADLY % {"count": 3, "said": "SIGKILL"})
    assert told.startswith("Este correo por sí solo terminó 3 veces el proceso")
    assert "la última con <code>SIGKILL</code>." in told
    assert told.endswith("comunique el fallo.")
