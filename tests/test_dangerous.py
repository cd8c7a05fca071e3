"""What can do harm is called where it is looked after alone; secrets are kept as hashes."""

import ast
from functools import cache
from pathlib import Path

import pytest

import buzon
from buzon.flow import Visitor, people
from buzon.store import sessions, tokens, users
from buzon.store.db import Database

SOURCE = Path(buzon.__file__).parent

# By name, where each may be called. Programs that are started are named by us, without a shell.
PLACES: dict[str, set[str]] = {
    "joblib.load": {"classifier/artifact.py"},
    "unpack_trusted": {"classifier/artifact.py", "cli/classifiers.py"},  # a file named by hand
    "subprocess.run": {f"store/embedded/{name}.py" for name in ("account", "cluster", "system")},
    "subprocess.Popen": {"store/embedded/server.py"},
    "os.system": set(),
    "os.popen": set(),
    "eval": set(),
    "exec": set(),
    "compile": set(),
    "__import__": set(),
    "pickle.load": {"classifier/cores.py"},  # what our own fork worked out
    "pickle.loads": {"classifier/cores.py"},
    "marshal.loads": set(),
    "tarfile.open": set(),
    "zipfile.ZipFile": {"store/backup_file.py"},  # what the technician names; never a mail's
    "random.choice": {"mail/imap.py"},  # which of the addresses is asked: no secret
    "random.random": set(),
    "hashlib.md5": set(),
    "hashlib.sha1": set(),
    "xml.etree.ElementTree.fromstring": set(),
}


@cache
def calls() -> list[tuple[str, str, ast.Call]]:
    return [
        (file.relative_to(SOURCE).as_posix(), ast.unparse(node.func), node)
        for file in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call)
    ]


@pytest.mark.parametrize("name", PLACES)
def test_what_is_dangerous_is_called_in_its_places_alone(name: str) -> None:
    assert {place for place, called, _ in calls() if called == name} == PLACES[name]


def test_no_program_is_started_through_a_shell() -> None:
    assert [
        f"{place}: {called}"
        for place, called, node in calls()
        if called == "asyncio.create_subprocess_shell"
        or any(word.arg == "shell" for word in node.keywords)
    ] == []


async def test_of_tokens_sessions_and_links_the_database_holds_hashes_alone(db: Database) -> None:
    async with db.transaction() as connection:
        user = await users.add(connection, "ana@example.com", "Ana", "administrator")
        secrets = [
            await tokens.add(connection, "n8n"),
            await sessions.open(connection, user.id, "Firefox"),
            await people.add_user(connection, "luis@example.com", "Luis", "viewer"),
        ]
        assert await tokens.use(connection, secrets[0])
        assert await sessions.user(connection, secrets[1])
        kept = []
        for table in ("tokens", "sessions", "sign_in_links", "users"):
            rows = await connection.execute(f"SELECT to_jsonb(t)::text FROM {table} t")  # type: ignore[arg-type]
            kept += [text async for (text,) in rows]
    assert len(kept) >= 5
    for secret in secrets:
        assert len(secret) >= 32  # 192 bits or more
        assert not any(secret in text for text in kept)


async def test_a_right_password_is_not_kept_as_it_is(db: Database) -> None:
    async with db.transaction() as connection:
        link = await people.add_user(connection, "ana@example.com", "Ana", "viewer")
    await people.accept(db, link, "siete cajas azules", Visitor("192.0.2.1", "Firefox"))
    async with db.transaction() as connection:
        kept = await users.secret(connection, "ana@example.com")
    assert kept is not None
    assert kept[1].startswith("$argon2id$")
