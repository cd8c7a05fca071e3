"""Makes the pictures of the manual from the real program: `make screenshots`, or of some pages:
`make screenshots ARGS="desk review"`.

Starts Buzón in a temporary folder with mail servers of its own, gives it two months of work
(furnish.py), and looks at every page in Chromium: in both languages, wide and narrow, light and
dark.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "pictures"
sys.path.insert(0, str(ROOT / "tests"))

from buzon.store.embedded.cluster import Cluster  # noqa: E402
from buzon.store.locks import TRANSFERS  # noqa: E402
from peers import find  # noqa: E402
from peers.dovecot import Dovecot  # noqa: E402
from peers.service import Service, starter_models  # noqa: E402
from peers.smtp_server import SmtpServer  # noqa: E402

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
PASSWORD = "siete cajas azules"
Look = tuple[int, str, str]  # width, theme, language
LANGUAGES = {"": "en-GB", ".es": "es-ES"}  # by the end of the file's name
HIGHEST = {1440: 2000, 390: 1600}  # pixels of a picture of a whole page
PAGES = {
    "desk": "/",
    "search": "/?q=factura",
    "mail": "/mails/{mail}",
    "source": "/mails/{mail}/source",
    "letter": "/mails/{letter}",
    "selected": "/?category=pedido",
    "nothing-found": "/?q=ornitorrinco",
    "keys": "/",
    "error": "/mails/999999999",
    "review": "/review",
    "dashboard": "/dashboard",
    "chart": "/dashboard/corrections",
    "wall": "/dashboard?wall=1",
    "model": "/model",
    "version": "/model/{version}",
    "comparison": "/model/compare?left={before}&right={version}",
    "answers": "/answers",
    "answer": "/answers/pedido/es",
    "outbox": "/outbox",
    "quarantine": "/quarantine",
    "settings": "/settings",
    "categories": "/settings/categories",
    "category": "/settings/categories/incidencia",
    "mailboxes": "/settings/mailboxes",
    "mailbox-new": "/settings/mailboxes/new?preset=gmail",
    "sending": "/settings/sending",
    "providers": "/settings/providers",
    "people": "/settings/people",
    "sessions": "/settings/people/1/sessions",
    "tokens": "/settings/tokens",
    "webhooks": "/settings/webhooks",
    "webhook": "/settings/webhooks/1",
    "webhook-new": "/settings/webhooks/new",
    "data": "/settings/data",
    "log": "/settings/log",
    "set-up": "/set-up",
    "account": "/account",
    "words": "/mails/{mail}",  # last: that they are shown is remembered
}


# Of these, what is seen first is the picture: lists that go on and on, and what fills the window.
FIRST_SIGHT = {
    "desk", "search", "mail", "words", "letter", "selected", "review", "wall", "outbox", "log",
    "webhook", "nothing-found", "source", "keys", "error",
}  # fmt: skip
# A mail with an answer as it should be, and the one in HTML.
SHOWN = {
    "mail": """
        SELECT id FROM events WHERE language = 'es' AND category = 'pedido' AND source = 'imap'
          AND confidence > 0.9 AND NOT needs_review AND answered AND length(body) > 150
        ORDER BY id DESC OFFSET 1 LIMIT 1""",
    "letter": "SELECT id FROM events WHERE attachments <> '[]' ORDER BY id DESC LIMIT 1",
    "version": "SELECT version FROM promotions ORDER BY id DESC LIMIT 1",
    "before": "SELECT version FROM promotions ORDER BY id DESC OFFSET 1 LIMIT 1",
}
SET_ASIDE = """
    INSERT INTO parked (mailbox, source, uid, parked_at, reason, content)
    VALUES ('ventas', 'imap', 4117, now() - interval '2 hours',
            'The database refuses: invalid byte sequence for encoding.', repeat('x', 18211)::bytea)
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as name, Dovecot(Path(name) / "imap") as dovecot:
        folder = Path(name) / "buzon"
        starter_models(folder / "models")
        with (
            SmtpServer() as smtp,
            Service(folder, settings(folder)) as service,
            sync_playwright() as playwright,
        ):
            take_sign_in(playwright, service)
            state = sign_in(playwright, service)
            service.stop()
            furnish(service, dovecot, smtp)
            service.start()
            url = Cluster(folder / "var").url_of("buzon")
            with psycopg.connect(url, autocommit=True) as db:
                # The import under way would end for want of its file.
                db.execute("SELECT pg_advisory_lock(%s, 0)", [TRANSFERS])
                take_all(playwright, service, state, db)


def settings(folder: Path) -> dict[str, str]:
    return {
        "BUZON_COMPANY": "Ferretería Sol",
        "BUZON_AUDIT": "0.1",
        "BUZON_DATA_DIR": str(folder / "var"),
        "PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'tests'}",
    }


def furnish(service: Service, dovecot: Dovecot, smtp: SmtpServer) -> None:
    for name in ("soporte", "ventas"):
        dovecot.add_user(f"{name}@example.com")
    subprocess.run(
        [
            sys.executable,
            Path(__file__).with_name("furnish.py"),
            str(dovecot.port),
            str(smtp.port),
        ],
        cwd=service.folder,
        env={**service.environment, "BUZON_REPLIES_PER_HOUR": "10000"},
        stdout=subprocess.DEVNULL,
        check=True,
    )


@contextmanager
def browser(playwright: Playwright, language: str) -> Iterator[Browser]:
    """Chromium with its own controls in that language, which Debian has in chromium-l10n."""
    found = playwright.chromium.launch(
        executable_path=str(find("chromium")),
        args=ARGUMENTS,
        env={"LANGUAGE": LANGUAGES[language].replace("-", "_"), "PATH": "/usr/bin:/bin"},
    )
    yield found
    found.close()


def take_sign_in(playwright: Playwright, service: Service) -> None:
    for language in LANGUAGES:
        with browser(playwright, language) as chromium:
            for look in looks(language):
                page = looking(chromium, look, None)
                page.goto(service.sign_in_link)
                take(page, "sign-in", look)
                page.context.close()


def sign_in(playwright: Playwright, service: Service) -> object:
    """The first administrator; what her browser keeps."""
    with browser(playwright, ".es") as chromium:
        page = chromium.new_page(locale="es-ES")
        page.goto(service.sign_in_link)
        fields = {"email": "ana@example.com", "name": "Ana Ruiz", "password": PASSWORD}
        for name, value in {**fields, "again": PASSWORD}.items():
            page.fill(f"#{name}", value)
        page.click("button")
        page.wait_for_selector(".top")
        return page.context.storage_state()


def take_all(
    playwright: Playwright, service: Service, state: object, db: psycopg.Connection
) -> None:
    wanted = {name: PAGES[name] for name in sys.argv[1:]} or PAGES
    shown = {name: db.execute(query).fetchone()[0] for name, query in SHOWN.items()}
    for language in LANGUAGES:
        with browser(playwright, language) as chromium:
            for look in looks(language):
                page = looking(chromium, look, state)
                for name, path in wanted.items():
                    if name == "quarantine":
                        db.execute(SET_ASIDE)
                    page.goto(service.url + path.format(**shown))
                    make_ready(page, name)
                    take(page, name, look)
                    db.execute("DELETE FROM parked")
                page.context.close()


def make_ready(page: Page, name: str) -> None:
    """What a person does on it before it is shown."""
    if name == "words":
        page.keyboard.press("w")
    if name == "keys":
        page.keyboard.press("?")
    if name == "letter":
        page.click(".segments a:not([aria-current])")
        page.wait_for_selector(".blocked")
    if name == "selected":
        for row in page.locator(".row-select input").all()[1:4]:
            row.check()
    drawn = name in ("dashboard", "chart", "wall")
    page.wait_for_timeout(1500 if drawn else 400)  # charts draw themselves


def looks(language: str) -> list[Look]:
    return [(width, theme, language) for width in HIGHEST for theme in ("light", "dark")]


def looking(chromium: Browser, look: Look, state: object) -> Page:
    width, theme, language = look
    return chromium.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=theme,
        locale=LANGUAGES[language],
        reduced_motion="reduce",
        storage_state=state,
    ).new_page()


def take(page: Page, name: str, look: Look) -> None:
    width, theme, language = look
    whole = {}
    if name not in FIRST_SIGHT:
        height = min(page.evaluate("document.documentElement.scrollHeight"), HIGHEST[width])
        clip = {"x": 0, "y": 0, "width": width, "height": max(height, 900)}
        whole = {"full_page": True, "clip": clip}
    path = FOLDER / f"{name}-{width}-{theme}{language}.png"
    page.screenshot(path=path, **whole)
    if pngquant := shutil.which("pngquant"):  # a third of the bytes, and no eye sees it
        subprocess.run([pngquant, "--nofs", "--force", "--ext", ".png", path], check=True)


if __name__ == "__main__":
    main()
