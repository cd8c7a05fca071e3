"""Files of mails come in and files of what is kept go out, and how far that is."""

from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect
from selectolax.lexbor import LexborHTMLParser

from buzon.store.transfers import PIECE
from web.fake_desk import FakeDesk
from web.fake_transfers import WRITTEN, make_transfer
from web.site import Site
from web.watched import Watched

HERE = "/settings/data"


async def shown(client: httpx.AsyncClient, language: str = "en") -> LexborHTMLParser:
    page = await client.get(HERE, headers={"Accept-Language": language})
    assert page.status_code == 200
    return LexborHTMLParser(page.text)


async def test_what_is_under_way_is_shown_and_asked_for_again(client: httpx.AsyncClient) -> None:
    page = await shown(client, "es")
    entry = page.css_first(".transfer").text(separator=" ")
    for text in (
        "pedidos-2024.mbox",
        "ventas",
        "En curso",
        "1204 correos guardados",
        "3 ya",
        "1 en",
    ):
        assert text in entry
    assert page.css_first(".transfer progress").attributes["value"] == "0.300"
    assert page.css_first("#transfers").attributes["hx-get"] == f"{HERE}/list"
    assert "El proceso que lee los correos termina lea lo que lea." in page.body.text()


async def test_it_says_when_one_may_leave_and_what_is_not_to_be_imported(
    client: httpx.AsyncClient,
) -> None:
    said = (await shown(client)).body.text()
    assert "Once a file that you import is here, both go on when you leave this page." in said
    assert "import only what came in before Buzón began to read it" in said


async def test_what_has_ended_is_no_longer_asked_for(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    await client.post(f"{HERE}/3/stop")
    part = LexborHTMLParser((await client.get(f"{HERE}/list")).text)
    assert "hx-get" not in part.css_first("#transfers").attributes
    assert part.css_first(f'form[action="{HERE}/3/go-on"]')
    await client.post(f"{HERE}/3/go-on")
    assert desk.carried[3].state == "waiting"


async def test_nothing_yet_is_said(client: httpx.AsyncClient, desk: FakeDesk) -> None:
    desk.carried = {}
    assert "Nothing was imported or exported here yet." in (await shown(client)).body.text()


async def test_an_export_is_asked_for_once_downloaded_and_deleted(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    for _ in range(2):
        answer = await client.post(f"{HERE}/export/corrections")
        assert (answer.status_code, answer.headers["location"]) == (303, HERE)
    assert [one.kind for one in desk.carried.values()].count("corrections") == 1
    file = await client.get(f"{HERE}/2/file")
    assert file.content == WRITTEN
    assert file.headers["content-disposition"].startswith("attachment;")
    assert file.headers["content-type"] == "application/octet-stream"
    await client.post(f"{HERE}/2/remove")
    gone = await client.get(f"{HERE}/2/file", headers={"Accept-Language": "es"})
    assert gone.status_code == 404
    assert "Este archivo ya no se guarda." in gone.text
    assert "Expórtelo de nuevo." in gone.text


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"name": "a.mbox", "size": "0", "mailbox": "ventas"}, "Este archivo está vacío."),
        ({"name": "a.mbox", "size": "²", "mailbox": "ventas"}, "Este archivo está vacío."),
        ({"name": "a.mbox", "size": "9" * 99, "mailbox": "ventas"}, "Este archivo está vacío."),
        ({"name": "a.mbox", "size": "9", "mailbox": "no"}, "No hay tal buzón."),
        ({}, "No hay tal buzón."),
    ],
)
async def test_an_upload_that_makes_no_sense_is_refused_with_a_sentence(
    client: httpx.AsyncClient, form: dict[str, str], told: str
) -> None:
    answer = await client.post(f"{HERE}/uploads", data=form, headers={"Accept-Language": "es"})
    assert answer.status_code == 422
    assert answer.text.startswith(told)


async def test_a_piece_that_is_too_large_is_refused_unread(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    answer = await client.post(f"{HERE}/uploads/3/pieces/0", content=b"x" * (PIECE + 1))
    assert answer.status_code == 413
    assert desk.received == {}


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}],
)
async def test_another_site_can_send_no_piece_and_begin_no_import(
    client: httpx.AsyncClient, desk: FakeDesk, headers: dict[str, str]
) -> None:
    carried = dict(desk.carried)
    kinds = ("text/plain", "application/octet-stream")  # the first is sent by any page unasked
    for path in ("uploads/3/pieces/0", "uploads/3/begin", "uploads", "3/remove"):
        for kind in kinds:
            sent = {**headers, "Content-Type": kind}
            answer = await client.post(f"{HERE}/{path}", content=b"From ", headers=sent)
            assert answer.status_code == 403
    assert (desk.received, desk.carried) == ({}, carried)


async def test_an_unknown_one_is_told_as_such(client: httpx.AsyncClient) -> None:
    for path in ("99/stop", "99/go-on", "99/remove", "uploads/99/begin"):
        answer = await client.post(f"{HERE}/{path}")
        assert answer.status_code == 404
        assert "There is no such import or export." in answer.text


def test_a_file_is_sent_in_pieces_and_its_import_seen(
    browser: Browser, site: Site, tmp_path: Path
) -> None:
    site.desk.carried = {}
    file = tmp_path / "correos.mbox"
    file.write_bytes(b"From a\n\nhola\n" + b"x" * PIECE)
    watched = Watched(browser, site, 390, "dark", "es-ES")
    page = watched.page
    page.goto(site.url + HERE)
    page.get_by_label("Archivo", exact=True).set_input_files(file)
    page.get_by_label("Como correos de").select_option("ventas")
    page.get_by_role("button", name="Importar", exact=True).click()
    entry = page.locator(".transfer")
    expect(entry).to_contain_text("correos.mbox, como correos de ventas")
    expect(entry).to_contain_text("Espera turno")
    assert site.desk.received == {1: file.read_bytes()}
    site.desk.carried[1] = make_transfer(1, name="correos.mbox", state="done", has_file=False)
    expect(entry).to_contain_text("Hecho")
    watched.context.close()
    assert watched.complaints == []


def test_what_is_no_archive_is_told_and_another_can_be_chosen(
    browser: Browser, site: Site, tmp_path: Path
) -> None:
    file = tmp_path / "foto.mbox"
    file.write_bytes(b"\x89PNG")
    watched = Watched(browser, site, 1440, "light", "es-ES")
    page = watched.page
    page.goto(site.url + HERE)
    page.get_by_label("Archivo", exact=True).set_input_files(file)
    page.get_by_role("button", name="Importar", exact=True).click()
    expect(page.locator("#sending")).to_contain_text("No es un mbox")
    expect(page.locator("#sent")).to_be_hidden()
    watched.context.close()


def choose(page: Page, file: Path) -> None:
    page.get_by_label("Archivo", exact=True).set_input_files(file)
    page.get_by_role("button", name="Importar", exact=True).click()


def test_a_piece_that_did_not_arrive_is_sent_once_more(
    browser: Browser, site: Site, tmp_path: Path
) -> None:
    site.desk.carried = {}
    file = tmp_path / "correos.mbox"
    file.write_bytes(b"From a\n\nhola\n")
    watched = Watched(browser, site, 1440, "light", "es-ES")
    page = watched.page
    tries: list[str] = []

    def fail_once(route: Route) -> None:
        tries.append(route.request.url)
        route.abort() if len(tries) == 1 else route.fallback()

    page.route("**/pieces/*", fail_once)
    page.goto(site.url + HERE)
    choose(page, file)
    expect(page.locator("#sending")).to_contain_text("se intenta de nuevo")
    expect(page.locator(".transfer")).to_contain_text("Espera turno")
    assert site.desk.received == {1: file.read_bytes()}
    watched.context.close()


def test_an_upload_that_is_refused_is_given_up_and_a_sentence_says_why(
    browser: Browser, site: Site, tmp_path: Path
) -> None:
    site.desk.carried = {}
    file = tmp_path / "correos.mbox"
    file.write_bytes(b"From a\n\nhola\n")
    watched = Watched(browser, site, 1440, "light", "es-ES")
    page = watched.page
    status = 0

    def refuse(route: Route) -> None:
        route.fulfill(status=status, content_type="text/html", body="<html><h1>413</h1></html>")

    page.route("**/pieces/*", refuse)
    page.goto(site.url + HERE)
    told = page.locator("#sending")
    for status, sentence in (  # noqa: B007 - `refuse` reads it
        (401, "Su sesión ha terminado."),
        (403, "Su rol ya no lo permite."),
        (413, "Un proxy delante de Buzón no deja pasar trozos de 4 MB."),
    ):
        choose(page, file)
        expect(told).to_contain_text(sentence)
        expect(told).not_to_contain_text("<h1>")
    assert [one.state for one in site.desk.carried.values()] == ["stopped"] * 3
    page.route("**/uploads", refuse)
    status = 502
    choose(page, file)
    expect(told).to_contain_text("Buzón no puede recibir el archivo en este momento.")
    watched.context.close()


def test_who_is_about_to_press_a_button_keeps_it_while_the_list_is_drawn_anew(
    browser: Browser, site: Site
) -> None:
    watched = Watched(browser, site, 1440, "light", "es-ES")
    page = watched.page
    page.goto(site.url + HERE)
    page.locator("#stop-3").focus()
    with page.expect_response("**/settings/data/list"):
        site.desk.carried[3] = make_transfer(3, taken=1300)
    expect(page.locator(".transfer").first).to_contain_text("1300 correos guardados")
    expect(page.locator("#stop-3")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".transfer").first).to_contain_text("Detenido")
    watched.context.close()
