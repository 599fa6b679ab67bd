"""The parts of a G step and a D step, for pictures and for points in a plane alike.

They do not depend on data, loop or device: `train.engine.loop` and the app's playground combine them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial

import torch
from torch import Tensor, nn

from . import losses, views  # noqa: F401  (importing them fills the registries)
from .networks.common import Verdict
from .penalties import Judged
from .recipe import AnyRecipe, RecipeError, did_you_mean
from .registry import LOSSES, PENALTIES, VIEWS

D_LOSS, G_LOSS = 0, 1
"""Indices in the pair that a loss returns"""


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
    """The terms of D's loss, with their weights, at D step `step`: all terms at every lazy-th step, and only those with
    `every_step` at the others.

    Lazy regularisation (Karras et al. 2020, arXiv:1912.04958, appendix B). There it is a second optimiser step, for
    which Adam's settings are corrected; here it is part of the same step, so they need no correction.
    """
    if recipe.lazy == 1:
        return recipe.d_terms
    every = {name for name in recipe.d_terms if getattr(PENALTIES[name], "every_step", False)}
    now = step % recipe.lazy == 0
    return {k: w if k in every else w * recipe.lazy for k, w in recipe.d_terms.items() if now or k in every}


def at_images(terms: dict[str, float]) -> bool:
    """Whether a term needs D's gradient at the batch's images: D's forward pass is then in float32."""
    return any(getattr(PENALTIES[name], "at_images", True) for name in terms)


def judge(recipe: AnyRecipe, D, real: Tensor, fake: Tensor, y: Tensor, terms: dict, low=nullcontext) -> Judged:
    """D's verdict on a batch. Real and fake go through D separately if a layer (BatchNorm) would mix them, or if a
    penalty needs D's gradient at one of them; otherwise together, which is faster.

    terms: those of D's loss at this step. low: a context around D's forward pass (lower precision), unused if a penalty
    needs D's gradient.
    """
    y_d = labels(recipe, y)
    if at_images(terms):
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
    adversarial = recipe.adversarial if side == G_LOSS else 1.0
    return adversarial * loss + sum(weight * PENALTIES[name](D, judged) for name, weight in terms.items())


def again(recipe: AnyRecipe, D, judged: Judged) -> Verdict:
    """D's verdict on the real images for a G step: a new one from the current D if the loss compares pairs, else the
    old one, which G's loss does not use."""
    if not getattr(LOSSES[recipe.loss], "pairs", False):
        return Verdict(*(None if t is None else t.detach() for t in judged.on_real))
    with torch.no_grad():
        return D(judged.real, labels(recipe, judged.labels))


@contextmanager
def frozen(D: nn.Module) -> Iterator[None]:
    """A G step needs no gradients of D's weights; without them D's backward pass costs a third less."""
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


OPTIMIZERS = {"Adam": partial(torch.optim.Adam, fused=True), "RMSprop": partial(torch.optim.RMSprop, foreach=True)}
"""Optimisers by their name in a recipe; fused and foreach are the fastest form of each"""


def optimizer(recipe: AnyRecipe, field_name: str, net: nn.Module, device) -> torch.optim.Optimizer:
    """The optimiser that `recipe.g_optimizer` or `recipe.d_optimizer` describes, over a network.

    On a GPU its step can be recorded (CUDA graph); the learning rate is a tensor there, so that a recorded step reads
    its current value.
    """
    settings = dict(getattr(recipe, field_name))
    name = settings.pop("name", None)
    if not isinstance(name, str) or name not in OPTIMIZERS:
        raise RecipeError(f"recipe {recipe.name!r}: {field_name} names {name!r}{did_you_mean(name, OPTIMIZERS)}.")
    try:
        if "betas" in settings:  # JSON writes 0.0 as 0, and Adam takes no whole numbers
            settings["betas"] = tuple(float(beta) for beta in settings["betas"])
        # The meta device, on which costs are counted, lacks the fast forms.
        make = OPTIMIZERS[name] if torch.device(device).type != "meta" else OPTIMIZERS[name].func
        opt = make(net.parameters(), **settings)
    except (TypeError, ValueError, IndexError) as error:
        raise RecipeError(f"recipe {recipe.name!r}: {field_name} {settings} does not fit {name}: {error}.") from error
    for group in opt.param_groups if torch.device(device).type == "cuda" else ():
        group |= {"capturable": True, "lr": torch.tensor(group["lr"], device=device)}
    return opt
