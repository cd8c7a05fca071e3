"""The table behind a chart."""

from collections.abc import Sequence

from markupsafe import Markup, escape

from buzon.web import quantities
from buzon.web.charts import Chart
from buzon.web.spreadsheets import Value


def table_rows(chart: Chart, language: str) -> Markup:
    """The rows as HTML. A template would hand each value on through all that it stands in, and the
    tables of ninety days hold a thousand."""
    rows = "\n".join(_row(row, chart.shares, language) for row in chart.rows)
    return Markup(rows)  # noqa: S704 - names are escaped, and quantities writes numbers alone


def _row(row: Sequence[Value], shares: Sequence[int], language: str) -> str:
    name, *values = row
    cells = "".join(
        f'<td class="number">{_text(value, column in shares, language)}</td>'
        for column, value in enumerate(values, 1)
    )
    return f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>'


def _text(value: Value, is_share: bool, language: str) -> str:
    if value is None:
        return "–"
    if is_share:
        return quantities.tenths(float(value), language)
    return quantities.number(int(value), language)
