"""A row is drawn once, and again as soon as it would look another way."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from markupsafe import Markup

from buzon.records import Event
from buzon.store.search import Found
from buzon.web import drawn_rows
from buzon.web.drawn_rows import DrawnRows
from buzon.web.view import View
from web.fake_desk import make_event as event

TITLES = {"pedido": "Pedido"}
FOUND = Found([(0, 3)], [], "")


class Drawing:
    """Rows that tell how often one was drawn, at a time that can be set."""

    def __init__(self) -> None:
        self.minutes = 0
        self.drawn = 0
        self._rows = DrawnRows(self._ago)

    def _ago(self, _: datetime) -> str:
        return f"{self.minutes} min ago"

    def row(
        self,
        shown: Event,
        titles: Mapping[str, str] = TITLES,
        found: Mapping[int, Found] | None = None,
        view: View | None = None,
        opened: int | None = None,
    ) -> Markup:
        return self._rows.row(self._draw, shown, titles, found or {}, view or View(), opened)

    def _draw(self, shown: Event, *_: object) -> Markup:
        self.drawn += 1
        return Markup("{} drawn {}").format(shown.subject, self.drawn)


def test_a_row_that_would_look_the_same_is_not_drawn_again() -> None:
    drawing = Drawing()
    first = drawing.row(event(1))
    assert drawing.row(event(1)) == first == "Pedido de veinte cajas 1 drawn 1"
    assert drawing.row(event(1), opened=2) == first


def test_whatever_would_make_it_look_another_way_has_it_drawn_again() -> None:
    drawing = Drawing()
    now = datetime.now(UTC)
    drawing.row(event(1))
    for times, again in enumerate(
        [
            lambda: drawing.row(replace(event(1), true_label="consulta")),
            lambda: drawing.row(replace(event(1), done_at=now)),
            lambda: drawing.row(event(1), titles={"pedido": "Order"}),
            lambda: drawing.row(event(1), found={1: FOUND}),
            lambda: drawing.row(event(1), view=View(category="pedido")),
            lambda: drawing.row(event(1), opened=1),
            lambda: drawing.row(event(1)),
        ],
        start=2,
    ):
        again()
        assert drawing.drawn == times
    drawing.minutes = 1
    drawing.row(event(1))
    assert drawing.drawn == times + 1


def test_an_answer_whose_quiet_hours_are_over_is_drawn_as_what_it_is_by_now() -> None:
    drawing = Drawing()
    soon = datetime.now(UTC) + timedelta(milliseconds=200)
    answered = event(1)
    assert answered.reply
    waits = replace(answered, reply=replace(answered.reply, status="queued", quiet_until=soon))
    drawing.row(waits)
    drawing.row(waits)
    assert drawing.drawn == 1
    while datetime.now(UTC) <= soon:
        pass
    drawing.row(waits)
    assert drawing.drawn == 2


def test_no_more_rows_are_kept_than_some_pages_have() -> None:
    drawing = Drawing()
    for id in range(1, drawn_rows.MOST + 2):
        drawing.row(event(id))
    drawing.row(event(2))
    assert drawing.drawn == drawn_rows.MOST + 1
    drawing.row(event(1))
    assert drawing.drawn == drawn_rows.MOST + 2
