"""Whether a GAN draws every class, and the class that was asked for: histograms, modes, accuracy, distance by class."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from gan_models import limits

from .distances import Moments, checked, frechet

MOST_CLASSES = 1_000_000


def histogram(labels: Tensor, k: int) -> Tensor:
    """Share of each class: integers [N] in [0, k) -> float64 [k], sum 1.

    Raises ValueError for no labels, labels that are not integers, or a class that does not exist.
    """
    labels = whole(labels, k)
    return torch.bincount(labels, minlength=k).double() / len(labels)


def kl(p: Tensor, q: Tensor) -> float:
    """KL(p || q) = sum p log(p / q) in nats, >= 0, of two histograms [K] that sum to 1.

    0 log 0 = 0. Nothing is smoothed: the result is infinite if p has a class that q lacks.

    Raises ValueError for different lengths, or values that are not shares with sum 1.
    """
    p, q = shares(p), shares(q)
    if p.shape != q.shape:
        raise ValueError(f"histograms of {len(p)} and {len(q)} classes cannot be compared.")
    return max(0.0, (torch.special.xlogy(p, p) - torch.special.xlogy(p, q)).sum().item())


def smallest_share(histogram: Tensor) -> float:
    """Share of the rarest class; 1 / K at best."""
    return shares(histogram).min().item()


def balancing(predicted: Tensor, target: Tensor) -> Tensor:
    """Weights [N], sum 1, under which each class has its share in `target`: integers [N] in [0, K), shares [K].

    A picture of class c weighs target[c] / (pictures of class c). A class without pictures cannot be replaced: the
    others share its weight, and a distance still shows that it is missing.

    Raises the errors of `histogram`, and ValueError if no picture has a class of the target.
    """
    target = shares(target)
    counts = torch.bincount(whole(predicted, len(target)), minlength=len(target)).double().cpu()
    each = torch.where(counts > 0, target / counts.clamp(min=1), 0.0)
    weights = each[predicted.cpu()]
    if not weights.sum() > 0:
        raise ValueError("no picture is of a class that the target has.")
    return weights / weights.sum()


def accuracy(predicted: Tensor, asked: Tensor) -> float:
    """Share of images in which a classifier sees the class that was asked for: integers [N], [N] -> [0, 1].

    Raises ValueError for different numbers of labels, no labels, or labels that are not integers.
    """
    if predicted.shape != asked.shape:
        raise ValueError(f"there are {list(predicted.shape)} predicted labels and {list(asked.shape)} asked for.")
    return (whole(predicted) == whole(asked).to(predicted.device)).double().mean().item()


def classwise_frechet(features: Tensor, labels: Tensor, reference: list[Moments]) -> list[float]:
    """Frechet distance of each class to its own reference: features [N, d], labels [N], K moments -> K distances.

    Each class has about a K-th of the images, so compare its figure only with others of the same n.

    Raises ValueError for a class with fewer than two images, an unknown label, or different widths.
    """
    features, labels = checked(features), whole(labels, len(reference))
    if len(features) != len(labels):
        raise ValueError(f"there are {len(features)} images and {len(labels)} labels.")
    counts = torch.bincount(labels, minlength=len(reference)).tolist()
    if min(counts) < 2:
        lacking = counts.index(min(counts))
        raise ValueError(f"class {lacking} has {counts[lacking]} images; a distance by class needs 2 or more of each.")
    return [frechet(Moments.of(features[labels == c]), moments) for c, moments in enumerate(reference)]


@dataclass(frozen=True)
class Modes:
    """The number of modes that a generator covers, and how evenly."""

    count: int
    """number of modes with one image or more"""
    reverse_kl: float
    """KL(generated || reference) in nats"""


def modes(codes: Tensor, total: int = 1000, reference: Tensor | None = None) -> Modes:
    """Modes hit and how evenly: mode of each image, integers [N] in [0, total) -> Modes.

    Stacked MNIST of Metz et al. 2017, arXiv:1611.02163, section 3.3.1, counted as in Lin et al. 2018 (PacGAN),
    arXiv:1712.04086, section 4.2: 26,000 images there. reference: histogram [total] to compare with; None is uniform.
    Both figures depend on N: even a perfect generator's histogram is not the reference.

    Raises the errors of `histogram` and `kl`.
    """
    found = histogram(codes, total).cpu()
    if reference is None:
        reference = torch.full((total,), 1 / total, dtype=torch.float64)
    return Modes(int((found > 0).sum()), kl(found, reference))


def stacked_codes(digits: Tensor) -> Tensor:
    """Digits of the three channels, integers [N, 3] in [0, 10) -> int64 [N]: 100 a + 10 b + c."""
    if digits.dim() != 2 or digits.shape[1] != 3:
        raise ValueError(f"stacked digits are three for each image, [N, 3], not {list(digits.shape)}.")
    a, b, c = whole(digits.flatten(), 10).view(-1, 3).unbind(1)
    return 100 * a + 10 * b + c


def whole(labels: Tensor, k: int | None = None) -> Tensor:
    """The same labels as int64 [N]; raises ValueError if there are none, or one is outside [0, k), k at most
    MOST_CLASSES."""
    if k is not None and not 1 <= k <= MOST_CLASSES:
        raise ValueError(f"the number of classes is 1 to {MOST_CLASSES:,}, not {limits.shown(k)}.")
    if labels.dim() != 1 or not len(labels) or labels.is_floating_point() or labels.dtype == torch.bool:
        raise ValueError(f"labels are integers [N], N >= 1, not {labels.dtype} {list(labels.shape)}.")
    if k is not None and not 0 <= labels.min() <= labels.max() < k:
        raise ValueError(f"labels are whole numbers from 0 to {k - 1}, not {labels.min()} to {labels.max()}.")
    return labels.long()


def shares(histogram: Tensor) -> Tensor:
    """The same histogram in float64 [K], on the CPU; raises ValueError if it is no histogram."""
    histogram = torch.as_tensor(histogram).detach().cpu().double()
    if histogram.dim() != 1 or not len(histogram) or not (histogram >= 0).all():
        raise ValueError(f"a histogram is shares [K], none below 0, not {list(histogram.shape)}.")
    if not math.isclose(histogram.sum().item(), 1, abs_tol=1e-6):
        raise ValueError(f"the shares of a histogram sum to 1, not to {histogram.sum().item():.6g}.")
    return histogram
