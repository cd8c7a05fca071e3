"""Figures as they are drawn."""

from buzon.web import figures
from web.fake_learning import make_report


def test_what_was_not_measured_is_no_figure() -> None:
    assert figures.measured({}) is None
    assert figures.measured({"accuracy": 0.9, "examples": 0}) is None


def test_a_measured_share_lies_between_its_bounds() -> None:
    share = figures.measured({"accuracy": 0.9, "examples": 100})
    assert share is not None
    assert 0.82 < share.low < 0.83 < 0.9 < 0.95 < share.high < 0.952


def test_a_cell_is_as_dark_as_its_part_of_the_row() -> None:
    assert [figures.shade(count, [0, 1, 50, 49]) for count in (0, 1, 50, 100)] == [0, 1, 4, 8]


def test_a_phrase_is_marked_by_its_part_of_the_strongest() -> None:
    assert [figures.step(weight, 2.0) for weight in (2.0, 1.2, 0.5, 0.3, None)] == [3, 2, 1, 0, 0]
    assert [figures.step(weight, 2.0) for weight in (-0.3, -0.5, -2.0)] == [0, -1, -3]


def test_precision_is_none_where_nothing_was_called_so() -> None:
    order, invoice = figures.by_category(make_report("starter-1"))
    assert (order.name, invoice.name) == ("pedido", "factura")
    assert order.precision is not None
    assert invoice.precision is None
    assert invoice.recall is not None


def test_a_model_that_says_just_what_is_true_lies_on_the_line() -> None:
    (mark,) = figures.calibration_marks(
        [{"n": 10, "confidence": 0.5, "accuracy": 0.5, "low": 0.2, "high": 0.8}]
    )
    assert (mark.x / figures.WIDTH, mark.y / figures.HEIGHT) == (0.5, 0.5)
    assert mark.high < mark.y < mark.low


def test_a_learning_curve_begins_at_the_tenth_below_its_lowest_bound() -> None:
    points = make_report("starter-1")["learning_curve"]
    assert figures.curve_floor(points) == 0.2
    first, last = figures.curve_marks(points)
    assert (first.x, last.x) == (0, figures.WIDTH)
    assert 0 < last.y < first.y < figures.HEIGHT


def test_names_stand_as_the_categories_are_kept_and_unknown_ones_last() -> None:
    names = ["gone", "b", "a", "c"]
    places = figures.places(names, ["c", "x", "a", "b"])
    assert [names[place] for place in places] == ["c", "a", "b", "gone"]
