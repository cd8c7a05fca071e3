"""What the service itself can't do to what was noted."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from buzon.store.db import Connection


@asynccontextmanager
async def rewriting(db: Connection) -> AsyncIterator[None]:
    """Corrections may be altered meanwhile, to make them older."""
    await db.execute("ALTER TABLE corrections DISABLE TRIGGER USER")
    yield
    await db.execute("ALTER TABLE corrections ENABLE TRIGGER USER")
