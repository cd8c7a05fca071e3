"""The rows of the list that were drawn lately: whoever opens a mail, or comes back, is shown most
of them again, as they were."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime

from markupsafe import Markup

from buzon.records import Event
from buzon.store.search import Found
from buzon.web import words
from buzon.web.view import View

MOST = 500  # rows in a language, with their mails some 10 kB each


class DrawnRows:
    """Draws a row, unless it was drawn from the same and would be the same now. `ago` says how long
    ago something was."""

    def __init__(self, ago: Callable[[datetime], str]) -> None:
        self._ago = ago
        self._rows: OrderedDict[int, tuple[tuple[object, ...], Markup]] = OrderedDict()

    def row(
        self,
        draw: Callable[..., Markup],
        event: Event,
        titles: Mapping[str, str],
        found: Mapping[int, Found],
        view: View,
        opened: int | None,
    ) -> Markup:
        """What `draw`, the template's macro, makes of the rest."""
        told_by_time = self._ago(event.received_at), words.outcome(event)
        drawn_from = event, titles, found.get(event.id), view, opened == event.id, told_by_time
        known = self._rows.pop(event.id, None)
        if known is None or known[0] != drawn_from:
            known = drawn_from, draw(event, titles, found, view, opened)
        self._rows[event.id] = known
        if len(self._rows) > MOST:
            self._rows.popitem(last=False)
        return known[1]
