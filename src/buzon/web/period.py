"""Which days and mailbox the dashboard shows. All of it stands in the address."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Literal, get_args
from urllib.parse import urlencode

from fastapi import Depends, Query

from buzon.flow import Wanted
from buzon.web.language import _

Choice = Literal["today", "7", "30", "90", "own"]
CHOICES: tuple[Choice, ...] = get_args(Choice)
DAYS = {"today": 1, "7": 7, "30": 30, "90": 90}
NAMES = {
    "today": _("Today"), "7": _("7 days"), "30": _("30 days"), "90": _("90 days"),
    "own": _("Own period"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Period:
    """A choice of days, the days themselves where they are one's `own`, and a mailbox or all.
    `wall`: for a screen in the office; `dark`: that one always dark."""

    choice: Choice = "30"
    since: date | None = None
    until: date | None = None
    mailbox: str = ""
    wall: bool = False
    dark: bool = False

    @property
    def wanted(self) -> Wanted:
        mailbox = self.mailbox or None
        if self.choice == "own":
            return Wanted(first=self.since, last=self.until, mailbox=mailbox, to_be_drawn=True)
        return Wanted(DAYS[self.choice], mailbox=mailbox, to_be_drawn=True)

    @property
    def query(self) -> str:
        """What stands behind the path of each address."""
        parts = {
            "period": self.choice if self.choice != "30" else "",
            "since": self.since if self.choice == "own" else None,
            "until": self.until if self.choice == "own" else None,
            "mailbox": self.mailbox,
            "wall": self.wall and 1,
            "dark": self.dark and 1,
        }
        query = urlencode({name: value for name, value in parts.items() if value})
        return f"?{query}" if query else ""

    def of(self, choice: Choice) -> "Period":
        return replace(self, choice=choice)

    def on_wall(self, *, dark: bool) -> "Period":
        return replace(self, wall=True, dark=dark)

    @property
    def off_wall(self) -> "Period":
        return replace(self, wall=False, dark=False)


async def _period(
    period: Choice = "30",
    since: date | None = None,
    until: date | None = None,
    mailbox: Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")] = "",
    wall: bool = False,
    dark: bool = False,
) -> Period:
    return Period(period, since, until, mailbox, wall, dark)


Chosen = Annotated[Period, Depends(_period)]
