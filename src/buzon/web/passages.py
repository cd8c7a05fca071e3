"""A mail's text in the pieces that it is shown in: what is new, what is quoted, how it ends."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from buzon.flow import Explained
from buzon.flow.explaining import Segment
from buzon.mail import clean
from buzon.mail.clean.parts import Kind

SHORT = 3  # lines of a quote that are not worth folding
ENDINGS = ("signature", "disclaimer")


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of lines of one kind, in segments that carry what each adds to the category."""

    kind: Kind
    segments: Sequence[Segment]

    @property
    def lines(self) -> int:
        text = "".join(segment.text for segment in self.segments).rstrip()
        return text.count("\n") + bool(text)

    @property
    def is_folded(self) -> bool:
        return self.kind == "history" and self.lines > SHORT

    @property
    def is_ending(self) -> bool:
        return self.kind in ENDINGS


def passages(body: str, explained: Explained | None = None) -> list[Passage]:
    """The whole body, character by character; with the marks where it is explained."""
    cutter = _Cutter(body, explained.body if explained else [Segment(body)])
    return [Passage(kind, list(cutter.upto(end))) for kind, end in _runs(body)]


def _runs(body: str) -> list[tuple[Kind, int]]:
    """The kinds, and where each ends. What is blank belongs to what stands before it."""
    runs: list[tuple[Kind, int]] = []
    at = 0
    for segment in clean.split(body).segments:
        at += len(segment.text)
        if runs and (segment.kind == runs[-1][0] or not segment.text.strip()):
            runs[-1] = runs[-1][0], at
        else:
            runs.append((segment.kind, at))
    return runs


class _Cutter:
    """Cuts pieces of a text anew, in one pass."""

    def __init__(self, text: str, pieces: Sequence[Segment]) -> None:
        self.text = text
        self.pieces = iter(pieces)
        self.weight: float | None = None
        self.at = self.end = 0

    def upto(self, place: int) -> Iterator[Segment]:
        while self.at < place:
            if self.at == self.end:
                piece = next(self.pieces)
                self.weight, self.end = piece.weight, self.end + len(piece.text)
            stop = min(place, self.end)
            yield Segment(self.text[self.at : stop], self.weight)
            self.at = stop
