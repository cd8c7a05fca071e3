"""Which key sets which category: the one that was chosen for it, else the digit of its place."""

from collections.abc import Mapping, Sequence

from buzon.store.categories import Category

DIGITS = "123456789"
# All letters that do nothing else on the pages of mails (keys.js, and each data-key).
KEYS = DIGITS + "abcdfgilmnopqrstvyz"


def keys_of(categories: Sequence[Category]) -> Mapping[str, str]:
    """By category. Whoever's digit was given to another one takes one that is left, if any."""
    present = sorted((c for c in categories if c.retired_at is None), key=lambda c: c.position)
    keys = {c.name: c.key for c in present if c.key}
    for digit, category in zip(DIGITS, present, strict=False):
        if category.name not in keys and digit not in keys.values():
            keys[category.name] = digit
    left = (digit for digit in DIGITS if digit not in keys.values())
    without = (c.name for c in present if c.name not in keys)
    return keys | dict(zip(without, list(left), strict=False))
