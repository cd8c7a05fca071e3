"""Full-text search: what is found, and where in the text it is shown."""

import pytest

from buzon.flow import Flow, handle_mails
from buzon.store import events, search
from buzon.store.db import Database
from buzon.store.filters import Filter
from peers.flows import raw_mail

TEXTS = {
    "Reclamación": "Los camiones llegaron tarde & con <b>cajas</b> rotas.",
    "Envío 4500-123": "¿Dónde está mi paquete? Escríbanme a compras@tienda.example.",
    "Order": "Please send twenty boxes.",
}


@pytest.fixture
async def ids(flow: Flow, db: Database) -> list[int]:
    mails = [
        raw_mail(subject=subject, body=body, message_id=f"<{n}@x.org>")
        for n, (subject, body) in enumerate(TEXTS.items())
    ]
    return [handled.event_id or 0 for handled in await handle_mails(flow, mails)]


async def index(db: Database, limit: int = 100) -> int:
    async with db.transaction() as connection:
        return await search.index(connection, limit)


async def found(db: Database, words: str) -> list[int]:
    async with db.transaction() as connection:
        return sorted(await events.ids(connection, Filter(words=words)))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("reclamacion", [0]),
        ("RECLAMACIONES", [0]),
        ("reclamación", [0]),
        ("camión", [0]),
        ("caja", [0]),
        ("envios", [1]),
        ("4500-123", [1]),
        ("tienda.example", [1]),
        ("López", [0, 1, 2]),
        ("ana@example.org -boxes", [0, 1]),
        ('"camiones llegaron"', [0]),
        ('"llegaron camiones"', []),
        ("paquete OR boxes", [1, 2]),
        ("paquete boxes", []),
        ("' | & !( <script>", []),
    ],
)
async def test_what_people_type_finds_what_they_mean(
    db: Database, ids: list[int], words: str, expected: list[int]
) -> None:
    await index(db)
    assert await found(db, words) == [ids[n] for n in expected]


async def test_a_mail_is_found_once_it_was_taken_from_the_queue(
    db: Database, ids: list[int]
) -> None:
    assert await found(db, "cajas OR paquete OR boxes") == []
    assert await index(db, 2) == 2
    assert len(await found(db, "cajas OR paquete OR boxes")) == 2
    assert await index(db, 2) == 1
    assert await index(db, 2) == 0
    assert await found(db, "cajas OR paquete OR boxes") == ids


async def test_the_newest_are_made_searchable_first(db: Database, ids: list[int]) -> None:
    for made in range(1, len(ids) + 1):
        assert await index(db, 1) == 1
        assert await found(db, "cajas OR paquete OR boxes") == ids[-made:]


async def test_two_processes_share_the_queue(db: Database, ids: list[int]) -> None:
    async with db.transaction() as one:
        assert await search.index(one, 2) == 2
        async with db.transaction() as other:
            assert await search.index(other, 9) == 1
    assert await found(db, "cajas OR paquete OR boxes") == ids


async def test_the_words_are_shown_where_they_stand_with_their_accents(
    db: Database, ids: list[int]
) -> None:
    async with db.transaction() as connection:
        marks = await search.find(connection, ids, "reclamaciones camion cajas")
        bodies = {event.id: event.body for event in await events.some(connection, ids)}
    first = marks[ids[0]]
    assert ["Reclamación"[a:b] for a, b in first.subject] == ["Reclamación"]
    assert [bodies[ids[0]][a:b] for a, b in first.body] == ["camiones", "cajas"]
    assert marks[ids[2]].body == []


async def test_a_text_that_holds_the_marks_or_changes_its_length_is_shown_without_them(
    flow: Flow, db: Database
) -> None:
    mail = raw_mail(subject="caja \x01 caja", body="caja İİ caja \x02")
    (handled,) = await handle_mails(flow, [mail])
    id = handled.event_id or 0
    async with db.transaction() as connection:
        marks = await search.find(connection, [id], "caja")
        event = await events.get(connection, id)
    assert event
    assert {event.subject[a:b] for a, b in marks[id].subject} == {"caja"}
    assert {event.body[a:b] for a, b in marks[id].body} <= {"caja"}


async def test_a_very_long_mail_is_searchable_by_its_beginning(flow: Flow, db: Database) -> None:
    words = " ".join(f"palabra{n}" for n in range(200_000))
    await handle_mails(flow, [raw_mail(body=f"comienzo {words}")])
    assert await index(db) == 1
    assert len(await found(db, "comienzo palabra7")) == 1


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("áàâäãå éèêë íìîï óòôöõ úùûü ñ ç", "aaaaaa eeee iiii ooooo uuuu n c"),
        ("ÁÀÂÄÃÅ ÉÈÊË ÍÌÎÏ ÓÒÔÖÕ ÚÙÛÜ Ñ Ç", "aaaaaa eeee iiii ooooo uuuu n c"),
        ("Ana <ana@x.org>", "ana  ana x.org>"),
        ("Atención, cancion y naciones", "atención, canción y naciones"),
        ("ß đ 漢字 €", "ß đ 漢字 €"),
    ],
)
async def test_words_are_compared_without_accents_character_for_character(
    db: Database, text: str, plain: str
) -> None:
    async with db.transaction() as connection:
        rows = await connection.execute("SELECT plain(%s)", [text])
        assert await rows.fetchone() == (plain,)
