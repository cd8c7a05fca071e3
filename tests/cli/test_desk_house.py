"""What the pages ask for about how a Buzón is set up, over the database."""

import asyncio
from pathlib import Path

import pytest

from buzon.cli.chosen import Chooser
from buzon.cli.desk import StoreDesk
from buzon.config import Settings
from buzon.errors import Conflict, NotFound, TextRefused, WrongSettings
from buzon.flow import Flow, handle_mails, label
from buzon.store import notify
from buzon.store import settings as kept
from peers.desks import make_desk
from peers.flows import raw_mail

BOX = {
    "user": "ventas@example.com", "password": "secreto", "host": "imap.example.com",
    "port": "993", "security": "tls", "folder": "INBOX", "after": "none", "name": "",
}  # fmt: skip
WAY = {
    "smtp_from": "ventas@example.com", "smtp_host": "smtp.example.com", "smtp_port": "587",
    "smtp_security": "starttls", "smtp_user": "ventas@example.com", "smtp_password": "secreto",
}  # fmt: skip


def desk_of(flow: Flow, folder: Path, **given: object) -> StoreDesk:
    settings = Settings(_env_file=None, data_dir=folder, **given)  # type: ignore[arg-type]
    desk = make_desk(flow, settings)
    desk.superseded.set()  # there is no service that takes anything up
    return desk


@pytest.fixture
def desk(flow: Flow, tmp_path: Path) -> StoreDesk:
    return desk_of(flow, tmp_path)


async def hold(desk: StoreDesk) -> Settings:
    """The settings as another process has them."""
    return await Chooser(desk.given).settings(desk.db)


async def test_what_is_typed_is_chosen_as_what_it_means(desk: StoreDesk) -> None:
    await desk.choose({"risk": "0.02", "allowed_lists": "a, b", "retrain_after": "50"}, "Ana")
    chosen = await hold(desk)
    assert (chosen.risk, chosen.allowed_lists) == (0.02, ("a", "b"))
    comes = {setting.name: setting.comes.kind for setting in await desk.choosable()}
    assert comes["risk"] == "pages"
    assert comes["retrain_after"] == "default"  # that is what was typed


async def test_what_is_given_is_not_chosen_whatever_is_typed(flow: Flow, tmp_path: Path) -> None:
    desk = desk_of(flow, tmp_path, company="Casa Fija")
    await desk.choose({"company": "Otra", "risk": "0.5"}, "Ana")
    assert (await hold(desk)).company == "Casa Fija"
    assert (await hold(desk)).risk == 0.5


async def test_nothing_is_chosen_where_something_makes_no_sense(desk: StoreDesk) -> None:
    with pytest.raises(WrongSettings):
        await desk.choose({"company": "Cajas", "risk": "7"}, "Ana")
    assert (await hold(desk)).company == "Buzón"


async def test_examples_are_counted_by_what_people_said(desk: StoreDesk, flow: Flow) -> None:
    mails = [raw_mail(message_id=f"<{n}@example.org>", subject=f"Asunto {n}") for n in range(3)]
    ids = [handled.event_id or 0 for handled in await handle_mails(flow, mails)]
    await label(flow.db, ids, "reclamacion", "ana")
    assert (await desk.examples())["reclamacion"].labelled == 3


async def test_a_mailbox_is_kept_locked_and_read_by_every_process(desk: StoreDesk) -> None:
    await desk.keep_box(BOX, "Ana")
    (mailbox,) = (await hold(desk)).mailboxes
    assert (mailbox.key, mailbox.password.get_secret_value()) == ("ventas@example.com", "secreto")
    (box,) = await desk.boxes()
    assert (box.name, box.free, box.locked) == ("ventas@example.com", True, False)
    await desk.remove_box("ventas@example.com", "Ana")
    assert (await hold(desk)).mailboxes == ()
    with pytest.raises(NotFound):
        await desk.remove_box("ventas@example.com", "Ana")


async def test_a_kept_password_goes_to_no_other_server(desk: StoreDesk) -> None:
    await desk.keep_box(BOX, "Ana")
    await desk.keep_box({**BOX, "password": "", "folder": "Otra"}, "Ana")
    (mailbox,) = (await hold(desk)).mailboxes
    assert (mailbox.folder, mailbox.password.get_secret_value()) == ("Otra", "secreto")
    for change in ({"host": "evil.example"}, {"security": "none"}, {"port": "143"}):
        typed = {**BOX, "name": "ventas@example.com", "password": "", **change}
        with pytest.raises(WrongSettings) as caught:
            await desk.keep_box(typed, "Ana")
        assert caught.value.faults.keys() == {"password"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"host": " "}, "host"),
        ({"port": "0"}, "port"),
        ({"port": "imap"}, "port"),
        ({"security": "ssl"}, "security"),
        ({"user": ""}, "user"),
    ],
)
async def test_what_can_t_be_a_mailbox_is_told_by_its_field(
    desk: StoreDesk, change: dict[str, str], field: str
) -> None:
    with pytest.raises(WrongSettings) as caught:
        await desk.keep_box({**BOX, **change}, "Ana")
    assert field in caught.value.faults
    assert "secreto" not in str(caught.value.faults)


async def test_a_given_mailbox_is_not_changed_by_one_of_its_name(
    flow: Flow, tmp_path: Path
) -> None:
    given = {"imap_host": "imap.example.org", "imap_user": "ventas@example.com"}
    desk = desk_of(flow, tmp_path, **given)
    with pytest.raises(Conflict, match="from elsewhere"):
        await desk.keep_box(BOX, "Ana")


async def test_with_another_key_a_mailbox_is_left_out_and_shown_as_locked(
    desk: StoreDesk, flow: Flow, tmp_path: Path
) -> None:
    await desk.keep_box(BOX, "Ana")
    await desk.send_through(WAY, "Ana")
    other = desk_of(flow, tmp_path, secret_key="otra clave")
    assert (await hold(other)).mailboxes == ()
    assert (await hold(other)).smtp is None
    assert [box.locked for box in await other.boxes()] == [True]
    assert (await other.way()).locked


async def test_a_provider_s_secret_under_another_key_ends_no_sending(desk: StoreDesk) -> None:
    await desk.send_through(WAY, "Ana")
    await desk.keep_provider("google", {"google_client_id": "id"}, "Ana")
    async with desk.db.transaction() as db:
        await db.execute("INSERT INTO settings (name, secret) VALUES ('google_client_secret', 'x')")
    found = await hold(desk)
    assert found.smtp is not None
    assert found.google_client_id == ""
    assert not (await desk.way()).locked


async def test_a_mailbox_by_token_has_no_password_that_could_be_locked(desk: StoreDesk) -> None:
    await desk.keep_box({**BOX, "auth": "oauth2", "password": ""}, "Ana")
    async with desk.db.transaction() as db:  # as after a backup was restored
        await db.execute("UPDATE inboxes SET password = ''")
    (mailbox,) = (await hold(desk)).mailboxes
    assert mailbox.auth == "oauth2"


async def test_a_password_typed_before_a_token_was_chosen_is_not_kept(desk: StoreDesk) -> None:
    await desk.send_through({**WAY, "smtp_auth": "oauth2"}, "Ana")
    async with desk.db.reading() as db:
        assert "smtp_password" not in await kept.secrets(db)


async def test_a_token_in_clear_is_refused_beside_how_one_signs_in(desk: StoreDesk) -> None:
    with pytest.raises(WrongSettings) as caught:
        await desk.keep_box({**BOX, "auth": "oauth2", "password": "", "security": "none"}, "Ana")
    assert caught.value.faults.keys() == {"auth"}
    by_token = {**WAY, "smtp_auth": "oauth2", "smtp_security": "none"}
    with pytest.raises(WrongSettings) as caught:
        await desk.send_through(by_token, "Ana")
    assert caught.value.faults.keys() == {"smtp_auth"}


async def test_a_provider_at_the_address_of_the_cloud_s_own_services_is_refused(
    desk: StoreDesk,
) -> None:
    at = {
        "oauth_client_id": "id", "oauth_client_secret": "secreto",
        "oauth_authorization_url": "https://id.example.com/auth",
        "oauth_token_url": "https://169.254.169.254/latest",
    }  # fmt: skip
    with pytest.raises(TextRefused, match=r"Nothing is sent to 169\.254\.169\.254"):
        await desk.keep_provider("other", at, "Ana")
    assert (await hold(desk)).oauth_token_url == ""


async def test_a_provider_at_another_address_is_told_its_secret_anew(desk: StoreDesk) -> None:
    at = {
        "oauth_client_id": "id", "oauth_client_secret": "secreto", "oauth_scope": "mail",
        "oauth_authorization_url": "https://id.example.com/auth",
        "oauth_token_url": "https://id.example.com/token", "oauth_hosts": "mail.example.com",
    }  # fmt: skip
    await desk.keep_provider("other", at, "Ana")
    moved = {**at, "oauth_token_url": "https://id.example.org/token", "oauth_client_secret": ""}
    with pytest.raises(WrongSettings) as caught:
        await desk.keep_provider("other", moved, "Ana")
    assert caught.value.faults.keys() == {"oauth_client_secret"}
    assert (await hold(desk)).oauth_token_url == at["oauth_token_url"]
    await desk.keep_provider("other", {**at, "oauth_client_secret": ""}, "Ana")


async def test_sending_is_kept_and_stopped(desk: StoreDesk) -> None:
    await desk.send_through(WAY, "Ana")
    smtp = (await hold(desk)).smtp
    assert smtp is not None
    assert (smtp.host, smtp.password.get_secret_value()) == ("smtp.example.com", "secreto")
    assert (await desk.way()).sender == "ventas@example.com"
    await desk.stop_sending("Ana")
    assert (await hold(desk)).smtp is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"smtp_host": ""}, "smtp_host"),
        ({"smtp_from": "ventas"}, "smtp_from"),
        ({"smtp_port": "99999"}, "smtp_port"),
        ({"smtp_password": ""}, "smtp_password"),
        ({"smtp_host": "localhost", "smtp_port": "2525"}, "smtp_port"),  # our own sandbox
    ],
)
async def test_what_nothing_can_be_sent_with_is_told_by_its_field(
    desk: StoreDesk, change: dict[str, str], field: str
) -> None:
    with pytest.raises(WrongSettings) as caught:
        await desk.send_through({**WAY, **change}, "Ana")
    assert caught.value.faults.keys() == {field}
    assert (await hold(desk)).smtp is None


@pytest.mark.parametrize("given", [{"smtp_host": "smtp.example.org"}, {"mail": "external"}])
async def test_sending_that_is_given_is_not_changed(
    flow: Flow, tmp_path: Path, given: dict[str, str]
) -> None:
    desk = desk_of(flow, tmp_path, **given)
    with pytest.raises(Conflict, match="set elsewhere"):
        await desk.send_through(WAY, "Ana")


async def test_every_process_is_told_of_a_mailbox(desk: StoreDesk) -> None:
    told = notify.listen_to(desk.db, notify.SETTINGS, poll=60)
    await anext(told)
    await desk.keep_box(BOX, "Ana")
    await asyncio.wait_for(anext(told), 5)


async def test_sample_mails_need_a_sandbox(flow: Flow, tmp_path: Path) -> None:
    desk = desk_of(flow, tmp_path, mail="external")
    with pytest.raises(Conflict, match="no sandbox"):
        await desk.play_samples()
