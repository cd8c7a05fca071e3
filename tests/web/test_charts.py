"""What stands behind each chart."""

import csv
import io
from dataclasses import replace

import pytest

from buzon.flow import Statistics
from buzon.flow.statistics import Accuracy, Compared, Sender, Step
from buzon.store.statistics import Bucket
from buzon.web import quantities
from buzon.web.charts import TITLES, Chart, Charts, as_csv
from web.fake_statistics import EMPTY, make_statistics

NAMES = {"pedido": "Order", "incidencia": "Incident", "consulta": "Query"}


def chart(name: str, language: str = "en", **changes: object) -> Chart:
    found: Statistics = replace(make_statistics(), **changes)  # type: ignore[arg-type]
    return Charts(found, language, NAMES).one(name)


def test_every_chart_has_as_many_values_in_each_row_as_columns() -> None:
    for each in Charts(make_statistics(), "en", NAMES).all():
        assert each.rows, each.name
        assert {len(row) for row in each.rows} == {len(each.columns)}, each.name


@pytest.mark.parametrize("name", TITLES)
def test_a_period_without_a_mail_gives_no_rows_and_a_sentence(name: str) -> None:
    empty = Charts(EMPTY, "en", NAMES).one(name)
    assert list(empty.rows) == []
    assert empty.nothing.endswith(".")


def test_categories_stand_in_their_order_and_those_of_one_s_own_behind() -> None:
    step = Step("2026-11-27T09:00", {"zeta": 1, "consulta": 2, "alfa": 3, "pedido": 4}, None)
    found = chart("mails", unit="hour", steps=[step])
    assert found.columns == ["Time", "Order", "Query", "alfa", "zeta"]
    assert found.rows == [["09:00", 4, 2, 3, 1]]
    assert found.colours == ["cat-pedido", "cat-consulta", "cat-alfa", "cat-zeta"]


def test_without_a_period_before_there_is_nothing_to_compare_with() -> None:
    steps = [Step("2026-11-27", {"pedido": 2}, None)]
    assert not chart("volume", steps=steps).rows
    steps = [Step("2026-11-27", {"pedido": 2}, 3)]
    assert [list(row) for row in chart("volume", steps=steps).rows] == [["27 Nov", 2, 3]]


def test_a_share_is_of_all_mails_of_the_period() -> None:
    found = chart("categories", mails=4, categories={"pedido": Compared(3, 1)})
    assert [list(row) for row in found.rows] == [["Order", 0.75, 3, 1]]


def test_times_to_answer_are_told_by_doublings_without_a_gap() -> None:
    buckets = [Bucket(1.68, 2.0, 5), Bucket(2.0, 2.38, 1), Bucket(13.4, 16.0, 2)]
    found = chart("times", reply_times=buckets)
    space = "\N{NO-BREAK SPACE}"
    assert [list(row) for row in found.rows] == [
        [f"2{space}s", 5], [f"4{space}s", 1], [f"8{space}s", 0], [f"16{space}s", 2],
    ]  # fmt: skip


def test_an_accuracy_that_cannot_be_told_says_what_is_missing() -> None:
    found = chart("accuracy", accuracy=Accuracy(None, None, {}))
    assert list(found.rows) == []
    assert "none was checked" in found.nothing


def test_what_was_confirmed_is_no_correction() -> None:
    found = chart("corrections")
    assert found.columns[1:] == ["Order", "Incident", "Query", "reclamacion"]
    assert found.rows[0] == ["Order", None, 0, 0, 0]
    assert found.rows[2] == ["Query", 9, 0, None, 0]


def test_a_sender_s_address_is_no_formula_in_a_spreadsheet() -> None:
    harmful = ["=cmd|' /C calc'!A0@x.org", "+1@x.org", "-1@x.org", "@x.org", "\t=1@x.org"]
    text = as_csv(chart("senders", senders=[Sender(one, 1) for one in harmful]), "en")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert rows[0] == ["Sender", "Mails", "Share"]
    assert [row[0] for row in rows[1:]] == [f"'{one}" for one in harmful]


def test_a_number_below_zero_stays_one() -> None:
    assert as_csv(Chart("mails", "bars", ["a", "b"], [["x", -1]]), "en").endswith("x,-1\r\n")


def test_a_spreadsheet_reads_the_csv_as_one_in_its_language_is_written() -> None:
    found = Chart("categories", "bars", ["Día", "Parte"], [["2026-11-27", 0.125], ["a;b", -0.5]])
    rows = {language: as_csv(found, language).splitlines()[1:] for language in ("es", "en")}
    assert rows["es"] == ["2026-11-27;0,125", '"a;b";-0,5']
    assert rows["en"] == ["2026-11-27,0.125", "a;b,-0.5"]


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.25, "0,2 s"), (2.0, "2 s"), (59.94, "59,9 s"), (64, "1 min"), (7200, "2 h"), (2e5, "2 d")],
)
def test_a_length_of_time_is_told_in_its_largest_unit(seconds: float, told: str) -> None:
    assert quantities.lasting(seconds, "es") == told.replace(" ", "\N{NO-BREAK SPACE}")
