"""The API, put together from its rooms."""

from fastapi import FastAPI

from buzon.api import (
    docs,
    events,
    health,
    labelling,
    mails,
    measures,
    models,
    predictions,
    problems,
    replies,
    stats,
    trainings,
    webhooks,
)
from buzon.api.context import Context
from buzon.api.described import describe
from buzon.api.limits import LimitBody
from buzon.api.requests import Requests

ROOMS = (
    *(mails, predictions, events, replies, labelling, trainings, models),
    *(webhooks, stats, health, measures, docs),
)


def create_api(parts: Context) -> FastAPI:
    """The API. Every call but the two health checks and its description needs a token."""
    app = FastAPI(title="Buzón", version="0.1.0", docs_url=None, redoc_url=None)
    app.state.context = parts
    app.state.stats = stats.Streams()
    app.add_middleware(LimitBody)
    app.add_middleware(Requests)
    problems.install(app)
    for room in ROOMS:
        app.include_router(room.router)
    describe(app)
    return app
