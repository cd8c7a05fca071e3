"""Signing in with an account elsewhere: to the OpenID provider, and back."""

import secrets

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from buzon.errors import NotLetIn, ProviderFailed, TooManyAttempts
from buzon.store.departures import TRIP_TAKES
from buzon.web.context import From, Language, Parts, Session
from buzon.web.cookies import safe
from buzon.web.language import _
from buzon.web.signing import START, ask, let_in, own_place

router = APIRouter(prefix="/sign-in/elsewhere")

RETURNS_TO = "/sign-in/elsewhere/back"
BROWSER = "buzon_browser"  # the cookie that tells whether who comes back is who left

# What may come in between, and what to do.
PROBLEMS = (
    _("%(provider)s does not answer."),
    _("Use your password, or try again in a minute."),
    _("%(provider)s refuses Buzón."),
    _("Its log says why; so does ours."),
    _("%(provider)s says that it is %(other)s."),
    _("Write that as BUZON_OIDC_ISSUER."),
    _("%(provider)s names no https address as its %(endpoint)s."),
    _("Is BUZON_OIDC_ISSUER right?"),
    _("%(provider)s did not sign you in."),
    _("Try again."),
    _("What %(provider)s says of you can't be believed."),
    _("This sign-in took too long or was used before."),
    _("This sign-in was not begun in this browser, or took too long."),
    _("Begin it here."),
    _("%(provider)s does not vouch for your e-mail address."),
    _("Ask whoever runs it to verify it."),
    _("Whoever is %(email)s here has another account at %(provider)s."),
    _("Ask an administrator of Buzón: they can disconnect it."),
    _("Nobody has let in %(email)s yet."),
    _("Ask an administrator of Buzón."),
    _("You can no longer sign in here."),
    _("%(provider)s gives you no role here."),
    _("Ask whoever runs it to put you in a group that Buzón knows."),
)


@router.get("")
async def depart(
    parts: Parts, visitor: From, language: Language, request: Request, wanted: str = START
) -> Response:
    """A link and no form: the pages' policy lets forms lead nowhere else."""
    wanted, browser = own_place(wanted), request.cookies.get(BROWSER) or secrets.token_urlsafe(32)
    if request.headers.get("sec-fetch-site") == "cross-site":
        return await ask(parts, language, wanted=wanted)  # nobody is to be sent there unasked
    try:
        answer = RedirectResponse(await parts.desk.depart(wanted, browser, visitor), 303)
    except (ProviderFailed, TooManyAttempts) as error:
        return await ask(parts, language, fault=error, wanted=wanted)
    lives = int(TRIP_TAKES.total_seconds())
    answer.set_cookie(BROWSER, browser, max_age=lives, path=router.prefix, **safe(request))
    return answer


@router.get("/back")
async def come_back(
    parts: Parts, visitor: From, session: Session, language: Language, request: Request
) -> Response:
    answer, browser = dict(request.query_params), request.cookies.get(BROWSER, "")
    try:
        new, wanted = await parts.desk.come_back(answer, browser, visitor)
    except (NotLetIn, ProviderFailed) as error:
        return await ask(parts, language, fault=error)
    if session:
        await parts.desk.sign_out(session)
    return let_in(request, new, wanted)
