"""A mailbox without a password, from the first page to the answered mail: the real service, a
certified provider, a Dovecot and an SMTP server that take its tokens alone, and Chromium."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from playwright.sync_api import Page, expect

from acceptance.test_house import WITHOUT_MAILBOX
from buzon.cli.safe import Safe
from buzon.config import Settings
from buzon.web import AUTHORIZED
from peers import needs_chromium, needs_openid
from peers.dovecot import Dovecot, free_port
from peers.first import begin
from peers.mails import customer_mail
from peers.openid import CLIENT, SECRET, OpenIdProvider, type_code
from peers.scene import Scene, wait_until
from peers.smtp_server import SmtpServer

pytestmark = [needs_openid, needs_chromium]

USER, OTHER = "soporte@example.com", "ventas@example.com"


@pytest.fixture
def provider() -> Iterator[OpenIdProvider]:
    port = free_port()
    with OpenIdProvider(f"http://127.0.0.1:{port}{AUTHORIZED}") as provider:
        yield provider


@pytest.fixture
def scene(
    tmp_path: Path, models: Path, database_url: str, provider: OpenIdProvider
) -> Iterator[Scene]:
    """A Buzón without a mailbox, and servers that know two: one by token, one by password."""
    with (
        TemporaryDirectory(prefix="buzon-dovecot-") as folder,
        Dovecot(Path(folder), tokens_of=provider.port) as dovecot,
        SmtpServer(vouches=provider.vouches) as smtp,
    ):
        dovecot.add_user(USER)
        dovecot.add_user(OTHER)
        url = provider.returns_to[0].removesuffix(AUTHORIZED)
        scene = Scene(
            tmp_path / "buzon", dovecot, smtp, models, user=USER, database_url=database_url,
            BUZON_PORT=url.rpartition(":")[2], **WITHOUT_MAILBOX,
        )  # fmt: skip
        scene.service.folder.mkdir()
        scene.service.start()
        yield scene
        scene.service.stop()


def register(page: Page, scene: Scene, provider: OpenIdProvider) -> None:
    page.goto(f"{scene.service.url}/settings/providers")
    expect(page.get_by_text(provider.returns_to[0]).first).to_be_visible()
    fields = {
        "oauth_client_id": CLIENT, "oauth_client_secret": SECRET,
        "oauth_authorization_url": f"{provider.issuer}/auth",
        "oauth_token_url": f"{provider.issuer}/token",
        "oauth_device_url": f"{provider.issuer}/device/auth",
        "oauth_scope": "openid offline_access", "oauth_hosts": scene.dovecot.host,
    }  # fmt: skip
    for name, value in fields.items():
        page.locator(f"#{name}").fill(value)
    page.get_by_role("button", name="Save Another provider").click()
    expect(page.get_by_text("set up")).to_be_visible()


def add_mailbox(page: Page, scene: Scene, user: str, password: str = "") -> None:
    page.goto(f"{scene.service.url}/settings/mailboxes/new")
    page.locator("#user").fill(user)
    page.locator("#host").fill(scene.dovecot.host)
    page.locator("#port").fill(str(scene.dovecot.port))
    page.locator("#security").select_option("none")
    page.locator("#password").fill(password)
    page.locator("#auth").select_option("password" if password else "oauth2")
    page.get_by_role("button", name="Test and save").click()
    expect(page.locator(".box-entry", has_text=user).first).to_be_visible(timeout=30_000)


def authorize(page: Page, *, signed_in: bool = False) -> None:
    """By the link, and by the pages of the provider."""
    page.get_by_role("link", name=f"Authorize {USER}").click()
    if not signed_in:
        page.get_by_placeholder("Enter any login").fill(USER)
        page.get_by_placeholder("and password").fill("any")
        page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()
    expect(box(page)).to_contain_text("let in by Ana Ruiz")
    expect(box(page)).to_contain_text("is read", timeout=30_000)


def box(page: Page, user: str = USER):  # type: ignore[no-untyped-def]
    return page.locator(".box-entry", has_text=user).first.locator(".box-state")


def send_by_token(page: Page, scene: Scene) -> None:
    page.goto(f"{scene.service.url}/settings/sending")
    page.locator("#smtp_host").fill(scene.smtp.host)
    page.locator("#smtp_port").fill(str(scene.smtp.port))
    page.locator("#smtp_security").select_option("none")
    expect(page.locator("#smtp_auth")).to_have_value("oauth2")
    page.get_by_role("button", name="Send a test mail to me").click()
    page.get_by_role("button", name="Answer customers from now on").click()
    expect(page.get_by_text("Customers are answered.")).to_be_visible(timeout=30_000)
    scene.smtp.received.clear()


def expire(scene: Scene) -> None:
    scene.query("UPDATE mail_grants SET expires_at = now()")


def token_of(scene: Scene, kind: str) -> str:
    ((locked,),) = scene.query(f"SELECT {kind}_token FROM mail_grants WHERE account = %s", USER)
    return Safe(Settings(_env_file=None, data_dir=scene.data)).unlock(locked)


def hang_up(scene: Scene) -> None:
    """As a server does in the middle of IDLE when the token that let us in has ended."""
    scene.dovecot.stop()
    scene.dovecot.start()


def test_a_mailbox_is_let_in_read_and_answered_by_token_until_that_ends_and_again(
    scene: Scene, page: Page, provider: OpenIdProvider
) -> None:
    begin(page, scene.service)
    register(page, scene, provider)
    add_mailbox(page, scene, USER)
    expect(box(page)).to_contain_text("has not let Buzón in yet")
    authorize(page)
    send_by_token(page, scene)
    scene.wait_until_read()
    scene.deliver(3)
    scene.wait_until_all_answered()

    old = token_of(scene, "access")
    provider.revoke(old)
    expire(scene)
    hang_up(scene)
    scene.deliver(2)
    scene.wait_until_all_answered()
    assert token_of(scene, "access") != old

    add_mailbox(page, scene, OTHER, "secreto")
    expect(box(page, OTHER)).to_contain_text("is read", timeout=30_000)
    provider.revoke(token_of(scene, "refresh"))
    expire(scene)
    hang_up(scene)
    expect(box(page)).to_contain_text("no longer lets Buzón in", timeout=30_000)
    scene.dovecot.deliver(OTHER, customer_mail(900, to=OTHER))
    wait_until(lambda: scene.count("events", f"mailbox = '{OTHER}'"), "the other one is read")
    assert "mail access ended" in scene.service.log
    page.goto(scene.service.url)
    expect(page.locator(".alarm", has_text="An account no longer lets Buzón in")).to_be_visible()

    page.goto(f"{scene.service.url}/settings/mailboxes")
    authorize(page, signed_in=True)
    scene.deliver(1)
    wait_until(lambda: scene.count("events", f"mailbox = '{USER}'") == 6, "it is read again")
    told = scene.service.log + scene.service.output
    for kind in ("access", "refresh"):
        assert token_of(scene, kind) not in told


def test_at_the_console_a_code_lets_it_in_and_the_key_is_rotated_under_a_running_service(
    scene: Scene, page: Page, provider: OpenIdProvider
) -> None:
    begin(page, scene.service)
    register(page, scene, provider)
    add_mailbox(page, scene, USER)
    command = [sys.executable, "-m", "buzon", "mailbox", "authorize", USER]
    environment = {**os.environ, **scene.service.environment}
    with subprocess.Popen(
        command, cwd=scene.service.folder, env=environment, stdout=subprocess.PIPE, text=True
    ) as console:
        assert console.stdout is not None
        told = console.stdout.readline()
        address = re.search(r"Open (\S+) in a browser", told)
        assert address, told
        type_code(address[1], USER)
        assert console.stdout.read().strip() == f"{USER} lets Buzón in now."
    assert console.returncode == 0
    scene.wait_until_read()

    key = (scene.data / "secret.key").read_text()
    done = scene.service.run("secrets", "rotate")
    assert done.stdout.strip() == "4 passwords and tokens are locked with the new key.", done.stderr
    assert (scene.data / "secret.key").read_text() != key
    expire(scene)
    hang_up(scene)
    page.goto(f"{scene.service.url}/settings/mailboxes")
    expect(box(page)).to_contain_text("is read", timeout=30_000)
    scene.deliver(1)
    wait_until(lambda: scene.count("events") == 1, "it is read on")
