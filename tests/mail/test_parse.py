"""The mails in messages/ beside what must come of them, and what holds for any bytes at all."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buzon.mail import body, clean, language
from buzon.mail.mime import Part
from buzon.mail.parse import parse, parse_all
from buzon.records import SIZE_LIMIT, Message, RawMail
from mail import golden
from mail.measure import faults
from peers import cpu

NAMES = sorted(path.stem for path in golden.MESSAGES.glob("*.eml"))
ARRIVED = golden.ARRIVED


def understood(content: bytes, size: int = 0) -> Message:
    return parse(raw(content, size))


def raw(content: bytes, size: int = 0) -> RawMail:
    return RawMail("soporte", content, ARRIVED, "imap", size or len(content))


def mail(body: bytes = b"Hola\r\n", **headers: str) -> bytes:
    lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items()]
    return "".join(lines).encode("utf-8", "surrogateescape") + b"\r\n" + body


def test_there_are_mails_of_many_kinds() -> None:
    assert len(NAMES) >= 60


@pytest.mark.parametrize("name", NAMES)
def test_a_mail_is_understood_as_its_json_says(name: str) -> None:
    assert golden.fields(golden.read(name)) == golden.expected(name)


def test_the_newest_text_and_the_language_are_told() -> None:
    text = "Mi pedido no ha llegado todavía, ¿cuándo llega?\n\nEl lun, 3 feb 2025 a las 10:15, "
    message = understood(mail(f"{text}Soporte <s@example.com> escribió:\n> Hola\n".encode()))
    assert message.newest == "Mi pedido no ha llegado todavía, ¿cuándo llega?"
    assert message.language == "es"


def test_a_mail_without_message_id_gets_the_same_one_from_the_same_content() -> None:
    first = understood(mail(b"Hola  a todos\r\n", From="ana@example.org", Subject="x"))
    again = understood(mail(b"Hola\r\na todos", From="Ana <ana@example.org>", Subject="x"))
    other = understood(mail(b"Hola a nadie", From="ana@example.org", Subject="x"))
    assert first.message_id == again.message_id != other.message_id
    assert first.message_id.endswith("@buzon.invalid")


def test_the_digest_tells_another_text_under_the_same_message_id() -> None:
    one = understood(mail(b"uno", Message_ID="<a@example.org>"))
    two = understood(mail(b"dos", Message_ID="<a@example.org>"))
    assert one.message_id == two.message_id
    assert one.digest != two.digest


def test_a_long_message_id_is_the_same_in_the_mail_and_in_its_answer() -> None:
    long = f"<{'m' * 10_000}@example.org>"
    asked = understood(mail(Message_ID=long))
    answer = understood(mail(In_Reply_To=long, References=f"<a@example.org> {long}"))
    assert len(asked.message_id) <= 500
    assert asked.message_id == answer.in_reply_to == answer.references[1]


def test_what_decides_about_answering_is_kept_behind_20_000_received_lines() -> None:
    received = b"Received: from a by b; Mon, 3 Feb 2025 10:15:00 +0100\r\n" * 20_000
    message = understood(received + mail(From="ana@example.org", Auto_Submitted="auto-replied"))
    assert message.sender == "ana@example.org"
    assert message.header("auto-submitted") == "auto-replied"
    assert len(message.headers) <= 600


def test_every_field_is_bounded() -> None:
    many = ", ".join(f"c{number}@example.org" for number in range(10_000))
    references = " ".join(f"<{number}@example.org>" for number in range(30_000))
    message = understood(
        mail(b"a" * 1_000_000, Subject="s" * 100_000, To=many, References=references)
    )
    assert len(message.subject) == 1_000
    assert len(message.recipients) == 200
    assert message.references[-1] == "29999@example.org"
    assert len(message.references) == 100
    assert len(message.text) == 500_000
    assert all(len(value) <= 2_000 for _, value in message.headers)


def test_a_mail_longer_than_the_limit_is_cut_and_says_so() -> None:
    message = understood(mail(b"a" * (SIZE_LIMIT + 10)))
    assert message.defects[0].startswith(f"only the first {SIZE_LIMIT:,} of ")
    assert message.size > SIZE_LIMIT


def test_a_mail_that_its_source_has_cut_says_so() -> None:
    message = understood(mail(b"Hola"), size=30_000_000)
    assert "of 30,000,000 bytes were kept" in message.defects[0]
    assert message.size == 30_000_000


def test_times_have_a_zone_and_arrival_is_never_later_than_the_source_says() -> None:
    later = (ARRIVED + timedelta(days=1)).strftime("%a, %d %b %Y %H:%M:%S +0000")
    message = understood(mail(Received=f"by mx; {later}", Date="Mon, 3 Feb 2025 10:15:00"))
    assert message.arrived_at == ARRIVED
    assert message.sent_at == datetime(2025, 2, 3, 10, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    "date",
    [
        "Mon, 3 Feb 0000 10:15:00 +0000",
        "Mon, 1 Jan 0001 00:00:00 +2359",
        "Fri, 31 Dec 9999 23:59:59 -2359",
        "Mon, 3 Feb 99999 10:15:00 +0000",
        f"Mon, 3 Feb {'9' * 5000} 10:15:00 +0100",
        f"Mon, 3 Feb 2025 10:15:00 +{'9' * 5000}",
        "Mon, 3 Feb 2025 25:61:61 +0100",
        "Sun, 30 Feb 2025 10:15:00 +0100",
        "ayer por la tarde",
        "2025-13-99",
        "",
    ],
)
def test_an_impossible_date_is_none_and_a_defect(date: str) -> None:
    message = understood(mail(Date=date))
    assert message.sent_at is None
    assert "no Date that can be read" in message.defects


def test_mails_together_are_understood_as_each_is_alone() -> None:
    raws = [raw(path.read_bytes()) for path in sorted(golden.MESSAGES.glob("*.eml"))]
    assert parse_all(raws) == [parse(each) for each in raws]


def test_an_error_of_our_own_is_a_defect_and_the_raw_text_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_: object) -> None:
        raise MemoryError("no room")

    monkeypatch.setattr("buzon.mail.body.read", fail)
    message = understood(mail(b"Hola, mi pedido", Subject="x"))
    assert "Hola, mi pedido" in message.text
    assert message.message_id.endswith("@buzon.invalid")
    assert message.defects == ("not understood: MemoryError: no room",)


def test_a_mail_that_we_fail_at_keeps_no_other_from_being_understood(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    raws = [raw(mail(text, Subject="x")) for text in (b"uno", b"dos", b"tres")]
    one, _, three = parse_all(raws)
    read = body.read

    def fail_at_the_second(part: Part) -> body.Body:
        if b"dos" in part.buffer:
            raise MemoryError("no room")
        return read(part)

    monkeypatch.setattr(body, "read", fail_at_the_second)
    first, second, third = parse_all(raws)
    assert (first, third) == (one, three)
    assert second.defects == ("not understood: MemoryError: no room",)


def test_the_mail_is_not_lost_where_its_quoted_history_can_not_be_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_: str) -> str:
        raise RecursionError("too deep")

    monkeypatch.setattr(clean, "newest", fail)
    message = understood(mail(b"Hola", From="ana@example.org"))
    assert (message.sender, message.newest) == ("ana@example.org", "Hola")
    assert "quoted history not cut: RecursionError: too deep" in message.defects


def test_a_language_that_can_not_be_told_keeps_no_other_from_being_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    detect_all = language.detect_all

    def fail_at_times(texts: Sequence[str]) -> list[str]:
        if any("Hallo" in text for text in texts):
            raise MemoryError("no room")
        return detect_all(texts)

    monkeypatch.setattr(language, "detect_all", fail_at_times)
    mails = [b"Hallo, wo bleibt mein Paket?", "¿Cuándo llega mi pedido de ayer?".encode()]
    assert [message.language for message in parse_all([raw(mail(m)) for m in mails])] == ["", "es"]


SHARP = {
    "boundary lines": b"\n--" * 3_000_000,
    "header lines": b"a:b\n" * 140_000,
    "folds": b"X: a" + b"\n b" * 3_000_000,
    "lines that are no headers": b"Subject: x\n" + b"nocolon\nX: y\n" * 500_000,
    "escaped quotes": b"From: " + b'\\"' * 49_000 + b"\\\n\nx",
    "recipients without address": (b"To: " + b"," * 99_000 + b"\n") * 100,
    "encoded words that never end": (b"Subject: " + b"=?u?Q?" * 15_000 + b"\n") * 100,
    "parameters": b"Content-Type: text/plain" + b'; a="\\x' * 10_000 + b"\n\nx",
    "broken UTF-8": b"Content-Type: text/html; charset=utf-8\n\n" + b"\xff" * 10_000_000,
    "UTF-16": b"\xff\xfe" + b"\0\xd8" * 5_000_000,
}


@pytest.mark.parametrize("name", SHARP)
def test_no_input_takes_quadratic_time(name: str) -> None:
    assert cpu.seconds(lambda: understood(SHARP[name])) < 1.5
    assert list(faults(understood(SHARP[name]))) == []


def test_parts_with_sharp_names_and_pages_share_one_budget() -> None:
    name = "\u0301\u0323" * 2_000
    disposition = f'Content-Disposition: attachment; filename="{name}"\n\nx\n'
    page = "Content-Type: text/html\n\n" + "<div hidden><b>" * 2_000 + "\n"
    flowed = "Content-Type: text/plain; format=flowed\n\n" + "\n" * 20_000
    parts = "".join(f"--b\n{part}" for part in (disposition, page, flowed) * 250)
    mail = f"Content-Type: multipart/mixed; boundary=b\n\n{parts}".encode()
    assert cpu.seconds(lambda: understood(mail)) < 1.5
    assert list(faults(understood(mail))) == []


@given(st.binary(max_size=2_000))
def test_any_bytes_become_a_message(content: bytes) -> None:
    assert list(faults(understood(content))) == []


@given(
    st.sampled_from(NAMES),
    st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=6)), max_size=20),
    st.floats(0, 1),
)
@settings(max_examples=300)
def test_a_damaged_mail_becomes_a_message(
    name: str, damages: list[tuple[float, bytes]], length: float
) -> None:
    content = bytearray((golden.MESSAGES / f"{name}.eml").read_bytes())
    for place, damage in damages:
        at = int(place * len(content))
        content[at : at + len(damage)] = damage
    message = understood(bytes(content[: int(length * len(content)) + 1]))
    assert list(faults(message)) == []
    assert message.message_id
    assert message.arrived_at <= ARRIVED


@given(st.lists(st.sampled_from([b"--b", b"--b--", b"--c", b"--c--", b"", b"hola"]), max_size=30))
def test_any_order_of_boundaries_keeps_some_text(lines: list[bytes]) -> None:
    inner = b"Content-Type: multipart/mixed; boundary=c"
    body = b"\r\n".join([b"--b", inner, b"", *lines, b"", b"fin"])
    message = understood(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + body)
    assert message.part_types[:2] == ("multipart/mixed", "multipart/mixed")
    assert list(faults(message)) == []
