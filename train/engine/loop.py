"""The whole training loop, for every variant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor, nn

from gan_models.checkpoint import build
from gan_models.networks.common import Verdict
from gan_models.penalties import Judged
from gan_models.recipe import Recipe, RecipeError, did_you_mean
from gan_models.registry import LOSSES, PENALTIES, VIEWS

from .data import Data

D_LOSS, G_LOSS = 0, 1
EMA_RAMP = 0.05
"""The half-life of G's average is at most this share of the images so far: early averages are not noise."""
CURVES = ("d_loss", "g_loss", "real_logit", "fake_logit")


def train(recipe: Recipe, data: Data, state: State, images: int, report: Callable[[State], None]) -> None:
    """Alternate D and G steps until D was shown `images` real images; report(state) after each G step.

    Reads no clock, writes no file, names no variant. All that changes is in `state`, the views and the random
    numbers: the same state and the same generator state continue exactly.
    """
    G, D = state.G, state.D
    while state.images < images:
        now = recipe.at(state.images / images)
        look = viewer(now, state.images / images)
        state.retune(now)
        for k in range(recipe.critic_steps):
            real, y = data.batch(recipe.batch)
            # The last batch of fakes serves the G step as well: one forward pass of G saved.
            with torch.set_grad_enabled(k == recipe.critic_steps - 1):
                fake = G(torch.randn(len(real), recipe.z_dim, device=real.device), labels(recipe, y))
            terms = due(now, state.images // recipe.batch + k)
            judged = judge(now, D, look(real), look(fake.detach()), y, terms)
            d_loss = objective(now, D_LOSS, D, judged, terms)
            update(state.d_opt, d_loss)
            clip_weights(D, recipe.weight_clip)

        with frozen(D):
            seen = look(fake)
            on_real = again(recipe, D, judged)
            judged = judged._replace(fake=seen, on_real=on_real, on_fake=D(seen, labels(recipe, y)))
            g_loss = objective(now, G_LOSS, D, judged, now.g_terms)
            update(state.g_opt, g_loss)

        state.images += recipe.batch * recipe.critic_steps
        average(state.G_ema, G, now, state.images)
        state.note(d_loss, g_loss, judged.on_real.logits.mean(), judged.on_fake.logits.mean())
        report(state)


@dataclass
class State:
    """All that a run has come to. The averages of the curves stay on the device until somebody reads them."""

    G: nn.Module
    D: nn.Module
    G_ema: nn.Module
    g_opt: torch.optim.Optimizer
    d_opt: torch.optim.Optimizer
    images: int = 0
    """Real images that D was shown"""
    sums: Tensor = field(default_factory=lambda: torch.zeros(len(CURVES)))
    count: int = 0
    """G steps in `sums`"""
    sound: Tensor = field(default_factory=lambda: torch.zeros((), dtype=torch.int64))
    """How many of these there were before `sums` ceased to be numbers: all of them in a healthy run"""

    @classmethod
    def new(cls, recipe: Recipe, device) -> State:
        """The state before the first step; the weights come from the global generator."""
        # Channels last: convolutions run faster so, on the CPU as on the GPU.
        G, D = (net.to(device, memory_format=torch.channels_last).train() for net in build(recipe))
        G_ema = deepcopy(G).eval().requires_grad_(False)
        optimizers = (optimizer(recipe, f, net) for f, net in (("g_optimizer", G), ("d_optimizer", D)))
        sums, sound = torch.zeros(len(CURVES), device=device), torch.zeros((), dtype=torch.int64, device=device)
        return cls(G, D, G_ema, *optimizers, sums=sums, sound=sound)

    def retune(self, now: Recipe) -> None:
        """Give the optimisers what the recipe's schedule says at this point; without one they keep what they have."""
        for opt, settings in ((self.g_opt, now.g_optimizer), (self.d_opt, now.d_optimizer)):
            for group in opt.param_groups:
                group.update({k: v for k, v in settings.items() if k in ("lr", "betas")})

    def note(self, *values: Tensor) -> None:
        self.sums += torch.stack([v.detach() for v in values])
        self.sound += (0 * self.sums).sum() == 0  # 0 * inf and 0 * NaN are NaN; nothing here waits for the device
        self.count += 1

    def read(self) -> dict[str, float]:
        """Mean of each curve since the last reading."""
        means = (self.sums / max(self.count, 1)).tolist()
        self.sums.zero_()
        self.sound.zero_()
        self.count = 0
        return dict(zip(CURVES, means, strict=True))

    def finite(self) -> bool:
        """Whether all that is saved is numbers: curves, weights, buffers, optimisers; waits for the device."""
        saved = [self.sums, *(t for one in self.parts().values() for t in tensors(one.state_dict()))]
        sums = [t.detach().sum().to(self.sums) for t in saved if t.is_floating_point()]
        return bool(torch.stack(sums).isfinite().all())

    def parts(self) -> dict[str, nn.Module | torch.optim.Optimizer]:
        """What has a state of its own, by name."""
        return {k: getattr(self, k) for k in ("G", "D", "G_ema", "g_opt", "d_opt")}

    def state_dict(self) -> dict:
        parts = {k: part.state_dict() for k, part in self.parts().items()}
        return {**parts, "images": self.images, "sums": self.sums, "count": self.count}

    def load_state_dict(self, saved: dict) -> None:
        for k, part in self.parts().items():
            part.load_state_dict(saved[k])
        self.sums.copy_(saved["sums"])
        self.images, self.count = saved["images"], saved["count"]
        self.sound.fill_(self.count)  # nothing else is ever saved


def tensors(nest) -> Iterator[Tensor]:
    """The tensors in a nest of dicts and lists."""
    if isinstance(nest, Tensor):
        yield nest
    elif isinstance(nest, dict | list):
        for one in nest.values() if isinstance(nest, dict) else nest:
            yield from tensors(one)


def viewer(recipe: Recipe, progress: float) -> Callable[[Tensor], Tensor]:
    """The function through which D sees every image, at this point of the training."""

    def look(x: Tensor) -> Tensor:
        for name, strength in recipe.views.items():
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


def judge(recipe: Recipe, D, real: Tensor, fake: Tensor, y: Tensor, terms: dict[str, float] | None = None) -> Judged:
    """D's verdict on a batch. Real and fake go through D separately where a layer (BatchNorm) would mix them, or where
    a penalty wants D's gradient at one of them; elsewhere together, which is faster.

    terms: of D's loss, at this step; None = all that the recipe has.
    """
    y_d = labels(recipe, y)
    terms = recipe.d_terms if terms is None else terms
    at_images = any(getattr(PENALTIES[name], "at_images", True) for name in terms)
    if at_images or any(isinstance(m, nn.BatchNorm2d) or getattr(m, "sees_batch", False) for m in D.modules()):
        if at_images:
            real, fake = real.requires_grad_(), fake.requires_grad_()
        return Judged(real, fake, y, D(real, y_d), D(fake, y_d))
    both = D(torch.cat([real, fake]), None if y_d is None else y_d.repeat(2))
    halves = [(None, None) if t is None else t.chunk(2) for t in both]
    return Judged(real, fake, y, *(Verdict(*half) for half in zip(*halves, strict=True)))


def objective(recipe: Recipe, side: int, D, judged: Judged, terms: dict[str, float]) -> Tensor:
    """The adversarial loss of one side plus its weighted terms: a scalar."""
    loss = LOSSES[recipe.loss](judged.on_real.logits, judged.on_fake.logits, **recipe.loss_args)[side]
    return loss + sum(weight * PENALTIES[name](D, judged) for name, weight in terms.items())


def again(recipe: Recipe, D, judged: Judged) -> Verdict:
    """D's verdict on the real images as a G step needs it: a new one from the D of now where the loss compares
    pairs, else the one of before, which no loss of G looks at."""
    if not getattr(LOSSES[recipe.loss], "pairs", False):
        return detached(judged.on_real)
    with torch.no_grad():
        return D(judged.real, labels(recipe, judged.labels))


def detached(verdict: Verdict) -> Verdict:
    return Verdict(*(None if t is None else t.detach() for t in verdict))


def update(opt: torch.optim.Optimizer, loss: Tensor) -> None:
    opt.zero_grad(set_to_none=True)
    loss.backward()
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


@torch.no_grad()
def average(G_ema: nn.Module, G: nn.Module, recipe: Recipe, images: int) -> None:
    """Running average of G's weights and BatchNorm statistics, with a half-life in images.

    In images and not in steps, so that batch size and critic steps do not change its meaning.
    """
    half_life = min(recipe.ema_half_life, EMA_RAMP * images)
    decay = 0.5 ** (recipe.batch * recipe.critic_steps / half_life) if half_life else 0.0
    old, new = (list(net.state_dict().values()) for net in (G_ema, G))
    floats = [k for k, t in enumerate(new) if t.is_floating_point()]
    torch._foreach_lerp_([old[k] for k in floats], [new[k] for k in floats], 1 - decay)
    for k in set(range(len(new))) - set(floats):
        old[k].copy_(new[k])


OPTIMIZERS = {"Adam": partial(torch.optim.Adam, fused=True), "RMSprop": partial(torch.optim.RMSprop, foreach=True)}
"""By name in a recipe; fused and foreach are the fastest form that each has"""


def optimizer(recipe: Recipe, field_name: str, net: nn.Module) -> torch.optim.Optimizer:
    """The optimiser that `recipe.g_optimizer` or `recipe.d_optimizer` describes, over a network."""
    settings = dict(getattr(recipe, field_name))
    name = settings.pop("name", None)
    if not isinstance(name, str) or name not in OPTIMIZERS:
        raise RecipeError(f"recipe {recipe.name!r}: {field_name} names {name!r}{did_you_mean(name, OPTIMIZERS)}.")
    try:
        return OPTIMIZERS[name](net.parameters(), **settings)
    except (TypeError, ValueError, IndexError) as error:
        raise RecipeError(f"recipe {recipe.name!r}: {field_name} {settings} does not fit {name}: {error}.") from error
