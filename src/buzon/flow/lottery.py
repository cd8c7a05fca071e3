"""Chance, not we, chooses the mails that tell how good the sorting is."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from buzon.classifier import audit


@dataclass(frozen=True, slots=True)
class Lottery:
    """Draws `part` of all mails. The seed is the same in every process of this Buzón."""

    seed: bytes = field(repr=False)
    part: float = audit.PART

    def draws(self, event_id: int) -> bool:
        return audit.drawn(self.seed, event_id, self.part)

    def would_draw(self, event_id: int, share: float) -> bool:
        """Whether this mail would have been drawn, had so many been."""
        return audit.drawn(self.seed, event_id, share)

    def fill_up(self, ids: Sequence[int]) -> tuple[list[int], float]:
        """Which of a day's mails are audited, three at least, and the chance that each had."""
        return audit.filled_up(self.seed, ids, self.part)
