"""Signing in against the database: who gets in, how often one may try, and when it ends."""

import asyncio

import pytest

from buzon.errors import Conflict, Invalid, NotFound, TooManyAttempts, Unauthorized
from buzon.flow import Visitor, passwords, people
from buzon.flow.people import PER_ADDRESS, PER_CLIENT
from buzon.store import changes, sessions, users
from buzon.store.changes import Wanted
from buzon.store.db import Database
from buzon.store.users import Role, User

PASSWORD = "siete cajas azules"
ANA = "ana@example.com"
HERE = Visitor("192.0.2.1", "Firefox")
THERE = Visitor("198.51.100.7", "Chrome")


async def make(db: Database, email: str = ANA, role: Role = "administrator") -> User:
    """Somebody who has set a password."""
    async with db.transaction() as connection:
        link = await people.add_user(connection, email, email.split("@")[0], role)
    await people.accept(db, link, PASSWORD, HERE)
    async with db.transaction() as connection:
        return await users.by_email(connection, email)


async def who(db: Database, session: str) -> str | None:
    async with db.transaction() as connection:
        found = await sessions.user(connection, session)
    return found.name if found else None


async def do(db: Database, statement: str) -> None:
    async with db.transaction() as connection:
        await connection.execute(statement)  # type: ignore[arg-type]


async def fail(db: Database, times: int, email: str = ANA, visitor: Visitor = HERE) -> None:
    for _ in range(times):
        with pytest.raises(Unauthorized):
            await people.sign_in(db, email, "no", visitor)


async def first_link(db: Database) -> str | None:
    async with db.transaction() as connection:
        return await people.first_link(connection)


async def test_the_first_administrator_is_made_once_even_by_two_at_a_time(db: Database) -> None:
    links = [await first_link(db) for _ in range(2)]
    done = await asyncio.gather(
        *(
            people.make_first(db, link or "", f"{n}@example.com", f"N{n}", PASSWORD, HERE)
            for n, link in enumerate(links)
        ),
        return_exceptions=True,
    )
    assert sorted(type(outcome) for outcome in done if not isinstance(outcome, str)) == [NotFound]
    assert await first_link(db) is None


async def test_a_right_password_signs_in_whatever_the_case_of_the_address(db: Database) -> None:
    await make(db)
    assert await who(db, await people.sign_in(db, " ANA@Example.com", PASSWORD, HERE)) == "ana"


async def test_the_same_letters_from_another_keyboard_are_the_same_password(db: Database) -> None:
    composed, decomposed = "contrase\u00f1a larga", "contrasen\u0303a larga"
    kept = await passwords.hashed(composed)
    assert await passwords.is_right(decomposed, kept)
    assert kept.startswith("$argon2id$")
    assert not passwords.is_outdated(kept)


async def test_a_password_kept_with_weaker_parameters_is_kept_anew(db: Database) -> None:
    weak = passwords.PasswordHasher(time_cost=1, memory_cost=8192).hash(PASSWORD)
    user = await make(db)
    async with db.transaction() as connection:
        await users.set_password(connection, user.id, weak)
    await people.sign_in(db, ANA, PASSWORD, HERE)
    async with db.transaction() as connection:
        kept = await users.secret(connection, ANA)
    assert kept is not None
    assert not passwords.is_outdated(kept[1])


@pytest.mark.parametrize(
    "password",
    [
        *("corta", "a" * 20, "ababababab", "Ana@Example.com", "x" * 201, ""),
        *("Contraseña2026!", "1234567890", "qwertyuiop1", "24/12/1987", "Buzón.12345"),
    ],
)
async def test_a_weak_password_is_refused_with_what_to_do(db: Database, password: str) -> None:
    async with db.transaction() as connection:
        link = await people.add_user(connection, ANA, "Ana", "viewer")
    with pytest.raises(Invalid, match="password"):
        await people.accept(db, link, password, HERE)
    assert await people.invited(db, link) is not None


async def test_an_unknown_address_is_told_in_the_same_words(db: Database) -> None:
    await make(db)
    told = []
    for email in (ANA, "nobody@example.com", "\0", ""):
        with pytest.raises(Unauthorized) as caught:
            await people.sign_in(db, email, "no", HERE)
        told.append(str(caught.value))
    assert len(set(told)) == 1


async def test_who_is_disabled_can_t_sign_in_and_is_signed_out(db: Database) -> None:
    await make(db)
    luis = await make(db, "luis@example.com", "operator")
    session = await people.sign_in(db, luis.email, PASSWORD, HERE)
    async with db.transaction() as connection:
        await people.disable(connection, luis.id)
    assert await who(db, session) is None
    with pytest.raises(Unauthorized):
        await people.sign_in(db, luis.email, PASSWORD, HERE)
    async with db.transaction() as connection:
        with pytest.raises(Conflict):
            await people.new_link(connection, await users.get(connection, luis.id))
        await people.enable(connection, luis.id)
    await people.sign_in(db, luis.email, PASSWORD, HERE)


async def test_an_address_may_be_tried_so_often_from_wherever(db: Database) -> None:
    await make(db)
    for n in range(PER_ADDRESS):
        await fail(db, 1, visitor=Visitor(f"192.0.2.{n}", ""))
    with pytest.raises(TooManyAttempts) as caught:
        await people.sign_in(db, ANA.upper(), PASSWORD, THERE)
    assert 800 < caught.value.wait <= 900


async def test_a_client_may_try_so_often_whatever_the_address(db: Database) -> None:
    async with db.transaction() as connection:
        for n in range(PER_CLIENT):
            await people.attempts.count(connection, {"client 2001:db8::/64": 99, f"{n}": 9})
    await make(db)
    with pytest.raises(TooManyAttempts):
        await people.sign_in(db, ANA, PASSWORD, Visitor("2001:db8::5", ""))
    await people.sign_in(db, ANA, PASSWORD, Visitor("2001:db8:0:1::5", ""))


def test_one_client_is_an_address_or_in_ipv6_a_network() -> None:
    assert people.network("192.0.2.1") == "192.0.2.1"
    assert people.network("2001:db8::5") == "2001:db8::/64"
    assert people.network("::ffff:192.0.2.1") == "192.0.2.1"  # as some proxies write it
    assert people.network("unknown") == "unknown"


async def test_attempts_at_once_get_no_further_than_one_after_another(db: Database) -> None:
    await make(db)
    done = await asyncio.gather(
        *(people.sign_in(db, ANA, "no", HERE) for _ in range(PER_ADDRESS + 5)),
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, TooManyAttempts) for outcome in done) == 5


async def test_a_quarter_of_an_hour_later_one_may_try_again(db: Database) -> None:
    await make(db)
    await fail(db, PER_ADDRESS)
    await do(db, "UPDATE sign_in_attempts SET at = at - interval '15 minutes'")
    await people.sign_in(db, ANA, PASSWORD, HERE)


async def test_a_right_password_forgives_the_wrong_ones(db: Database) -> None:
    await make(db)
    await fail(db, PER_ADDRESS - 1)
    await people.sign_in(db, ANA, PASSWORD, HERE)
    await fail(db, PER_ADDRESS - 1)
    await people.sign_in(db, ANA, PASSWORD, HERE)


@pytest.mark.parametrize(
    "passed", ["seen_at = now() - interval '7 days'", "expires_at = now() - interval '1 second'"]
)
async def test_a_session_ends_unused_and_in_the_end(db: Database, passed: str) -> None:
    await make(db)
    session = await people.sign_in(db, ANA, PASSWORD, HERE)
    await do(db, f"UPDATE sessions SET {passed}")
    assert await who(db, session) is None


async def test_a_session_in_use_does_not_end_unused(db: Database) -> None:
    user = await make(db)
    session = await people.sign_in(db, ANA, PASSWORD, HERE)
    await do(db, "UPDATE sessions SET seen_at = now() - interval '6 days'")
    assert await who(db, session) == "ana"
    async with db.transaction() as connection:
        own = (await sessions.listed(connection, user.id, session))[0]
    assert (own.own, own.device) == (True, "Firefox")
    assert (own.seen_at - own.created_at).days >= 0


async def test_one_session_is_ended_and_all_others(db: Database) -> None:
    user = await make(db)
    luis = await make(db, "luis@example.com")
    own, other, third = [await people.sign_in(db, ANA, PASSWORD, THERE) for _ in range(3)]
    async with db.transaction() as connection:
        listed = await sessions.listed(connection, user.id, own)
        await sessions.end(connection, luis.id, listed[1].id)  # not his: nothing happens
        assert len(await sessions.listed(connection, user.id, own)) == len(listed)
        await sessions.end(connection, user.id, listed[1].id)
    assert [await who(db, session) for session in (own, other)] == ["ana", "ana"]
    assert await who(db, third) is None
    async with db.transaction() as connection:
        await sessions.end_all(connection, user.id, but=own)
    assert [await who(db, session) for session in (own, other)] == ["ana", None]


async def test_who_is_signed_out_by_an_administrator_is_out_and_the_log_says_so(
    db: Database,
) -> None:
    ana, luis = await make(db), await make(db, "luis@example.com", "viewer")
    session = await people.sign_in(db, luis.email, PASSWORD, THERE)
    async with db.transaction(by="ana") as connection:
        assert await sessions.counts(connection) == {ana.id: 1, luis.id: 2}
        (newest, _first) = await sessions.listed(connection, luis.id, session)
        await people.sign_out(connection, ana.id, newest.id, "ana")  # not hers: nothing happens
        await people.sign_out(connection, luis.id, newest.id, "ana")
    assert await who(db, session) is None
    async with db.transaction(by="ana") as connection:
        await people.sign_out(connection, luis.id, None, "ana")
        assert await sessions.counts(connection) == {ana.id: 1}
        noted = await changes.listed(connection, Wanted(what="sessions"), 10)
    told = [(change.by, change.which, change.was, change.becomes) for change in noted]
    assert told == [
        ("ana", "luis", {"device": device}, None) for device in (HERE.device, THERE.device)
    ]


async def test_a_new_password_ends_all_sessions_but_the_new_one(db: Database) -> None:
    user = await make(db)
    old = await people.sign_in(db, ANA, PASSWORD, THERE)
    with pytest.raises(Unauthorized, match="present password is wrong"):
        await people.change_password(db, user, "no", "otra cosa larga", HERE)
    new = await people.change_password(db, user, PASSWORD, "otra cosa larga", HERE)
    assert [await who(db, session) for session in (old, new)] == [None, "ana"]
    with pytest.raises(Unauthorized):
        await people.sign_in(db, ANA, PASSWORD, HERE)


async def test_a_link_is_good_once_and_for_a_day_and_the_newest_alone(db: Database) -> None:
    user = await make(db)
    async with db.transaction() as connection:
        links = [await people.new_link(connection, user) for _ in range(2)]
    with pytest.raises(NotFound):
        await people.invited(db, links[0])
    await people.accept(db, links[1], "otra cosa larga", HERE)
    with pytest.raises(NotFound):
        await people.accept(db, links[1], PASSWORD, HERE)
    async with db.transaction() as connection:
        late = await people.new_link(connection, user)
    await do(db, "UPDATE sign_in_links SET expires_at = now()")
    with pytest.raises(NotFound):
        await people.accept(db, late, PASSWORD, HERE)


async def test_the_first_administrator_may_come_after_others(db: Database) -> None:
    link = await first_link(db)
    async with db.transaction() as connection:
        await people.add_user(connection, ANA, "Ana", "operator")
    assert await people.make_first(db, link or "", "eva@example.com", "Eva", PASSWORD, HERE)
    assert await first_link(db) is None


async def test_who_is_let_in_as_administrator_is_the_first(db: Database) -> None:
    link = await first_link(db)
    async with db.transaction() as connection:
        await people.add_user(connection, ANA, "Ana", "administrator")
    assert await first_link(db) is None
    with pytest.raises(NotFound):
        await people.make_first(db, link or "", "eva@example.com", "Eva", PASSWORD, HERE)


async def test_somebody_s_link_makes_no_first_administrator(db: Database) -> None:
    async with db.transaction() as connection:
        link = await people.add_user(connection, ANA, "Ana", "viewer")
    with pytest.raises(NotFound):
        await people.make_first(db, link, "eva@example.com", "Eva", PASSWORD, HERE)


async def test_the_last_administrator_stays_one(db: Database) -> None:
    ana = await make(db)
    async with db.transaction() as connection:
        await people.add_user(connection, "luis@example.com", "Luis", "administrator")
    for change in (people.disable, lambda db, id: people.give_role(db, id, "viewer")):
        with pytest.raises(Conflict, match="Nobody would be left"):
            async with db.transaction() as connection:
                await change(connection, ana.id)
    eva = await make(db, "eva@example.com")
    async with db.transaction() as connection:
        await people.disable(connection, ana.id)
        assert await users.administrators(connection) == 1
    assert eva.may("administrator")


@pytest.mark.parametrize(
    ("email", "name", "told"),
    [
        ("ANA@example.com", "Otra", "with this e-mail address"),
        ("otra@example.com", "ANA", "of this name"),
        ("otra", "Otra", "no e-mail address"),
        ("o tra@example.com", "Otra", "no e-mail address"),
        ("otra@example.com", " \t ", "name is missing"),
        ("otra@example.com", "a\x00b", "name is missing"),
    ],
)
async def test_who_can_t_be_told_apart_or_written_to_is_not_added(
    db: Database, email: str, name: str, told: str
) -> None:
    await make(db)
    with pytest.raises(Invalid, match=told):
        async with db.transaction() as connection:
            await people.add_user(connection, email, name, "viewer")


def test_each_role_may_what_those_before_it_may() -> None:
    for held, rights in {"viewer": 1, "operator": 2, "administrator": 3}.items():
        user = User(1, ANA, "Ana", held, True, None, None)  # type: ignore[arg-type]
        assert [user.may(role) for role in users.ROLES].count(True) == rights


async def test_the_language_that_somebody_chose_is_kept(db: Database) -> None:
    async with db.transaction() as connection:
        user = await users.add(connection, "ana@example.com", "Ana", "viewer")
        await users.set_language(connection, user.id, "es")
        assert (await users.get(connection, user.id)).language == "es"
