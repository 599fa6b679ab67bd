"""What people say that a trick does; whether this zoo's own runs agree; and the story that shows it in the plane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gan_models.metrics.names import minus

YES, NO, OPEN = "yes", "no", "can't tell"


@dataclass(frozen=True)
class Said:
    text: str
    """The claim in the words in which it is made"""
    variant: str
    """Variant that changes what the claim is about"""
    parent: str
    """Against which"""
    figures: tuple[str, ...]
    """Figures of the leaderboard that would have to be better"""
    story: str
    alone: tuple[str, ...] = ()
    """Words, one of which each changed setting of the variant must contain: otherwise the variant changes other things
    as well, and its figures are no evidence for this trick alone. Empty: any"""


SAID = (
    Said("Noise gives diverse images", "dcgan_noise", "dcgan", ("recall", "coverage", "smallest_share"), "noise"),
    Said("WGAN prevents mode collapse", "wgan", "dcgan", ("recall", "coverage", "smallest_share"), "walls"),
    Said("Smoothing improves quality", "dcgan_smoothing", "dcgan", ("fd",), "smoothing"),
    Said("BatchNorm stabilises", "dcgan_r1", "dcgan", ("fd",), "batchnorm", ("norm",)),
    Said("Dropout prevents collapse", "improved_dcgan", "dcgan", ("recall", "coverage"), "dropout", ("dropout",)),
)


@dataclass(frozen=True)
class Claim:
    text: str
    verdict: str
    """ "yes", "no" or "can't tell", and why, in one sentence"""
    evidence: tuple[str, ...]
    """A sentence on each figure that it rests on, with the differences at each training seed"""
    variant: str
    """Whose lesson to open"""
    story: str
    """Name of the story that shows it in two dimensions"""


def claims(families: Sequence[Any]) -> tuple[Claim, ...]:
    """Each claim, held against ablations as the zoo answers them now (`Ablation`, with `parent`, `tricks`, `told`):
    nothing is on record here. families: of one data set, by several parents, or of several data sets."""
    return tuple(_claim(said, [f for f in families if f.parent == said.parent]) for said in SAID)


def _claim(said: Said, families: Sequence[Any]) -> Claim:
    evidence: list[str] = []
    votes: list[str] = []
    reasons: list[str] = []
    for family in families:
        trick = next((t for t in family.tricks if t.variant == said.variant), None)
        if trick is None or not trick.effects:
            reasons.append(f"on {family.dataset_title} there is nothing to compare")
            continue
        others = [c for c in trick.changes if said.alone and not any(word in str(c).lower() for word in said.alone)]
        if others:
            many = "another setting" if len(others) == 1 else f"{len(others)} other settings"
            reasons.append(f"{trick.title} changes {many} as well")
        effects = [e for e in trick.effects if e.figure in said.figures]
        evidence += [f"{family.dataset_title}, {trick.title}: {_told(family, e)}" for e in effects]
        firm = [e.verdict for e in effects if not e.hint and not others]
        votes += firm
        if not firm and not others:
            reasons.append(f"on {family.dataset_title} there is one training seed")
    return Claim(said.text, _verdict(votes, reasons), tuple(evidence), said.variant, said.story)


def _verdict(votes: Sequence[str], reasons: Sequence[str]) -> str:
    better, worse = votes.count("better"), votes.count("worse")
    figures = "figure" if len(votes) == 1 else "figures"
    counted = f"of {len(votes)} {figures} over several training seeds, {better} got better and {worse} worse"
    if better and not worse:
        return f"{YES}: {counted}."
    if worse and not better:
        return f"{NO}: {counted}."
    if votes:
        return f"{OPEN}: {counted}."
    return f"{OPEN}: {'; '.join(dict.fromkeys(reasons)) or 'there is no ablation of it in this zoo'}."


def _told(family: Any, effect: Any) -> str:
    seeds = ", ".join(minus(f"{d:+.3g}") for d in effect.differences)
    several = (
        f"differences at its {len(effect.differences)} training seeds {seeds}"
        if not effect.hint
        else "one training seed"
    )
    mark = effect.mark if effect.mark.endswith("?") else f"{effect.mark}."
    return f"{family.told(effect)}: {mark} {several[0].upper()}{several[1:]}, spread {effect.spread:.3g}."
