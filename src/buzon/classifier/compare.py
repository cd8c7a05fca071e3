"""Whether a new model (the challenger) replaces the one at work (the champion).

Both judge the same labelled mails, which neither has learnt from. Mails on which both are right, or
both wrong, tell nothing. Of the others, the challenger *gains* those it alone gets right, and
*loses* those that the champion alone gets right. Were both equally good, each of these would fall
to either side like a coin, which says how surprising their split is (the exact test of McNemar,
Psychometrika 12, 1947).

**The rule.** The challenger is put to work

1. where it gains more than it loses; or
2. where it knows more (more labelled mails, or a category that the champion lacks) and a loss as
   large as that, or larger, comes about in more than 40% of cases by the coin alone;
3. but where there are fewer than 500 mails, only if in addition it isn't worse *across* all
   labelled mails, the starter's too, each judged by a model that hadn't learnt from it: it must not
   lose half a point or more there, or a loss as large as that, or larger, must come about in more
   than 20% of cases by the coin alone. (What a company calls otherwise than the starter costs a few
   of the starter's texts each time; without the half point, that would keep back what it teaches.)

Never where it lacks a category in use that the champion knows: it would call each of its mails
something else, and where nobody has labelled such mails, those compared don't show it.

Otherwise the champion stays at work. A good challenger refused costs little: the next one, trained
with more labels, comes within a day. A worse one put to work costs wrong answers. Hence 40% and not
the usual 5%, which would wave through nearly everything.

How often a challenger is put to work, simulated in `tests/classifier/test_compare.py`: it differs
from the champion on one mail in ten and knows more; 4,000 mails lie across, on which it is better
or worse by as much, or else (in brackets) equal.

| the challenger is really | 50 mails | 200 mails | 1,000 mails |
| --- | --- | --- | --- |
| worse by 5 points | 0% (28%) | 0% (2%) | 0% |
| worse by 2 points | 0% (52%) | 0% (30%) | 4% |
| equal | 63% (63%) | 60% (60%) | 64% |
| better by 2 points | 90% (74%) | 93% (76%) | 99% |

So few mails of its own company can't tell 2 points from none, and where those across say nothing
either, chance decides. A rule that hardly ever let such a challenger pass would refuse nearly every
equal one as well.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import bdtr

from buzon.classifier.measure import Flags

Rule = Literal["better", "knows more", "worse", "not better", "worse across", "too few", "forgets"]

FEW = 500
_WORSE = 0.4
_WORSE_ACROSS = 0.2
_LOSS_ACROSS = 0.005


@dataclass(frozen=True, slots=True)
class Comparison:
    """What became of a challenger, by which rule, and `why` in a sentence.

    Of `n` mails that neither learnt from it gained and lost so many. `p_worse`: how often two
    equally good models differ at least as much to the challenger's disadvantage, `p_better`: to its
    advantage.
    """

    promote: bool
    rule: Rule
    why: str
    n: int
    gained: int
    lost: int
    p_worse: float
    p_better: float


def compare(
    champion_right: Flags,
    challenger_right: Flags,
    *,
    knows_more: bool,
    forgets: Collection[str] = (),
    across: tuple[Flags, Flags] | None = None,
) -> Comparison:
    """Judges a challenger by the rule above.

    `champion_right` and `challenger_right` of shape (n,): on which of the same mails each was
    right. `forgets`: the categories in use that the challenger alone lacks. `across`, needed where
    n is below 500: the same, champion first, for all labelled mails, each judged out of fold.
    """
    n, gained, lost = _count(champion_right, challenger_right)
    beyond = _count(*across) if across else None
    rule = "forgets" if forgets else _rule(n, gained, lost, knows_more, beyond)
    why = f"{_account(n, gained, lost)} {_VERDICTS[rule]}"
    if rule == "worse across" and beyond:
        why += f" {_account(*beyond)}"
    if forgets:
        why += f" What it lacks: {', '.join(sorted(forgets))}."
    return Comparison(
        promote=rule in ("better", "knows more"),
        rule=rule,
        why=why,
        n=n,
        gained=gained,
        lost=lost,
        p_worse=chance(gained, lost),
        p_better=chance(lost, gained),
    )


def _rule(
    n: int, gained: int, lost: int, knows_more: bool, across: tuple[int, int, int] | None
) -> Rule:
    if gained <= lost and chance(gained, lost) <= _WORSE:
        return "worse"
    if gained <= lost and not knows_more:
        return "not better"
    if n < FEW:
        if across is None:
            return "too few"
        total, gained_across, lost_across = across
        clearly = lost_across - gained_across >= _LOSS_ACROSS * total
        if clearly and chance(gained_across, lost_across) <= _WORSE_ACROSS:
            return "worse across"
    return "better" if gained > lost else "knows more"


def _count(champion_right: Flags, challenger_right: Flags) -> tuple[int, int, int]:
    """How many mails, and how many of them the challenger gains and loses."""
    gained = int(np.count_nonzero(challenger_right & ~champion_right))
    lost = int(np.count_nonzero(champion_right & ~challenger_right))
    return len(champion_right), gained, lost


def chance(few: int, many: int) -> float:
    """How often so few or fewer of the coins fall to one given side."""
    return float(bdtr(few, few + many, 0.5)) if many else 1.0


def _account(n: int, gained: int, lost: int) -> str:
    return (
        f"Of {n} labelled mails, each judged for both by a model that had not seen it, the new one "
        f"is right on {gained} where the one at work is wrong, and wrong on {lost} where that one "
        "is right."
    )


_VERDICTS: dict[Rule, str] = {
    "better": "It is better, and put to work.",
    "knows more": "That is no clear loss, and it knows more, so it is put to work.",
    "worse": "It is worse, and kept back.",
    "not better": "It isn't better and knows no more, so it is kept back.",
    "worse across": "But these are few: across all labelled texts it is worse. It is kept back.",
    "forgets": "But it lacks a category in use that the one at work knows. It is kept back.",
    "too few": f"Fewer than {FEW} prove too little by themselves; it is kept back.",
}
