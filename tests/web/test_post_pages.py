"""Mailboxes on their page: tried, kept, changed and removed."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from playwright.sync_api import Page, expect
from selectolax.lexbor import LexborHTMLParser

from buzon.config import Origin
from web.fake_desk import FakeDesk
from web.fake_post import make_box
from web.site import Site
from web.watched import Watched

PLACE = "/settings/mailboxes"
BOX = {
    "user": "ventas@example.com", "password": "secreto", "host": "imap.example.com",
    "port": "993", "security": "tls", "folder": "INBOX", "after": "none", "name": "",
}  # fmt: skip


async def text_of(client: httpx.AsyncClient, path: str, selector: str = "main") -> str:
    return words((await client.get(path)).text, selector)


def words(html: str, selector: str = "main") -> str:
    nodes = LexborHTMLParser(html).css(selector)
    return " ".join(" ".join(node.text(separator=" ") for node in nodes).split())


async def test_each_mailbox_says_how_it_does(client: httpx.AsyncClient, desk: FakeDesk) -> None:
    now = datetime.now(UTC)
    desk.inboxes = [
        make_box("a@example.com", last_mail=now, lag=timedelta(seconds=3), seen_at=now),
        make_box("b@example.com", state="failing", step="sign-in", error="NO Nein.", since=now),
        make_box("c@example.com", locked=True, state=None),
        make_box("d@example.com", comes=Origin("environment", "BUZON_IMAP_HOST")),
    ]
    page = await text_of(client, PLACE, ".box-entry")
    assert "is read, checked now last mail now , stored after 3 s" in page
    assert "not read since now The server doesn't let us in." in page.replace("’", "'")
    assert "It was told: NO Nein." in page
    assert "its password was locked with another key" in page
    assert "from the environment variable BUZON_IMAP_HOST; it can only be changed there" in page
    assert (await client.get(f"{PLACE}/edit?name=d@example.com")).status_code == 404


async def test_a_mailbox_that_works_is_kept_and_its_password_is_not_shown_again(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    answer = await client.post(PLACE, data={**BOX, "do": "save"})
    assert (answer.status_code, answer.headers["location"]) == (303, PLACE)
    assert [box.name for box in desk.inboxes] == ["ventas@example.com"]
    for path in (PLACE, f"{PLACE}/edit?name=ventas@example.com"):
        assert "secreto" not in (await client.get(path)).text


async def test_one_that_fails_is_not_kept_until_somebody_wants_it_all_the_same(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    form = {**BOX, "password": "wrong"}
    answer = await client.post(PLACE, data={**form, "do": "save"})
    told = words(answer.text, ".trial")
    assert "Server's name Connection Encryption Greeting Sign-in" in told
    assert "let us in. Check the user and the password." in told
    assert "[AUTHENTICATIONFAILED]" in told
    assert desk.inboxes == []
    await client.post(PLACE, data={**form, "do": "anyway"})
    assert len(desk.inboxes) == 1


async def test_what_a_server_said_is_a_quotation_beside_a_sentence_in_the_reader_s_language(
    client: httpx.AsyncClient,
) -> None:
    form = {**BOX, "host": "imap.gmail.com", "password": "wrong", "do": "test"}
    page = (await client.post(PLACE, data=form, headers={"Accept-Language": "es"})).text
    assert "El servidor no nos deja entrar" in words(page, ".trial")
    assert words(page, ".trial q") == "[AUTHENTICATIONFAILED] Inicio fallido"
    assert "refuses the user" not in page


async def test_of_a_name_that_is_not_found_it_says_what_happened_and_what_to_do(
    client: httpx.AsyncClient,
) -> None:
    form = {**BOX, "host": "imap.example.invalid", "do": "test"}
    told = words((await client.post(PLACE, data=form)).text, ".trial")
    assert "name could not be found. Check it for a slip of the pen." in told
    assert "DNS" in told
    assert "Name or service not known" in told


async def test_by_token_nobody_is_sent_to_a_password(client: httpx.AsyncClient) -> None:
    form = {**BOX, "host": "outlook.office365.com", "password": "wrong", "auth": "oauth2"}
    told = words((await client.post(PLACE, data={**form, "do": "test"})).text, ".trial")
    assert "Authorize the account again" in told
    assert "Manage email apps" in told
    assert "password" not in told


@pytest.mark.parametrize("change", [{"password": "wrong"}, {"host": ""}])
async def test_the_providers_can_still_be_chosen_after_something_went_wrong(
    client: httpx.AsyncClient, change: dict[str, str]
) -> None:
    form = {**BOX, **change, "preset": "microsoft", "first": "1", "do": "save"}
    page = LexborHTMLParser((await client.post(PLACE, data=form)).text)
    buttons = page.css(".presets a")
    assert [button.text() for button in buttons] == ["Gmail", "Microsoft 365", "Another provider"]
    assert [button.attributes.get("aria-current") for button in buttons] == [None, "page", None]
    assert all("first=1" in (button.attributes["href"] or "") for button in buttons)


@pytest.mark.parametrize(
    ("chosen", "kept"),
    [
        ({"after": "seen", "after_folder": "Hecho"}, "seen"),
        ({"after": "move", "after_folder": " Hecho "}, "Hecho"),
    ],
)
async def test_what_becomes_of_a_stored_mail_is_a_choice(
    client: httpx.AsyncClient, desk: FakeDesk, chosen: dict[str, str], kept: str
) -> None:
    await client.post(PLACE, data={**BOX, **chosen, "do": "save"})
    assert [box.after for box in desk.inboxes] == [kept]
    page = LexborHTMLParser((await client.get(f"{PLACE}/edit?name={BOX['user']}")).text)
    (radio,) = page.css(".after [checked]")
    (folder,) = page.css("#after_folder")
    assert radio.attributes["value"] == chosen["after"]
    assert folder.attributes["value"] == ("" if kept == "seen" else kept)


async def test_moving_needs_a_folder(client: httpx.AsyncClient, desk: FakeDesk) -> None:
    answer = await client.post(PLACE, data={**BOX, "after": "move", "do": "save"})
    assert answer.status_code == 422
    assert words(answer.text, ".after .wrong") == "This must be filled in."
    assert desk.inboxes == []


async def test_a_test_alone_keeps_nothing(client: httpx.AsyncClient, desk: FakeDesk) -> None:
    answer = await client.post(PLACE, data={**BOX, "do": "test"})
    assert "All of it works." in answer.text
    assert desk.inboxes == []


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("imap.gmail.com", "https://myaccount.google.com/apppasswords"),
        (
            "outlook.office365.com",
            "Choose OAuth2, for which Buzón is registered",
        ),
        ("imap.example.com", "Some providers want an app password"),
    ],
)
async def test_where_signing_in_fails_the_provider_s_own_way_is_told(
    client: httpx.AsyncClient, host: str, told: str
) -> None:
    answer = await client.post(PLACE, data={**BOX, "host": host, "password": "wrong", "do": "test"})
    assert told in answer.text


@pytest.mark.parametrize(
    ("preset", "host"),
    [("gmail", "imap.gmail.com"), ("microsoft", "outlook.office365.com"), ("nonsense", "")],
)
async def test_a_preset_fills_in_the_server(
    client: httpx.AsyncClient, preset: str, host: str
) -> None:
    page = LexborHTMLParser((await client.get(f"{PLACE}/new?preset={preset}")).text)
    (field,) = page.css("#host")
    assert field.attributes["value"] == host


async def test_a_form_that_a_link_filled_in_says_so(client: httpx.AsyncClient) -> None:
    note = "Look whether the server is yours"
    assert note in await text_of(client, f"{PLACE}/new?preset=gmail&host=imap.evil.example")
    assert note not in await text_of(client, f"{PLACE}/new?preset=gmail")


async def test_what_is_missing_is_told_beside_its_field(client: httpx.AsyncClient) -> None:
    answer = await client.post(PLACE, data={**BOX, "host": "", "do": "save"})
    assert answer.status_code == 422
    assert words(answer.text, ".wrong") == "This must be filled in."


async def test_a_mailbox_is_tried_and_removed(client: httpx.AsyncClient, desk: FakeDesk) -> None:
    desk.inboxes = [make_box("a@example.com")]
    answer = await client.post(f"{PLACE}/test", data={"name": "a@example.com"})
    assert "All of it works." in answer.text
    await client.post(f"{PLACE}/remove", data={"name": "a@example.com"})
    assert desk.inboxes == []
    assert (await client.post(f"{PLACE}/test", data={"name": "a@example.com"})).status_code == 404


def test_hints_stay_while_one_types_and_where_something_is_wrong(
    site: Site, page: Page, watched: Watched
) -> None:
    page.goto(f"{site.url}{PLACE}/new")
    hints = page.locator("main .field .small, main .setting-about .small")
    before = hints.all_inner_texts()
    assert len(before) >= 2
    for field in page.locator("main .field input").all():
        field.fill("x")
    page.get_by_label("IMAP server").fill("")
    page.get_by_role("button", name="Only test").click()
    expect(page.locator(".wrong")).to_be_visible()
    assert hints.all_inner_texts() == before
    for hint in hints.all():
        expect(hint).to_be_visible()
    for field in page.locator("[aria-describedby]").all():
        for id in (field.get_attribute("aria-describedby") or "").split():
            expect(page.locator(f"#{id}")).to_be_visible()
    assert all("422" in complaint for complaint in watched.complaints)
    watched.complaints.clear()


def test_a_mailbox_is_added_by_hand(site: Site, page: Page) -> None:
    page.goto(site.url + PLACE)
    page.get_by_role("link", name="Gmail").click()
    expect(page.get_by_role("listitem").filter(has_text="2-step verification")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="without a password")).to_be_visible()
    page.get_by_label("User, usually the address").fill("soporte@gmail.com")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Test and save").click()
    expect(page.locator(".trial")).to_contain_text("let us in. Check the user and the password.")
    expect(page.get_by_label("IMAP server")).to_have_value("imap.gmail.com")
    page.get_by_label("Password").fill("abcd efgh ijkl mnop")
    page.get_by_role("button", name="Test and save").click()
    expect(page.locator(".box-entry strong").first).to_have_text("soporte@gmail.com")
    for path in (PLACE, f"{PLACE}/new?preset=microsoft"):
        page.goto(site.url + path)
        for width in (390, 768, 1024, 2560):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width


def test_after_a_test_that_failed_loading_anew_and_going_back_keep_the_place(
    site: Site, page: Page
) -> None:
    page.goto(site.url + PLACE)
    page.get_by_role("link", name="Gmail").click()
    page.get_by_label("User, usually the address").fill("soporte@gmail.com")
    page.get_by_label("Password").fill("wrong")
    page.get_by_label("Move it to the folder").check()
    page.get_by_label("Folder that it is moved to").fill("Hecho")
    page.get_by_role("button", name="Only test").click()
    expect(page.locator(".trial.failed")).to_be_visible()
    expect(page.get_by_label("Password")).to_have_value("wrong")
    assert "wrong" not in page.url
    page.reload()
    expect(page.get_by_label("User, usually the address")).to_have_value("soporte@gmail.com")
    expect(page.get_by_label("IMAP server")).to_have_value("imap.gmail.com")
    expect(page.get_by_label("Folder that it is moved to")).to_have_value("Hecho")
    expect(page.get_by_label("Password")).to_have_value("")
    expect(page.get_by_role("link", name="Gmail")).to_have_attribute("aria-current", "page")
    page.go_back()
    expect(page).to_have_url(site.url + PLACE)


def test_one_that_is_read_is_tried_where_it_stands(site: Site, page: Page) -> None:
    site.desk.inboxes.append(make_box("a@example.com"))
    page.goto(site.url + PLACE)
    page.get_by_role("button", name="Test a@example.com").click()
    expect(page.locator(".trial")).to_contain_text("All of it works.")
    expect(page).to_have_url(site.url + PLACE)


def test_with_a_token_no_password_is_asked_for(site: Site, page: Page) -> None:
    page.goto(f"{site.url}{PLACE}/new?preset=microsoft")
    expect(page.get_by_label("Password")).to_be_hidden()
    expect(page.locator(".of-auth a")).to_have_attribute("href", "/settings/providers")
    page.get_by_label("Signs in with").select_option("password")
    expect(page.get_by_label("Password")).to_be_visible()
