"""The API, put together from its rooms."""

from fastapi import FastAPI

from buzon.api import docs, events, health, learning, mails, problems, replies, stats
from buzon.api.context import Context
from buzon.api.limits import LimitBody

ROOMS = (mails, events, replies, learning, stats, health, docs)


def create_api(parts: Context) -> FastAPI:
    """The API. Every call but the two health checks and its description needs a token."""
    app = FastAPI(title="Buzón", version="0.1.0", docs_url=None, redoc_url=None)
    app.state.context = parts
    app.state.stats = stats.Streams()
    app.add_middleware(LimitBody)
    problems.install(app)
    for room in ROOMS:
        app.include_router(room.router)
    return app
