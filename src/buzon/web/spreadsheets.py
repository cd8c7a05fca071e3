"""Rows as a spreadsheet reads them (RFC 4180)."""

import csv
import io
from collections.abc import Iterable, Sequence

Value = str | int | float | None

MARK = "\ufeff"  # at the beginning of a file: by it spreadsheets know UTF-8
BETWEEN = {"en": ",", "es": ";"}  # the values of a row
DECIMAL = {"en": ".", "es": ","}


def as_rows(rows: Iterable[Sequence[Value]], language: str) -> str:
    """Parted and with decimals as a spreadsheet in that language reads them."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=BETWEEN[language])
    for row in rows:
        writer.writerow([_cell(value, language) for value in row])
    return out.getvalue()


def _cell(value: Value, language: str) -> Value:
    """A spreadsheet takes a text that begins so for a formula, and senders choose their address."""
    if isinstance(value, float):
        return str(value).replace(".", DECIMAL[language])
    if isinstance(value, str) and value.lstrip().startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return value
