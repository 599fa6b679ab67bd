"""What a training's losses say about its pictures: smoothed curves compared with the distance along one run. No torch.

The loss of a single batch is noisy, so it is averaged between two looks (`--eval-every`). The averages are compared by
rank with the distances at the looks: does the pictures' distance fall while the loss falls?
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from gan_models.limits import number

from .budget import looks

FEWEST = 6
"""Looks below which no correlation is given: with five, an order by chance has |rho| >= 0.9 in one case of twelve"""
SKIPPED = 0.05
"""Share of a run, from its start, that is ignored: D itself learns there, and every curve falls or rises"""
CLEAR = 0.7
"""|rho| from which a loss is said to follow, or to oppose, the distance"""


@dataclass(frozen=True)
class Told:
    """A curve compared with the distance along one training."""

    curve: str
    images: tuple[int, ...]
    """Real images shown at each look"""
    averages: tuple[float, ...]
    """Averages of the curve from one look to the next"""
    distances: tuple[float, ...]
    rho: float
    """Spearman's rank correlation of the two, -1 to 1; 1: the loss falls whenever the distance does"""

    @property
    def verdict(self) -> str:
        """ "follows", "opposes" or "tells nothing" """
        return "follows" if self.rho >= CLEAR else "opposes" if self.rho <= -CLEAR else "tells nothing"


def gap(point: Mapping) -> float | None:
    """D's mean score of real images minus that of generated ones; a Wasserstein critic's estimate of the distance."""
    real, fake = point.get("real_logit"), point.get("fake_logit")
    return None if number(real) or number(fake) else real - fake


CURVES = {"score gap": gap, "d_loss": lambda p: p.get("d_loss"), "g_loss": lambda p: p.get("g_loss")}
"""Name -> function of a point of stats.jsonl; it returns None if the point lacks the value"""


def told(points: Iterable[Mapping], curve: str = "score gap") -> Told | None:
    """A curve compared with the distances of a training. points: the parsed lines of its stats.jsonl.

    None if there are fewer than FEWEST looks after the first SKIPPED of the run. Raises ValueError for an unknown
    curve.
    """
    if curve not in CURVES:
        raise ValueError(f"there is no curve {curve!r} (there are {', '.join(CURVES)}).")
    points = [p for p in points if isinstance(p.get("images"), int)]
    seen = looks(points)
    if not seen:
        return None
    start = SKIPPED * seen[-1].images
    rows, before = [], 0
    for look in seen:
        between = [CURVES[curve](p) for p in points if before < p["images"] <= look.images and p["images"] > start]
        values = [value for value in between if not number(value)]
        before = look.images
        if look.images > start and values:
            rows.append((look.images, fmean(values), look.fd))
    if len(rows) < FEWEST:
        return None
    images, averages, distances = zip(*rows, strict=True)
    return Told(curve, images, averages, distances, spearman(averages, distances))


def spearman(a: Sequence[float], b: Sequence[float]) -> float:
    """Rank correlation of two sequences of equal length, ties by their mean rank; 0 if one of them is constant."""
    x, y = ranks(a), ranks(b)
    mx, my = fmean(x), fmean(y)
    xx, yy = sum((v - mx) ** 2 for v in x), sum((v - my) ** 2 for v in y)
    if not xx or not yy:
        return 0.0
    return sum((v - mx) * (w - my) for v, w in zip(x, y, strict=True)) / (xx * yy) ** 0.5


def ranks(values: Sequence[float]) -> list[float]:
    """1 for the smallest; equal values share the mean of their ranks."""
    order = sorted(values)
    first = {value: order.index(value) for value in set(order)}
    return [first[value] + (order.count(value) + 1) / 2 for value in values]
