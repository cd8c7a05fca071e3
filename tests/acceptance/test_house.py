"""How a Buzón is set up while it runs: the real service, its mailbox and Debian's Chromium."""

import json
import time
from pathlib import Path
from smtplib import SMTP
from threading import Event

from playwright.sync_api import Page, expect

from peers.dovecot import PASSWORD
from peers.first import begin
from peers.mails import customer_mail
from peers.scene import MakeScene, Scene, wait_until
from reception.test_archives import write

TRIED = 30_000  # milliseconds, within which a server was tried: Dovecot makes who was wrong wait
TAKEN_UP = "other settings hold from now on"
WITHOUT_MAILBOX = {"BUZON_IMAP_HOST": "", "BUZON_SMTP_HOST": "", "BUZON_SMTP_FROM": ""}


def choose(page: Page, scene: Scene, label: str, value: str) -> None:
    page.goto(f"{scene.service.url}/settings")
    page.get_by_label(label).fill(value)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved, and in force.")).to_be_visible()


def test_a_company_s_name_holds_at_once_and_the_log_tells_who(scene: Scene, page: Page) -> None:
    begin(page, scene.service)
    choose(page, scene, "Company", "Cajas del Norte")
    expect(page.locator("header .company")).to_have_text("Cajas del Norte")
    scene.deliver()
    scene.wait_until_all_answered()
    assert "Cajas del Norte" in scene.smtp.received[0].header("From")
    page.get_by_role("link", name="Log").click()
    expect(page.locator(".log-entry").first).to_contain_text("Ana Ruiz set Company")
    expect(page.locator(".log-entry").first).to_contain_text("Cajas del Norte")


def test_what_the_environment_says_can_t_be_chosen(make_scene: MakeScene, page: Page) -> None:
    scene = make_scene(BUZON_COMPANY="Casa Fija")
    scene.start()
    begin(page, scene.service)
    page.goto(f"{scene.service.url}/settings")
    expect(page.get_by_label("Company")).to_have_count(0)
    told = page.locator(".setting", has_text="Casa Fija")
    expect(told).to_contain_text("From the environment variable BUZON_COMPANY")


def test_no_mail_is_lost_or_answered_twice_while_settings_change(scene: Scene, page: Page) -> None:
    begin(page, scene.service)
    for number in range(6):
        scene.deliver(20)
        choose(page, scene, "Most answers an hour", str(9000 + number))
    scene.deliver(5)
    scene.wait_until_all_answered()
    assert scene.sent_twice() == 0
    wait_until(lambda: scene.service.log.count(TAKEN_UP) == 6, "all taken up")


def add_mailbox(page: Page, scene: Scene, password: str = PASSWORD) -> None:
    page.goto(f"{scene.service.url}/settings/mailboxes/new")
    fields = {
        "user": scene.user, "password": password, "host": scene.dovecot.host,
        "port": str(scene.dovecot.port),
    }  # fmt: skip
    for name, value in fields.items():
        page.locator(f"#{name}").fill(value)
    page.locator("#security").select_option("none")
    page.get_by_role("button", name="Test and save").click()


def send_through(page: Page, scene: Scene) -> None:
    page.goto(f"{scene.service.url}/settings/sending")
    expect(page.locator("#smtp_from")).to_have_value(scene.user)
    page.locator("#smtp_host").fill(scene.smtp.host)
    page.locator("#smtp_port").fill(str(scene.smtp.port))
    page.locator("#smtp_user").fill("")
    page.locator("#smtp_security").select_option("none")
    page.get_by_role("button", name="Send a test mail to me").click()
    page.get_by_role("button", name="Answer customers from now on").click()
    expect(page.get_by_text("Customers are answered.")).to_be_visible(timeout=TRIED)


def test_a_mailbox_that_is_added_on_the_page_is_read_and_answered_once(
    make_scene: MakeScene, page: Page
) -> None:
    scene = make_scene(**WITHOUT_MAILBOX)
    scene.service.folder.mkdir()
    scene.service.start()
    begin(page, scene.service)
    add_mailbox(page, scene, password="falsch")
    told = "let us in. Check the user and the password."
    expect(page.locator(".trial")).to_contain_text(told, timeout=TRIED)
    add_mailbox(page, scene)
    expect(page.locator(".box-entry strong").first).to_have_text(scene.user, timeout=TRIED)
    scene.wait_until_read()
    send_through(page, scene)
    (test_mail,) = scene.smtp.received
    assert test_mail.recipient == "ana@example.com"
    scene.smtp.received.clear()
    scene.deliver(10)
    scene.wait_until_all_answered()
    assert scene.sent_twice() == 0
    page.goto(f"{scene.service.url}/settings/mailboxes")
    expect(page.locator(".box-state").first).to_contain_text("is read", timeout=20_000)
    expect(page.locator(".box-state").first).to_contain_text("last mail")

    scene.service.stop()
    scene.service.start()
    scene.deliver(2)
    scene.wait_until_all_answered()
    assert scene.sent_twice() == 0
    assert PASSWORD not in scene.service.log + scene.service.output
    dump = scene.query("SELECT string_agg(i::text, '') FROM inboxes i")
    noted = scene.query("SELECT string_agg(c::text, '') FROM changes c")
    assert PASSWORD not in f"{dump}{noted}"


def test_with_a_lost_key_the_page_comes_up_and_says_so(make_scene: MakeScene, page: Page) -> None:
    scene = make_scene(**WITHOUT_MAILBOX)
    scene.service.folder.mkdir()
    scene.service.start()
    begin(page, scene.service)
    add_mailbox(page, scene)
    scene.wait_until_read()
    scene.service.stop()
    (scene.data / "secret.key").unlink()
    scene.service.start()
    page.goto(f"{scene.service.url}/settings/mailboxes")
    expect(page.locator(".box-state").first).to_contain_text("locked with another key")
    page.get_by_role("link", name="Edit").first.click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Test and save").click()
    expect(page.locator(".box-state").first).to_contain_text("is read", timeout=20_000)


def test_a_connection_that_stays_open_has_its_next_mail_answered_under_what_holds_then(
    make_scene: MakeScene, page: Page
) -> None:
    scene = make_scene(**WITHOUT_MAILBOX)
    scene.service.folder.mkdir()
    scene.service.start()
    begin(page, scene.service)
    host, port = scene.service.environment["BUZON_SANDBOX_SMTP"].split(":")
    with SMTP(host, int(port)) as smtp:
        smtp.sendmail("cliente1@example.org", scene.user, customer_mail(1))
        choose(page, scene, "Company", "Cajas del Norte")
        wait_until(lambda: TAKEN_UP in scene.service.log, "the company's name is taken up")
        smtp.sendmail("cliente2@example.org", scene.user, customer_mail(2))
    names = scene.query("SELECT from_header LIKE '%%Cajas del Norte%%' FROM outbox ORDER BY id")
    assert names == [(False,), (True,)]


def test_sample_mails_come_in_by_a_button(make_scene: MakeScene, page: Page) -> None:
    scene = make_scene(**WITHOUT_MAILBOX)
    scene.service.folder.mkdir()
    scene.service.start()
    begin(page, scene.service)
    page.get_by_role("button", name="Play sample mails").click()
    expect(page.locator("#mails .row")).to_have_count(20, timeout=60_000)
    assert scene.count("outbox", "status <> 'kept'") == 0


def test_a_mail_under_way_is_not_sent_again_however_slow_the_server_is(
    scene: Scene, page: Page
) -> None:
    """The server takes the mail and says so only long after other settings were chosen."""
    begin(page, scene.service)
    under_way, answer = Event(), Event()

    def when_let_go(_recipient: str) -> bool:
        under_way.set()
        return answer.wait(60)

    scene.smtp.behave("dot", "250 2.0.0 queued", times=1, when=when_let_go)
    scene.deliver()
    assert under_way.wait(30)
    choose(page, scene, "Most answers an hour", "9000")
    chosen = time.monotonic()
    scene.deliver(3)
    wait_until(lambda: time.monotonic() > chosen + 35, "dead workers are missed by then")
    answer.set()
    scene.wait_until_all_answered()
    assert scene.sent_twice() == 0


def test_the_parts_of_a_buzon_that_run_apart_take_settings_up_too(
    make_scene: MakeScene, page: Page
) -> None:
    web, mail, work = (make_scene(folder=only) for only in ("web", "mail", "work"))
    for scene, only in ((web, "web"), (mail, "mail"), (work, "work")):
        scene.service.arguments = ("serve", "--only", only)
        scene.service.folder.mkdir()
        scene.service.start()
    begin(page, web.service)
    choose(page, web, "Company", "Cajas Aparte")
    wait_until(
        lambda: all(TAKEN_UP in part.service.log for part in (mail, work)), "taken up", seconds=2
    )


def test_old_mails_come_in_as_a_file_unanswered_and_all_go_out_as_one(
    scene: Scene, page: Page, tmp_path: Path
) -> None:
    begin(page, scene.service)
    page.goto(f"{scene.service.url}/settings/data")
    page.get_by_label("File", exact=True).set_input_files(write(tmp_path, 40, "old.mbox"))
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator(".transfer")).to_contain_text("40 mails stored", timeout=60_000)
    page.get_by_role("button", name="All mails").click()
    with page.expect_download() as saved:
        page.get_by_role("link", name="Download").click(timeout=60_000)
    mails = [json.loads(line) for line in saved.value.path().read_text("utf-8").splitlines()]
    assert len(mails) == 40
    assert scene.smtp.received == []
    page.get_by_role("link", name="Log").click()
    expect(page.locator(".log-entry").first).to_contain_text("downloaded the export mails.jsonl")
