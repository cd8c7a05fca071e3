"""The role `buzon_bi`: it reads the views v_… and sets events.true_label, nothing else."""

import psycopg
from psycopg import errors, sql

from buzon.errors import DatabaseError
from buzon.store.db import unreachable

BI = "buzon_bi"


def exists(url: str) -> bool:
    """Whether the server has the role. Raises DatabaseUnreachable."""
    try:
        with psycopg.connect(url, connect_timeout=10) as db:
            found = db.execute("SELECT FROM pg_roles WHERE rolname = %s", [BI])
            return found.fetchone() is not None
    except psycopg.OperationalError as error:
        raise unreachable(url, error) from error


def open_to_bi(url: str, password: str = "") -> None:
    """Give the role what it may do, making it where it is missing; it may sign in with `password`,
    if one is given. Raises DatabaseUnreachable, and DatabaseError where we lack the rights."""
    try:
        with psycopg.connect(url, connect_timeout=10) as db:
            db.execute("SELECT open_to_bi()")
            if password:
                _let_in(db, password)
    except errors.InsufficientPrivilege as error:
        raise DatabaseError(
            f"The role {BI} can't be made or changed ({error.diag.message_primary}).",
            f"Have an administrator of the server run: CREATE ROLE {BI} LOGIN PASSWORD '…'; then"
            " unset BUZON_BI_PASSWORD and run buzon migrate again.",
        ) from error
    except psycopg.OperationalError as error:
        raise unreachable(url, error) from error


def _let_in(db: psycopg.Connection[tuple[object, ...]], password: str) -> None:
    # Hashed here, so that no log of the server's has it in clear.
    hashed = db.pgconn.encrypt_password(password.encode(), BI.encode(), b"scram-sha-256")
    db.execute(
        sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(
            sql.Identifier(BI), sql.Literal(hashed.decode())
        )
    )
