"""How mails are answered: which answers there are, in which categories, when, and what the limits
held back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import RedirectResponse, Response

from buzon.errors import Invalid
from buzon.mail.quiet import MIDNIGHT, WHOLE_DAY, Hours, Quiet
from buzon.mail.templates import LANGUAGES
from buzon.web import answer_words
from buzon.web.context import Administrator, Context, Form, Language, Parts, SignedIn
from buzon.web.dates import WEEKDAYS
from buzon.web.just_done import NOTHING, JustDone, Telling
from buzon.web.language import _
from buzon.web.ports import User

router = APIRouter(prefix="/answers")

Category = Annotated[str, Path(max_length=40)]
IN_ORDER = ("es", "en", "ca", "fr", "de", "it", "pt")  # the languages, as the pages list them
assert set(IN_ORDER) == LANGUAGES.keys()  # noqa: S101 - none is left out


@dataclass(frozen=True, slots=True)
class Day:
    """The quiet hours of a weekday, as they stand in the form."""

    name: str
    begins: str = ""
    ends: str = ""
    whole: bool = False

    def hours(self) -> Hours | None:
        """None for a day without any. Raises Invalid."""
        if self.whole:
            return WHOLE_DAY
        if not self.begins and not self.ends:
            return None
        try:
            hours = Hours(time.fromisoformat(self.begins), time.fromisoformat(self.ends))
        except ValueError as error:
            raise Invalid(
                _("Quiet hours need a time from which on, and one until which."),
                _("Write both, or neither, or choose the whole day."),
            ) from error
        if hours.begins == hours.ends != MIDNIGHT:
            raise Invalid(
                _("Quiet hours can't begin and end at the same time."),
                _("For a whole day choose that."),
            )
        return hours


@router.get("")
async def answers(parts: Parts, user: SignedIn, language: Language, telling: Telling) -> Response:
    return await _page(parts, user, language, telling)


@router.post("/quiet")
async def quiet(form: Form, parts: Parts, user: Administrator, language: Language) -> Response:
    """Have answers wait at these times."""
    week = _week_of(form)
    try:
        hours = {number: found for number, day in enumerate(week) if (found := day.hours())}
        await parts.desk.set_quiet(Quiet(hours, _days_of(form)), user.name)
    except Invalid as error:
        return await _page(parts, user, language, fault=error, week=week)
    return RedirectResponse("/answers#quiet", 303)


@router.post("/{category}/switch")
async def switch(
    category: Category, form: Form, parts: Parts, user: Administrator, telling: Telling
) -> Response:
    """Answer the mails of a category, or don't; back to where that was asked."""
    answered = form.get("answered") == "yes"
    await parts.desk.switch_answers(category, answered, user.name)
    place = form.get("place", "")
    return telling.on_to(
        f"/settings/categories/{category}" if place == "category" else "/answers",
        "switched",
        category=category,
        answered="yes" if answered else "no",
        place=place,
    )


def _week_of(form: Form) -> list[Day]:
    return [
        Day(
            name,
            form.get(f"begins-{number}", ""),
            form.get(f"ends-{number}", ""),
            f"whole-{number}" in form,
        )
        for number, name in enumerate(WEEKDAYS)
    ]


def _days_of(form: Form) -> frozenset[date]:
    try:
        return frozenset(date.fromisoformat(day) for day in form.getlist("day") if day)
    except ValueError as error:
        raise Invalid(_("This is no date."), _("Write it like 2026-12-24.")) from error


def in_words(week: Sequence[Day]) -> list[tuple[str, str, Day]]:
    """Days that follow each other and are quiet at the same times: the first, the last, and one of
    them."""
    found: list[tuple[str, str, Day]] = []
    for before, day in zip((None, *week), week, strict=False):
        if not (day.whole or day.begins):
            continue
        if before and replace(before, name=day.name) == day:
            found[-1] = (found[-1][0], day.name, day)
        else:
            found.append((day.name, day.name, day))
    return found


def _week(quiet: Quiet) -> list[Day]:
    return [_day(name, quiet.week.get(number)) for number, name in enumerate(WEEKDAYS)]


def _day(name: str, hours: Hours | None) -> Day:
    if hours is None:
        return Day(name)
    if hours.whole_day:
        return Day(name, whole=True)
    return Day(name, f"{hours.begins:%H:%M}", f"{hours.ends:%H:%M}")


async def _page(
    parts: Context,
    user: User,
    language: str,
    telling: JustDone = NOTHING,
    *,
    fault: Invalid | None = None,
    week: Sequence[Day] = (),
) -> Response:
    found = await parts.desk.answers()
    categories = await parts.desk.categories()
    page = parts.render.page(
        language,
        "answers.html",
        categories=categories,
        user=user,
        status=await parts.desk.status(),
        answers=found,
        answered={c.name: c.answered for c in categories},
        languages=IN_ORDER,
        week=week or _week(found.quiet),
        spans=in_words(_week(found.quiet)),
        fault=fault,
        about=answer_words,
        done=telling.told,
    )
    return telling.page(page, fault.status if fault else 200)
