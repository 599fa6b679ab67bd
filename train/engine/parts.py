"""The end of the training steps of both kinds: an update of the weights, and of G's running average."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gan_models.recipe import AnyRecipe

from .distributed import mean_gradients

EMA_RAMP = 0.05
"""The half-life of G's average is at most this share of the images so far, so that early averages are not noise."""


def update(opt: torch.optim.Optimizer, loss: Tensor) -> None:
    opt.zero_grad(set_to_none=True)
    loss.backward()
    mean_gradients(opt)
    opt.step()


def decay(recipe: AnyRecipe, images: int) -> float:
    """The factor of G's old running average in the step that brings the run to `images`.

    Its half-life is given in images and not in steps, so that batch size and critic steps do not change its meaning.
    """
    half_life = min(recipe.ema_half_life, EMA_RAMP * images)
    return 0.5 ** (recipe.batch * recipe.critic_steps / half_life) if half_life else 0.0


@torch.no_grad()
def average(G_ema: nn.Module, G: nn.Module, decay: float) -> None:
    """Running average of G's weights and BatchNorm statistics."""
    old, new = (list(net.state_dict().values()) for net in (G_ema, G))
    floats = [k for k, t in enumerate(new) if t.is_floating_point()]
    for k in set(range(len(new))) - set(floats):
        old[k].copy_(new[k])
    old, new = [old[k] for k in floats], [new[k] for k in floats]
    if isinstance(decay, Tensor):  # foreach lerp cannot take its weight from a tensor on the device
        torch._foreach_sub_(old, new)
        torch._foreach_mul_(old, decay)
        torch._foreach_add_(old, new)
    else:
        torch._foreach_lerp_(old, new, 1 - decay)
