"""The pages as one application, to be mounted behind the API's routes."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from fastapi import FastAPI

from buzon.mail.reasons import explain as explain_rule
from buzon.web import (
    access_pages,
    account,
    acts,
    answer_editor,
    answers,
    assets,
    category_pages,
    dashboard,
    letters,
    log_pages,
    model_pages,
    openid,
    outbox_pages,
    pages,
    people_pages,
    post_pages,
    problems,
    quarantine_pages,
    review,
    saved_views,
    sending_pages,
    set_up,
    setting_pages,
    signing,
    token_pages,
    transfer_pages,
    webhook_pages,
)
from buzon.web.board import Board
from buzon.web.context import Context
from buzon.web.guard import Guard
from buzon.web.live import Live
from buzon.web.ports import Desk
from buzon.web.render import Renderer

MADRID = ZoneInfo("Europe/Madrid")
PLACES = (
    openid,  # before the one-time links, whose address could be the same
    signing,
    pages,
    acts,
    saved_views,
    review,
    answers,
    answer_editor,
    dashboard,
    model_pages,
    letters,
    outbox_pages,
    quarantine_pages,
    account,
    people_pages,
    token_pages,
    set_up,
    setting_pages,
    category_pages,
    post_pages,
    sending_pages,
    access_pages,
    webhook_pages,
    transfer_pages,
    log_pages,
)


def create_web(
    desk: Desk,
    *,
    company: str = "",
    timezone: ZoneInfo = MADRID,
    address: str = "",
    explain: Callable[[str, str], str] = explain_rule,
) -> FastAPI:
    """The pages, at any address or at one alone, such as https://mail.example.com. `explain` gives
    the sentence for a rule in a language ("es" or "en")."""
    app = FastAPI(openapi_url=None)
    render = Renderer(explain, timezone, company)
    live, board = Live(desk, render), Board(desk, render)
    app.state.context = Context(desk, render, live, board, address)
    app.add_middleware(Guard, address=address)
    problems.install(app)
    for places in PLACES:
        app.include_router(places.router)
    # They alone are compressed, no page: beside what somebody sends, a length tells of secrets
    # (BREACH, 2013).
    app.add_route(assets.PATH, assets.answer)
    return app


def end_streams(app: FastAPI) -> None:
    """End the live streams of every open page and take no new ones, so that the server can stop.
    Uvicorn waits for open responses before it tells an application to shut down: call it first."""
    app.state.context.live.close()
    app.state.context.board.close()
