"""What a trick did to a figure, and whether that can be distinguished from chance. Numbers and text out; no UI.

A difference counts as seen where it goes the same way at every training seed and is larger than the spread: the range
in which the figure of either of the two moved from seed to seed, whichever is wider, and twice that where there are two
seeds only. By chance alone, `LUCK` % of all differences pass. One training seed each can give no more than a hint.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from demo.zoo.columns import Column
from gan_models.metrics.seeds import FACTOR

FIGURES = {"fd": "", "recall": "recall", "coverage": "coverage", "smallest_share": "the rarest class's share"}
"""What is compared, and its name within a sentence where that is not the column's title"""
SAMPLING = 2
"""Of one seed each, a difference must be larger than so many standard deviations over the sampling seeds"""
MARKS = {
    "better": ("▲ better", "△ better?"), "worse": ("▼ worse", "▽ worse?"),
    "unclear": ("○ inconclusive", "○ inconclusive"),
}  # fmt: skip
"""Verdict -> its mark over several training seeds, and that of a hint"""
LEGEND = (
    "▲ better and ▼ worse than the parent, over several training seeds. △ and ▽ are hints: one training seed each. "
    "○ cannot be distinguished from chance."
)


@dataclass(frozen=True)
class Effect:
    """How one figure changed; all numbers in the unit of its column."""

    figure: str
    seeds: tuple[int | None, ...]
    """Training seeds, each of both"""
    parent: tuple[float, ...]
    """By seed"""
    child: tuple[float, ...]
    differences: tuple[float, ...]
    """child - parent at the same seed"""
    before: float
    """Mean of the parent over the seeds"""
    after: float
    difference: float
    spread: float
    """The size that the difference had to exceed"""
    verdict: str
    """ "better", "worse", or "unclear" """
    reason: str
    """Why it is unclear: "the seeds disagree", "within the spread"; "" where it is not"""

    @property
    def hint(self) -> bool:
        return len(self.seeds) < 2

    @property
    def mark(self) -> str:
        """Verdict as sign and word, so that nobody needs its colour."""
        return MARKS[self.verdict][self.hint]


def judge(
    column: Column,
    seeds: Sequence[int | None],
    parent: Sequence[float],
    child: Sequence[float],
    sampling: tuple[float, float] = (0.0, 0.0),
    rough: bool = False,
) -> Effect:
    """The effect on one figure, by the rule at the head of this file.

    parent, child: values at the same seeds. sampling: standard deviations of both over the sampling seeds, the only
    spread that is known with one training seed. rough: whether the figures come from too few images for that.
    """
    differences = [after - before for before, after in zip(parent, child, strict=True)]
    difference = fmean(differences)
    if len(seeds) > 1:
        spread = FACTOR.get(len(seeds), 1) * max(max(values) - min(values) for values in (parent, child))
        agree = all(d > 0 for d in differences) or all(d < 0 for d in differences)
        reason = "the seeds disagree" if not agree else "within the spread" if abs(difference) <= spread else ""
    else:
        spread = SAMPLING * math.hypot(*sampling)
        reason = "too few images" if rough else "within the sampling spread" if abs(difference) <= spread else ""
    rise = "better" if column.better == "higher" else "worse"
    fall = "worse" if rise == "better" else "better"
    verdict = "unclear" if reason else rise if difference > 0 else fall
    values = tuple(seeds), tuple(parent), tuple(child), tuple(differences)
    return Effect(column.name, *values, fmean(parent), fmean(child), difference, spread, verdict, reason)


def sentence(title: str, effects: Sequence[Effect], shown: Iterable[Column], images: int | None = None) -> str:
    """What a trick did to the figures, and which differences are unclear. images: number that each training was
    shown."""
    by_name = {column.name: column for column in shown}
    better, worse, unclear = ([e for e in effects if e.verdict == v] for v in ("better", "worse", "unclear"))

    def name(effect: Effect) -> str:
        return FIGURES[effect.figure] or by_name[effect.figure].title

    def moved(effect: Effect) -> str:
        column, verb = by_name[effect.figure], "rose" if effect.difference > 0 else "fell"
        before, after = column.pair(effect.before, effect.after)
        return f"{name(effect)} {verb} from {before} to {after}{' ' * bool(column.unit)}{column.unit}"

    parts = [listed([moved(e) for e in some]) for some in (better, worse) if some]
    seen = ", but ".join(parts)
    budget = f" ({images:,} images{' each' * (not effects[0].hint)})" if images else ""
    if effects[0].hint:
        begin = f"One training seed of {title}{budget}, so no more than a hint: "
        rest = f"no difference in {listed([name(e) for e in unclear], 'or')} is larger than the sampling spread."
        if any(e.reason == "too few images" for e in unclear):
            rest = "its figures come from too few images to show any difference."
    else:
        did = ["made figures better" if better else "", "made figures worse" if worse else ""]
        did = "made some figures better and others worse" if all(did) else "".join(did) or "made no visible difference"
        begin = f"Over {len(effects[0].seeds)} training seeds{budget}, {title} {did}: "
        rest = f"no difference in {listed([name(e) for e in unclear], 'or')} can be distinguished from chance."
    if not seen:
        return begin + rest
    return f"{begin}{seen}." + (f" {rest[0].upper()}{rest[1:]}" if unclear else "")


def listed(items: Sequence[str], word: str = "and") -> str:
    """ "a", "a and b", "a, b and c"."""
    return f" {word} ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)
