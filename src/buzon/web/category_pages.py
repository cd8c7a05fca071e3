"""What a mail can be: titles, colours, order and keys; for administrators."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from buzon.errors import Invalid, NotFound, RequestError
from buzon.records import FEWEST_EXAMPLES, NOT_ANSWERED
from buzon.store.categories import COLOURS, Category, Colour
from buzon.web.category_keys import KEYS
from buzon.web.context import Administrator, Context, Form, Language, Parts, SignedIn
from buzon.web.just_done import NOTHING, JustDone, Telling
from buzon.web.language import LANGUAGES, _
from buzon.web.ports import Examples, User

router = APIRouter()

PLACE = "/settings/categories"
LONGEST_TITLE = 40
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
NO_NAME = re.compile(r"[^a-z0-9]+")


@router.get("/categories.css")
async def stylesheet(
    parts: Parts, _user: SignedIn, if_none_match: Annotated[str, Header()] = ""
) -> Response:
    """Which colour each category has, for every page."""
    categories = await parts.desk.categories()
    rules = (f".cat-{c.name} {{ --category: var(--{c.colour}); }}\n" for c in categories)
    sheet = "".join(rules)
    tag = f'"{hashlib.sha256(sheet.encode()).hexdigest()[:16]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if if_none_match == tag:
        return Response(status_code=304, headers=headers)
    return Response(sheet, media_type="text/css", headers=headers)


@router.get(PLACE)
async def categories(
    parts: Parts, user: Administrator, language: Language, telling: Telling
) -> Response:
    return await _list(parts, user, language, telling)


@router.post(PLACE)
async def add(form: Form, parts: Parts, user: Administrator, language: Language) -> Response:
    """A category more; its name in the data is made from its title."""
    try:
        titles = _titles(form)
        _refuse_doubled(titles, await parts.desk.categories())
        name = name_of(titles)
        await parts.desk.add_category(name, titles, _colour(form), user.name)
    except Invalid as error:
        return await _list(parts, user, language, fault=error, form=form)
    return RedirectResponse(PLACE, 303)


@router.get("/settings/renamings")
async def renamings(parts: Parts, _user: Administrator, language: Language) -> Response:
    """How far renamed categories are: asked by the page as long as one is under way. Then all of
    the page may have changed, and is loaded again."""
    found = await parts.desk.renamings()
    known = await parts.desk.categories()
    page = parts.render.page(language, "renamings.html", categories=known, renamings=found)
    return HTMLResponse(page, headers={} if found else {"HX-Refresh": "true"})


@router.get(PLACE + "/{name}")
async def category(
    name: str, parts: Parts, user: Administrator, language: Language, telling: Telling
) -> Response:
    return await _one(parts, user, language, name, telling)


@router.post(PLACE + "/{name}")
async def dress(
    name: str, form: Form, parts: Parts, user: Administrator, language: Language
) -> Response:
    try:
        titles = _titles(form)
        others = [c for c in await parts.desk.categories() if c.name != name]
        _refuse_doubled(titles, others)
        await parts.desk.dress_category(name, titles, _colour(form), _key(form), user.name)
    except Invalid as error:
        return await _one(parts, user, language, name, fault=error)
    return RedirectResponse(PLACE, 303)


@router.post(PLACE + "/{name}/move")
async def move(name: str, form: Form, parts: Parts, user: Administrator) -> Response:
    step = 1 if form.get("where") == "down" else -1
    await parts.desk.move_category(name, step, user.name)
    return RedirectResponse(PLACE, 303)


@router.post(PLACE + "/{name}/rename")
async def rename(
    name: str, form: Form, parts: Parts, user: Administrator, language: Language
) -> Response:
    """Another name in the data; one that another category has is not taken from it."""
    becomes = form.get("becomes", "").strip()
    try:
        if becomes in {c.name for c in _present(await parts.desk.categories())}:
            raise Invalid(_("Another category has this name."), _("Choose another name."))
        if not NAME.fullmatch(becomes):
            raise Invalid(
                _("This can't be a name in the data."),
                _("Use at most 40 small letters without accents, digits, - and _."),
            )
        await parts.desk.rename_category(name, becomes, user.name)
    except Invalid as error:
        return await _one(parts, user, language, name, fault=error)
    return RedirectResponse(f"{PLACE}/{becomes}", 303)


@router.post(PLACE + "/{name}/merge")
async def merge(
    name: str, form: Form, parts: Parts, user: Administrator, language: Language
) -> Response:
    """All that was called so is another category from now on."""
    becomes = form.get("becomes", "")
    try:
        if becomes not in {c.name for c in _present(await parts.desk.categories())}:
            raise Invalid(_("There is no such category."), _("Choose one of those that there are."))
        await parts.desk.rename_category(name, becomes, user.name)
    except Invalid as error:
        return await _one(parts, user, language, name, fault=error)
    return RedirectResponse(PLACE, 303)


@router.post(PLACE + "/{name}/retire")
async def retire(
    name: str, parts: Parts, user: Administrator, language: Language, telling: Telling
) -> Response:
    known = await parts.desk.categories()
    was = {c.name: (str(place), c.key or "") for place, c in enumerate(_present(known))}
    if name in {c.name for c in known} - was.keys():
        return RedirectResponse(PLACE, 303)  # somebody else retired it just now
    try:
        await parts.desk.retire_category(name, user.name)
    except Invalid as error:
        return await _one(parts, user, language, name, fault=error)
    place, key = was.get(name, ("", ""))
    return telling.on_to(PLACE, "retired", category=name, place=place, key=key)


@router.post(PLACE + "/{name}/restore")
async def restore(name: str, form: Form, parts: Parts, user: Administrator) -> Response:
    """Mails can be called so again. Undone at once, it is in its place and has its key, if nobody
    took that meanwhile."""
    known = {c.name: c for c in await parts.desk.categories()}
    if name not in known:
        raise NotFound(_("There is no such category."))
    if known[name].retired_at is None:
        return RedirectResponse(PLACE, 303)
    titles, colour = known[name].titles, known[name].colour
    await parts.desk.add_category(name, titles, colour, user.name)
    names = [c.name for c in _present(await parts.desk.categories())]
    if (place := form.get("place", "")) in map(str, range(len(names) - 1)):
        await parts.desk.move_category(name, int(place) - names.index(name), user.name)
    if form.get("key"):
        with suppress(Invalid):
            await parts.desk.dress_category(name, titles, colour, _key(form), user.name)
    return RedirectResponse(PLACE, 303)


def name_of(titles: Mapping[str, str]) -> str:
    """A name for the data from the first title: small letters without accents, digits and -."""
    title = next(filter(None, titles.values()), "")
    letters = unicodedata.normalize("NFKD", title.lower()).encode("ascii", "ignore").decode()
    name = NO_NAME.sub("-", letters).strip("-")[:40].strip("-")
    if not name:
        raise Invalid(
            _("No name for the data can be made from this title."),
            _("Use at least one letter from A to Z."),
        )
    return name


def _present(known: Sequence[Category]) -> list[Category]:
    return [c for c in known if c.retired_at is None]


def _titles(form: Form) -> dict[str, str]:
    titles = {each: " ".join(form.get(f"title_{each}", "").split()) for each in reversed(LANGUAGES)}
    if not any(titles.values()):
        raise Invalid(_("The category has no title."), _("Say what people will see."))
    if any(len(title) > LONGEST_TITLE or not title.isprintable() for title in titles.values()):
        raise Invalid(_("The title is too long."), _("Take at most 40 letters."))
    return titles


def _refuse_doubled(titles: Mapping[str, str], others: Sequence[Category]) -> None:
    taken = {
        (language, title.casefold())
        for other in _present(others)
        for language, title in other.titles.items()
    }
    if any(title and (language, title.casefold()) in taken for language, title in titles.items()):
        raise Invalid(_("Another category is called so."), _("Choose another title."))


def _colour(form: Form) -> Colour:
    for colour in COLOURS:
        if form.get("colour") == colour:
            return colour
    raise Invalid(_("There is no such colour."))


def _key(form: Mapping[str, str]) -> str | None:
    key = form.get("key") or None
    if key and (len(key) > 1 or key not in KEYS):
        raise Invalid(
            _("This key does something else, or is none."),
            _("Choose a digit from 1 to 9, or another letter."),
        )
    return key


async def _list(
    parts: Context,
    user: User,
    language: str,
    telling: JustDone = NOTHING,
    *,
    fault: RequestError | None = None,
    form: Mapping[str, str] | None = None,
) -> Response:
    known = await parts.desk.categories()
    page = parts.render.page(
        language,
        "categories.html",
        categories=known,
        user=user,
        status=await parts.desk.status(),
        present=_present(known),
        retired=[c for c in known if c.retired_at and not c.becomes],
        examples=await parts.desk.examples(),
        renamings=await parts.desk.renamings(),
        unlearnt=Examples(),
        special=NOT_ANSWERED,
        fewest=FEWEST_EXAMPLES,
        colours=COLOURS,
        free=next((c for c in COLOURS if c not in {k.colour for k in known}), COLOURS[0]),
        languages=LANGUAGES,
        fault=fault,
        form=form or {},
        done=telling.told,
    )
    return telling.page(page, fault.status if fault else 200)


async def _one(
    parts: Context,
    user: User,
    language: str,
    name: str,
    telling: JustDone = NOTHING,
    *,
    fault: RequestError | None = None,
) -> Response:
    known = await parts.desk.categories()
    category = next((c for c in _present(known) if c.name == name), None)
    if category is None:
        raise NotFound(_("There is no such category."), _("It may have been renamed or retired."))
    page = parts.render.page(
        language,
        "category_edit.html",
        categories=known,
        user=user,
        status=await parts.desk.status(),
        category=category,
        others=[c.name for c in _present(known) if c.name != name],
        labelled=(await parts.desk.examples()).get(name, Examples()).labelled,
        special=name == NOT_ANSWERED,
        colours=COLOURS,
        keys=KEYS,
        taken={c.key: c.name for c in known if c.key and c.name != name},
        languages=LANGUAGES,
        fault=fault,
        done=telling.told,
    )
    return telling.page(page, fault.status if fault else 200)
