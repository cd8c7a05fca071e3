"""The dashboard: all figures of a period, one chart by itself, its rows as CSV, and the stream that
keeps them up to date."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse, Response

from buzon.errors import Invalid, NotFound
from buzon.flow import Statistics
from buzon.store.categories import Category
from buzon.web.charts import TITLES, Chart, Charts, as_csv
from buzon.web.context import Context, Language, Parts, SignedIn
from buzon.web.language import _
from buzon.web.period import Chosen, Period
from buzon.web.ports import Status, User
from buzon.web.stream import EventStream
from buzon.web.words import titles

router = APIRouter(prefix="/dashboard")

ON_WALL = ("mails", "categories", "hours", "times")

Name = Annotated[str, Path(max_length=40)]


@router.get("")
async def dashboard(parts: Parts, user: SignedIn, language: Language, period: Chosen) -> Response:
    """All charts; on a wall, those that tell something from afar."""
    return await _page(parts, user, language, period, _names("all", period))


@router.get("/stream/{which}")
async def stream(
    which: Name, parts: Parts, user: SignedIn, language: Language, period: Chosen
) -> Response:
    """The figures whenever they change, as server-sent events: of one chart or all."""
    if parts.board.closed:
        return Response(status_code=503)
    await _figures(parts, period)  # what can't be told is refused before the stream begins
    return EventStream(parts.board.open(language, period, _names(which, period)))


@router.get("/{chart}.csv")
async def csv(
    chart: Name, parts: Parts, user: SignedIn, language: Language, period: Chosen
) -> Response:
    """The rows of a chart, for spreadsheets."""
    found, shown = await _one(parts, language, period, chart)
    name = f"buzon-{chart}-{found.first}-{found.last}.csv"
    return Response(
        as_csv(shown, language),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@router.get("/{chart}/table")
async def table(
    chart: Name, parts: Parts, user: SignedIn, language: Language, period: Chosen
) -> Response:
    """The table behind a chart, for who looks behind it among the others."""
    _, shown = await _one(parts, language, period, chart)
    return HTMLResponse(parts.render.page(language, "chart_table.html", chart=shown))


@router.get("/{chart}")
async def alone(
    chart: Name, parts: Parts, user: SignedIn, language: Language, period: Chosen
) -> Response:
    """One chart by itself, with its table."""
    return await _page(parts, user, language, period, _names(chart, period))


def _names(which: str | Literal["all"], period: Period) -> Sequence[str]:
    """The charts that are meant. Raises NotFound."""
    if which == "all":
        return ON_WALL if period.wall else tuple(TITLES)
    if which not in TITLES:
        raise NotFound(_("There is no such chart."), _("The dashboard has them all."))
    return (which,)


async def _figures(parts: Context, period: Period) -> Statistics:
    try:
        return await parts.desk.statistics(period.wanted)
    except Invalid as error:
        raise Invalid(
            _("These days are no period: it ends before it begins, or is longer than ten years."),
            _("Choose other days on the dashboard."),
        ) from error


async def _one(
    parts: Context, language: str, period: Period, name: str
) -> tuple[Statistics, Chart]:
    _names(name, period)
    found = await _figures(parts, period)
    return found, Charts(found, language, titles(await parts.desk.categories(), language)).one(name)


async def _page(
    parts: Context, user: User, language: str, period: Period, names: Sequence[str]
) -> Response:
    found, (categories, status, mailboxes) = await asyncio.gather(
        _figures(parts, period), _head(parts)
    )
    charts = Charts(found, language, titles(categories, language))
    shown: list[Chart] = [charts.one(name) for name in names]
    return HTMLResponse(
        parts.render.page(
            language,
            "dashboard.html",
            categories=categories,
            user=user,
            status=status,
            found=found,
            period=period,
            charts=shown,
            single=len(shown) == 1,
            mailboxes=mailboxes,
        )
    )


async def _head(parts: Context) -> tuple[Sequence[Category], Status, Sequence[str]]:
    """What a page has beside its figures: asked one after the other, on one connection more."""
    return (
        await parts.desk.categories(),
        await parts.desk.status(),
        await parts.desk.counted_mailboxes(),
    )
