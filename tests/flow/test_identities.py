"""Who may come in with an account elsewhere: a real provider, a real database."""

import asyncio
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from buzon.errors import NotLetIn, TooManyAttempts
from buzon.flow import Entrance, Visitor, identities, people
from buzon.flow.openid import Provider, Registration
from buzon.store import changes, sessions, users
from buzon.store.changes import Wanted
from buzon.store.db import Database
from buzon.store.users import Role, User
from peers import needs_openid
from peers.openid import CLIENT, SECRET, OpenIdProvider, sign_in

pytestmark = needs_openid

BACK = "http://127.0.0.1:8000/sign-in/elsewhere/back"
HERE = Visitor("192.0.2.1", "Firefox")
ANA = "ana@example.com"


@pytest.fixture(scope="module")
def peer() -> Iterator[OpenIdProvider]:
    with OpenIdProvider(BACK) as peer:
        yield peer


@pytest.fixture
def entrance(peer: OpenIdProvider) -> Entrance:
    return Entrance(Provider(Registration(peer.issuer, CLIENT, SECRET, "Casa", BACK)))


def open_to(entrance: Entrance, role: Role = "viewer") -> Entrance:
    return Entrance(entrance.provider, role, {"example.com"})


async def add(db: Database, email: str = ANA, role: Role = "operator") -> User:
    async with db.transaction() as connection:
        await people.add_user(connection, email, email.split("@")[0], role)
        return await users.by_email(connection, email)


async def come(db: Database, entrance: Entrance, login: str) -> User:
    """Sign in at the provider, and in. Raises as `come_back`."""
    url = await identities.depart(db, entrance, "/mails/1", "a browser", HERE)
    answer = await asyncio.to_thread(sign_in, url, login)
    session, wanted = await identities.come_back(db, entrance, answer, "a browser", HERE)
    assert wanted == "/mails/1"
    async with db.transaction() as connection:
        user = await sessions.user(connection, session)
    assert user is not None
    return user


async def test_who_was_let_in_by_address_comes_in(db: Database, entrance: Entrance) -> None:
    user = await add(db)
    assert await come(db, entrance, "ana=Ana@Example.com") == user


async def test_an_account_keeps_its_person_whatever_becomes_of_the_address(
    db: Database, entrance: Entrance
) -> None:
    user = await add(db)
    await come(db, entrance, ANA)
    assert await come(db, entrance, "ana=married@example.com") == user
    with pytest.raises(NotLetIn, match=f"Whoever is {ANA} here has another account at Casa"):
        await come(db, entrance, f"successor={ANA}")


async def test_who_is_disconnected_is_signed_out_and_can_come_with_another_account(
    db: Database, entrance: Entrance
) -> None:
    user = await add(db)
    await come(db, entrance, ANA)
    async with db.transaction(by="Eva") as connection:
        await identities.disconnect(connection, user.id)
        assert await sessions.listed(connection, user.id, "") == []
    assert await come(db, entrance, f"new={ANA}") == user


@pytest.mark.parametrize("login", ["nobody@example.com", "mallory@evil.example"])
async def test_who_is_unknown_stays_outside(db: Database, entrance: Entrance, login: str) -> None:
    await add(db)
    with capture_logs() as logged, pytest.raises(NotLetIn, match="Nobody has let in"):
        await come(db, entrance, login)
    assert [entry["subject"] for entry in logged] == [f"sub-{login.split('@')[0]}"]


async def test_an_address_that_the_provider_does_not_vouch_for_opens_nothing(
    db: Database, entrance: Entrance
) -> None:
    await add(db, "unverified@example.com")
    with pytest.raises(NotLetIn, match="Casa does not vouch for your e-mail address"):
        await come(db, entrance, "unverified@example.com")


async def test_who_is_disabled_stays_outside_known_or_not(db: Database, entrance: Entrance) -> None:
    ana, luis = await add(db), await add(db, "luis@example.com")
    await come(db, entrance, ANA)
    async with db.transaction() as connection:
        for user in (ana, luis):
            await people.disable(connection, user.id)
    for login in (ANA, "luis@example.com"):
        with pytest.raises(NotLetIn, match="You can no longer sign in here"):
            await come(db, entrance, login)


async def test_with_a_role_for_them_the_unknown_of_our_domains_come_in(
    db: Database, entrance: Entrance
) -> None:
    await add(db)
    luis = await come(db, open_to(entrance), "luis.gil@example.com")
    assert (luis.name, luis.role, luis.ready) == ("luis gil", "viewer", False)
    with pytest.raises(NotLetIn, match="Nobody has let in"):
        await come(db, open_to(entrance), "mallory@evil.example")
    assert await come(db, open_to(entrance, "operator"), "luis.gil@example.com") == luis


async def test_a_name_that_is_taken_is_left_to_whoever_has_it(
    db: Database, entrance: Entrance
) -> None:
    await add(db)
    other = await come(db, open_to(entrance), "ana=another.ana@example.com")
    assert other.name == "another.ana@example.com"


def by_group(peer: OpenIdProvider, role: Role | None = None, claim: str = "groups") -> Entrance:
    ours = Registration(peer.issuer, CLIENT, SECRET, "Casa", BACK, claim)
    roles: dict[str, Role] = {"support": "operator", "chiefs": "administrator"}
    return Entrance(Provider(ours), role, {"example.com"}, roles)


@pytest.mark.parametrize("claim", ["groups", "realm.roles"])
async def test_the_highest_role_of_somebody_s_groups_is_theirs(
    db: Database, peer: OpenIdProvider, claim: str
) -> None:
    await add(db)
    luis = await come(db, by_group(peer, claim=claim), "luis@elsewhere.example#support#chiefs#x")
    assert luis.role == "administrator"


async def test_a_role_follows_the_groups_at_every_sign_in(
    db: Database, peer: OpenIdProvider
) -> None:
    await add(db, ANA, "viewer")
    assert (await come(db, by_group(peer), f"{ANA}#support")).role == "operator"
    assert (await come(db, by_group(peer), f"{ANA}#chiefs")).role == "administrator"
    assert (await come(db, by_group(peer, "viewer"), f"{ANA}#unknown")).role == "viewer"
    async with db.transaction() as connection:
        roles = [
            change.becomes["role"]
            for change in await changes.listed(connection, Wanted(), 9)
            if change.by == "Casa" and change.what == "users" and change.becomes
        ]
    assert roles == ["viewer", "administrator", "operator"]  # the newest first


@pytest.mark.parametrize("login", [ANA, f"{ANA}#chief", f"{ANA}#Support"])
async def test_who_is_in_no_group_that_we_know_stays_outside_even_if_let_in_before(
    db: Database, peer: OpenIdProvider, login: str
) -> None:
    user = await add(db)
    with pytest.raises(NotLetIn, match="Casa gives you no role here"):
        await come(db, by_group(peer), login)
    async with db.transaction() as connection:
        assert await users.get(connection, user.id) == user


async def test_a_group_opens_nothing_to_who_is_disabled_or_not_vouched_for(
    db: Database, peer: OpenIdProvider
) -> None:
    user = await add(db)
    async with db.transaction() as connection:
        await people.disable(connection, user.id)
    with pytest.raises(NotLetIn, match="You can no longer sign in here"):
        await come(db, by_group(peer), f"{ANA}#chiefs")
    with pytest.raises(NotLetIn, match="does not vouch"):
        await come(db, by_group(peer), "unverified@example.com#chiefs")


async def test_the_last_administrator_with_a_password_stays_one_whatever_the_groups_say(
    db: Database, peer: OpenIdProvider
) -> None:
    async with db.transaction() as connection:
        link = await people.add_user(connection, ANA, "Ana", "administrator")
    await people.accept(db, link, "siete cajas azules", HERE)
    await come(db, by_group(peer), "luis@example.com#chiefs")  # who could not without the provider
    with capture_logs() as logged:
        assert (await come(db, by_group(peer), f"{ANA}#support")).role == "administrator"
    assert [entry["event"] for entry in logged] == ["the last administrator stays one"]


async def test_without_groups_that_count_roles_are_given_here_alone(
    db: Database, entrance: Entrance
) -> None:
    await add(db, ANA, "viewer")
    assert (await come(db, open_to(entrance, "operator"), f"{ANA}#chiefs")).role == "viewer"


async def test_nobody_comes_in_before_there_is_an_administrator(
    db: Database, entrance: Entrance
) -> None:
    with pytest.raises(NotLetIn, match="Nobody has let in"):
        await come(db, open_to(entrance), "luis@example.com")


async def test_who_comes_first_twice_at_once_is_one(db: Database, entrance: Entrance) -> None:
    await add(db)
    come_in = [come(db, open_to(entrance), "luis@example.com") for _ in range(2)]
    first, second = await asyncio.gather(*come_in)
    assert first == second


async def test_an_answer_is_for_the_browser_that_left_and_good_once(
    db: Database, entrance: Entrance
) -> None:
    await add(db)
    url = await identities.depart(db, entrance, "/", "a browser", HERE)
    answer = await asyncio.to_thread(sign_in, url, ANA)
    for wrong, browser in (
        (answer, "another"),
        (answer, ""),
        ({**answer, "state": "x"}, "a browser"),
        ({"code": answer["code"]}, "a browser"),
    ):
        with pytest.raises(NotLetIn, match="not begun in this browser"):
            await identities.come_back(db, entrance, wrong, browser, HERE)
    await identities.come_back(db, entrance, answer, "a browser", HERE)
    with pytest.raises(NotLetIn, match="not begun in this browser"):
        await identities.come_back(db, entrance, answer, "a browser", HERE)


async def test_who_stays_there_too_long_begins_anew(db: Database, entrance: Entrance) -> None:
    await add(db)
    url = await identities.depart(db, entrance, "/", "a browser", HERE)
    answer = await asyncio.to_thread(sign_in, url, ANA)
    async with db.transaction() as connection:
        await connection.execute("UPDATE departures SET expires_at = now()")
    with pytest.raises(NotLetIn, match="took too long"):
        await identities.come_back(db, entrance, answer, "a browser", HERE)


async def test_a_client_that_only_leaves_has_to_wait_and_others_do_not(
    db: Database, entrance: Entrance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identities, "PER_CLIENT", 3)
    user = await add(db)
    for _ in range(2):
        await identities.depart(db, entrance, "/", "a browser", HERE)
    assert await come(db, entrance, ANA) == user  # which does not count
    await identities.depart(db, entrance, "/", "a browser", HERE)
    with pytest.raises(TooManyAttempts):
        await identities.depart(db, entrance, "/", "a browser", HERE)
    await identities.depart(db, entrance, "/", "a browser", Visitor("192.0.2.2", ""))


async def test_the_log_tells_who_vouched_for_whom(db: Database, entrance: Entrance) -> None:
    await add(db)
    luis = await come(db, open_to(entrance), "luis@example.com")
    async with db.transaction(by="Eva") as connection:
        await identities.disconnect(connection, luis.id)
        gone, vouched, let_in = await changes.listed(connection, Wanted(), 3)
    assert (let_in.by, let_in.what, let_in.which) == ("Casa", "users", "luis")
    assert (vouched.by, vouched.what, vouched.which) == ("Casa", "identities", "luis")
    assert vouched.becomes == {"issuer": entrance.provider.issuer, "subject": "sub-luis"}
    assert (gone.by, gone.what, gone.which, gone.becomes) == ("Eva", "identities", "luis", None)
