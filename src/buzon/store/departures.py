"""The table `departures`: who was sent to the OpenID provider to sign in, and is not back yet. What
the provider's answer is checked against waits here, so that any process can take it."""

from dataclasses import dataclass
from datetime import timedelta

from buzon.store.db import Connection
from buzon.store.tokens import digest

TRIP_TAKES = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Departure:
    """What is remembered of somebody who left. `nonce` is to stand in the provider's token,
    `verifier` proves that we are who asked for it; `wanted`: the page to go to after that."""

    nonce: str
    verifier: str
    wanted: str


async def add(db: Connection, state: str, browser: str, departure: Departure) -> None:
    """`state` comes back from the provider, `browser` by cookie."""
    await db.execute("DELETE FROM departures WHERE expires_at < now()")
    await db.execute(
        "INSERT INTO departures (hash, browser, nonce, verifier, wanted, expires_at)"
        " VALUES (%s, %s, %s, %s, %s, now() + %s)",
        [
            digest(state),
            digest(browser),
            departure.nonce,
            departure.verifier,
            departure.wanted,
            TRIP_TAKES,
        ],
    )


async def take(db: Connection, state: str, browser: str) -> Departure | None:
    """Once, and for the browser that left; None for another, and after that."""
    row = await (
        await db.execute(
            "DELETE FROM departures WHERE hash = %s AND browser = %s AND expires_at > now()"
            " RETURNING nonce, verifier, wanted",
            [digest(state), digest(browser)],
        )
    ).fetchone()
    return Departure(*row) if row else None
