"""Why an import or export failed is said in the reader's language."""

import pytest
from psycopg import errors

from buzon.cli.transfers import UNFORESEEN
from buzon.errors import DatabaseUnreachable
from buzon.store import transfers
from buzon.web import transfer_words
from buzon.web.language import catalog


def spanish(text: str) -> str:
    return transfer_words.told(text, catalog("es").gettext)


@pytest.mark.parametrize(
    ("why", "expected"),
    [
        (
            str(UNFORESEEN),
            "Falló algo que nadie había previsto. Vuelva a intentarlo. El registro del servicio"
            " dice qué fue.",
        ),
        (
            "The database refuses: a <b> too large.",
            "La base de datos lo rechaza: <code>a &lt;b&gt; too large</code>.",
        ),
        ("ZeroDivisionError('<b>')", "<code>ZeroDivisionError(&#39;&lt;b&gt;&#39;)</code>"),
    ],
)
def test_it_is_said_in_spanish(why: str, expected: str) -> None:
    assert spanish(why) == expected


@pytest.mark.parametrize("kind", transfers.LACKING)
def test_all_that_a_database_may_lack_is_said_in_spanish(kind: type[errors.Error]) -> None:
    unreachable = DatabaseUnreachable("It is not available.")
    unreachable.__cause__ = kind()
    lacking = str(transfers.lacking(unreachable))
    said = spanish(lacking)
    assert "<code>" not in said
    assert said != lacking
