"""A mail of a customer's, from the mailbox to the screen: HTML, picture, file, answer, and its
way out."""

from email.message import EmailMessage
from pathlib import Path

from playwright.sync_api import Page, expect

from peers import needs_dovecot
from peers.first import begin
from peers.scene import MakeScene, Scene

pytestmark = needs_dovecot

HTML = (
    '<p>Quiero pedir <b>20 cajas</b> de agua.</p><img src="cid:logo@x" width="40">'
    '<img src="https://tracker.example/1.png" onerror="parent.hacked = 1">'
    "<script>parent.hacked = 1</script>"
)
GIF = bytes.fromhex("47494638396101000100800000ff0000ffffff2c00000000010001000002024401003b")


def customer_mail() -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"] = "Marta Vidal <marta@example.org>", "soporte@example.com"
    mail["Subject"], mail["Message-ID"] = "Pedido de agua", "<agua@mail.example.org>"
    mail.set_content("Quiero pedir 20 cajas de agua para el jueves, como siempre.")
    mail.add_alternative(HTML, "html")
    mail.get_payload()[1].add_related(GIF, "image", "gif", cid="<logo@x>")  # type: ignore[index,union-attr]
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="año.pdf")
    return mail.as_bytes()


def open_first(scene: Scene, page: Page) -> None:
    """Sign in for the first time, and open the one mail that is there."""
    begin(page, scene.service)
    page.goto(scene.service.url)
    page.locator(".row a").click()


def test_it_is_read_as_it_was_written_and_its_answers_way_is_told(
    make_scene: MakeScene, page: Page
) -> None:
    scene = make_scene()
    scene.smtp.behave("RCPT", "451 4.3.0 not now", times=1)
    scene.start()
    scene.dovecot.deliver(scene.user, customer_mail())
    scene.delivered = 1
    scene.wait_until_all_answered()

    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_first(scene, page)
    page.locator(".segments").get_by_text("HTML").click()
    expect(page.get_by_text("1 remote image was left out")).to_be_visible()
    frame = page.frame_locator(".sheet")
    expect(frame.locator("b")).to_have_text("20 cajas")
    assert frame.locator("img").first.evaluate("image => image.naturalWidth") == 1
    assert page.evaluate("window.hacked") is None
    assert not [url for url in asked if not url.startswith((scene.service.url, "data:"))]

    with page.expect_download() as saved:
        page.locator(".attachments a", has_text="año.pdf").click()
    assert saved.value.suggested_filename == "año.pdf"
    assert Path(saved.value.path()).read_bytes() == b"%PDF"

    page.locator("#attempts summary").click()
    expect(page.locator("#attempts li")).to_have_count(2)
    expect(page.locator("#attempts li").first).to_contain_text("451 4.3.0 not now")
    expect(page.locator("#attempts li").last).to_contain_text("250 2.0.0 queued")
