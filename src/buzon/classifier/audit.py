"""Which of the mails a person is asked to look at, so that we know how good the model is.

Chance chooses, not we: a sample that the model, an operator or a sender could influence says
nothing about the rest. Every mail has a number between 0 and 1, a keyed hash of its event's id.
Nobody without the seed can foresee it, and it depends on nothing else: neither on the order in
which mails come, nor on how often one asks. A mail is drawn where its number is below the
probability.

So whoever was drawn at 5% is also drawn at 20%. Out of days with different probabilities, those of
the audit that would be drawn at the lowest of them make a sample in which each had the same chance.

Draw from all mails, not only from those handled without a person. The rest is looked at anyway, so
it costs nobody anything, and without it no threshold lower than today's can ever be certified.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

import numpy as np
from scipy.special import bdtr

PART = 0.05
LEAST_A_DAY = 3

Key = TypeVar("Key", str, int)


def share(volume_a_day: float, *, part: float = PART, least: int = LEAST_A_DAY) -> float:
    """The probability with which a mail is drawn when about so many come a day.

    `part` of them, but so many that `least` a day are to be expected; all where fewer come. What is
    to be expected isn't certain: with 3 expected, one day in twenty brings none. `filled_up` makes
    it certain at the end of the day.
    """
    return min(1.0, max(part, least / volume_a_day)) if volume_a_day > 0 else 1.0


def drawn(seed: bytes, key: str | int, probability: float) -> bool:
    """Whether a mail is to be looked at. The same seed and key give the same answer for ever.

    `seed`: 1 to 64 secret bytes; `key`: the event's id, where 7 and "7" are the same.
    """
    return _number(seed, key) < probability


def filled_up(
    seed: bytes, keys: Sequence[Key], probability: float, *, least: int = LEAST_A_DAY
) -> tuple[list[Key], float]:
    """All that are drawn of a day that is over, and the probability that each of its mails had.

    Those of `drawn`, and where these are fewer than `least`, the ones with the next higher numbers.
    The numbers treat all mails of the day alike, so each had the same chance: how many are drawn on
    average, divided by how many there are. Weigh by that chance, not by `probability`.
    """
    if not keys:
        return [], probability
    by_number = sorted(keys, key=lambda key: _number(seed, key))
    at_least = min(least, len(keys))
    below = sum(drawn(seed, key, probability) for key in keys)
    added = bdtr(np.arange(at_least), len(keys), probability).sum()
    return by_number[: max(below, at_least)], probability + float(added) / len(keys)


def _number(seed: bytes, key: str | int) -> float:
    """Uniform in [0, 1): as many bits as a float holds exactly, so that 1 draws every mail."""
    if not seed:
        raise ValueError("The audit's seed is empty, so that anybody could foresee the draw.")
    digest = blake2b(str(key).encode(), key=seed, digest_size=8).digest()
    return float((int.from_bytes(digest, "big") >> 11) / 2**53)
