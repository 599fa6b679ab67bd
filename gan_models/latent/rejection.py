"""Discriminator rejection sampling, which uses D after training (Azadi et al. 2019, arXiv:1810.06758, section 3).

A D that answers with a probability estimates how much likelier a picture is among real than among generated ones: its
logit is log p_real(x) / p_G(x). Pictures are accepted with a probability that grows with the logit, so that accepted
pictures are distributed more like real ones. D must be calibrated for this: `python -m train rejection FOLDER` does so
on held-out real and on generated pictures.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from .. import limits
from ..arguments import is_number, short
from ..folder import CheckpointError
from ..metrics import record
from ..registry import LOSSES

if TYPE_CHECKING:
    from ..sampling import GAN

LEAST_ACCEPT = 0.02
MOST_TRIES = 250
"""Most tries for one seed; then the likeliest of its pictures is taken"""
EPSILON = 1e-6
"""The epsilon of equation 8: keeps the likeliest picture's F finite"""
QUANTILES = 201
MOST_QUANTILES = 1001


@dataclass(frozen=True)
class Calibration:
    """Turns D's logit into the logit of a probability, and holds the quantiles of generated pictures' logits."""

    slope: float
    """Above 0"""
    offset: float
    quantiles: tuple[float, ...]
    """Quantiles of slope * D(G(z)) + offset, ascending, the largest last"""

    def to_json(self) -> dict:
        return {"slope": self.slope, "offset": self.offset, "quantiles": list(self.quantiles)}

    @classmethod
    def from_json(cls, content) -> Calibration:
        """Raises ValueError if the content is not a calibration."""
        if not isinstance(content, dict) or set(content) != {"slope", "offset", "quantiles"}:
            raise ValueError("a calibration has slope, offset and quantiles")
        quantiles = content["quantiles"]
        if not isinstance(quantiles, list) or not 2 <= len(quantiles) <= MOST_QUANTILES:
            raise ValueError(f"quantiles are a list of 2 to {MOST_QUANTILES} numbers")
        for value in (content["slope"], content["offset"], *quantiles):
            if words := limits.number(value):
                raise ValueError(f"a calibration holds {limits.shown(value)}, must be {words}")
        if content["slope"] <= 0 or sorted(quantiles) != quantiles:
            raise ValueError("the slope is above 0, and quantiles ascend")
        return cls(float(content["slope"]), float(content["offset"]), tuple(map(float, quantiles)))

    def gamma(self, accept: float) -> float:
        """The shift of F at which this share of all generated pictures is accepted, found by bisection."""
        f = self.f(torch.tensor(self.quantiles, dtype=torch.float64))
        low, high = -1e4, 1e4
        for _ in range(100):
            middle = (low + high) / 2
            low, high = (middle, high) if torch.sigmoid(f - middle).mean() > accept else (low, middle)
        return (low + high) / 2

    def f(self, logits: Tensor) -> Tensor:
        """Equation 8 of the paper, without gamma: calibrated logits [N] -> F [N]."""
        below = (logits - self.quantiles[-1]).clamp(max=0)
        return below - torch.log1p(-torch.exp(below - EPSILON))

    def __call__(self, scores: Tensor) -> Tensor:
        """D's logits [N] -> log p_real / p_G, float64 [N]."""
        return self.slope * scores.double() + self.offset


def calibrate(real: np.ndarray | Tensor, generated: np.ndarray | Tensor) -> Calibration:
    """Logistic regression of real (1) against generated (0) on D's logits [N], [M] (Platt 1999), with equal weights.

    Raises ValueError if one side is empty, or if D's logits are higher for generated than for real pictures, or equal:
    such a D cannot help.
    """
    real, generated = (torch.as_tensor(x, dtype=torch.float64) for x in (real, generated))
    if not len(real) or not len(generated):
        raise ValueError("a calibration needs logits of real and of generated pictures, at least one of each.")
    x = torch.cat([real, generated])
    centre, spread = x.mean(), x.std().clamp(min=1e-12)
    x = (x - centre) / spread
    y = torch.cat([torch.ones_like(real), torch.zeros_like(generated)])
    weight = torch.cat([torch.full_like(real, 0.5 / len(real)), torch.full_like(generated, 0.5 / len(generated))])
    columns, at = torch.stack([x, torch.ones_like(x)], 1), torch.zeros(2, dtype=torch.float64)
    for _ in range(50):  # Newton's method, with a ridge, finite even if the two do not overlap
        p = torch.sigmoid(columns @ at)
        slope = columns.T @ (weight * (p - y)) + 1e-6 * at
        curve = columns.T @ (columns * (weight * p * (1 - p))[:, None]) + 1e-6 * torch.eye(2, dtype=torch.float64)
        at = at - torch.linalg.solve(curve, slope).clamp(-2, 2)
    if not at[0] > 1e-3:
        raise ValueError("its discriminator does not tell generated pictures from real ones, so it cannot reject any.")
    a, b = (at[0] / spread).item(), (at[1] - at[0] * centre / spread).item()
    quantiles = torch.quantile(a * generated + b, torch.linspace(0, 1, QUANTILES, dtype=torch.float64))
    return Calibration(a, b, tuple(quantiles.tolist()))


def read(folder) -> Calibration | None:
    """The calibration in the metrics.json of a folder; None if it holds no usable one for these weights."""
    try:
        content = record.read(folder)
        found = content.get("latent", {}).get("calibration") if content else None
        return Calibration.from_json(found) if found is not None and record.current(folder, content) else None
    except (CheckpointError, ValueError, AttributeError):
        return None  # metrics are optional: without them the weights still load


def check(gan: GAN, accept: float) -> float:
    """The rate, if this GAN can reject; else raises a ValueError with one sentence."""
    if not is_number(accept) or not LEAST_ACCEPT <= accept <= 1:
        raise ValueError(f"accept is a share from {LEAST_ACCEPT} to 1, not {short(accept)}.")
    name, loss = gan.recipe.name, LOSSES.get(gan.recipe.loss)
    if not getattr(loss, "probability", False):
        raise ValueError(
            f"{name} cannot reject pictures: its discriminator, trained with the loss {gan.recipe.loss}, answers with "
            "no probability."
        )
    if gan.D is None:
        raise ValueError(f"{name} was loaded without its discriminator; load(..., discriminator=True).")
    if gan.sees_batch:
        raise ValueError(f"{name} cannot reject pictures: its discriminator judges them together, not one by one.")
    if gan.calibration is None:
        raise ValueError(
            f"{name} cannot reject pictures: its discriminator is not calibrated; python -m train rejection FOLDER "
            "does that."
        )
    return float(accept)


@torch.inference_mode()
def accepted(gan: GAN, seeds: Sequence[int], y: Tensor | None, truncation: float, accept: float) -> Tensor:
    """For each seed the first accepted latent of its own stream: [N, z_dim].

    The first of a stream is the seed's usual latent, so that with accept=1 all pictures are the usual ones. y: float
    [N, K], each row one class. Raises ValueError if a row mixes classes, which D cannot judge.
    """
    from ..sampling import chunks

    rate = check(gan, accept)
    if y is not None and not bool((y.amax(1) == 1).all()):
        raise ValueError(
            "a picture of several classes cannot be rejected: the discriminator knows one class at a time."
        )
    streams = [torch.Generator().manual_seed(seed) for seed in seeds]
    gamma = -math.inf if rate == 1 else gan.calibration.gamma(rate)
    found = torch.empty(len(streams), gan.recipe.z_dim)
    best = torch.full((len(streams),), -1.0, dtype=torch.float64)
    left = list(range(len(streams)))
    for _ in range(MOST_TRIES):
        if not left:
            break
        z = torch.stack([torch.randn(gan.recipe.z_dim, generator=streams[i], dtype=torch.float32) for i in left])
        u = torch.cat([torch.rand(1, generator=streams[i], dtype=torch.float64) for i in left])
        scores = []
        for n, *part in chunks(z, None if y is None else y[left]):
            x = gan._drawn_once(*part, truncation)
            labels = None if part[1] is None else part[1].argmax(1).to(gan.device)
            scores.append(gan.D(x, labels).logits[:n].cpu())
        p = torch.sigmoid(gan.calibration.f(gan.calibration(torch.cat(scores))) - gamma)
        for k, i in enumerate(left):
            if p[k] > best[i] or u[k] < p[k]:
                found[i], best[i] = z[k], p[k]
        left = [i for k, i in enumerate(left) if not u[k] < p[k]]
    return found
