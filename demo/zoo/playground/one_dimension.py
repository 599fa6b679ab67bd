"""Why Wasserstein: two densities on a line, moved apart, and what each distance says of it.

Arjovsky et al. 2017, arXiv:1701.07875, figures 1 and 2. Distances are taken of histograms on a fine grid, but for the
critics, which are trained as in the zoo: by the registered losses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from gan_models.draws import InitialFrom, drawing_from
from gan_models.networks.common import Verdict
from gan_models.recipe import Recipe
from gan_models.steps import D_LOSS, judge, objective

from .by_hand import jensen_shannon

REACH, CELLS = 6.0, 481
"""The grid: -REACH to REACH"""
SHAPES = ("uniform", "normal", "two peaks")
LENGTHS = {"uniform": 0.5, "normal": 0.3, "two peaks": 0.2}
"""Half the width of the uniform one; standard deviation of the others"""


@dataclass(frozen=True)
class Apart:
    """Two densities: the real one at 0, the generated one `shift` to the right."""

    shift: float
    x: np.ndarray
    """[CELLS]"""
    p: np.ndarray
    """[CELLS]: real density"""
    q: np.ndarray
    """[CELLS]: generated"""
    plan: np.ndarray
    """[M, 2]: from where to where an M-th of the generated mass goes, from left to right; the best plan on a line"""


@dataclass(frozen=True)
class Distances:
    """By shift [S]; the gradients are derivatives with respect to the shift, by central differences."""

    shift: np.ndarray
    values: dict[str, np.ndarray]
    """ "JS" (nats, at most log 2), "KL" (nats, of the real to the generated; infinite where they do not overlap), "EMD"
    (units of x)"""
    gradients: dict[str, np.ndarray]


@dataclass(frozen=True)
class Critics:
    x: np.ndarray
    """[N]"""
    probability: np.ndarray
    """[N]: the sigmoid D: 1 at the real points and 0 at the generated ones, where it can tell them"""
    saturating_slope: np.ndarray
    """[N]: d log(1 - D) / dx, what the saturating G follows: 0 where D is sure"""
    critic: np.ndarray
    """[N]: the WGAN critic's score"""
    critic_slope: np.ndarray
    """[N]"""


def apart(shift: float, shape: str = "uniform", parts: int = 24) -> Apart:
    """ValueError, one sentence, where the shift is not from -4 to 4 or there is no such shape."""
    p, q = (density(shape, at) for at in (0.0, _shift(shift)))
    x = grid()
    at = (np.arange(parts) + 0.5) / parts
    plan = np.stack([_quantiles(x, q, at), _quantiles(x, p, at)], 1)
    return Apart(float(shift), x, p, q, plan)


def grid() -> np.ndarray:
    return np.linspace(-REACH, REACH, CELLS)


def density(shape: str, at: float) -> np.ndarray:
    """[CELLS], whose integral over the grid is 1. A cell at the edge of the uniform one is filled in part, so that all
    moves smoothly."""
    if shape not in SHAPES:
        raise ValueError(f"There is no shape {str(shape)[:60]!r} (there are {', '.join(SHAPES)}).")
    x, s, cell = grid() - at, LENGTHS[shape], 2 * REACH / (CELLS - 1)
    if shape == "uniform":
        made = np.clip((s - np.abs(x)) / cell + 0.5, 0, 1)
    else:
        peaks = (0.0,) if shape == "normal" else (-0.7, 0.7)
        made = sum(np.exp(-0.5 * ((x - peak) / s) ** 2) for peak in peaks)
    return made / made.sum() / cell


def distances(shape: str = "uniform", shifts: Sequence[float] = (), n: int = 81) -> Distances:
    """JS, KL and EMD along a walk of the shift, from -4 to 4."""
    shifts = np.asarray(shifts, dtype=float) if len(shifts) else np.linspace(-4, 4, n)
    step = 2 * REACH / (CELLS - 1) / 2
    real, made = density(shape, 0.0), {}
    for side, move in (("value", 0.0), ("above", step), ("below", -step)):
        all_of = np.array([_three(real, density(shape, _shift(at) + move)) for at in shifts])
        made[side] = dict(zip(("JS", "KL", "EMD"), all_of.T, strict=True))
    with np.errstate(invalid="ignore"):
        slopes = {k: (made["above"][k] - made["below"][k]) / (2 * step) for k in made["value"]}
    return Distances(shifts, made["value"], slopes)


TITLES = {"JS": "JS", "KL": "KL", "EMD": "the Earth Mover's distance"}
"""Of the distances, within a sentence"""
SHOWN = 5e-4
"""A gradient that is smaller is 0.000 on the screen"""
HARDLY = 0.01
"""Share of the mass that two densities have in common, below which they hardly overlap"""


def directions(shape: str, shift: float) -> str:
    """What each distance tells a G that wants to reach the real density, in a few sentences."""
    made = distances(shape, [shift])
    told = {name: (float(values[0]), float(made.gradients[name][0])) for name, values in made.values.items()}
    if all(value < SHOWN and abs(slope) < SHOWN for value, slope in told.values()):
        return "The densities lie on each other: all distances and their gradients are 0."
    common = np.minimum(density(shape, 0.0), density(shape, shift)).sum() * 2 * REACH / (CELLS - 1)
    found: dict[str, list[str]] = {"right": [], "wrong": [], "flat": [], "none": []}
    for name, (_, slope) in told.items():
        way = "none" if not np.isfinite(slope) else "flat" if abs(slope) < SHOWN else ""
        found[way or ("right" if (slope > 0) == (shift > 0) else "wrong")].append(name)
    said = [f"The densities {'overlap' if common >= HARDLY else 'hardly overlap' if common else 'do not overlap'}."]
    for name in found["none"]:
        said.append(
            f"{TITLES[name]} is infinite and has no gradient: the generated density is 0 where there are real data."
        )
    for name in found["flat"]:
        limit = "stays at log 2 = 0.693, its largest value, and " if told[name][0] > np.log(2) - SHOWN else ""
        said.append(f"{TITLES[name]} {limit}has the gradient 0: it does not say in which direction to go.")
    for name in found["wrong"]:
        said.append(f"{TITLES[name]} points the wrong way: here it falls when the densities move further apart.")
    if len(found["right"]) == len(told):
        said.append("All three distances say in which direction to go.")
    elif found["right"]:
        words = " and ".join(TITLES[name] for name in found["right"])
        said.append(
            f"{words[0].upper()}{words[1:]} {'says' if len(found['right']) == 1 else 'say'} in which direction to go."
        )
    return " ".join(said)


def _three(p: np.ndarray, q: np.ndarray) -> tuple[float, float, float]:
    cell = 2 * REACH / (CELLS - 1)
    p, q = p * cell, q * cell
    there = p > 1e-15  # below that a density of numbers in a computer ends, and not the distribution
    kl = np.inf if (q[there] == 0).any() else float((p[there] * np.log(p[there] / q[there])).sum())
    return jensen_shannon(p, q), kl, float(np.abs(np.cumsum(p - q)).sum() * cell)


def _quantiles(x: np.ndarray, density: np.ndarray, at: np.ndarray) -> np.ndarray:
    mass = np.cumsum(density)
    mass = (mass - density / 2) / mass[-1]
    there = np.concatenate([[True], np.diff(mass) > 0])
    return np.interp(at, mass[there], x[there])


def _shift(shift: float) -> float:
    if isinstance(shift, bool) or not isinstance(shift, int | float | np.number) or not -4 <= shift <= 4:
        raise ValueError(f"The shift must be a number from -4 to 4, and is {str(shift)[:40]!r}.")
    return float(shift)


class _Line(nn.Module):
    """D of numbers [N, 1, 1, 1]."""

    def __init__(self, width: int = 32):
        super().__init__()
        layers = nn.Linear(1, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 1)
        self.layers = nn.Sequential(*layers)

    def forward(self, x, y=None) -> Verdict:
        return Verdict(self.layers(x.flatten(1)).squeeze(1))


def critics(shift: float, shape: str = "uniform", steps: int = 300, seed: int = 0) -> Critics:
    """A sigmoid D and a WGAN critic (gradient penalty, weight 10), each trained by itself on the two densities, G
    standing still: "train the critic till optimality". Takes about a second."""
    shown = np.linspace(-REACH, REACH, 161)
    at, parts = apart(shift, shape), (np.arange(128) + 0.5) / 128
    real, fake = (torch.tensor(_quantiles(at.x, d, parts), dtype=torch.float32).view(-1, 1, 1, 1) for d in (at.p, at.q))
    x = torch.tensor(shown, dtype=torch.float32).view(-1, 1, 1, 1).requires_grad_()

    def slope(y: torch.Tensor) -> np.ndarray:
        return torch.autograd.grad(y.sum(), x, retain_graph=True)[0].flatten().numpy()

    random = torch.Generator().manual_seed(seed)
    logits = _learnt("non_saturating", {}, real, fake, steps, random)(x).logits
    scores = _learnt("wasserstein", {"gradient_penalty": 10.0}, real, fake, steps, random)(x).logits
    return Critics(
        shown,
        logits.sigmoid().detach().numpy(),
        slope(F.logsigmoid(-logits)),
        scores.detach().numpy(),
        slope(scores),
    )


def _learnt(
    loss: str, terms: dict[str, float], real: torch.Tensor, fake: torch.Tensor, steps: int, random: torch.Generator
) -> _Line:
    """A D that was trained on two sets of points [N, 1, 1, 1]."""
    game = Recipe(name="line", loss=loss, d_terms=terms)
    with InitialFrom(random):
        D = _Line()
    with torch.no_grad():
        # The penalty holds a slope near 1 or near -1, whichever is nearer at the start: begin on the right side.
        if D(real).logits.mean() < D(fake).logits.mean():
            D.layers[-1].weight.neg_()
    opt = torch.optim.Adam(D.parameters(), 0.01, (0.5, 0.9), fused=True)
    with drawing_from(random):
        for _ in range(steps):
            opt.zero_grad()
            objective(game, D_LOSS, D, judge(game, D, real, fake, None, terms), terms).backward()
            opt.step()
    return D
