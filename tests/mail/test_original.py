"""What a stored raw mail is asked for when somebody looks at it."""

import base64
from email.message import EmailMessage

import pytest

from buzon.mail import original
from buzon.mail.parse import parse
from buzon.records import RawMail
from mail.golden import ARRIVED, MESSAGES

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
NAMES = sorted(path.stem for path in MESSAGES.glob("*.eml"))


def make_mail(html: str = "", picture_type: str = "png") -> bytes:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "Ana <ana@example.org>", "Caja pequeña"
    mail.set_content("Hola")
    if html:
        mail.add_alternative(html, subtype="html")
        page = mail.get_payload()[1]  # type: ignore[index]
        page.add_related(PICTURE, "image", picture_type, cid="<logo@x>")  # type: ignore[union-attr]
    mail.add_attachment(b"uno,dos", maintype="text", subtype="csv", filename="precios año.csv")
    return mail.as_bytes()


def test_a_mail_of_text_alone_has_no_html() -> None:
    assert not original.has_html(make_mail())
    assert original.page(make_mail()) is None
    assert original.has_html(make_mail("<p>Hola</p>"))


def test_the_beginning_of_a_mail_is_enough_to_tell() -> None:
    assert original.has_html(make_mail("<p>Hola</p>" * 5_000)[:2_000])


@pytest.mark.parametrize("name", NAMES)
def test_what_is_said_to_have_html_has_it(name: str) -> None:
    content = (MESSAGES / f"{name}.eml").read_bytes()
    message = parse(RawMail("soporte", content, ARRIVED, "imap", len(content)))
    assert original.has_html(content) == bool(message.html)


def test_a_picture_of_the_mail_itself_stands_in_its_html() -> None:
    page = original.page(make_mail('<p>Hola <img src="cid:logo@x"></p>'))
    assert page
    encoded = base64.b64encode(PICTURE).decode()
    assert page.html.strip() == f'<p>Hola <img src="data:image/png;base64,{encoded}"></p>'


def test_a_drawing_that_could_hold_a_script_does_not() -> None:
    page = original.page(make_mail('<p><img src="cid:logo@x"></p>', "svg+xml"))
    assert page
    assert page.html.strip() == "<p><img></p>"


def test_pictures_beyond_what_a_page_may_hold_are_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(original, "PICTURES_LIMIT", len(PICTURE) - 1)
    page = original.page(make_mail('<p><img src="cid:logo@x"></p>'))
    assert page
    assert page.html.strip() == "<p><img></p>"


def test_an_attachment_comes_with_its_name_and_content() -> None:
    file = original.file(make_mail(), 0)
    assert file == original.File("precios año.csv", "text/csv", b"uno,dos")
    assert original.file(make_mail(), 1) is None


@pytest.mark.parametrize("name", NAMES)
def test_the_files_are_those_that_the_event_lists(name: str) -> None:
    content = (MESSAGES / f"{name}.eml").read_bytes()
    listed = parse(RawMail("soporte", content, ARRIVED, "imap", len(content))).attachments
    files = [original.file(content, number) for number in range(len(listed))]
    assert [(f.name, f.content_type) for f in files if f] == [
        (attachment.name, attachment.content_type) for attachment in listed
    ]
    assert original.file(content, len(listed)) is None


def test_headers_are_read_as_their_writer_meant_them() -> None:
    headers = dict(original.decoded_headers(make_mail()))
    assert headers["Subject"] == "Caja pequeña"
    assert headers["From"] == "Ana <ana@example.org>"
    assert "=?utf-8" in original.source(make_mail())


def test_the_source_of_no_mail_at_all_is_text() -> None:
    assert original.source(b"\x00\xff\x1b[2J\r\nHola\n") == "ÿ[2J\nHola\n"
    assert original.decoded_headers(b"") == []
