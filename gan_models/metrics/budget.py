"""Comparison at the same budget: each variant when D had been shown the same number of images. No torch import.

A training with `--eval-every` has looks (evaluations) in its stats.jsonl: {"images", "fd", "shares"?}, each of 2,000
pictures. Looks can be compared with each other, but not with figures of 10,000 pictures.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gan_models.limits import number

TOLERANCE = 0.02
"""Share of the budget by which a look may differ from it: a look is taken at the end of a whole step"""


@dataclass(frozen=True)
class Look:
    """One evaluation along a training."""

    images: int
    """Real images that D had been shown"""
    fd: float
    shares: tuple[float, ...] = ()
    """Share of each class; () if the extractor knows no classes"""


@dataclass(frozen=True)
class EqualBudget:
    """All variants at one number of images."""

    images: int | None
    """None if there is no number of images at which two variants have a look"""
    at: dict[str, Look]
    """Variant -> its look, the best distance first"""
    missing: dict[str, str]
    """Variant -> a sentence that says why it has no look there"""


def looks(points: Iterable[Mapping]) -> tuple[Look, ...]:
    """The looks among the points of a curve (parsed lines of stats.jsonl), by images; points without a look, and
    damaged ones, are left out."""
    found = {}
    for point in points:
        images, fd = point.get("images"), point.get("fd")
        if isinstance(images, int) and not isinstance(images, bool) and images >= 0 and not number(fd):
            shares = point.get("shares")
            whole = isinstance(shares, list) and not any(number(share) for share in shares)
            found[images] = Look(images, float(fd), tuple(map(float, shares)) if whole else ())
    return tuple(found[images] for images in sorted(found))


def nearest(runs: Sequence[Look], images: int) -> Look | None:
    """The look at this number of images, or the nearest one within TOLERANCE of it; None if there is none."""
    close = [look for look in runs if abs(look.images - images) <= TOLERANCE * images]
    return min(close, key=lambda look: (abs(look.images - images), look.images), default=None)


def budgets(runs: Mapping[str, Sequence[Look]], least: int | None = None) -> tuple[int, ...]:
    """Numbers of images at which at least `least` variants have a look, ascending, for a page to offer. None: as many
    variants as possible.

    () if no two variants share one. Of numbers that are equal within TOLERANCE only the smallest is listed.
    """
    candidates = sorted({look.images for run in runs.values() for look in run if look.images > 0})
    counts = {images: sum(nearest(run, images) is not None for run in runs.values()) for images in candidates}
    most = max(counts.values(), default=0)
    if most < 2:
        return ()
    least = most if least is None else max(least, 2)
    made: list[int] = []
    for images in candidates:
        if counts[images] >= least and (not made or images - made[-1] > TOLERANCE * images):
            made.append(images)
    return tuple(made)


def equal_budget(runs: Mapping[str, Sequence[Look]], images: int | None = None) -> EqualBudget:
    """Each variant's look at `images` real images; None: the largest number that most of them share.

    Nothing is interpolated: a variant has a look there (within TOLERANCE), or a sentence that says why not.
    """
    if images is None:
        shared = budgets(runs)
        if not shared:
            return EqualBudget(None, {}, {name: _why(run, None) for name, run in runs.items()})
        images = shared[-1]
    found = {name: nearest(run, images) for name, run in runs.items()}
    there = {name: look for name, look in found.items() if look is not None}
    at = dict(sorted(there.items(), key=lambda item: item[1].fd))
    return EqualBudget(images, at, {name: _why(runs[name], images) for name, look in found.items() if look is None})


def _why(run: Sequence[Look], images: int | None) -> str:
    if not run:
        return "Nobody measured it while it was trained."
    if images is None:
        return "No other variant was measured at the same numbers of images."
    if run[-1].images < images:
        return f"It was measured up to {run[-1].images:,} images only."
    return f"It was measured at other numbers of images, the nearest {_nearest_of_all(run, images):,}."


def _nearest_of_all(run: Sequence[Look], images: int) -> int:
    return min((look.images for look in run), key=lambda n: abs(n - images))


def frame(frames: Sequence[int], images: int) -> int | None:
    """Index of the film frame (provenance's "frames": images at each) that is nearest to a budget; None without frames.
    A film is denser early, so the frame may be some thousands of images off: show its number of images."""
    return min(range(len(frames)), key=lambda k: (abs(frames[k] - images), k), default=None)
