"""Signing in by a one-time link, and out."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from buzon.web.context import COOKIE, Language, Parts

router = APIRouter()

COOKIE_LIVES = 30 * 24 * 3600  # seconds; the session itself may end earlier


@router.get("/sign-in")
async def sign_in_page(parts: Parts, language: Language) -> Response:
    return HTMLResponse(parts.render.page(language, "sign_in.html", spent=False))


@router.get("/sign-in/{secret}")
async def sign_in(secret: str, request: Request, parts: Parts, language: Language) -> Response:
    """Use up a one-time link."""
    # A browser that loads pages ahead must not use up the link before anybody has clicked it.
    if "prefetch" in request.headers.get("sec-purpose", request.headers.get("purpose", "")):
        return Response(status_code=503)
    session = await parts.desk.sign_in(secret)
    if session is None:
        return HTMLResponse(parts.render.page(language, "sign_in.html", spent=True), 401)
    answer = RedirectResponse("/", 303)
    answer.set_cookie(
        COOKIE,
        session,
        max_age=COOKIE_LIVES,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return answer


@router.post("/sign-out")
async def sign_out(request: Request, parts: Parts) -> Response:
    if session := request.cookies.get(COOKIE):
        await parts.desk.sign_out(session)
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(COOKIE)
    return answer
