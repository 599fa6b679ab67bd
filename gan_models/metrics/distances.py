"""The Frechet and the kernel distance between two sets of pictures, computed from their features.

They are named after the extractor, FD-<extractor> and KD-<extractor>; only Inception's are called FID and KID.
Both depend on the number of pictures, the Frechet distance strongly: show n beside every figure.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Moments:
    """Mean and covariance of a set of features; all that the Frechet distance needs, and small enough to keep."""

    mean: Tensor
    """float64 [d], on the CPU"""
    cov: Tensor
    """float64 [d, d], on the CPU; unbiased (divided by n - 1), as in the original FID code"""
    n: int
    """number of images, 2 or more"""

    def __post_init__(self):
        if self.mean.dim() != 1 or self.cov.shape != (len(self.mean), len(self.mean)):
            raise ValueError(f"moments are [d] and [d, d], not {list(self.mean.shape)} and {list(self.cov.shape)}.")
        if not (self.mean.isfinite().all() and self.cov.isfinite().all() and self.n >= 2):
            raise ValueError(f"moments are finite and of 2 or more images; these, of {self.n}, are not.")

    @cached_property
    def factor(self) -> Tensor:
        """F [d, r] with cov = F F'; kept, since a reference is compared with many sets."""
        return factor(self.cov)

    @classmethod
    def of(cls, features: Tensor, chunk: int = 4096) -> Moments:
        """features [N, d], N >= 2; only `chunk` rows at a time are held in float64.

        Raises ValueError for NaN or infinity, fewer than two rows, or no matrix.
        """
        features = checked(features, least=2)
        n, d = features.shape
        mean, cov = torch.zeros(d, dtype=torch.float64), torch.zeros(d, d, dtype=torch.float64)
        for part in features.split(chunk):
            mean += part.double().sum(0).cpu() / n
        for part in features.split(chunk):  # after the mean is known: E[xx'] - E[x]E[x'] would lose digits
            off = part.cpu().double() - mean
            cov += off.T @ off / (n - 1)
        return cls(mean, cov, n)

    @classmethod
    def weighted(cls, features: Tensor, weights: Tensor) -> Moments:
        """Moments of weighted features [N, d]: weights [N], 0 or more, with any sum; equal weights give `of`.

        `n` is the effective number of images, (sum w)^2 / sum w^2 (Kish 1965), rounded; the covariance is unbiased for
        weights that do not depend on the features.

        Raises the errors of `of`, and ValueError for invalid weights or an effective number below 2.
        """
        features = checked(features, least=2)
        w = weights.detach().cpu().double()
        if w.shape != (len(features),) or not (w.isfinite() & (w >= 0)).all() or not w.sum() > 0:
            raise ValueError(f"weights are finite, 0 or more, one for each of the {len(features)} images.")
        w = w / w.sum()
        effective = 1 / w.square().sum().item()
        if effective < 2 - 1e-9:
            raise ValueError(f"these weights leave {effective:.3g} effective images; moments need 2.")
        x = features.cpu().double()
        mean = w @ x
        off = x - mean
        return cls(mean, (off * w[:, None]).T @ off / (1 - w.square().sum()), round(effective))


def frechet(a: Moments, b: Moments) -> float:
    r"""Squared Frechet distance of two Gaussians, >= 0 (Heusel et al. 2017, arXiv:1706.08500, equation 6).

    d^2 = ||m_a - m_b||^2 + Tr(C_a) + Tr(C_b) - 2 Tr((C_a C_b)^(1/2))

    With C = F F' the last trace is the sum of the singular values of F_a' F_b. Unlike the square root of a product of
    covariances it exists for singular ones (n <= d), and never takes the root of a rounding error: the distance of a
    set to itself is 0, up to about 1e-12 of its variance.

    Raises ValueError for moments of different widths.
    """
    if a.mean.shape != b.mean.shape:
        raise ValueError(f"features of widths {len(a.mean)} and {len(b.mean)} cannot be compared: not one extractor's.")
    shift = (a.mean - b.mean).square().sum()
    overlap = torch.linalg.svdvals(a.factor.T @ b.factor).sum()
    return max(0.0, (shift + a.cov.trace() + b.cov.trace() - 2 * overlap).item())


def factor(cov: Tensor) -> Tensor:
    """F [d, r] with cov = F F' and r the rank; eigenvalues that differ from 0 only by rounding are left out."""
    try:
        values, vectors = torch.linalg.eigh(cov)
    except torch.linalg.LinAlgError:  # it does not converge if the rank is far below d and many eigenvalues are equal
        # No eigenvalue of a covariance is negative, so its singular value decomposition is its eigendecomposition.
        vectors, values, _ = torch.linalg.svd(cov)
    real = values > len(values) * torch.finfo(values.dtype).eps * values.max()
    return vectors[:, real] * values[real].sqrt()


def kernel(a: Tensor, b: Tensor, chunk: int = 2048) -> float:
    r"""Squared maximum mean discrepancy, kernel k(x, y) = (x'y / d + 1)^3: [N, d], [M, d] -> about 0 or more.

    Binkowski et al. 2018, arXiv:1801.01401, section 4 (the kernel distance, as an unbiased estimate):

    MMD^2 = mean of k(x, x') over x != x' + the same of y - 2 * mean of k(x, y)

    Over all pairs, not over random subsets as KID is often computed: the same expectation, without randomness and with
    less variance. Unbiased, so it may be slightly below 0, and is for a set against itself. float64, in blocks of
    `chunk` x `chunk`.

    Raises ValueError for NaN or infinity, fewer than two rows, or different widths.
    """
    a, b = same_width(checked(a, least=2), checked(b, least=2))
    return within(a, chunk) + within(b, chunk) - 2 * between(a, b, chunk) / (len(a) * len(b))


def within(x: Tensor, chunk: int) -> float:
    """Mean of k over the N (N - 1) pairs of different rows; every pair of blocks is computed once and counts twice."""
    parts, total = x.split(chunk), 0.0
    for i, part in enumerate(parts):
        own = cubic(part, part)
        total += (own.sum() - own.trace()).item()
        total += sum(2 * cubic(part, other).sum().item() for other in parts[i + 1 :])
    return total / (len(x) * (len(x) - 1))


def between(a: Tensor, b: Tensor, chunk: int) -> float:
    """Sum of k over all pairs of a row of a and a row of b."""
    return sum(cubic(x, y).sum().item() for x in a.split(chunk) for y in b.split(chunk))


def cubic(x: Tensor, y: Tensor) -> Tensor:
    """[N, d], [M, d] -> float64 [N, M]."""
    return (x.double() @ y.double().T).div_(x.shape[1]).add_(1).pow_(3)


def checked(features: Tensor, least: int = 1) -> Tensor:
    """The same features [N, d]; raises ValueError if no distance can be computed from them."""
    if features.dim() != 2 or not features.is_floating_point():
        raise ValueError(f"features are floats [N, d], not {features.dtype} {list(features.shape)}.")
    if len(features) < least or not features.shape[1]:
        raise ValueError(f"features of {least} or more images are needed, not {list(features.shape)}.")
    broken = (~features.isfinite()).any(1).sum().item()
    if broken:
        raise ValueError(f"the features of {broken} of {len(features)} images are not finite: the images are broken.")
    return features.detach()


def same_width(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Both, unchanged; raises ValueError if they have different numbers of columns."""
    if a.shape[1] != b.shape[1]:
        raise ValueError(f"features of widths {a.shape[1]} and {b.shape[1]} cannot be compared: not one extractor's.")
    return a, b
