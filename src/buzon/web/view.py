"""Which mails the list shows. All of it stands in the address, so that back, reload and a copied
link come to the same place."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Annotated
from urllib.parse import parse_qsl, urlencode

from fastapi import Depends, Path, Request

from buzon.errors import Invalid
from buzon.records import Event
from buzon.store.events import Place
from buzon.store.filters import MOST_WORDS, Filter
from buzon.web.language import _

LARGEST_ID = 2**63 - 1
PERIODS = {"today": 1, "7": 7, "30": 30, "90": 90}  # days, today among them
EventId = Annotated[int, Path(ge=1, le=LARGEST_ID)]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What the address asks for; what is empty asks for nothing. `before` is a place in the list,
    as `place_of` writes it; `since` and `until` are days, both among those asked for."""

    review: str = ""
    audit: str = ""
    category: str = ""
    mailbox: str = ""
    language: str = ""
    period: str = ""
    since: str = ""
    until: str = ""
    answered: str = ""
    done: str = ""
    q: str = ""
    before: str = ""

    @property
    def parts(self) -> dict[str, str]:
        """What is asked for, by name."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value}

    @property
    def query(self) -> str:
        """What stands behind the path of each address."""
        query = urlencode(self.parts)
        return f"?{query}" if query else ""

    @property
    def newest(self) -> "View":
        return replace(self, before="")

    @property
    def is_narrowed(self) -> bool:
        return bool(self.newest.parts)

    def having(self, **parts: str) -> "View":
        """The same with other parts, from its beginning."""
        return replace(self.newest, **parts)

    def older_than(self, event: Event) -> "View":
        return replace(self, before=place_of(event))

    @property
    def place(self) -> Place | None:
        if not self.before:
            return None
        at, _, id = self.before.partition("-")
        return EPOCH + int(at) * MICROSECOND, int(id)

    def wanted(self, zone: tzinfo) -> Filter:
        """The mails to show, whatever page of them; days are those of the company."""
        today = datetime.now(zone).date()
        since, until = self.since, self.until
        if self.period:
            first = today - timedelta(days=PERIODS[self.period] - 1)
            since, until = first.isoformat(), ""
        return Filter(
            to_review=bool(self.review) or None,
            audited=bool(self.audit) or None,
            shown=self.category or None,
            mailbox=self.mailbox or None,
            language=self.language or None,
            answered=YES_NO[self.answered],
            done=YES_NO[self.done],
            since=_midnight(since, zone, 0),
            until=_midnight(until, zone, 1),
            words=self.q or None,
        )


YES_NO = {"": None, "yes": True, "no": False}


def place_of(event: Event) -> str:
    """Where a mail stands in the list: microseconds since 1970, and its number."""
    return f"{(event.received_at - EPOCH) // MICROSECOND}-{event.id}"


def _midnight(day: str, zone: tzinfo, later: int) -> datetime | None:
    if not day:
        return None
    return datetime.combine(date.fromisoformat(day) + timedelta(days=later), time(), zone)


def takes(wanted: Filter, event: Event) -> bool:
    """Whether an event is among those wanted, as the database would say. What words would find is
    not told here: it takes the search."""
    if wanted.words:
        return False
    asked = (
        (wanted.to_review, event.waits_for_a_person),
        (wanted.audited, event.audited and event.true_label is not None),
        (wanted.shown, event.shown),
        (wanted.mailbox, event.mailbox),
        (wanted.language, event.language),
        (wanted.answered, event.answered),
        (wanted.done, event.done_at is not None),
    )
    return (
        all(want is None or want == has for want, has in asked)
        and (wanted.since is None or event.received_at >= wanted.since)
        and (wanted.until is None or event.received_at < wanted.until)
    )


def view_of(parts: Mapping[str, str]) -> View:
    """The view that these parts of an address ask for. Raises Invalid."""
    known = {field.name for field in fields(View)}
    view = View(**{name: value.strip() for name, value in parts.items() if name in known})
    try:
        _check(view)
    except (ValueError, KeyError, OverflowError) as error:
        raise Invalid(_("This address makes no sense.")) from error
    return view


def view_of_query(query: str) -> View:
    """The view of what stands behind the "?" of an address. Raises Invalid."""
    return view_of(dict(parse_qsl(query.removeprefix("?"))))


def _check(view: View) -> None:
    """Raises ValueError, KeyError or OverflowError for a part that can't be."""
    place = view.place
    view.wanted(UTC)
    wrong = (
        not {view.review, view.audit} <= {"", "1"}
        or len(view.q) > MOST_WORDS
        or any("\0" in part for part in view.parts.values())
        or (place and not 0 < place[1] <= LARGEST_ID)
    )
    if wrong:
        raise ValueError(view.query)


async def _view(request: Request) -> View:
    return view_of(request.query_params)


Shown = Annotated[View, Depends(_view)]
