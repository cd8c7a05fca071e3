"""What the customer gets: the answers as files, and what a hostile mail cannot do to them."""

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime
from email.header import Header
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2.exceptions import SecurityError

from buzon.errors import Invalid
from buzon.mail.borrowed import bare_subject, one_line, person_name, quotable
from buzon.mail.compose import (
    Identity,
    compose,
    is_own,
    own_message_id,
    recipient_of,
    to_bytes,
)
from buzon.mail.templates import ANSWERS, LANGUAGES, environment
from buzon.records import Decision, Message, Reply

GOLDEN = Path(__file__).with_name("answers")
TEMPLATES = ("pedido", "incidencia", "consulta", "reclamacion", "neutral")
SECRET = bytes(range(32))
WHEN = datetime(2025, 2, 3, 9, 16, tzinfo=UTC)
US = Identity(company="Muñoz & Hijos, S.L.", address="soporte@example.com", secret=SECRET)
MAIL = Message(
    mailbox="soporte",
    source="imap",
    message_id="5521.abc@mail.example.org",
    digest="d" * 64,
    sender="ana@example.org",
    sender_name="Ana López",
    subject="RE: Pedido n.º 5521 <urgente>",
    arrived_at=datetime(2025, 2, 3, 9, 15, tzinfo=UTC),
    references=("1@example.com", "2@example.org"),
    text="Cuerpo del cliente que nadie debe recibir de vuelta.",
    language="es",
)

HOSTILE = st.text(
    st.one_of(st.sampled_from("\r\n\0\t\x85\u2028\u202e\ud800<>\"'\\:;,=?@{}%. "), st.characters()),
    max_size=400,
)


def answer(message: Message = MAIL, template: str = "pedido", identity: Identity = US) -> Reply:
    decision = Decision(answers=True, template=template)
    return compose(message, decision, event_id=123, thread_id="t1", identity=identity)


def on_the_wire(reply: Reply) -> EmailMessage:
    mail = email.message_from_bytes(to_bytes(reply, WHEN), policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    assert not mail.defects
    return mail


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_the_answer_for_each_category_and_language_reads_as_its_file(
    language: str, template: str
) -> None:
    reply = answer(replace(MAIL, language=language), template)
    expected = (GOLDEN / f"{language}.{template}.txt").read_text(encoding="utf-8")
    assert f"{reply.subject}\n\n{reply.text}" == expected


def test_the_html_and_the_whole_mail_read_as_their_files() -> None:
    reply = answer()
    assert reply.html + "\n" == (GOLDEN / "es.pedido.html").read_text(encoding="utf-8")
    assert to_bytes(reply, WHEN) == (GOLDEN / "es.pedido.eml").read_bytes()


def test_the_same_mail_gets_the_same_answer_however_often() -> None:
    assert answer() == answer()
    assert to_bytes(answer(), WHEN) == to_bytes(answer(), WHEN)


def test_the_mail_carries_the_marks_of_an_automatic_answer_and_its_thread() -> None:
    mail = on_the_wire(answer())
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["Content-Language"] == "es"
    assert mail["In-Reply-To"] == "<5521.abc@mail.example.org>"
    assert mail["References"].split() == [
        "<1@example.com>",
        "<2@example.org>",
        "<5521.abc@mail.example.org>",
    ]
    assert mail["Date"].datetime == WHEN
    assert mail["Precedence"] is None
    assert str(mail["From"]) == '"Muñoz & Hijos, S.L." <soporte@example.com>'
    assert mail["To"].addresses[0].addr_spec == "ana@example.org"
    assert is_own(mail["Message-ID"], SECRET)


def test_text_and_html_arrive_as_they_were_written() -> None:
    reply = answer()
    plain, html = on_the_wire(reply).iter_parts()
    assert plain.get_content().splitlines() == reply.text.splitlines()
    assert html.get_content().splitlines() == reply.html.splitlines()
    assert "&lt;urgente&gt;" in reply.html
    assert "http" not in reply.html
    assert "src=" not in reply.html


def test_the_customers_text_is_never_sent_back() -> None:
    assert "Cuerpo del cliente" not in to_bytes(answer(), WHEN).decode()


@pytest.mark.parametrize("language", ["", "ja"])
def test_a_mail_in_a_language_without_templates_is_answered_in_the_companys(language: str) -> None:
    reply = answer(replace(MAIL, language=language), identity=replace(US, language="de"))
    assert reply.text.startswith("Guten Tag Ana López,")
    assert reply.headers["Content-Language"] == "de"


@pytest.mark.parametrize("template", ["garantías", "../frame/es", "frame/es", ""])
def test_a_category_without_a_template_gets_the_neutral_answer(template: str) -> None:
    assert answer(template=template).text == answer(template="neutral").text
    assert answer(template=template).template == "neutral"


def test_the_time_is_told_in_the_companys_zone() -> None:
    reply = answer(identity=replace(US, timezone=ZoneInfo("Atlantic/Canary")))
    assert "03/02/2025 a las 09:15 (WET)" in reply.text


@pytest.mark.parametrize(("hour", "told"), [(0, "02:30 (CEST)"), (1, "02:30 (CET)")])
def test_an_hour_that_comes_twice_in_autumn_is_told_as_the_one_it_is(hour: int, told: str) -> None:
    arrived_at = datetime(2025, 10, 26, hour, 30, 59, tzinfo=UTC)
    assert f"26/10/2025 a las {told}" in answer(replace(MAIL, arrived_at=arrived_at)).text


def test_what_a_mail_is_called_as_a_place_of_the_page_stays_text() -> None:
    reply = answer(replace(MAIL, subject="[paragraphs] [language]"))
    assert "«[paragraphs] [language]»" in reply.html
    assert reply.html.count("<html") == 1


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Factura", "Re: Factura"),
        ("RE: Factura", "Re: Factura"),
        ("Re: AW: Fwd: RV : Re[2]: Factura", "Re: Factura"),
        ("Ref: 2025: factura", "Re: Ref: 2025: factura"),
        ("", "Re: Su mensaje"),
        ("Re:", "Re: Su mensaje"),
        ("a\r\nBcc: b@example.net", "Re: a Bcc: b@example.net"),
        ("x" * 100_000, f"Re: {'x' * 199}…"),
    ],
)
def test_the_subject_is_the_customers_with_one_re(subject: str, expected: str) -> None:
    reply = answer(replace(MAIL, subject=subject))
    assert reply.subject == expected
    assert on_the_wire(reply)["Subject"] == expected


@pytest.mark.parametrize(
    "subject", ["Gana en http://example.net", "www.example.net", "example.net", "x@example.net"]
)
def test_a_subject_that_mail_programs_make_a_link_of_is_not_repeated_in_the_text(
    subject: str,
) -> None:
    assert "example.net" not in answer(replace(MAIL, subject=subject)).text


def test_a_subject_with_abbreviations_is_repeated() -> None:
    assert quotable("Pedido n.º 5 de Muñoz S.L., 1.5 kg") == "Pedido n.º 5 de Muñoz S.L., 1.5 kg"


def test_a_subject_that_looks_encoded_is_not_decoded_by_the_receiver() -> None:
    subject = "=?utf-8?q?x=0D=0ABcc:_b=40example.net?="
    mail = on_the_wire(answer(replace(MAIL, subject=subject)))
    assert mail["Subject"] == f"Re: {subject}"
    assert mail["Bcc"] is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ana López", "Ana López"),
        ("LÓPEZ, ANA", "Ana López"),
        ("jean-luc o'neill", "Jean-Luc O'Neill"),
        ("José María de la", "José María de la"),
        ("'Ana López'", "Ana López"),
        ("J. García", "J. García"),
        ("Ana Lo\u0301pez", "Ana López"),
        ("王小明", "王小明"),
        ("", ""),
        ("Muñoz S.L.", ""),
        ("Soporte Técnico", ""),
        ("ana@example.org", ""),
        ("example.net", ""),
        ("Gana 1000 €", ""),
        ("Ana\r\nBcc: b@example.net", ""),
        ("Ana\u202eanA", ""),
        ("{{ 7 * 7 }}", ""),
        ("Lea esto ahora y gane", ""),
        ("A" * 5_000_000, ""),
    ],
)
def test_only_what_looks_like_a_persons_name_is_greeted(name: str, expected: str) -> None:
    assert person_name(name) == expected
    greeting = answer(replace(MAIL, sender_name=name)).text.partition("\n")[0]
    assert greeting == (f"Hola, {expected}:" if expected else "Hola:")


def test_the_answer_goes_to_the_safe_reply_to() -> None:
    assert answer(replace(MAIL, reply_to="otra@example.net")).recipient == "otra@example.net"


@pytest.mark.parametrize(
    "address",
    [
        "a@example.org\r\nBcc: b@example.net",
        "a@example.org, b@example.net",
        "a b@example.org",
        "<a@example.org>",
        '"a,b"@example.org',
        "a@b@example.org",
        "a@exämple.org",
        "@example.org",
        "ana",
        "",
        "a\0@example.org",
        f"{'a' * 300}@example.org",
    ],
)
def test_an_address_that_is_not_plainly_one_is_never_answered(address: str) -> None:
    assert recipient_of(replace(MAIL, reply_to=address)) == "ana@example.org"
    with pytest.raises(Invalid, match="no address that can be answered"):
        answer(replace(MAIL, sender=address))


@pytest.mark.parametrize(
    "message_id",
    ["a\r\nBcc: b@example.net", "a b@example.org", "<a@b>", "á@b", "a\0b", "x" * 301, ""],
)
def test_a_message_id_that_is_none_is_left_out(message_id: str) -> None:
    reply = answer(replace(MAIL, message_id=message_id, references=(message_id, "ok@example.org")))
    assert "In-Reply-To" not in reply.headers
    assert reply.headers["References"] == "<ok@example.org>"


def test_of_many_references_the_first_and_the_last_twenty_stay() -> None:
    many = tuple(f"{'r' * 200}{n}@example.org" for n in range(5_000))
    reply = answer(replace(MAIL, references=many))
    kept = reply.headers["References"].split()
    assert kept[0] == f"<{many[0]}>"
    assert kept[-2:] == [f"<{many[-1]}>", f"<{MAIL.message_id}>"]
    assert len(kept) == 21
    assert on_the_wire(reply)["References"].split() == kept


@given(subject=HOSTILE, name=HOSTILE, message_id=HOSTILE, references=st.lists(HOSTILE, max_size=3))
def test_no_customer_can_add_a_header_or_break_the_form(
    subject: str, name: str, message_id: str, references: list[str]
) -> None:
    hostile = replace(
        MAIL,
        subject=subject,
        sender_name=name,
        message_id=message_id,
        references=tuple(references),
    )
    reply = answer(hostile)
    wire = to_bytes(reply, WHEN)
    assert wire.isascii()
    assert all(len(line) <= 998 for line in wire.split(b"\r\n"))
    assert b"\n" not in wire.replace(b"\r\n", b"")
    assert b"\r" not in wire.replace(b"\r\n", b"")
    mail = email.message_from_bytes(wire, policy=email.policy.default)
    allowed = {*on_the_wire(answer()).keys()}
    assert {*mail.keys()} <= allowed
    assert len(mail.keys()) == len({*mail.keys()})
    assert mail["Subject"] == reply.subject
    assert len(list(mail.iter_parts())) == 2


@given(HOSTILE)
def test_a_subject_loses_nothing_but_white_space_on_the_wire(subject: str) -> None:
    reply = replace(answer(), subject=f"Re: {bare_subject(subject)}".strip())
    assert on_the_wire(reply)["Subject"] == reply.subject


def test_a_subject_stands_on_the_wire_as_the_standard_library_writes_it() -> None:
    texts = ["Pedido 7", "a  b", " a", "a ", "=", "=?", "x=?utf-8?q?a?=", "ñ", "=?x?q?é?="]
    texts += [" ñ", "ñ ", "ñ" * 6 + "a" * 9, "Re: Aigua tèrbola", "Re: Año 2025, ¿factura?"]
    texts += [word * count for word in ("a", "ab ", "ñu ", "  a") for count in range(1, 90)]
    for text in texts:
        charset = "us-ascii" if text.isascii() and "=?" not in text else "utf-8"
        written = Header(text, charset, maxlinelen=76, header_name="Subject").encode(linesep="\r\n")
        wire = to_bytes(replace(answer(), subject=text), WHEN)
        assert f"\r\nSubject: {written}\r\nDate: ".encode() in wire


@pytest.mark.parametrize("field", ["subject", "recipient", "from_header", "message_id"])
def test_a_line_break_in_a_header_is_refused_at_the_last_gate(field: str) -> None:
    with pytest.raises(ValueError, match="more than one line"):
        to_bytes(replace(answer(), **{field: "a@b\r\nBcc: c@example.net"}), WHEN)


def test_our_message_id_follows_from_the_mail_and_is_recognised() -> None:
    ours = own_message_id(MAIL, US)
    assert ours == answer().message_id
    assert ours != own_message_id(replace(MAIL, digest="e" * 64), US)
    assert ours != own_message_id(replace(MAIL, mailbox="ventas"), US)
    assert is_own(ours, SECRET)
    assert is_own(f" <{ours.upper()}> ", SECRET)
    assert len(ours.partition("@")[0]) <= 64


def test_a_guessed_or_altered_message_id_is_not_ours() -> None:
    ours = own_message_id(MAIL, US)
    mark, nonce, mac = ours.partition("@")[0].split(".")
    guesses = [
        "1.1.reply@example.com",
        "",
        "b..@example.com",
        f"{mark}.{nonce}.{mac[:-1]}@example.com",
        f"{mark}.{nonce}.{mac}0@example.com",
        f"{mark}.{'0' * 24}.{mac}@example.com",
        f"c.{nonce}.{mac}@example.com",
        f"b.{nonce}.é@example.com",
        "b.\ud800.x@example.com",
        "b." * 1_000_000,
    ]
    assert not any(is_own(guess, SECRET) for guess in guesses)
    assert not is_own(ours, bytes(32))


def test_a_short_secret_is_refused_and_never_shown() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        replace(US, secret=b"")
    assert repr(SECRET) not in repr(US)


def test_templates_cannot_reach_into_python() -> None:
    attack = environment().from_string("{{ x.__class__.__mro__[1].__subclasses__() }}")
    with pytest.raises(SecurityError):
        attack.render(x="")


def test_braces_in_a_subject_are_text() -> None:
    assert "«{{ 7 * 7 }}»" in answer(replace(MAIL, subject="{{ 7 * 7 }}")).text


def test_every_language_has_every_template() -> None:
    for language in LANGUAGES:
        assert {path.stem for path in (ANSWERS / language).iterdir()} == set(TEMPLATES)
        assert (ANSWERS / "frame" / f"{language}.txt").is_file()


def test_one_line_keeps_emoji_joined_and_drops_marks_that_turn_the_text() -> None:
    assert one_line("a\u202e\u2066b \t\n 👩\u200d🔧", 50) == "a b 👩\u200d🔧"
