"""Lists that somebody comes back to: each person's own."""

from buzon.store import saved_views, users
from buzon.store.db import Database


async def test_a_view_is_seen_and_removed_by_its_owner_alone(db: Database) -> None:
    async with db.transaction() as connection:
        ana = (await users.add(connection, "ana@example.com", "Ana", "administrator")).id
        luis = (await users.add(connection, "luis@example.com", "Luis", "administrator")).id
        await saved_views.add(connection, ana, "Urgente", "?category=pedido")
        (view,) = await saved_views.of(connection, ana)
        assert await saved_views.of(connection, luis) == []
        await saved_views.remove(connection, luis, view.id)
        assert await saved_views.of(connection, ana) == [view]
        await saved_views.remove(connection, ana, view.id)
        assert await saved_views.of(connection, ana) == []
