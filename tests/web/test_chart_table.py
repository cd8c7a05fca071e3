"""The table behind a chart shows its values as the page's language writes them."""

from selectolax.lexbor import LexborHTMLParser

from buzon.web.chart_table import table_rows
from buzon.web.charts import Chart

CHART = Chart(
    "senders",
    "bars",
    ["Sender", "Mails", "Share"],
    [["<b>ana</b>@x.org", 12345, 0.956], ["eva@x.org", 0, None]],
    shares=[2],
)


def cells(language: str) -> list[list[str]]:
    table = LexborHTMLParser(f"<table>{table_rows(CHART, language)}</table>")
    return [[cell.text() for cell in row.css("th, td")] for row in table.css("tr")]


def test_counts_shares_and_what_can_t_be_told_are_written_each_in_its_way() -> None:
    assert cells("en") == [["<b>ana</b>@x.org", "12,345", "95.6%"], ["eva@x.org", "0", "–"]]
    space = "\N{NO-BREAK SPACE}"
    assert cells("es")[0] == ["<b>ana</b>@x.org", "12.345", f"95,6{space}%"]
