"""The Dirac-GAN: the smallest GAN there is, as a vector field in the plane of its two parameters.

The data is one real point, at 0. G has one parameter, theta, and sends everything to it; D has one, psi, and answers
psi * x. Mescheder et al. 2018, arXiv:1801.04406, section 2. The field is minus the gradient of each side's loss, by
autograd from the registered losses and penalties: no equation is written down here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gan_models.draws import drawing_from
from gan_models.networks.common import Verdict
from gan_models.penalties import Judged
from gan_models.recipe import Recipe, RecipeError
from gan_models.registry import LOSSES, PENALTIES
from gan_models.steps import D_LOSS, G_LOSS, objective

from .settings import checked, known

REACH = 2.0
"""Half the side of the plane that is drawn"""
MOST_STEPS = 2000
UPDATES = ("simultaneous", "alternating")
FAR = 1e6


@dataclass(frozen=True)
class Dirac:
    at: np.ndarray
    """[A, 2] (theta, psi)"""
    field: np.ndarray
    """[A, 2]: the directions in which gradient descent moves theta and psi"""
    path: np.ndarray
    """[steps + 1, 2]: discrete updates from the start; it ends early where a number grows beyond FAR"""
    distance: np.ndarray
    """[steps + 1]: from the equilibrium (0, 0)"""
    verdict: str
    """One sentence on what the path does, by its own numbers"""


class _Linear(torch.nn.Module):
    """D(x) = psi x, for psi [N, 1, 1, 1]: N independent games, one point each."""

    def __init__(self, psi: Tensor):
        super().__init__()
        self.psi = psi

    def forward(self, x: Tensor, y=None) -> Verdict:
        return Verdict((self.psi * x).flatten(1).squeeze(1))


def velocity(recipe: Recipe, theta: Tensor, psi: Tensor) -> tuple[Tensor, Tensor]:
    """(-dL_G/dtheta, -dL_D/dpsi) for theta, psi [N] of N independent games: [N], [N].

    RecipeError where a penalty of the recipe cannot be taken of this D.
    """
    theta, psi = (t.detach().float().requires_grad_() for t in (theta, psi))
    n = len(theta)
    D = _Linear(psi.view(n, 1, 1, 1))
    real = torch.zeros(n, 1, 1, 1, requires_grad=True)
    fake = theta.detach().view(n, 1, 1, 1).requires_grad_()
    y = torch.zeros(n, dtype=torch.int64)

    def total(side: int, judged: Judged, terms: Mapping[str, float]) -> Tensor:
        # Losses and penalties are means over the batch: n times them is the sum over the games.
        return n * objective(recipe, side, D, judged, terms)

    d_loss = total(D_LOSS, Judged(real, fake, y, D(real), D(fake)), recipe.d_terms)
    (for_d,) = torch.autograd.grad(d_loss, psi)
    moved = theta.view(n, 1, 1, 1)
    g_loss = total(G_LOSS, Judged(real, moved, y, D(real), D(moved)), recipe.g_terms)
    (for_g,) = torch.autograd.grad(g_loss, theta)
    return -for_g, -for_d


def game(
    loss: str = "non_saturating",
    d_terms: Mapping[str, float] | None = None,
    weight_clip: float = 0.0,
    **loss_args: float,
) -> Recipe:
    """The objective of a Dirac-GAN as a recipe. ValueError, one sentence, where a name or a weight is none."""
    known("loss", loss, LOSSES)
    for name, weight in (d_terms or {}).items():
        known("penalty", name, PENALTIES)
        checked("weight", weight, "float", f"The weight of {name}")
    checked("weight_clip", weight_clip, "float")
    return Recipe(name="dirac", loss=loss, loss_args=loss_args, d_terms=dict(d_terms or {}), weight_clip=weight_clip)


def dirac(
    recipe: Recipe,
    start: tuple[float, float] = (1.0, 1.0),
    g_lr: float = 0.05,
    d_lr: float = 0.05,
    updates: str = "simultaneous",
    steps: int = 400,
    side: int = 17,
) -> Dirac:
    """Field and path of a game (`game`, or a registered recipe: its loss, terms, clipping and critic steps).

    updates: "simultaneous": both move by the gradients of the same point; "alternating": D first, critic_steps times,
    then G. side: arrows of the field on a side. ValueError, one sentence, where a value cannot be.
    """
    known("update", updates, UPDATES)
    for name, value in (("Theta", start[0]), ("Psi", start[1])):
        if not abs(value) <= REACH:
            raise ValueError(f"{name} at the start must be a number from -{REACH:g} to {REACH:g}, and is {value!r}.")
    for value in (g_lr, d_lr):
        checked("lr", value, "float", "A learning rate")
    if not isinstance(steps, int) or not 1 <= steps <= MOST_STEPS:
        raise ValueError(f"Steps must be a whole number from 1 to {MOST_STEPS:,}, and is {str(steps)[:20]}.")
    with drawing_from(torch.Generator().manual_seed(0)):
        axis = torch.linspace(-REACH, REACH, side)
        at = torch.cartesian_prod(axis, axis)
        try:
            field = torch.stack(velocity(recipe, *at.unbind(1)), 1)
        except RecipeError as error:
            raise ValueError(f"The Dirac-GAN cannot take this objective: {error}") from error
        path = _path(recipe, torch.tensor([start], dtype=torch.float32), g_lr, d_lr, updates, steps)
    distance = np.linalg.norm(path, axis=1)
    return Dirac(at.numpy(), field.numpy(), path, distance, _verdict(distance, steps))


def _path(recipe: Recipe, at: Tensor, g_lr: float, d_lr: float, updates: str, steps: int) -> np.ndarray:
    made = [at[0].tolist()]
    theta, psi = at.unbind(1)
    for _ in range(steps):
        if updates == "simultaneous":
            for_g, for_d = velocity(recipe, theta, psi)
            theta, psi = theta + g_lr * for_g, _clipped(psi + d_lr * for_d, recipe.weight_clip)
        else:
            for _ in range(recipe.critic_steps):
                psi = _clipped(psi + d_lr * velocity(recipe, theta, psi)[1], recipe.weight_clip)
            theta = theta + g_lr * velocity(recipe, theta, psi)[0]
        made.append([theta.item(), psi.item()])
        if not max(map(abs, made[-1])) < FAR:
            break
    return np.nan_to_num(np.array(made), nan=FAR, posinf=FAR, neginf=-FAR)


def _clipped(psi: Tensor, limit: float) -> Tensor:
    return psi.clamp(-limit, limit) if limit else psi


def _verdict(distance: np.ndarray, steps: int) -> str:
    first, last = distance[0], distance[-1]
    tail = distance[-max(len(distance) // 4, 2) :]
    if len(distance) <= steps or last > 100 * max(first, 1):
        return (
            f"The path runs away: after {len(distance) - 1:,} steps it is at a distance of {last:.3g} from the "
            "equilibrium."
        )
    if tail.max() < 0.05 * first:
        return (
            f"The path comes to rest: it is {last:.2g} from the equilibrium after {steps:,} steps, {first:.2g} at the "
            "start."
        )
    if last > 1.1 * first:
        return (
            f"The path moves away: it is {last:.2g} from the equilibrium after {steps:,} steps, {first:.2g} at the "
            "start."
        )
    if last < 0.8 * first and distance[len(distance) // 2] > 1.1 * last:
        return (
            f"The path comes nearer: it is {last:.2g} from the equilibrium after {steps:,} steps, {first:.2g} at the "
            "start."
        )
    return (
        f"The path does not come to rest: at the end it is between {tail.min():.2g} and {tail.max():.2g} from the "
        "equilibrium."
    )
