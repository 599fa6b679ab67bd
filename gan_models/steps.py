"""What a step of G and a step of D are made of, for pictures and for points in a plane alike.

They know no data, no loop and no device: `train.engine.loop` and the app's playground put them together.
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
from .recipe import Recipe, RecipeError, did_you_mean
from .registry import LOSSES, PENALTIES, VIEWS

D_LOSS, G_LOSS = 0, 1
"""Places in what a loss returns"""


def viewer(recipe: Recipe, progress: float) -> Callable[..., Tensor]:
    """The function through which D sees every image, at this point of the training; `real=True` for real ones."""

    def look(x: Tensor, real: bool = False) -> Tensor:
        for name, strength in recipe.views.items():
            if real or not getattr(VIEWS[name], "real_only", False):
                x = VIEWS[name](x, strength, progress)
        return x

    return look


def labels(recipe: Recipe, y: Tensor) -> Tensor | None:
    return y if recipe.conditional else None


def due(recipe: Recipe, step: int) -> dict[str, float]:
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


def judge(recipe: Recipe, D, real: Tensor, fake: Tensor, y: Tensor, terms: dict, low=nullcontext) -> Judged:
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


def objective(recipe: Recipe, side: int, D, judged: Judged, terms: dict[str, float]) -> Tensor:
    """The adversarial loss of one side plus its weighted terms: a scalar."""
    loss = LOSSES[recipe.loss](judged.on_real.logits, judged.on_fake.logits, **recipe.loss_args)[side]
    return loss + sum(weight * PENALTIES[name](D, judged) for name, weight in terms.items())


def again(recipe: Recipe, D, judged: Judged) -> Verdict:
    """D's verdict on the real images as a G step needs it: a new one from the D of now where the loss compares
    pairs, else the one of before, which no loss of G looks at."""
    if not getattr(LOSSES[recipe.loss], "pairs", False):
        return Verdict(*(None if t is None else t.detach() for t in judged.on_real))
    with torch.no_grad():
        return D(judged.real, labels(recipe, judged.labels))


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


OPTIMIZERS = {"Adam": partial(torch.optim.Adam, fused=True), "RMSprop": partial(torch.optim.RMSprop, foreach=True)}
"""By name in a recipe; fused and foreach are the fastest form that each has"""


def optimizer(recipe: Recipe, field_name: str, net: nn.Module, device) -> torch.optim.Optimizer:
    """The optimiser that `recipe.g_optimizer` or `recipe.d_optimizer` describes, over a network.

    On a GPU its step can be recorded, and its learning rate lies there, where a recorded step finds the new one.
    """
    settings = dict(getattr(recipe, field_name))
    name = settings.pop("name", None)
    if not isinstance(name, str) or name not in OPTIMIZERS:
        raise RecipeError(f"recipe {recipe.name!r}: {field_name} names {name!r}{did_you_mean(name, OPTIMIZERS)}.")
    try:
        if "betas" in settings:  # JSON writes 0.0 as 0, and Adam takes no whole numbers
            settings["betas"] = tuple(float(beta) for beta in settings["betas"])
        # The meta device, on which costs are counted, has none of the fast forms.
        make = OPTIMIZERS[name] if torch.device(device).type != "meta" else OPTIMIZERS[name].func
        opt = make(net.parameters(), **settings)
    except (TypeError, ValueError, IndexError) as error:
        raise RecipeError(f"recipe {recipe.name!r}: {field_name} {settings} does not fit {name}: {error}.") from error
    for group in opt.param_groups if torch.device(device).type == "cuda" else ():
        group |= {"capturable": True, "lr": torch.tensor(group["lr"], device=device)}
    return opt
