"""What the training steps of both kinds are made of: what D sees and says, the loss, an update, an average."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

import torch
from torch import Tensor, nn

from gan_models.networks.common import Verdict
from gan_models.penalties import Judged
from gan_models.recipe import AnyRecipe
from gan_models.registry import LOSSES, PENALTIES, VIEWS

from .distributed import mean_gradients

D_LOSS, G_LOSS = 0, 1
EMA_RAMP = 0.05
"""The half-life of G's average is at most this share of the images so far: early averages are not noise."""


def viewer(recipe: AnyRecipe, progress: float) -> Callable[..., Tensor]:
    """The function through which D sees every image, at this point of the training; `real=True` for real ones."""

    def look(x: Tensor, real: bool = False) -> Tensor:
        for name, strength in recipe.views.items():
            if real or not getattr(VIEWS[name], "real_only", False):
                x = VIEWS[name](x, strength, progress)
        return x

    return look


def labels(recipe: AnyRecipe, y: Tensor) -> Tensor | None:
    return y if recipe.conditional else None


def due(recipe: AnyRecipe, step: int) -> dict[str, float]:
    """The terms of D's loss, with their weights, at its step number `step`: all of them at every lazy-th, only those
    that belong to every step at the others.

    Lazy regularisation (Karras et al. 2020, arXiv:1912.04958, appendix B). There it is a second optimiser step,
    for which Adam's settings are corrected; here it is a part of the same step, and nothing needs correcting.
    """
    if recipe.lazy == 1:
        return recipe.d_terms
    every = {name for name in recipe.d_terms if getattr(PENALTIES[name], "every_step", False)}
    now = step % recipe.lazy == 0
    return {k: w if k in every else w * recipe.lazy for k, w in recipe.d_terms.items() if now or k in every}


def judge(recipe: AnyRecipe, D, real: Tensor, fake: Tensor, y: Tensor, terms: dict, low=nullcontext) -> Judged:
    """D's verdict on a batch. Real and fake go through D separately where a layer (BatchNorm) would mix them, or where
    a penalty wants D's gradient at one of them; elsewhere together, which is faster.

    terms: of D's loss, at this step. low: around D's forward pass, unless a penalty wants its gradient.
    """
    y_d = labels(recipe, y)
    if any(getattr(PENALTIES[name], "at_images", True) for name in terms):
        real, fake = real.requires_grad_(), fake.requires_grad_()
        return Judged(real, fake, y, D(real, y_d), D(fake, y_d))
    with low():
        if any(isinstance(m, nn.BatchNorm2d) or getattr(m, "sees_batch", False) for m in D.modules()):
            verdicts = D(real, y_d), D(fake, y_d)
        else:
            both = D(torch.cat([real, fake]), None if y_d is None else y_d.repeat(2))
            halves = [(None, None) if t is None else t.chunk(2) for t in both]
            verdicts = (Verdict(*half) for half in zip(*halves, strict=True))
    return Judged(real, fake, y, *(verdict.float() for verdict in verdicts))


def objective(recipe: AnyRecipe, side: int, D, judged: Judged, terms: dict[str, float]) -> Tensor:
    """The adversarial loss of one side plus its weighted terms: a scalar."""
    loss = LOSSES[recipe.loss](judged.on_real.logits, judged.on_fake.logits, **recipe.loss_args)[side]
    weight = recipe.adversarial if side == G_LOSS else 1.0
    return weight * loss + sum(weight * PENALTIES[name](D, judged) for name, weight in terms.items())


def again(recipe: AnyRecipe, D, judged: Judged) -> Verdict:
    """D's verdict on the real images as a G step needs it: a new one from the D of now where the loss compares
    pairs, else the one of before, which no loss of G looks at."""
    if not getattr(LOSSES[recipe.loss], "pairs", False):
        return Verdict(*(None if t is None else t.detach() for t in judged.on_real))
    with torch.no_grad():
        return D(judged.real, labels(recipe, judged.labels))


def update(opt: torch.optim.Optimizer, loss: Tensor) -> None:
    opt.zero_grad(set_to_none=True)
    loss.backward()
    mean_gradients(opt)
    opt.step()


@contextmanager
def frozen(D: nn.Module) -> Iterator[None]:
    """In a G step nobody needs the gradients of D's weights: a third of D's backward pass saved."""
    D.requires_grad_(False)
    try:
        yield
    finally:
        D.requires_grad_(True)


@torch.no_grad()
def clip_weights(D: nn.Module, limit: float) -> None:
    """WGAN's Lipschitz constraint (Arjovsky et al. 2017, algorithm 1, line 7); 0 = off."""
    if limit:
        torch._foreach_clamp_min_(list(D.parameters()), -limit)
        torch._foreach_clamp_max_(list(D.parameters()), limit)


def decay(recipe: AnyRecipe, images: int) -> float:
    """What is left of G's running average in the step that brings the run to `images`.

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
    if isinstance(decay, Tensor):  # no foreach lerp takes its weight from the device
        torch._foreach_sub_(old, new)
        torch._foreach_mul_(old, decay)
        torch._foreach_add_(old, new)
    else:
        torch._foreach_lerp_(old, new, 1 - decay)
