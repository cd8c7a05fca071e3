"""What a model learns from: the company's own labelled mails, behind them the starter corpus."""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from buzon.classifier.chronology import Days
from buzon.classifier.corpus import Sample

# With so many own mails a starter text counts half as much as one of them. Measured on the stream
# of `make bench ARGS=stream` when there were half as many starter texts: from 200 to 800 it made no
# difference that could be told from noise.
HALF = 200

# Own mails above this number aren't learnt from: the largest categories give up their oldest. So a
# training takes no more time and memory than the machine has beside the mails.
MOST = 10_000

# Beside so many own ones that there would be more in all, only every second, third … starter text
# is learnt from: each counts for a twentieth by then, and takes as much memory as any.
TOGETHER = 15_000


@dataclass(frozen=True, slots=True)
class DataSet:
    """`doubled` texts were there more than once with the same label and count once;
    `contradictions` are the keys of texts that were given several labels, of which the newest
    counts; `same_text`, by the key of a sample, the keys of all that had its text. `passed_over`
    own mails are the oldest of large categories, and texts that came again, which MOST leaves out.
    `unlabelled` texts teach what words mean. `days` on which own ones were labelled say which are
    the newest."""

    samples: tuple[Sample, ...]
    own: int
    starter: int
    starter_weight: float
    doubled: int
    contradictions: tuple[tuple[str, ...], ...]
    same_text: dict[str, tuple[str, ...]]
    passed_over: int = 0
    unlabelled: tuple[str, ...] = ()
    days: Days = field(default_factory=dict)

    def own_keys(self) -> set[str]:
        """The keys of the company's own."""
        return {sample.key for sample in self.samples[: self.own]}

    def own_among(self, samples: Sequence[Sample]) -> Sequence[Sample]:
        """Those of these that are the company's own."""
        keys = self.own_keys()
        return [sample for sample in samples if sample.key in keys]


def assemble(own: Sequence[Sample], starter: Sequence[Sample]) -> DataSet:
    """One sample a text. `own` in the order in which they were labelled, the oldest first.

    A starter text weighs HALF / (HALF + n) beside n own ones, which weigh 1.
    """
    kept: dict[str, list[Sample]] = {}
    for sample in own:
        kept.setdefault(text_key(sample), []).append(sample)
    newest = [same[-1] for same in kept.values()]
    weight = HALF / (HALF + len(newest))
    behind = {text_key(sample): sample for sample in starter}
    apart = [sample for key, sample in behind.items() if key not in kept]
    extra = [replace(sample, weight=weight) for sample in apart]
    several = [same for same in kept.values() if len({s.label for s in same}) > 1]
    return DataSet(
        samples=(*newest, *extra),
        own=len(newest),
        starter=len(extra),
        starter_weight=weight,
        doubled=sum(len(same) - 1 for same in kept.values()) - sum(len(s) - 1 for s in several),
        contradictions=tuple(tuple(s.key for s in same) for same in several),
        same_text={
            same[-1].key: tuple(s.key for s in (*same, *_present(behind.get(text))))
            for text, same in kept.items()
        },
    )


def beside(own: int, starter: Sequence[Sample]) -> Sequence[Sample]:
    """The starter texts to learn from beside so many own mails."""
    return starter[:: 1 + len(starter) // max(TOGETHER - own, 1)]


def _present(sample: Sample | None) -> tuple[Sample, ...]:
    return (sample,) if sample else ()


def thinned(samples: Sequence[Sample], most: int = MOST) -> list[Sample]:
    """As many samples as may be, the last of each category: none keeps more than another that has
    to give up some. A text that came again and again gives way to others first."""
    if len(samples) > most:
        samples = _distinct(samples)
    room = _room(sorted(Counter(sample.label for sample in samples).values()), most)
    kept: list[Sample] = []
    so_far: Counter[str] = Counter()
    for sample in reversed(samples):
        so_far[sample.label] += 1
        if so_far[sample.label] <= room:
            kept.append(sample)
    return kept[::-1]


def _distinct(samples: Sequence[Sample]) -> list[Sample]:
    """The last of those with the same text and label."""
    newest: dict[tuple[str, str, str], Sample] = {}
    for sample in reversed(samples):
        newest.setdefault((sample.label, sample.subject, sample.body), sample)
    return list(newest.values())[::-1]


def _room(sizes: Sequence[int], most: int) -> int:
    """The largest size that a category may keep, given all sizes, the smallest first."""
    for at, size in enumerate(sizes):
        share = most // (len(sizes) - at)
        if size > share:
            return share
        most -= size
    return max(sizes, default=0)


def relabelled(samples: Sequence[Sample], label_of: Callable[[str], str | None]) -> list[Sample]:
    """The samples under the names that categories have now; those of retired ones are left out."""
    named = ((sample, label_of(sample.label)) for sample in samples)
    return [
        sample if label == sample.label else replace(sample, label=label)
        for sample, label in named
        if label is not None
    ]


def text_key(sample: Sample) -> str:
    """The same for texts that differ only in case and white space."""
    text = " ".join(f"{sample.subject}\n{sample.body}".lower().split())
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
