"""The model: how good it is, what it learnt, its training, and every version of it.

The API has the addresses that begin with /models.
"""

from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from buzon.errors import Conflict, Invalid, NotFound
from buzon.web import words
from buzon.web.context import Administrator, Language, Parts, SignedIn
from buzon.web.language import _

router = APIRouter(prefix="/model")

MOST_LISTED = 50  # mails of a list in a report

Version = Annotated[str, Path(max_length=100)]
Chosen = Annotated[str, Query(max_length=100)]


@router.get("")
async def model(parts: Parts, user: SignedIn, language: Language) -> Response:
    """The model at work, its promise, and all versions."""
    return HTMLResponse(
        parts.render.page(
            language,
            "model.html",
            categories=await parts.desk.categories(),
            user=user,
            status=await parts.desk.status(),
            model=(overview := await parts.desk.overview()),
            training=overview.training,
        )
    )


@router.post("/train")
async def train(parts: Parts, user: Administrator) -> Response:
    """Have a model trained; where one is being trained already, that is what is shown."""
    with suppress(Conflict):
        await parts.desk.train(user.name)
    return RedirectResponse("/model", 303)


@router.get("/training")
async def training(parts: Parts, _user: SignedIn, language: Language) -> Response:
    """How far the training is: asked by a page as long as it goes on. Then all of the page may
    have changed, and is loaded again."""
    found = await parts.desk.training()
    answer = HTMLResponse(parts.render.page(language, "training.html", training=found))
    if found is None or not found.open:
        answer.headers["HX-Refresh"] = "true"
    return answer


@router.get("/compare")
async def compare(
    parts: Parts,
    user: SignedIn,
    language: Language,
    left: Chosen = "",
    right: Chosen = "",
    anew: bool = False,
) -> Response:
    """Two versions side by side; with `anew` they judge the mails that neither has seen."""
    if not left or not right or left == right:
        raise Invalid(*words.VERSION_PROBLEMS[:2])
    try:
        found = await parts.desk.compare(left, right, anew=anew)
    except NotFound as error:
        raise NotFound(_("There is no such version of the model.")) from error
    differing = found.anew.differing if found.anew else found.differing
    mails = await parts.desk.some([one.id for one in differing[:MOST_LISTED]])
    return HTMLResponse(
        parts.render.page(
            language,
            "compare.html",
            categories=await parts.desk.categories(),
            user=user,
            status=await parts.desk.status(),
            found=found,
            mails={mail.id: mail for mail in mails},
            most_listed=MOST_LISTED,
        )
    )


@router.get("/{version}")
async def version(version: Version, parts: Parts, user: SignedIn, language: Language) -> Response:
    """What one version learnt, and how good it is."""
    try:
        found, report = await parts.desk.model(version)
    except NotFound as error:
        raise NotFound(_("There is no such version of the model.")) from error
    mails = await parts.desk.some(_mentioned(report))
    return HTMLResponse(
        parts.render.page(
            language,
            "version.html",
            categories=await parts.desk.categories(),
            user=user,
            status=await parts.desk.status(),
            model=found,
            report=report,
            mails={str(mail.id): mail for mail in mails},
            most_listed=MOST_LISTED,
        )
    )


@router.post("/{version}/promote")
async def promote(version: Version, parts: Parts, user: Administrator) -> Response:
    """Put a version to work, or bring an older one back."""
    await parts.desk.promote(version, user.name)
    return RedirectResponse("/model", 303)


def _mentioned(report: dict[str, Any]) -> list[int]:
    """The mails that the page of a report names."""
    listed = report["suspects"][:MOST_LISTED] + report["changed"]["listed"][-MOST_LISTED:]
    return [int(entry["key"]) for entry in listed if entry["key"].isdigit()]
