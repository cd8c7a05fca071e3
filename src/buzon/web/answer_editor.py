"""One answer: what it says, tried on a real mail while one writes, its versions and tests."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from buzon.errors import Conflict, Invalid, RequestError, SendError, TextRefused, TooManyAttempts
from buzon.mail.templates import OURS, built_in
from buzon.records import Reply, Template
from buzon.web import answer_words
from buzon.web.answers import Category
from buzon.web.context import Administrator, Context, Form, Language, Parts, SignedIn
from buzon.web.just_done import NOTHING, JustDone, Telling
from buzon.web.ports import Answer, User
from buzon.web.view import LARGEST_ID

router = APIRouter(prefix="/answers/{category}/{tongue}")

Tongue = Annotated[str, Path(max_length=10)]
MailId = Annotated[int | None, Query(ge=1, le=LARGEST_ID)]
OnPage = Annotated[bool, Header(alias="hx-request")]


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the form: a text, the version it began with, and the mail it is tried on."""

    template: Template
    after: int
    mail: int | None
    saved: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a test: it was sent, or not and why, if not because nothing is ever sent."""

    sent: bool = False
    fault: RequestError | None = None
    trouble: str = ""


@router.get("")
async def editor(
    category: Category,
    tongue: Tongue,
    parts: Parts,
    user: SignedIn,
    language: Language,
    telling: Telling,
    mail: MailId = None,
) -> Response:
    answer = await parts.desk.answer(category, tongue)
    draft = _at_work(answer, category, tongue, mail)
    return await _page(parts, user, language, answer, draft, telling=telling)


@router.post("")
async def save(
    category: Category,
    tongue: Tongue,
    form: Form,
    parts: Parts,
    user: Administrator,
    language: Language,
    telling: Telling,
) -> Response:
    """Put what was written to work."""
    draft = _draft(category, tongue, form)
    try:
        number = await parts.desk.save_answer(draft.template, draft.after, user.name)
    except (TextRefused, Conflict) as error:
        answer = await parts.desk.answer(category, tongue)
        return await _page(parts, user, language, answer, draft, refused=error)
    place = _address(category, tongue) + (f"?mail={draft.mail}" if draft.mail else "")
    if number == draft.after:  # it says the same
        return RedirectResponse(place, 303)
    return _worded(telling, place, category, tongue, draft.after, number)


@router.post("/preview")
async def preview(
    category: Category,
    tongue: Tongue,
    form: Form,
    parts: Parts,
    user: Administrator,
    language: Language,
    on_page: OnPage = False,
) -> Response:
    """What it would answer, while one writes; nothing is kept."""
    draft = _draft(category, tongue, form)
    if not on_page:
        answer = await parts.desk.answer(category, tongue)
        return await _page(parts, user, language, answer, draft)
    tried = await _try(parts, draft)
    return HTMLResponse(parts.render.page(language, "answer_live.html", **tried))


@router.post("/test")
async def send_test(
    category: Category,
    tongue: Tongue,
    form: Form,
    parts: Parts,
    user: Administrator,
    language: Language,
    on_page: OnPage = False,
) -> Response:
    """Send it to oneself."""
    draft = _draft(category, tongue, form)
    told = await _send(parts, draft, user)
    if not on_page:
        answer = await parts.desk.answer(category, tongue)
        return await _page(parts, user, language, answer, draft, told=told)
    status = await parts.desk.status()
    return HTMLResponse(
        parts.render.page(language, "answer_test.html", status=status, told=told, user=user)
    )


@router.post("/bring-back")
async def bring_back(
    category: Category,
    tongue: Tongue,
    form: Form,
    parts: Parts,
    user: Administrator,
    language: Language,
    telling: Telling,
) -> Response:
    """Put an older version to work anew, or what comes with Buzón."""
    version, after = (_number(form.get(name, "")) or 0 for name in ("version", "after"))
    try:
        await parts.desk.bring_back_answer(category, tongue, version, after, user.name)
    except Conflict as error:
        answer = await parts.desk.answer(category, tongue)
        draft = _at_work(answer, category, tongue, None)
        return await _page(parts, user, language, answer, draft, refused=error)
    return _worded(telling, _address(category, tongue), category, tongue, after, after + 1)


def _worded(
    telling: JustDone, place: str, category: str, tongue: str, before: int, version: int
) -> Response:
    """On to a page that tells of the version that is at work now, with the way back to the last."""
    versions = {"before": str(before), "version": str(version)}
    return telling.on_to(place, "worded", category=category, tongue=tongue, **versions)


def _address(category: str, tongue: str) -> str:
    return f"/answers/{category}/{tongue}"


def _draft(category: str, tongue: str, form: Form) -> Draft:
    subject, text = form.get("subject", ""), form.get("text", "")
    template = Template(category, tongue, subject, text.replace("\r\n", "\n"))
    return Draft(template, _number(form.get("after", "")) or 0, _number(form.get("mail", "")))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and int(text) <= LARGEST_ID else None


def _at_work(answer: Answer, category: str, tongue: str, mail: int | None) -> Draft:
    now = answer.at_work
    first = next((event.id for event in answer.mails), None)
    template = Template(category, tongue, now.subject, now.text, now.version)
    return Draft(
        template, answer.versions[0].version if answer.versions else 0, mail or first, True
    )


async def _try(parts: Context, draft: Draft) -> dict[str, Any]:
    """What the draft would answer, or what is wrong with it."""
    reply: Reply | None = None
    unfit: TextRefused | None = None
    try:
        reply = await parts.desk.preview(draft.template, draft.mail)
    except TextRefused as error:
        unfit = error
    return {"reply": reply, "unfit": unfit}


async def _send(parts: Context, draft: Draft, user: User) -> Told:
    try:
        return Told(sent=await parts.desk.test_answer(draft.template, draft.mail, user))
    except (Invalid, TooManyAttempts) as error:
        return Told(fault=error)
    except SendError as error:
        return Told(trouble=str(error))


async def _page(
    parts: Context,
    user: User,
    language: str,
    answer: Answer,
    draft: Draft,
    *,
    refused: RequestError | None = None,
    told: Told | None = None,
    telling: JustDone = NOTHING,
) -> Response:
    page = parts.render.page(
        language,
        "answer_editor.html",
        categories=await parts.desk.categories(),
        user=user,
        status=await parts.desk.status(),
        answer=answer,
        draft=draft,
        address=_address(draft.template.category, draft.template.language),
        ours=OURS,
        has_built_in=built_in(draft.template.category, draft.template.language) is not None,
        refused=refused,
        about=answer_words,
        told=told,
        done=telling.told,
        **await _try(parts, draft),
    )
    return telling.page(page, refused.status if refused else 200)
