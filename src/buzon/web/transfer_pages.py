"""Mails that come in as a file, and files of what is kept, for administrators. Both are made by the
worker: whoever asked may leave, and finds them here."""

from contextlib import suppress
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from buzon.errors import Conflict, Invalid, RequestError, TooLarge
from buzon.store.transfers import PIECE
from buzon.web import transfer_words
from buzon.web.context import Administrator, Context, Form, Language, Parts
from buzon.web.downloads import streamed
from buzon.web.view import LARGEST_ID

HERE = "/settings/data"
router = APIRouter(prefix=HERE)

SHOWN = 20
MOST_PIECES = 10_000
MOST_DIGITS = 15  # of a size

TransferId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


@router.get("")
async def data(parts: Parts, user: Administrator, language: Language) -> Response:
    page = parts.render.page(
        language,
        "data.html",
        user=user,
        status=await parts.desk.status(),
        mailboxes=await parts.desk.import_into(),
        transfers=await parts.desk.transfers(SHOWN),
        about=transfer_words,
        piece=PIECE,
    )
    return HTMLResponse(page)


@router.get("/list")
async def under_way(parts: Parts, _user: Administrator, language: Language) -> Response:
    """How far they are: asked by a page as long as one is under way."""
    found = await parts.desk.transfers(SHOWN)
    return HTMLResponse(
        parts.render.page(language, "transfers.html", transfers=found, about=transfer_words)
    )


@router.post("/uploads")
async def begin_upload(
    form: Form, parts: Parts, user: Administrator, language: Language
) -> Response:
    """A file is to come, in pieces: none is larger than a proxy lets through, or takes longer than
    a request may. Answers with its number."""
    size, mailbox = form.get("size", ""), form.get("mailbox", "")
    try:
        if mailbox not in await parts.desk.import_into():
            raise Invalid(*transfer_words.NO_MAILBOX)
        length = int(size) if size.isdecimal() and len(size) < MOST_DIGITS else 0
        id = await parts.desk.begin_upload(form.get("name", ""), length, mailbox, user.name)
    except RequestError as error:
        return _refused(parts, language, error)
    return PlainTextResponse(str(id), 201)


@router.post("/uploads/{id}/pieces/{number}")
async def add_piece(
    id: TransferId,
    number: Annotated[int, Path(ge=0, le=MOST_PIECES)],
    request: Request,
    parts: Parts,
    _user: Administrator,
    language: Language,
) -> Response:
    content = bytearray()
    try:
        async for part in request.stream():
            content += part
            if len(content) > PIECE:
                raise TooLarge(*transfer_words.NO_PIECE)
        await parts.desk.add_piece(id, number, bytes(content))
    except RequestError as error:
        return _refused(parts, language, error)
    return Response(status_code=204)


@router.post("/uploads/{id}/begin")
async def begin_import(
    id: TransferId, parts: Parts, user: Administrator, language: Language
) -> Response:
    try:
        await parts.desk.begin_import(id, user.name)
    except RequestError as error:
        return _refused(parts, language, error)
    return Response(status_code=204)


@router.post("/export/{kind}")
async def export(
    kind: Literal["mails", "corrections"], parts: Parts, user: Administrator
) -> Response:
    """Where one of the kind is under way, that is what is shown."""
    with suppress(Conflict):
        await parts.desk.export(kind, user.name)
    return RedirectResponse(HERE, 303)


@router.post("/{id}/stop")
async def stop(id: TransferId, parts: Parts, user: Administrator) -> Response:
    await parts.desk.stop_transfer(id, user.name)
    return RedirectResponse(HERE, 303)


@router.post("/{id}/go-on")
async def go_on(id: TransferId, parts: Parts, user: Administrator) -> Response:
    await parts.desk.go_on_with_transfer(id, user.name)
    return RedirectResponse(HERE, 303)


@router.post("/{id}/remove")
async def remove(id: TransferId, parts: Parts, user: Administrator) -> Response:
    await parts.desk.remove_transfer(id, user.name)
    return RedirectResponse(HERE, 303)


@router.get("/{id}/file")
async def file(id: TransferId, parts: Parts, user: Administrator) -> Response:
    """What was exported, to be saved."""
    transfer, pieces = await parts.desk.exported(id, user.name)
    return streamed(f"{transfer.asked_at:%Y-%m-%d} {transfer.name}", transfer.size, pieces)


def _refused(parts: Context, language: str, error: RequestError) -> Response:
    """A sentence for the script that sends the file."""
    say = parts.render.gettext(language)
    told = " ".join(say(text) for text in (error.what, error.do) if text)
    return PlainTextResponse(told, error.status)
