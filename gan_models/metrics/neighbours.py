"""Nearest neighbours measure whether pictures look real, whether all kinds are drawn, and whether they are copies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from gan_models import limits
from gan_models.disk import replacing
from gan_models.real import pictures_hash

from .distances import checked, same_width

if TYPE_CHECKING:
    import numpy as np

    from .extractors import Extractor

TIE = 1e-12
"""Share of |x|^2 + |y|^2 below which two squared distances count as equal: some hundred times float64's rounding
error"""


MOST = 1_000_000_000
"""Most bytes of a file of features; the zoo's have 5 million"""


@dataclass(frozen=True)
class Prdc:
    """Shares from 0 to 1, except density, which has no upper bound; all are about 1 if both sets have the same
    distribution."""

    precision: float
    """generated images inside the real ones' manifold: fidelity"""
    recall: float
    """real images inside the generated ones' manifold: variety"""
    density: float
    """how many real neighbourhoods a generated image lies in, divided by k: fidelity, not fooled by an outlier"""
    coverage: float
    """real images with a generated one in their neighbourhood: variety, not fooled by an outlier"""


def prdc(real: Tensor, fake: Tensor, k: int = 5, real_radii: Tensor | None = None, chunk: int = 256) -> Prdc:
    """Features [N, d], [M, d] -> precision, recall (Kynkaanniemi et al. 2019, arXiv:1904.06991, equations 1 and 2),
    density, coverage (Naeem et al. 2020, arXiv:2002.09797, section 3.2).

    A manifold is the union of the balls around its images, each reaching to the k-th nearest other one; the border is
    outside, as in the code of Naeem et al. real_radii: radii(real, k), to compute it once for many generators;
    keep it in float64. Works in float64, `chunk` rows at a time.

    Raises ValueError for k or fewer images, NaN or infinity, different widths, or radii of another set.
    """
    real, fake = same_width(checked(real), checked(fake))
    real_radii = radii(real, k, chunk) if real_radii is None else real_radii
    if real_radii.shape != (len(real),):
        raise ValueError(f"there are {len(real)} real images and radii {list(real_radii.shape)}: not the same set's.")
    real_reach, fake_reach = real_radii.to(real.device).double().square(), radii(fake, k, chunk).square()

    others = right(fake)
    balls = torch.zeros(len(fake), dtype=torch.int64, device=fake.device)  # real neighbourhoods around each fake
    covered = recalled = 0
    for part, reach in zip(real.split(chunk), real_reach.split(chunk), strict=True):
        apart = left(part, slack=TIE) @ others
        inside = apart < reach[:, None]
        balls += inside.sum(0)
        covered += inside.any(1).sum().item()
        recalled += (apart < fake_reach).any(1).sum().item()
    return Prdc(
        precision=(balls > 0).double().mean().item(),
        recall=recalled / len(real),
        density=balls.double().mean().item() / k,
        coverage=covered / len(real),
    )


def radii(x: Tensor, k: int = 5, chunk: int = 256) -> Tensor:
    """Distance of each row to its k-th nearest other row: [N, d] -> float64 [N]; 0 if k others are equal to it.

    Raises ValueError for k < 1, k or fewer rows, NaN or infinity.
    """
    if k < 1:
        raise ValueError(f"k is {k}, must be 1 or more.")
    x = checked(x, least=k + 1)
    others, kth = right(x), []
    for start in range(0, len(x), chunk):
        part = x[start : start + chunk]
        apart = left(part) @ others
        rows = torch.arange(len(part), device=x.device)
        apart[rows, start + rows] = torch.inf
        edge = apart.topk(k, largest=False).values[:, -1]
        kth.append(edge.where(edge > 2 * TIE * part.double().square().sum(1), 0))
    return torch.cat(kth).sqrt()


def left(x: Tensor, slack: float = 0.0) -> Tensor:
    """float64 [N, d + 2]; left(x) @ right(y) are the squared distances |x|^2 + |y|^2 - 2 x'y, [N, M].

    slack: adds that share of |x|^2 + |y|^2, so that `<` never holds if only rounding separates the two sides.
    """
    x = x.double()
    squares = x.square().sum(1, keepdim=True)
    return torch.cat([x * -2, squares * (1 + slack), torch.full_like(squares, 1 + slack)], 1)


def right(y: Tensor) -> Tensor:
    """float64 [d + 2, M]; see left."""
    y = y.double()
    squares = y.square().sum(1, keepdim=True)
    return torch.cat([y, torch.ones_like(squares), squares], 1).T


def nearest(x: Tensor, y: Tensor, chunk: int = 2048) -> Tensor:
    """Euclidean distance of each row of x to its nearest row of y: float64 [N], on the CPU; see `closest`."""
    return closest(x, y, chunk)[0]


def closest(x: Tensor, y: Tensor, chunk: int = 2048) -> tuple[Tensor, Tensor]:
    """Euclidean distance of each row of x to its nearest row of y, and which row that is.

    [N, ...], [M, ...] -> float64 [N], int64 [N], on the CPU.
    Pictures or features, both uint8 or both float, of one shape; distances are in their unit (grey levels for uint8).
    The nearest row is searched in float32, and its distance then computed in float64: a copy is at exactly 0. The row
    found may be farther than the true nearest by at most a millionth of the rows' squared length.

    Raises ValueError for different shapes, uint8 against float, no rows, NaN or infinity.
    """
    if x.shape[1:] != y.shape[1:] or not x.numel() or not y.numel():
        raise ValueError(f"nearest compares rows of one shape, not {list(x.shape)} with {list(y.shape)}.")
    if (x.dtype == torch.uint8) != (y.dtype == torch.uint8):
        raise ValueError(f"nearest compares rows of one unit, not {x.dtype} with {y.dtype}.")
    x, y = x.detach().flatten(1), y.detach().flatten(1)
    squares = torch.cat([part.float().square().sum(1) for part in y.split(chunk)])
    if not (squares.isfinite().all() and x.isfinite().all()):
        raise ValueError("nearest compares finite rows: there are NaN, infinite or immense values.")
    found, winners = [], []
    for part in x.split(chunk):
        least = torch.full((len(part),), torch.inf, device=x.device)
        winner = torch.zeros(len(part), dtype=torch.int64, device=x.device)
        rows = part.float()
        for start in range(0, len(y), chunk):
            others = y[start : start + chunk].float()
            # |y|^2 - 2 x'y: the distance without |x|^2, which is the same for all candidates.
            best, at = torch.addmm(squares[start : start + chunk], rows, others.T, alpha=-2).min(1)
            winner = torch.where(best < least, at + start, winner)
            least = torch.minimum(best, least)
        found.append((part.double() - y[winner].double()).square().sum(1).sqrt().cpu())
        winners.append(winner.cpu())
    return torch.cat(found), torch.cat(winners)


def write(path: Path, extractor: Extractor, features: Tensor, pictures: np.ndarray) -> None:
    """One safetensors file with an extractor's features [N, d] of training pictures uint8 [N, H, W, C], in half
    precision, its name and hash, and the hash of the pictures."""
    with replacing(path) as file:
        file.write(save({"features": features.half().contiguous()}, _about(extractor, pictures)))


def read(path: Path, extractor: Extractor, pictures: np.ndarray) -> Tensor | None:
    """The features of these pictures that `write` wrote: float32 [N, d]; None if they are missing, or of another
    extractor or other pictures."""
    try:
        limits.check(path, MOST)
        with safe_open(path, "pt") as file:
            if file.metadata() != _about(extractor, pictures):
                return None
            features = file.get_tensor("features").float()
    except (OSError, SafetensorError):
        return None
    return features if features.dim() == 2 and len(features) == len(pictures) and features.isfinite().all() else None


def _about(extractor: Extractor, pictures: np.ndarray) -> dict[str, str]:
    return {"extractor": extractor.name, "hash": extractor.hash, "pictures": pictures_hash(pictures)}


@dataclass(frozen=True)
class Memorisation:
    """Whether generated images lie closer to the training set than unseen real ones do."""

    closer: float
    """probability that a generated image is closer than a held-out one, ties count half: 0.5 for real unseen images"""
    copies: float
    """share of generated images no farther than the closest 1 % of the held-out ones: 0.01 for real unseen images"""
    flagged: bool
    """see memorisation"""


def memorisation(generated: Tensor, held_out: Tensor) -> Memorisation:
    """Distances to the nearest training image of generated [N] and held-out real images [M], as `nearest` gives them.

    `closer` is U / (N M) of the Mann-Whitney test, the statistic of Meehan et al. 2020, arXiv:2004.05675. Lite:
    over the whole space, not cell by cell.

    `flagged`: more than 5 % of the generated images are at most 3/4 as far away as the closest 1 % of held-out ones.
    Blurred pictures, typical pictures, or pictures of few kinds are naturally nearer than held-out ones, so `closer`
    near 1 and a `copies` of one fifth prove nothing (a GAN that draws only the digit 1 has both). But they hardly ever
    come within 3/4, since the number of real images in a ball falls with a high power of its radius. Measured in pixels
    of MNIST and Fashion-MNIST: at most 0.4 % of the held-out images of any one class, of blurred images, or of the
    zoo's truncated samples are within 3/4; copies with noise of 10 grey levels all are, with 20 none. So the test
    misses copies that are changed by as much as real images differ, and copies rarer than one in twenty.
    With fewer than 100 held-out images the closest one replaces their closest 1 %.

    Raises ValueError for no distances, or distances that are negative or not finite.
    """
    for name, distances in (("generated", generated), ("held-out", held_out)):
        if distances.dim() != 1 or not len(distances) or not ((distances >= 0) & distances.isfinite()).all():
            raise ValueError(f"distances of {name} images are finite, 0 or more, [N] with N >= 1.")
    generated, held_out = generated.detach().double().contiguous(), held_out.detach().double().sort().values
    below, up_to = (torch.searchsorted(held_out, generated, right=side) for side in (False, True))
    closest = held_out[(len(held_out) - 1) // 100]
    return Memorisation(
        closer=1 - (below + up_to).double().mean().item() / (2 * len(held_out)),
        copies=(generated <= closest).double().mean().item(),
        flagged=(generated <= 0.75 * closest).double().mean().item() > 0.05,
    )
