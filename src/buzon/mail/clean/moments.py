"""Dates and hours as mail programs write them, in text in lower case."""

import re

YEAR = re.compile(r"(?<!\d)(?:(?:19|20)\d\d(?!\d)|\d{1,2}[/.-]\d{1,2}[/.-]\d\d(?!\d))")
TIME = re.compile(r"(?<!\d)\d{1,2}(?: ?[:h] ?\d\d|\.\d\d(?= ?uhr)| ?uhr)(?::\d\d)?")
DAY = re.compile(r"\d{1,2}[/.-]\d{1,2}|\d{1,2}\.? (?:de )?[^\W\d_]{3}|[^\W\d_]{3}\.? \d{1,2}")


def is_moment(text: str) -> bool:
    """Whether the text begins with a day that has a year or an hour."""
    text = text[:80].lower()
    return bool(DAY.search(text) and (YEAR.search(text) or TIME.search(text)))
