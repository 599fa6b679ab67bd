"""The data sets of the plane: what G is to learn, and what counts as learnt."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gan_models.recipe import did_you_mean

REACH = 2.0
"""Half the side of the plane that is drawn: both coordinates of nearly all points lie within +- this"""
MOST_POINTS = 500
"""Points that a visitor may draw"""
PIECES = 24
"""Number of pieces into which a curve is cut; each counts as a mode"""
BRUSH = 0.05
"""Standard deviation around a drawn point"""


@dataclass(frozen=True)
class Target:
    """A distribution in the plane: equal parts of normal noise around each of some points.

    On a curve the points lie close together. `modes` are then the pieces of it.
    """

    name: str
    title: str
    points: Tensor
    """[P, 2]"""
    sd: float
    """Of the noise, in both directions"""
    modes: Tensor
    """[K, 2]: centres"""
    mode_word: str = "modes"

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """[n, 2]"""
        which = torch.randint(len(self.points), (n,), generator=generator)
        return self.points[which] + self.sd * torch.randn(n, 2, generator=generator)

    def quality(self, x: Tensor) -> tuple[int, float]:
        """(modes covered, share of good samples 0 to 1) of points [N, 2]; a point that is no number is a bad one.

        A sample is good within three standard deviations of the nearest of `points`; a mode is covered where it is the
        nearest one of some good sample. Srivastava et al. 2017, arXiv:1705.07761, section 4.1.
        """
        good = torch.cdist(x, self.points).amin(1) <= 3 * self.sd  # NaN compares as False
        nearest = torch.cdist(x[good], self.modes).argmin(1)
        return len(nearest.unique()), good.float().mean().item()


DATA: dict[str, Callable[[], Target]] = {}
"""Name -> target; `drawn` is made by `drawn()`"""


def _data(title: str, sd: float, word: str = "modes"):
    """A function that returns points [P, 2], and how many modes they are (0: each point), becomes a data set."""

    def file(fn):
        def make() -> Target:
            points, pieces = fn()
            points = torch.as_tensor(points, dtype=torch.float32)
            return Target(fn.__name__, title, points, sd, _pieces(points, pieces), word)

        DATA[fn.__name__] = make
        return fn

    return file


def _pieces(points: Tensor, pieces: int) -> Tensor:
    """Every so many-th of the points, which lie in order along curves: [pieces, 2]; 0: all."""
    return points if not pieces else points[(torch.arange(pieces) + 0.5).mul(len(points) / pieces).long()]


@_data("Line", 0.05, "pieces of the line")
def line():
    t = torch.linspace(-1, 1, 240)
    return torch.stack([1.5 * t, 0.8 * t], 1), PIECES


@_data("Two moons", 0.06, "pieces of the moons")
def two_moons():
    t = torch.linspace(0, math.pi, 180)
    upper = torch.stack([t.cos() - 0.5, t.sin() - 0.25], 1)
    return torch.cat([upper, -upper]) * 1.05, PIECES


@_data("Ring of 8", 0.05)
def ring():
    t = torch.arange(8) * math.pi / 4
    return 1.3 * torch.stack([t.cos(), t.sin()], 1), 0


@_data("Grid of 25", 0.05)
def grid():
    t = torch.linspace(-1.4, 1.4, 5)
    return torch.cartesian_prod(t, t), 0


@_data("Spiral", 0.05, "pieces of the spiral")
def spiral():
    t = torch.linspace(0.12, 1, 360).sqrt()
    return 1.6 * t[:, None] * torch.stack([(3 * math.pi * t).cos(), (3 * math.pi * t).sin()], 1), PIECES


@_data("Disjoint blobs", 0.12)
def blobs():
    return [[-1.4, -1.1], [1.3, -1.2], [0.1, 1.4]], 0


def drawn(points: Sequence[Sequence[float]]) -> Target:
    """The data set that a visitor draws: noise of sd BRUSH around each of his points [P, 2].

    ValueError, one sentence, where there are fewer than 3 points or more than MOST_POINTS, or one is no pair of numbers
    within +- REACH. Its modes are up to PIECES of the points, each the one farthest from those before it.
    """
    if not 3 <= len(points) <= MOST_POINTS:
        raise ValueError(f"A drawing has 3 to {MOST_POINTS} points, and this one has {len(points):,}.")
    for point in points:
        numbers = isinstance(point, list | tuple) and len(point) == 2
        if not numbers or not all(_number(v) and abs(v) <= REACH for v in point):
            raise ValueError(f"Each point of a drawing is a pair of numbers from -{REACH:g} to {REACH:g}.")
    made = torch.tensor([[float(v) for v in point] for point in points])
    return Target("drawn", "Drawn by you", made, BRUSH, _spread(made), "parts of the drawing")


def points(sheet: np.ndarray) -> list[list[float]]:
    """A picture of the plane, [H, W] from 0 to 255, as the points of a drawing: its bright pixels, or MOST_POINTS of
    them, evenly chosen."""
    rows, columns = np.nonzero(np.asarray(sheet) > 127)
    keep = np.unique(np.linspace(0, max(len(rows) - 1, 0), min(len(rows), MOST_POINTS)).round().astype(int))
    height, width = sheet.shape
    x = ((columns[keep] + 0.5) / width * 2 - 1) * REACH
    y = (1 - (rows[keep] + 0.5) / height * 2) * REACH
    return np.stack([x, y], 1).round(3).tolist()


def _number(value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _spread(points: Tensor) -> Tensor:
    """Up to PIECES of the points, far from each other: no two nearer than two brushes."""
    chosen, far = [0], torch.cdist(points, points[:1])[:, 0]
    while len(chosen) < PIECES and far.max() > 4 * BRUSH:
        chosen.append(int(far.argmax()))
        far = torch.minimum(far, torch.cdist(points, points[chosen[-1:]])[:, 0])
    return points[chosen]


def target(name: str, points: Sequence[Sequence[float]] = ()) -> Target:
    """The data set of that name; points: of a drawing. ValueError as `drawn`, and where there is no such name."""
    if name == "drawn":
        return drawn(points)
    if name not in DATA:
        raise ValueError(f"There is no data set {str(name)[:60]!r}{did_you_mean(name, [*DATA, 'drawn'])}.")
    return DATA[name]()
