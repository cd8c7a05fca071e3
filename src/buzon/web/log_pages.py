"""Who changed what about this Buzón, for administrators."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, Response

from buzon.store.changes import THINGS, Thing, Wanted
from buzon.web.context import Administrator, Language, Parts
from buzon.web.log_words import tell

router = APIRouter(prefix="/settings/log")

PAGE = 50
LARGEST_ID = 2**63 - 1
FIRST_DAY = date(2000, 1, 1)


@router.get("")
async def log(
    parts: Parts,
    user: Administrator,
    language: Language,
    by: Annotated[str, Query(max_length=200)] = "",
    what: str = "",
    since: str = "",
    until: str = "",
    before: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
) -> Response:
    """The newest first. Filters that make no sense are left out, as an empty field is."""
    thing: Thing | None = next((each for each in THINGS if each == what), None)
    first, last = _day(since), _day(until)
    zone = parts.render.zone
    wanted = Wanted(
        by=by.replace("\0", ""),
        what=thing,
        since=datetime.combine(first, time(), zone) if first else None,
        until=datetime.combine(last + timedelta(days=1), time(), zone) if last else None,
        before=before,
    )
    found = await parts.desk.log(wanted, PAGE + 1)
    kept = {"by": by, "what": thing or "", "since": first or "", "until": last or ""}
    page = parts.render.page(
        language,
        "log.html",
        user=user,
        status=await parts.desk.status(),
        authors=await parts.desk.authors(),
        things=THINGS,
        changes=[(change, tell(change)) for change in found[:PAGE]],
        kept=kept,
        filtered=any(kept.values()),
        older=_older(kept, found[PAGE - 1].id) if len(found) > PAGE else "",
        newest=_address(kept) if before else "",
    )
    return HTMLResponse(page)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_DAY <= day < date.max else None


def _older(kept: Mapping[str, object], before: int) -> str:
    return _address({**kept, "before": before})


def _address(query: Mapping[str, object]) -> str:
    parts = urlencode({name: value for name, value in query.items() if value})
    return f"/settings/log{'?' + parts if parts else ''}"
