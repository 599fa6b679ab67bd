"""What a conditional variant's pictures are worth to a classifier, as metrics.json holds it. Numbers out; no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from demo.zoo.figures import figure, whole

if TYPE_CHECKING:
    from demo.zoo.entries import Entry


@dataclass(frozen=True)
class Augmentation:
    """What a conditional variant's pictures are worth to a classifier that has few real ones; shares in %."""

    key: str
    title: str
    real: int
    """Labelled real images that the classifier has"""
    generated: int
    """Generated ones that it gets on top"""
    without: float
    """Test accuracy from the real ones alone, in %"""
    with_generated: float
    gain: float
    """In percentage points, the mean over seeds of the paired difference; below 0 it is a loss"""
    spread: float
    """Of the gain, over seeds"""
    generator_saw: int | None
    """Labelled real images that the generator was trained on; if more than `real`, a part of the gain comes from
    them"""
    scratch: bool
    """Whether the generator was trained anew on just those `real` images; else it is the checkpoint of the zoo"""


def cas(augment: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    """CAS in %, and that of real images: {column: (mean, spread)}."""
    known = augment.get("cas")
    figures = {"cas": figure(known), "cas_real": figure(known.get("real")) if isinstance(known, dict) else None}
    return {name: (100 * one.mean, 100 * one.spread) for name, one in figures.items() if one}


def gains(entry: Entry, augment: Mapping[str, Any], name: str = "gain") -> list[Augmentation]:
    """The whole ones of these rows, fewest real images first. name: "gain", or "scratch" for `Augmentation.scratch`."""
    rows, made = augment.get(name), {}
    for row in rows[:20] if isinstance(rows, list) else ():
        if not isinstance(row, dict):
            continue
        real, generated = whole(row.get("real")), whole(row.get("generated"))
        figures = [figure(row.get(part)) for part in ("without", "with", "gain")]
        if not real or generated is None or not all(figures):
            continue
        without, with_generated, change = figures
        made[real] = Augmentation(
            key=entry.key,
            title=entry.title,
            real=real,
            generated=generated,
            without=100 * without.mean,
            with_generated=100 * with_generated.mean,
            gain=100 * change.mean,
            spread=100 * change.spread,
            generator_saw=whole(row.get("generator_saw", augment.get("generator_saw"))),
            scratch=name == "scratch",
        )
    return [made[real] for real in sorted(made)]
