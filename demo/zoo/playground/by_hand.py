"""The game of minimax by hand: the best D for two histograms, and what G's two losses teach where D is sure.

Goodfellow et al. 2014, arXiv:1406.2661, section 4.1 and figure 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from gan_models.registry import LOSSES
from gan_models.steps import D_LOSS, G_LOSS

MOST_BINS = 20


@dataclass(frozen=True)
class Minimax:
    p: np.ndarray
    """[B]: shares of the real data, which sum to 1"""
    q: np.ndarray
    """[B]: of what G makes"""
    best: np.ndarray
    """[B]: D* = p / (p + q), the best D's probability of real; NaN where both are 0"""
    value: float
    """of the game at D*: sum p log D* + sum q log (1 - D*) = -log 4 + 2 JSD(p, q)"""
    jsd: float
    """Jensen-Shannon divergence in nats, 0 to log 2"""
    d: np.ndarray
    """[B]: a D that the visitor has chosen; `best` where he has not"""
    d_value: float
    """of the game at d: never more than `value`; minus infinity where d is sure and wrong"""


def minimax(p: Sequence[float], q: Sequence[float], d: Sequence[float] | None = None) -> Minimax:
    """The game of two histograms of 2 to MOST_BINS heights, 0 or more each and not all 0; they are made to sum to 1.

    d: D's probability of real in each bin, 0 to 1. ValueError, one sentence, where a list is something else.
    """
    p, q = (_histogram(name, values) for name, values in (("real", p), ("generated", q)))
    if len(p) != len(q):
        raise ValueError(f"The two histograms must have as many bins, and have {len(p)} and {len(q)}.")
    with np.errstate(invalid="ignore"):
        best = p / (p + q)
    chosen = best if d is None else np.asarray(d, dtype=float)
    if d is not None and (chosen.shape != p.shape or not ((chosen >= 0) & (chosen <= 1)).all()):
        raise ValueError(f"D must have {len(p)} probabilities from 0 to 1, one for each bin.")
    jsd = jensen_shannon(p, q)
    value = 2 * jsd - math.log(4)  # not by way of log(1 - D*), which would lose what lies next to 1
    return Minimax(p, q, best, value, jsd, chosen, value if d is None else _value(p, q, chosen))


def jensen_shannon(p: np.ndarray, q: np.ndarray) -> float:
    """JSD in nats of two histograms [B] that sum to 1: (KL(p || m) + KL(q || m)) / 2, m = (p + q) / 2."""
    middle = (p + q) / 2
    return (_relative(p, middle) + _relative(q, middle)) / 2


def _relative(p: np.ndarray, q: np.ndarray) -> float:
    there = p > 0
    return float((p[there] * np.log(p[there] / q[there])).sum())


def _value(p: np.ndarray, q: np.ndarray, d: np.ndarray) -> float:
    real, fake = p > 0, q > 0
    with np.errstate(divide="ignore"):
        return float((p[real] * np.log(d[real])).sum() + (q[fake] * np.log1p(-d[fake])).sum())


def _histogram(name: str, values: Sequence[float]) -> np.ndarray:
    try:
        made = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        made = np.zeros(0)
    good = made.ndim == 1 and 2 <= len(made) <= MOST_BINS and (made >= 0).all() and np.isfinite(made.sum())
    if not good or not made.sum() > 0:
        raise ValueError(f"The {name} histogram must be 2 to {MOST_BINS} heights, 0 or more and not all 0.")
    return made / made.sum()


@dataclass(frozen=True)
class Lesson:
    """G's losses against D's answer for one generated picture."""

    logit: np.ndarray
    """[N]"""
    probability: np.ndarray
    """[N]: its sigmoid"""
    losses: dict[str, np.ndarray]
    """Name -> [N]"""
    gradients: dict[str, np.ndarray]
    """Name -> [N]: derivative with respect to the logit; G moves against it"""


def g_losses(names: Sequence[str] = (), n: int = 121) -> Lesson:
    """ "saturating", the game's own log(1 - D), and each registered loss that looks at generated pictures alone.

    names: of LOSSES; empty: all. The saturating one is minus what the registered non-saturating D pays for a generated
    picture, so it is not written down a second time.
    """
    logit = torch.linspace(-6, 6, n, requires_grad=True)
    certain = torch.full((1,), 1000.0)  # a real picture of which D is sure costs it nothing
    made = {"saturating": lambda x: -LOSSES["non_saturating"](certain, x[None])[D_LOSS]}
    for name in names or [k for k in LOSSES if not getattr(LOSSES[k], "pairs", False)]:
        made[name] = lambda x, name=name: LOSSES[name](torch.zeros(1), x[None])[G_LOSS]
    losses, gradients = {}, {}
    for name, fn in made.items():
        values = torch.stack([fn(x) for x in logit.unbind()])
        (slope,) = torch.autograd.grad(values.sum(), logit)
        losses[name], gradients[name] = values.detach().numpy(), slope.numpy()
    return Lesson(logit.detach().numpy(), logit.sigmoid().detach().numpy(), losses, gradients)
