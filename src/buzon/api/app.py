"""The API, put together from its rooms."""

from fastapi import FastAPI
from starlette.types import ASGIApp

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
from buzon.api.otherwise import AlsoAPage, Otherwise
from buzon.api.requests import Requests

ROOMS = (
    *(mails, predictions, events, replies, labelling, trainings, models),
    *(webhooks, stats, health, measures, docs),
)

# How the path of each call begins; no page's does.
PLACES = {"openapi.json"} | {
    route.path.split("/")[1] for room in ROOMS for route in room.router.routes
}


def create_api(parts: Context, pages: ASGIApp | None = None) -> FastAPI:
    """The API, and the `pages` behind it. Every call but the two health checks and its description
    needs a token."""
    app = FastAPI(title="Buzón", version="0.1.0", docs_url=None, redoc_url=None)
    app.state.context = parts
    app.state.stats = stats.Streams()
    app.add_middleware(LimitBody)
    app.add_middleware(Requests)
    problems.install(app)
    if pages:
        app.router.routes.append(AlsoAPage("/models", "/model"))
    for room in ROOMS:
        app.include_router(room.router)
    app.router.default = Otherwise(PLACES, pages)
    describe(app)
    return app
