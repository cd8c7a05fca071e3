"""Mails, the outbox and the quarantine over the database and the raw mails in it."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest

from buzon.cli.desk import StoreDesk
from buzon.config import Settings
from buzon.flow import Flow, handle_mails
from buzon.records import Event, RawMail
from buzon.store import parked
from peers.desks import make_desk
from peers.flows import OWN, raw_mail


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("BUZON_IMAP_HOST", "imap.gmail.com")
    monkeypatch.setenv("BUZON_IMAP_USER", OWN)
    monkeypatch.setenv("BUZON_REPLIES_PER_HOUR", "20")
    return Settings(_env_file=None)


@pytest.fixture
def desk(settings: Settings, flow: Flow) -> StoreDesk:
    return make_desk(flow, settings)


async def take(desk: StoreDesk, flow: Flow, mail: RawMail) -> Event:
    (handled,) = await handle_mails(flow, [mail])
    event = await desk.event(handled.event_id or 0)
    assert event
    return event


def whole_mail() -> RawMail:
    """With HTML, a picture in it, and a file."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Ana <ana@example.org>", OWN, "Pedido"
    mail["Message-ID"], mail["Reply-To"] = "<todo@example.org>", "pedidos@example.org"
    mail.set_content("Hola")
    mail.add_alternative('<p>Hola<img src="cid:logo@x"><img src="https://x.es/1.png"></p>', "html")
    page = mail.get_payload()[1]  # type: ignore[index]
    page.add_related(b"PNG", "image", "png", cid="<logo@x>")  # type: ignore[union-attr]
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="plano.pdf")
    content = mail.as_bytes()
    return RawMail(OWN, content, datetime.now(UTC), "imap", len(content))


async def test_a_mail_is_opened_with_all_that_it_holds(desk: StoreDesk, flow: Flow) -> None:
    mail = whole_mail()
    event = await take(desk, flow, mail)
    around = await desk.around(event)
    assert (around.answer_to, around.raw_kept, around.has_html) == (
        "pedidos@example.org",
        True,
        True,
    )
    page = await desk.html(event.id)
    assert page
    assert 'src="data:image/png;base64,UE5H"' in page.html
    assert page.blocked == 1
    files = [await desk.attachment(event.id, n) for n in range(len(event.attachments))]
    assert [file.content for file in files if file] == [b"PNG", b"%PDF"]
    assert await desk.raw(event.id) == mail.content


async def test_a_mail_whose_raw_form_is_gone_is_opened_all_the_same(
    desk: StoreDesk, flow: Flow
) -> None:
    event = await take(desk, flow, whole_mail())
    async with flow.db.transaction() as db:
        await db.execute("DELETE FROM raw_mails")
    around = await desk.around(event)
    assert (around.raw_kept, around.has_html) == (False, False)
    assert await desk.html(event.id) is None
    assert await desk.attachment(event.id, 0) is None
    assert await desk.raw(event.id) is None


async def test_a_conversation_is_told_from_both_sides(desk: StoreDesk, flow: Flow) -> None:
    start = datetime.now(UTC) - timedelta(hours=2)
    mails = [
        raw_mail(
            message_id=f"<{n}@x.org>",
            headers="In-Reply-To: <0@x.org>" if n else "",
            arrived_at=start + timedelta(minutes=n),
        )
        for n in range(60)
    ]
    ids = [handled.event_id for handled in await handle_mails(flow, mails)]
    event = await desk.event(ids[30] or 0)
    assert event
    around = await desk.around(event)
    assert [e.id for e in around.earlier.mails] == ids[5:30]
    assert [e.id for e in around.later.mails] == ids[31:56]
    assert around.earlier.more
    assert around.later.more
    rest = await desk.earlier_mails(around.earlier.mails[0])
    assert ([e.id for e in rest.mails], rest.more) == (ids[:5], False)
    rest = await desk.later_mails(around.later.mails[-1])
    assert ([e.id for e in rest.mails], rest.more) == (ids[56:], False)


async def test_gmail_is_offered_for_what_was_read_there_and_can_be_found_there(
    desk: StoreDesk, flow: Flow
) -> None:
    there = await take(desk, flow, raw_mail(message_id="<a@x.org>"))
    imported = await take(desk, flow, raw_mail(message_id="<b@x.org>", source="import"))
    elsewhere = await take(desk, flow, raw_mail(message_id="<c@x.org>", mailbox="ventas"))
    nameless = await take(desk, flow, raw_mail(message_id=None))
    events = (there, imported, elsewhere, nameless)
    assert [(await desk.around(e)).in_gmail for e in events] == [True, False, False, False]


async def test_the_outbox_is_listed_with_the_limit_that_holds_answers_back(
    desk: StoreDesk, flow: Flow
) -> None:
    event = await take(desk, flow, raw_mail())
    assert [reply.event_id for reply in await desk.outbox(5, None, ["queued"])] == [event.id]
    assert await desk.outbox(5, None, ["failed"]) == []
    assert desk.replies_per_hour == 20


async def test_a_parked_mail_is_read_and_handed_in_anew(desk: StoreDesk, flow: Flow) -> None:
    async with flow.db.transaction() as db:
        await parked.add(db, raw_mail(), "too wide")
    (about,) = await desk.quarantine(5, None)
    assert await desk.parked(about.id) == (about, raw_mail().content)
    event = await desk.event(await desk.try_again(about.id, "ana"))
    assert event
    assert event.message_id == "uno@example.org"
    assert await desk.quarantine(5, None) == []
