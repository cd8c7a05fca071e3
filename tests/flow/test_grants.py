"""Access tokens: granted, renewed before their end, and mourned, with a real provider and the mail
servers that take its tokens."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest
from pydantic import SecretStr

from buzon.cli.safe import Safe
from buzon.config import Mailbox, Settings
from buzon.errors import AccessError, Conflict, NotFound, ProviderFailed
from buzon.flow import Grants
from buzon.flow.oauth import Provider
from buzon.flow.providers import App, google, microsoft, provider_of
from buzon.mail.smtp_connection import Server
from buzon.mail.trial import try_mailbox, try_sending
from buzon.store import mail_grants
from buzon.store.db import Database
from buzon.store.mail_grants import Grant, Tokens
from peers import needs_openid
from peers.dovecot import Dovecot, free_port
from peers.openid import CLIENT, SECRET, OpenIdProvider, sign_in, type_code
from peers.smtp_server import SmtpServer

pytestmark = needs_openid

BACK = "http://127.0.0.1:8400/settings/mailboxes/authorized"
HOST = "127.0.0.1"
ANA, LUIS = "ana@example.com", "luis@example.com"


@pytest.fixture(scope="module")
def peer() -> Iterator[OpenIdProvider]:
    with OpenIdProvider(BACK) as peer:
        yield peer


@pytest.fixture(scope="module")
def dovecot(peer: OpenIdProvider) -> Iterator[Dovecot]:
    with (
        TemporaryDirectory(prefix="buzon-dovecot-") as folder,
        Dovecot(Path(folder), tokens_of=peer.port) as server,
    ):
        server.add_user(ANA)
        yield server


def app_at(peer: OpenIdProvider, **changes: str) -> App:
    fields = {
        "client_id": CLIENT, "secret": SECRET, "returns_to": BACK,
        "authorization_url": f"{peer.issuer}/auth", "token_url": f"{peer.issuer}/token",
        "device_url": f"{peer.issuer}/device/auth", "scope": "openid offline_access",
    }  # fmt: skip
    return App(
        provider="other",
        name="Casa",
        hosts=(HOST,),
        extra=(("prompt", "consent"),),
        proof="client_secret_basic",
        **{**fields, **changes},
    )


@pytest.fixture
def safe(tmp_path: Path) -> Safe:
    return Safe(Settings(_env_file=None, data_dir=tmp_path))


@pytest.fixture
def grants(db: Database, safe: Safe, peer: OpenIdProvider) -> Grants:
    return Grants(db, {"other": app_at(peer)}, safe)


@pytest.fixture
async def granted(grants: Grants) -> Grants:
    await grant(grants, ANA)
    return grants


async def grant(grants: Grants, account: str) -> None:
    """As its owner does in a browser."""
    url = await grants.depart(account, HOST, "browser")
    answer = await asyncio.to_thread(sign_in, url, account)
    assert await grants.come_back(answer, "browser", "Ana Ruiz") == account


async def kept(db: Database, account: str = ANA) -> Grant:
    async with db.transaction() as connection:
        found = await mail_grants.get(connection, account)
    assert found is not None
    return found


async def run(db: Database, statement: str) -> list[tuple[object, ...]]:
    async with db.transaction() as connection:
        cursor = await connection.execute(statement)  # type: ignore[call-overload]
        return await cursor.fetchall() if cursor.description else []


async def let_expire(db: Database) -> None:
    await run(db, "UPDATE mail_grants SET expires_at = now() + interval '1 minute'")


def mailbox(dovecot: Dovecot, user: str = ANA) -> Mailbox:
    return Mailbox(
        host=dovecot.host,
        port=dovecot.port,
        security="none",
        user=user,
        password=SecretStr(""),
        auth="oauth2",
    )


# ── granted ────────────────────────────────────────────────────────────────────────────────


async def test_a_browser_s_answer_is_good_once_and_in_that_browser(grants: Grants) -> None:
    url = await grants.depart(ANA, HOST, "browser")
    answer = await asyncio.to_thread(sign_in, url, ANA)
    with pytest.raises(NotFound, match="not begun in this browser"):
        await grants.come_back(answer, "another browser", "Ana Ruiz")
    await grants.come_back(answer, "browser", "Ana Ruiz")
    with pytest.raises(NotFound, match="not begun in this browser"):
        await grants.come_back(answer, "browser", "Ana Ruiz")


async def test_who_declines_at_the_provider_is_told_so(grants: Grants) -> None:
    url = await grants.depart(ANA, HOST, "browser")
    state = httpx.URL(url).params["state"]
    with pytest.raises(ProviderFailed, match="Casa did not authorize Buzón"):
        await grants.come_back({"state": state, "error": "access_denied"}, "browser", "Ana Ruiz")


async def test_a_provider_without_a_client_id_is_told_with_what_to_do(
    db: Database, safe: Safe
) -> None:
    with pytest.raises(Conflict, match="not registered at this provider yet"):
        await Grants(db, {}, safe).depart(ANA, HOST, "browser")


async def test_a_code_for_devices_is_typed_elsewhere(grants: Grants, db: Database) -> None:
    provider = grants.provider("other")
    code = await provider.ask_for_code()
    hurried = type(code)(code.code, code.user_code, code.address, 0.2, code.expires_in)
    waiting = asyncio.create_task(provider.wait_for(hurried))
    await asyncio.to_thread(type_code, code.address, ANA)
    await grants.keep(ANA, "other", await waiting, "buzon mailbox")
    assert (await kept(db)).fresh


async def test_a_code_for_devices_that_nobody_types_is_given_up(grants: Grants) -> None:
    provider = grants.provider("other")
    code = await provider.ask_for_code()
    with pytest.raises(ProviderFailed, match=f"Nobody typed the code {code.user_code} in time"):
        await provider.wait_for(type(code)(code.code, code.user_code, code.address, 0.1, 0.2))


async def test_nothing_in_the_database_is_of_use_without_the_key(
    granted: Grants, db: Database, peer: OpenIdProvider
) -> None:
    token = await granted.token(ANA, "other")
    assert peer.vouches(ANA, token)
    ((row,),) = await run(db, "SELECT to_jsonb(g)::text FROM mail_grants g")
    ((noted,),) = await run(db, "SELECT string_agg(c::text, '') FROM changes c")
    assert token not in f"{row}{noted}"
    assert "mail_grants" in str(noted)


# ── used ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("mechanism", ["oauthbearer", "xoauth2"])
async def test_dovecot_takes_the_token_by_either_mechanism(
    granted: Grants, peer: OpenIdProvider, tmp_path_factory: pytest.TempPathFactory, mechanism: str
) -> None:
    with TemporaryDirectory(prefix="buzon-dovecot-") as folder:
        server = Dovecot(Path(folder), tokens_of=peer.port, mechanisms=f" {mechanism}")
        with server:
            server.add_user(ANA)
            done = await try_mailbox(mailbox(server), granted.account(ANA, HOST))
    assert (done.failed, done.passed[-1]) == (None, "folder")


async def test_a_server_that_takes_no_tokens_is_told(granted: Grants, tmp_path: Path) -> None:
    with TemporaryDirectory(prefix="buzon-dovecot-") as folder, Dovecot(Path(folder)) as server:
        done = await try_mailbox(mailbox(server), granted.account(ANA, HOST))
    assert done.failed == "sign-in"
    assert "offers neither OAUTHBEARER nor XOAUTH2" in str(done.error)


async def test_another_account_s_token_opens_no_mailbox(grants: Grants, dovecot: Dovecot) -> None:
    await grant(grants, LUIS)
    done = await try_mailbox(mailbox(dovecot), grants.account(LUIS, HOST))
    assert done.failed == "sign-in"
    assert "refuses the user ana@example.com or the access token" in str(done.error)


@pytest.mark.parametrize("mechanism", ["OAUTHBEARER", "XOAUTH2"])
async def test_an_smtp_server_takes_the_token_by_either_mechanism(
    granted: Grants, peer: OpenIdProvider, mechanism: str
) -> None:
    with SmtpServer(vouches=peer.vouches, mechanism=mechanism) as smtp:
        done = await try_sending(server(smtp, granted))
        assert done.failed is None
        refused = await try_sending(server(smtp, granted, user=LUIS))
    assert refused.failed == "sign-in"
    assert "535 5.7.8 not you (status 401)" in str(refused.error)
    assert "Authorize the account again" in str(refused.error)


def server(smtp: SmtpServer, grants: Grants, user: str = ANA) -> Server:
    bearer = grants.account(ANA, smtp.host)
    return Server(host=smtp.host, port=smtp.port, security="none", user=user, bearer=bearer)


async def test_a_token_that_a_server_refuses_is_not_handed_out_again(
    granted: Grants, peer: OpenIdProvider
) -> None:
    """As when clocks differ by more than we allow for, or somebody took it back."""
    before = await granted.token(ANA, "other")
    peer.revoke(before)
    with SmtpServer(vouches=peer.vouches) as smtp:
        assert (await try_sending(server(smtp, granted))).failed == "sign-in"
        assert (await try_sending(server(smtp, granted))).failed is None
    assert await granted.token(ANA, "other") != before


# ── renewed ────────────────────────────────────────────────────────────────────────────────


async def test_a_token_is_renewed_minutes_before_its_end_and_the_new_refresh_token_is_kept(
    granted: Grants, db: Database, peer: OpenIdProvider, safe: Safe
) -> None:
    before, token = await kept(db), await granted.token(ANA, "other")
    assert await granted.token(ANA, "other") == token
    await let_expire(db)
    again = await granted.token(ANA, "other")
    after = await kept(db)
    assert again != token
    assert peer.vouches(ANA, again)
    assert safe.unlock(after.refresh_token) != safe.unlock(before.refresh_token)
    await let_expire(db)
    assert await granted.token(ANA, "other") != again  # by the new one


async def test_a_database_that_breaks_after_the_provider_s_answer_costs_no_refresh_token(
    granted: Grants, db: Database, safe: Safe, monkeypatch: pytest.MonkeyPatch
) -> None:
    renew = Provider.renew

    async def and_cut(provider: Provider, refresh: str) -> Tokens:
        tokens = await renew(provider, refresh)
        await run(
            db,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND state = 'idle in transaction'",
        )
        return tokens

    monkeypatch.setattr(Provider, "renew", and_cut)
    before = safe.unlock((await kept(db)).refresh_token)
    await let_expire(db)
    token = await granted.token(ANA, "other")
    after = await kept(db)
    assert safe.unlock(after.refresh_token) != before
    assert safe.unlock(after.access_token) == token


async def test_who_is_stopped_while_it_renews_loses_no_refresh_token(
    granted: Grants, db: Database, safe: Safe, monkeypatch: pytest.MonkeyPatch
) -> None:
    renew, asked, answered = Provider.renew, asyncio.Event(), asyncio.Event()

    async def slowly(provider: Provider, refresh: str) -> Tokens:
        tokens = await renew(provider, refresh)
        asked.set()
        await answered.wait()
        return tokens

    monkeypatch.setattr(Provider, "renew", slowly)
    before = safe.unlock((await kept(db)).refresh_token)
    await let_expire(db)
    asking = asyncio.create_task(granted.token(ANA, "other"))
    await asked.wait()
    asking.cancel()
    asyncio.get_running_loop().call_later(0.1, answered.set)
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert safe.unlock((await kept(db)).refresh_token) != before


async def test_many_processes_at_once_renew_it_once(
    granted: Grants, db: Database, safe: Safe
) -> None:
    """The provider takes back everything where a refresh token comes twice."""
    await let_expire(db)
    processes = [Grants(db, granted.apps, safe) for _ in range(6)]
    tokens = await asyncio.gather(
        *(process.token(ANA, "other") for process in processes for _ in range(3))
    )
    assert len(set(tokens)) == 1
    assert (await kept(db)).died_at is None


async def test_a_provider_that_is_away_is_asked_again_later(
    db: Database, safe: Safe, granted: Grants, peer: OpenIdProvider
) -> None:
    await let_expire(db)
    away = app_at(peer, token_url=f"http://127.0.0.1:{free_port()}/token")
    with pytest.raises(AccessError, match="Casa does not answer as it should"):
        await Grants(db, {"other": away}, safe).token(ANA, "other")
    assert await granted.token(ANA, "other")


async def test_a_wrong_client_secret_is_no_reason_to_give_a_grant_up(
    db: Database, safe: Safe, granted: Grants, peer: OpenIdProvider
) -> None:
    await let_expire(db)
    with pytest.raises(AccessError, match="refuses Buzón: invalid_client"):
        await Grants(db, {"other": app_at(peer, secret="old")}, safe).token(ANA, "other")
    assert await granted.token(ANA, "other")


# ── ended ──────────────────────────────────────────────────────────────────────────────────


async def test_a_grant_that_ends_raises_the_alarm_at_once_and_stops_no_other(
    granted: Grants, db: Database, peer: OpenIdProvider, safe: Safe
) -> None:
    await grant(granted, LUIS)
    await run(
        db,
        "INSERT INTO webhooks (name, url, secret, kinds, content, made_by)"
        " VALUES ('casa', 'http://127.0.0.1:9', 'x', '{alarm.raised}', 'ids', 'ana')",
    )
    peer.revoke(safe.unlock((await kept(db)).refresh_token))
    await let_expire(db)
    for _ in range(2):
        with pytest.raises(AccessError, match=r"no longer lets Buzón in: invalid_grant.*Authorize"):
            await granted.token(ANA, "other")
    assert await granted.token(LUIS, "other")
    async with db.transaction() as connection:
        (troubled,) = await mail_grants.troubled(connection)
    assert troubled.account == ANA
    ((told,),) = await run(db, "SELECT data -> 'alarm' FROM webhook_deliveries")
    assert isinstance(told, dict)
    assert (told["what"], told["account"]) == ("access-ended", ANA)
    await grant(granted, ANA)
    assert await granted.token(ANA, "other")


async def test_an_end_that_is_known_is_warned_of_once(granted: Grants, db: Database) -> None:
    await run(
        db,
        "INSERT INTO webhooks (name, url, secret, kinds, content, made_by)"
        " VALUES ('casa', 'http://127.0.0.1:9', 'x', '{alarm.raised}', 'ids', 'ana')",
    )
    await run(db, "UPDATE mail_grants SET ends_at = now() + interval '4 days'")
    await granted.tend()
    assert await run(db, "SELECT FROM webhook_deliveries") == []
    await run(db, "UPDATE mail_grants SET ends_at = now() + interval '2 days'")
    await granted.tend()
    await granted.tend()
    ((what,),) = await run(db, "SELECT data -> 'alarm' ->> 'what' FROM webhook_deliveries")
    assert what == "access-ends"


async def test_what_lies_unused_is_renewed_every_day(granted: Grants, db: Database) -> None:
    before = await kept(db)
    await granted.tend()
    assert (await kept(db)).access_token == before.access_token
    old = "UPDATE mail_grants SET renewed_at = now() - interval '25 hours', expires_at = now()"
    await run(db, old)
    await granted.tend()
    assert (await kept(db)).refresh_token != before.refresh_token


async def test_a_token_is_shown_to_no_server_of_another_provider(granted: Grants) -> None:
    with pytest.raises(AccessError, match="no client ID at the provider"):
        await granted.account(ANA, "imap.gmail.com").token()
    for stranger in ("imap.example.com", "evil-127.0.0.1", "127.0.0.1.evil.example"):
        with pytest.raises(AccessError, match="is no mail server of Casa"):
            await granted.account(ANA, stranger).token()
        with pytest.raises(Conflict, match="no mail server of that provider"):
            await granted.depart(ANA, stranger, "browser")


# ── presets ────────────────────────────────────────────────────────────────────────────────


def test_a_mail_server_s_name_tells_whose_it_is() -> None:
    hosts = ("imap.gmail.com", "outlook.office365.com", "SMTP.Office365.com", "gmail.com.evil.com")
    assert [provider_of(host) for host in hosts] == ["google", "microsoft", "microsoft", "other"]


def test_people_are_sent_to_google_and_microsoft_with_what_these_ask_for() -> None:
    url, state, verifier = Provider(google("id", "secret", BACK)).send(ANA)
    asked = httpx.URL(url)
    assert (asked.host, asked.path) == ("accounts.google.com", "/o/oauth2/v2/auth")
    assert asked.params["scope"] == "https://mail.google.com/"
    assert (asked.params["access_type"], asked.params["prompt"]) == ("offline", "consent")
    assert (asked.params["state"], asked.params["redirect_uri"]) == (state, BACK)
    assert (asked.params["code_challenge_method"], asked.params["login_hint"]) == ("S256", ANA)
    assert "secret" not in url
    assert verifier not in url
    asked = httpx.URL(Provider(microsoft("id", "", "example.com", BACK)).send(ANA)[0])
    assert asked.path == "/example.com/oauth2/v2.0/authorize"
    assert asked.params["scope"].split() == [
        "https://outlook.office.com/IMAP.AccessAsUser.All",
        "https://outlook.office.com/SMTP.Send",
        "offline_access",
    ]
