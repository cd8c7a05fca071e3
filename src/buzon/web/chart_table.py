"""The table behind a chart."""

from collections.abc import Sequence

from markupsafe import Markup

from buzon.web import quantities
from buzon.web.charts import Chart
from buzon.web.spreadsheets import Value


def table_rows(chart: Chart, language: str) -> Markup:
    """The rows as HTML. A template would hand each value on through all that it stands in, and the
    tables of ninety days hold a thousand."""
    return Markup("\n").join(_row(row, chart.shares, language) for row in chart.rows)


def _row(row: Sequence[Value], shares: Sequence[int], language: str) -> Markup:
    cells = "".join(
        f'<td class="number">{_text(value, column in shares, language)}</td>'
        for column, value in enumerate(row[1:], 1)
    )
    numbers = Markup(cells)  # noqa: S704 - quantities writes numbers alone
    return Markup('<tr><th scope="row">{}</th>{}</tr>').format(row[0], numbers)


def _text(value: Value, is_share: bool, language: str) -> str:
    if value is None:
        return "–"
    if is_share:
        return quantities.tenths(float(value), language)
    return quantities.number(int(value), language)
