"""A sentence is read by the pattern that it was made with."""

import pytest

from buzon.web.sentences import values_of


@pytest.mark.parametrize(
    ("pattern", "text", "values"),
    [
        ("no From", "no From", {}),
        ("no From", "no From at all", None),
        ("%(n)s of %(all)s.", "3 of 12.", {"n": "3", "all": "12"}),
        ("%(n)s of %(all)s.", "3 of 12", None),
        ("said: %(said)s.", "said: a. b. c.", {"said": "a. b. c"}),
        ("%(a)s: %(b)s", "x: y: z", {"a": "x", "b": "y: z"}),
        ("%(a)s.", "", None),
        ("a%(a)sa", "a", None),
    ],
)
def test_values_stand_where_their_places_are(
    pattern: str, text: str, values: dict[str, str] | None
) -> None:
    assert values_of(pattern, text) == values
