"""The whole training loop, for every variant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from copy import deepcopy
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn

from gan_models.checkpoint import build
from gan_models.draws import per_image
from gan_models.recipe import Recipe
from gan_models.steps import (
    D_LOSS,
    G_LOSS,
    again,
    clip_weights,
    due,
    frozen,
    judge,
    labels,
    objective,
    optimizer,
    viewer,
)

from .cuda_graph import captured
from .data import Data
from .distributed import mean_gradients

EMA_RAMP = 0.05
"""The half-life of G's average is at most this share of the images so far: early averages are not noise."""
CURVES = ("d_loss", "g_loss", "real_logit", "fake_logit")
FORM = ("lr", "capturable", "fused", "foreach")
"""Settings that go with the device and not with the run"""


def train(recipe: Recipe, data: Data, state: State, images: int, report: Callable[[State], None]) -> None:
    """Alternate D and G steps until D was shown `images` real images; report(state) after each G step.

    Reads no clock, writes no file, names no variant. All that changes is in `state`, the views and the random
    numbers: the same state and the same generator state continue exactly.
    """
    with captured(partial(step, recipe, data, state), state) as do:
        while state.images < images:
            state.retune(recipe.at(state.images / images))
            do(Now.of(recipe, state.images, images))
            state.images += recipe.batch * recipe.critic_steps
            state.count += 1
            report(state)


def step(recipe: Recipe, data: Data, state: State, now: Now) -> None:
    """One G step and the D steps before it. Nothing in here waits for the device or looks at a number on it."""
    G, D, low = state.G, state.D, state.low
    look = viewer(recipe, now.progress)
    for k, terms in enumerate(now.d_terms):
        real, y = data.batch(state.batch)
        # The last batch of fakes serves the G step as well: one forward pass of G saved.
        with torch.set_grad_enabled(k == recipe.critic_steps - 1), low():
            fake = G(per_image(torch.randn, len(real), recipe.z_dim, device=real.device), labels(recipe, y))
        fake = fake.float()
        judged = judge(recipe, D, look(real, real=True), look(fake.detach()), y, terms, low)
        d_loss = objective(recipe, D_LOSS, D, judged, terms)
        update(state.d_opt, d_loss)
        clip_weights(D, recipe.weight_clip)

    with frozen(D):
        seen = look(fake)
        with low():
            on_real, on_fake = again(recipe, D, judged), D(seen, labels(recipe, y))
        judged = judged._replace(fake=seen, on_real=on_real.float(), on_fake=on_fake.float())
        g_loss = objective(recipe, G_LOSS, D, judged, now.g_terms)
        update(state.g_opt, g_loss)

    average(state.G_ema, G, now.decay)
    state.note(d_loss, g_loss, judged.on_real.logits.mean(), judged.on_fake.logits.mean())


class Now(NamedTuple):
    """The numbers of a step that are others at another point of the run, beside those in the optimisers."""

    progress: float
    """0 at the start of the run, 1 at its end"""
    decay: float
    """What is left of G's running average in this step"""
    d_terms: tuple[dict[str, float], ...]
    """For each D step the terms that are due, and their weights"""
    g_terms: dict[str, float]

    @classmethod
    def of(cls, recipe: Recipe, shown: int, images: int) -> Now:
        """After `shown` of `images` images."""
        now = recipe.at(shown / images)
        terms = tuple(due(now, shown // recipe.batch + k) for k in range(recipe.critic_steps))
        return cls(shown / images, decay(now, shown + recipe.batch * recipe.critic_steps), terms, now.g_terms)


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
    batch: int = 0
    """Images of a batch that this process judges"""
    bf16: bool = False
    """Forward passes in half the bits, but for those that a penalty looks at"""
    sound: Tensor = field(default_factory=lambda: torch.zeros((), dtype=torch.int64))
    """How many of these there were before `sums` ceased to be numbers: all of them in a healthy run"""

    @classmethod
    def new(cls, recipe: Recipe, device, bf16: bool = False, processes: int = 1) -> State:
        """The state before the first step; the weights come from the global generator.

        processes: how many share each batch of the recipe.
        """
        # Channels last: convolutions run faster so, on the CPU as on the GPU.
        G, D = (net.to(device, memory_format=torch.channels_last).train() for net in build(recipe))
        G_ema = deepcopy(G).eval().requires_grad_(False)
        optimizers = (optimizer(recipe, f, net, device) for f, net in (("g_optimizer", G), ("d_optimizer", D)))
        sums, sound = torch.zeros(len(CURVES), device=device), torch.zeros((), dtype=torch.int64, device=device)
        return cls(
            G, D, G_ema, *optimizers, sums=sums, sound=sound, batch=recipe.batch // processes, bf16=bf16
        )  # fmt: skip

    @property
    def device(self) -> torch.device:
        return self.sums.device

    def low(self) -> torch.autocast | nullcontext:
        """Around a forward pass that may be taken in bfloat16. Never around an update: it keeps the halved weights."""
        return torch.autocast(self.device.type, torch.bfloat16) if self.bf16 else nullcontext()

    def retune(self, now: Recipe) -> None:
        """Give the optimisers what the recipe's schedule says at this point; without one they keep what they have."""
        for opt, settings in ((self.g_opt, now.g_optimizer), (self.d_opt, now.d_optimizer)):
            for group in opt.param_groups:
                if isinstance(group["lr"], Tensor):
                    group["lr"].fill_(settings.get("lr", opt.defaults["lr"]))
                else:
                    group["lr"] = settings.get("lr", group["lr"])
                if "betas" in settings:
                    group["betas"] = tuple(settings["betas"])

    def constants(self) -> tuple:
        """What a recorded step has built in: all settings of the optimisers but the learning rates."""
        groups = [group for opt in (self.g_opt, self.d_opt) for group in opt.param_groups]
        return tuple(v for group in groups for k, v in group.items() if k not in ("params", "lr"))

    def note(self, *values: Tensor) -> None:
        self.sums += torch.stack([v.detach() for v in values])
        self.sound += (0 * self.sums).sum() == 0  # 0 * inf and 0 * NaN are NaN; nothing here waits for the device

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
            theirs = saved[k]
            if isinstance(part, torch.optim.Optimizer):  # the file may come from another device
                groups = zip(theirs["param_groups"], part.param_groups, strict=True)
                groups = [{**old, **{k: mine[k] for k in FORM if k in mine}} for old, mine in groups]
                theirs = {**theirs, "param_groups": groups}
            part.load_state_dict(theirs)
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


def update(opt: torch.optim.Optimizer, loss: Tensor) -> None:
    opt.zero_grad(set_to_none=True)
    loss.backward()
    mean_gradients(opt)
    opt.step()


def decay(recipe: Recipe, images: int) -> float:
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
