"""What the screen shows of a run at one moment, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gan_models.recipe import Recipe
from gan_models.registry import LOSSES
from gan_models.steps import G_LOSS, Verdict

from .data import REACH, Target
from .settings import Settings

SHOWN, JUDGED = 300, 1000
"""Generated points that are drawn, and that quality is counted on"""
CELLS, SHEET, ARROWS, BINS = 32, 16, 64, 21
"""D's heat map is CELLS x CELLS; G's sheet SHEET x SHEET cells; arrows; bins of the histogram of D's weights"""
FAR = 1e4
"""Numbers beyond this are drawn as this: half precision ends at 65,504"""


@dataclass(frozen=True)
class View:
    """One variant in a frame; float16 arrays. Coordinates are those of the plane, +- data.REACH."""

    fake: np.ndarray
    """[SHOWN, 2]: generated points, always of the same latents"""
    heat: np.ndarray
    """[CELLS, CELLS], row 0 at the bottom: D's probability of real, or its score"""
    probability: bool
    """Which of both `heat` is"""
    sheet: np.ndarray
    """A grid of latents pushed through G: [SHEET + 1, SHEET + 1, 2], or [8 SHEET + 1, 2] for latents of one number"""
    density: np.ndarray
    """[SHEET, SHEET] or [8 SHEET]: of a cell's latents on the place it is sent to, in 1 / unit of area or of length"""
    at: np.ndarray
    """[ARROWS, 2]: generated points"""
    push: np.ndarray
    """[ARROWS, 2]: where G's loss wants them, minus its gradient there"""
    modes: int
    """Covered"""
    good: float
    """Share of good samples, 0 to 1 (`Target.quality`)"""
    d_loss: float
    """Mean since the last frame; NaN before the first step"""
    g_loss: float
    weights: np.ndarray
    """[BINS]: share of D's weights and biases in each bin between +- span"""
    span: float
    stopped: str = ""
    """Why this variant has stopped, one sentence"""


@dataclass(frozen=True)
class Frame:
    step: int
    """G steps so far"""
    views: tuple[View, ...]
    """Of each variant"""
    phase: str = ""
    """What has just been done where somebody goes step by step: "D", "G" """
    number: int = 0
    """Frames of the run before it, those that are forgotten too"""


class Eye:
    """Looks at networks from the same latents and the same places, all through a run."""

    def __init__(self, settings: Settings, target: Target, generator: torch.Generator):
        self.target = target
        self.z = latents(settings, JUDGED, generator)
        self.real = target.sample(ARROWS, generator)[:, :, None, None]
        axis = (torch.arange(CELLS) + 0.5) / CELLS * 2 * REACH - REACH
        y, x = torch.meshgrid(axis, axis, indexing="ij")
        self.places = torch.stack([x, y], -1).view(-1, 2, 1, 1)
        self.grid = _grid(settings)

    def look(self, recipe: Recipe, G, D, d_loss: float, g_loss: float, stopped: str = "") -> View:
        """The networks are in evaluation mode meanwhile, and stay as they are."""
        G.eval(), D.eval()
        with torch.no_grad():
            fake = G(self.z)[:, :, 0, 0]
            score = D(self.places).logits.view(CELLS, CELLS)
            sheet = G(self.grid.view(-1, self.grid.shape[-1]))[:, :, 0, 0].view(*self.grid.shape[:-1], 2)
            weights = torch.cat([p.flatten() for p in D.parameters()])
        push = self._push(recipe, D, fake[:ARROWS, :, None, None])
        G.train(), D.train()
        span = recipe.weight_clip or max(weights.abs().max().nan_to_num().item(), 1e-6)
        counts = torch.histc(weights.clamp(-span, span).nan_to_num(), BINS, -span, span) / len(weights)
        probability = getattr(LOSSES[recipe.loss], "probability", False)
        modes, good = self.target.quality(fake)
        return View(
            _half(fake[:SHOWN]),
            _half(score.sigmoid() if probability else score),
            probability,
            _half(sheet),
            _half(density(sheet)),
            _half(fake[:ARROWS]),
            _half(push),
            modes,
            good,
            d_loss,
            g_loss,
            _half(counts),
            span,
            stopped,
        )

    def _push(self, recipe: Recipe, D, fake: Tensor) -> Tensor:
        """-dL_G/dx for each of some points, as if it were the only one."""
        fake = fake.clone().requires_grad_()
        with torch.no_grad():
            on_real = Verdict(D(self.real).logits)
        loss = LOSSES[recipe.loss](on_real.logits, D(fake).logits, **recipe.loss_args)[G_LOSS]
        return -torch.autograd.grad(loss, fake)[0][:, :, 0, 0] * len(fake)


def latents(settings: Settings, n: int, generator: torch.Generator | None = None) -> Tensor:
    """[n, z_dim]: standard normal, or uniform in [-1, 1]."""
    if settings.latent == "uniform":
        return torch.rand(n, settings.z_dim, generator=generator) * 2 - 1
    return torch.randn(n, settings.z_dim, generator=generator)


def _grid(settings: Settings) -> Tensor:
    """Latents whose cells all have the same probability: [SHEET + 1, SHEET + 1, 2] or [8 SHEET + 1, 1]."""
    cells = SHEET if settings.z_dim == 2 else 8 * SHEET
    edges = torch.linspace(0.01, 0.99, cells + 1)
    edges = torch.special.ndtri(edges) if settings.latent == "normal" else 2 * edges - 1
    return torch.cartesian_prod(*[edges] * settings.z_dim).view(*[cells + 1] * settings.z_dim, settings.z_dim)


def density(sheet: Tensor) -> Tensor:
    """Probability of each cell of a grid over the area (length) that it covers in the plane."""
    if sheet.dim() == 2:
        return 1 / (len(sheet) - 1) / (sheet[1:] - sheet[:-1]).norm(dim=1).clamp(min=1e-4)
    a, b, c, d = sheet[:-1, :-1], sheet[1:, :-1], sheet[1:, 1:], sheet[:-1, 1:]
    (ux, uy), (vx, vy) = (c - a).unbind(-1), (d - b).unbind(-1)  # diagonals; half their cross product is the area
    return 1 / ((len(sheet) - 1) ** 2) / ((ux * vy - uy * vx).abs() / 2).clamp(min=1e-4)


def _half(x: Tensor) -> np.ndarray:
    return x.clamp(-FAR, FAR).half().numpy()
