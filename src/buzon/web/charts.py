"""The dashboard's charts. Each is a table: what is drawn, what stands behind it, and what is in its
CSV are the same rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from buzon.classifier.estimate import Estimate
from buzon.flow import Statistics
from buzon.records import CATEGORIES
from buzon.web import dates, quantities, words
from buzon.web.language import _, catalog
from buzon.web.spreadsheets import MARK, Value, as_rows

OUTCOMES = {
    "sent": _("Sent"),
    "waiting": _("Waiting to be sent"),
    "kept": _("Kept unsent"),
    "failed": _("Could not be sent"),
    "none": _("Not answered"),
}
TITLES = {
    "mails": _("Mails by category"),
    "volume": _("Against the period before"),
    "categories": _("Share of each category"),
    "confidence": _("How sure the model was"),
    "answers": _("What became of the answers"),
    "times": _("Time to answer"),
    "accuracy": _("How often it was right"),
    "hours": _("Mails by hour and weekday"),
    "corrections": _("What was corrected into what"),
    "languages": _("Languages"),
    "senders": _("Who wrote most"),
}
NOTHING = {
    "accuracy": _(
        "This can't be told yet: of the mails of this period that chance drew, none was checked."
        " They stand among those to review."
    ),
    "corrections": _("Nobody corrected a category in this period."),
    "times": _("No answer was sent to the mails of this period."),
    "volume": _("There is no earlier period to compare with yet."),
}
NO_MAILS = _("No mail came in these days.")


@dataclass(frozen=True, slots=True)
class Chart:
    """A table with how it is drawn: `stacked` (a row a step of time), `lines`, `bars` (a row a bar,
    by its first value), `columns`, `ranges` (value, low, high) or `squares` (a value a cell).

    `shares`: the columns, from 0, that are shares of 1. `colours`: tokens, a column or a row each.
    """

    name: str
    kind: Literal["stacked", "lines", "bars", "columns", "ranges", "squares"]
    columns: Sequence[str]
    rows: Sequence[Sequence[Value]]
    colours: Sequence[str] = ()
    shares: Sequence[int] = field(default=())

    @property
    def title(self) -> str:
        return TITLES[self.name]

    @property
    def nothing(self) -> str:
        return NOTHING.get(self.name, NO_MAILS)

    @property
    def drawing(self) -> dict[str, object]:
        """What the script draws from."""
        return {
            "kind": self.kind, "columns": self.columns, "rows": self.rows,
            "colours": self.colours, "shares": self.shares,
        }  # fmt: skip


class Charts:
    """All charts of a period, in a language."""

    def __init__(self, found: Statistics, language: str, titles: dict[str, str]) -> None:
        self._found = found
        self._language = language
        self._say = catalog(language).gettext
        self._titles = titles

    def all(self) -> list[Chart]:
        return [self.one(name) for name in TITLES]

    def one(self, name: str) -> Chart:
        chart: Chart = getattr(self, f"_{name}")()
        return chart

    def _mails(self) -> Chart:
        steps = self._found.steps
        names = _ordered({name for step in steps for name in step.categories})
        return Chart(
            "mails",
            "stacked",
            [self._say(_("Time")), *(self._title(name) for name in names)],
            [
                [self._step(step.at), *(step.categories.get(name, 0) for name in names)]
                for step in steps
            ]
            if names
            else [],
            [words.colour(name) for name in names],
        )

    def _volume(self) -> Chart:
        steps = self._found.steps
        compared = any(step.before is not None for step in steps)
        counts = [(self._step(s.at), sum(s.categories.values()), s.before) for s in steps]
        some = any(now or before for _, now, before in counts)
        return Chart(
            "volume",
            "lines",
            [self._say(text) for text in (_("Time"), _("This period"), _("The period before"))],
            counts if some and compared else [],
            ["accent", "ink-quiet"],
        )

    def _categories(self) -> Chart:
        found = self._found.categories
        total = self._found.mails
        return Chart(
            "categories",
            "bars",
            [self._say(text) for text in (_("Category"), _("Share"), _("Mails"), _("Before"))],
            [
                [self._title(name), (count.now or 0) / total, count.now, count.before]
                for name, count in found.items()
            ]
            if total
            else [],
            [words.colour(name) for name in found],
            [1],
        )

    def _confidence(self) -> Chart:
        bins = self._found.confidence_bins
        step = 100 // len(bins)
        return Chart(
            "confidence",
            "columns",
            [self._say(_("How sure")), self._say(_("Mails"))],
            [
                [f"{n * step}–{quantities.percent((n + 1) * step / 100, self._language)}", count]
                for n, count in enumerate(bins)
            ]
            if any(bins)
            else [],
            ["accent"],
        )

    def _answers(self) -> Chart:
        answers = self._found.answers
        counts = {name: getattr(answers, name) for name in OUTCOMES}
        return self._bars(
            "answers",
            _("Outcome"),
            [(self._say(OUTCOMES[name]), count) for name, count in counts.items() if count],
            [OUTCOME_COLOURS[name] for name, count in counts.items() if count],
        )

    def _times(self) -> Chart:
        doublings: dict[float, int] = {}
        for bucket in self._found.reply_times:
            until = 1.0
            while until < bucket.below * 0.999:
                until *= 2
            doublings[until] = doublings.get(until, 0) + bucket.replies
        return Chart(
            "times",
            "columns",
            [self._say(_("At most")), self._say(_("Answers"))],
            [
                [quantities.lasting(until, self._language), doublings.get(until, 0)]
                for until in _without_gaps(doublings)
            ],
            ["accent"],
        )

    def _accuracy(self) -> Chart:
        found = self._found.accuracy
        rows: list[tuple[str, str, Estimate | None]] = [
            (self._say(_("All mails")), "ink-soft", found.all),
            (self._say(_("Without a person")), "ink-soft", found.alone),
            *((self._title(n), words.colour(n), found.by_category[n]) for n in found.by_category),
        ]
        told = [(title, colour, one) for title, colour, one in rows if one]
        texts = (_("Mails"), _("In the right category"), _("At least"), _("At most"), _("Checked"))
        return Chart(
            "accuracy",
            "ranges",
            [self._say(text) for text in texts],
            [[title, one.accuracy, one.low, one.high, one.n] for title, _, one in told],
            [colour for _, colour, _ in told],
            [1, 2, 3],
        )

    def _corrections(self) -> Chart:
        counts = {(c.predicted, c.label): c.mails for c in self._found.corrections}
        names = _ordered({name for pair in counts for name in pair if pair[0] != pair[1]})
        return Chart(
            "corrections",
            "squares",
            [self._say(_("From, to")), *(self._title(name) for name in names)],
            [
                [self._title(a), *(counts.get((a, b), 0) if a != b else None for b in names)]
                for a in names
            ],
            ["bad"],
        )

    def _hours(self) -> Chart:
        return Chart(
            "hours",
            "squares",
            [self._say(_("Weekday")), *(str(hour) for hour in range(24))],
            [
                [self._say(name), *hours]
                for name, hours in zip(dates.WEEKDAYS, self._found.hours, strict=True)
            ]
            if self._found.mails
            else [],
            ["accent"],
        )

    def _languages(self) -> Chart:
        counts = [
            (self._say(words.LANGUAGE_NAMES.get(name, name)) or self._say(_("Unknown")), count)
            for name, count in self._found.languages.items()
        ]
        return self._bars("languages", _("Language"), counts, ["accent"] * len(counts))

    def _senders(self) -> Chart:
        counts = [(one.sender, one.mails) for one in self._found.senders]
        return self._bars("senders", _("Sender"), counts, ["accent"] * len(counts))

    def _bars(
        self,
        name: str,
        what: str,
        counts: Sequence[tuple[str, int]],
        colours: Sequence[str],
    ) -> Chart:
        """Counts, and what share of all mails each is."""
        total = self._found.mails
        return Chart(
            name,
            "bars",
            [self._say(what), self._say(_("Mails")), self._say(_("Share"))],
            [[label, count, count / total if total else None] for label, count in counts],
            colours,
            [2],
        )

    def _title(self, category: str) -> str:
        return self._titles.get(category, category)

    def _step(self, at: str) -> str:
        """An hour, a day, or the first day of a week or month."""
        if "T" in at:
            return at.partition("T")[2]
        day = date.fromisoformat(at)
        told = dates.month if self._found.unit == "month" else dates.short_day
        return told(day, self._language)


OUTCOME_COLOURS = {
    "sent": "good", "waiting": "accent", "kept": "ink-quiet", "failed": "bad", "none": "grey",
}  # fmt: skip


def _ordered(names: set[str]) -> list[str]:
    """Buzón's own categories in their order, then the users'."""
    return [n for n in CATEGORIES if n in names] + sorted(names - set(CATEGORIES))


def _without_gaps(found: dict[float, int]) -> list[float]:
    """From the smallest to the largest, without a gap."""
    steps, until = [], min(found, default=0.0)
    while found and until <= max(found):
        steps.append(until)
        until *= 2
    return steps


def as_csv(chart: Chart, language: str) -> str:
    return MARK + as_rows([chart.columns, *chart.rows], language)
