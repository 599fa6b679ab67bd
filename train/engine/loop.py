"""The whole training loop, for every variant.

The kind of the recipe decides the step: `step` here for a GAN that draws from noise, `translate.step` for one that
takes a picture. Their common parts are in gan_models/steps.py and parts.py.
"""

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
from gan_models.recipe import AnyRecipe, Recipe, TranslatorRecipe
from gan_models.steps import (
    D_LOSS,
    G_LOSS,
    again,
    at_images,
    clip_weights,
    due,
    frozen,
    judge,
    labels,
    objective,
    optimizer,
    viewer,
)

from . import translate
from .cuda_graph import captured
from .data import Data
from .parts import average, decay, update
from .pool import Pool

CURVES = ("d_loss", "g_loss", "real_logit", "fake_logit")
FORM = ("lr", "capturable", "fused", "foreach")
"""Settings of optimisers that belong to the device and not to the run"""


def train(recipe: AnyRecipe, data: Data, state: State, images: int, report: Callable[[State], None]) -> None:
    """Alternate D and G steps until D has been shown `images` real images; call report(state) after each G step.

    Reads no clock, writes no file, names no variant. Everything that changes is in `state`, the views and the random
    numbers: a run continues exactly from the same state and the same generator state.
    """
    with captured(partial(STEPS[recipe.kind], recipe, data, state), state) as do:
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
        with state.low(now.g_terms):
            on_real, on_fake = again(recipe, D, judged), D(seen, labels(recipe, y))
        judged = judged._replace(fake=seen, on_real=on_real.float(), on_fake=on_fake.float())
        g_loss = objective(recipe, G_LOSS, D, judged, now.g_terms)
        update(state.g_opt, g_loss)

    average(state.G_ema, G, now.decay)
    state.note(d_loss, g_loss, judged.on_real.logits.mean(), judged.on_fake.logits.mean())


STEPS = {Recipe.kind: lambda *args: step(*args), TranslatorRecipe.kind: translate.step}
"""Step of each kind of recipe"""


class Now(NamedTuple):
    """The numbers of a step that change during the run, besides those in the optimisers."""

    progress: float
    """0 at the start of the run, 1 at its end"""
    decay: float
    """The factor of G's old running average in this step"""
    d_terms: tuple[dict[str, float], ...]
    """For each D step the terms that are due, with their weights"""
    g_terms: dict[str, float]

    @classmethod
    def of(cls, recipe: AnyRecipe, shown: int, images: int) -> Now:
        """The numbers after `shown` of `images` images."""
        now = recipe.at(shown / images)
        terms = tuple(due(now, shown // recipe.batch + k) for k in range(recipe.critic_steps))
        return cls(shown / images, decay(now, shown + recipe.batch * recipe.critic_steps), terms, now.g_terms)


@dataclass
class State:
    """The whole state of a run. The averages of the curves stay on the device until they are read."""

    G: nn.Module
    D: nn.Module
    G_ema: nn.Module
    g_opt: torch.optim.Optimizer
    d_opt: torch.optim.Optimizer
    images: int = 0
    """Real images that D has been shown"""
    sums: Tensor = field(default_factory=lambda: torch.zeros(len(CURVES)))
    count: int = 0
    """G steps in `sums`"""
    batch: int = 0
    """Images of a batch that this process judges"""
    bf16: bool = False
    """Forward passes in bfloat16, except those that a penalty uses"""
    sound: Tensor = field(default_factory=lambda: torch.zeros((), dtype=torch.int64))
    """How many of these steps came before `sums` stopped being finite: all of them in a healthy run"""
    pool: nn.Module | None = None
    """Generated pictures of earlier steps (see `TranslatorRecipe.pool`)"""

    @classmethod
    def new(cls, recipe: AnyRecipe, device, bf16: bool = False, processes: int = 1) -> State:
        """The state before the first step; the weights come from the global generator.

        processes: the number that share each batch of the recipe.
        """
        # Channels last: convolutions run faster in this layout, on the CPU and on the GPU.
        G, D = (net.to(device, memory_format=torch.channels_last).train() for net in build(recipe))
        G_ema = deepcopy(G).eval().requires_grad_(False)
        optimizers = (optimizer(recipe, f, net, device) for f, net in (("g_optimizer", G), ("d_optimizer", D)))
        sums, sound = torch.zeros(len(CURVES), device=device), torch.zeros((), dtype=torch.int64, device=device)
        pool = Pool.of(recipe)
        return cls(
            G, D, G_ema, *optimizers, sums=sums, sound=sound, batch=recipe.batch // processes, bf16=bf16,
            pool=pool and pool.to(device),
        )  # fmt: skip

    @property
    def device(self) -> torch.device:
        return self.sums.device

    def low(self, terms: dict[str, float] | None = None) -> torch.autocast | nullcontext:
        """A context for a forward pass that may run in bfloat16. Never for an update: autocast keeps its halved copies
        of weights. terms: those of the loss, if the pass is D's; some keep it in float32."""
        low = self.bf16 and not at_images(terms or {})
        return torch.autocast(self.device.type, torch.bfloat16) if low else nullcontext()

    def retune(self, now: AnyRecipe) -> None:
        """Set the optimisers to the recipe's schedule at this point; without a schedule they do not change."""
        for opt, settings in ((self.g_opt, now.g_optimizer), (self.d_opt, now.d_optimizer)):
            for group in opt.param_groups:
                if isinstance(group["lr"], Tensor):
                    group["lr"].fill_(settings.get("lr", opt.defaults["lr"]))
                else:
                    group["lr"] = settings.get("lr", group["lr"])
                if "betas" in settings:
                    group["betas"] = tuple(settings["betas"])

    def constants(self) -> tuple:
        """The constants of a recorded step: all settings of the optimisers except the learning rates."""
        groups = [group for opt in (self.g_opt, self.d_opt) for group in opt.param_groups]
        return tuple(v for group in groups for k, v in group.items() if k not in ("params", "lr"))

    def note(self, *values: Tensor) -> None:
        self.sums += torch.stack([v.detach() for v in values])
        self.sound += (0 * self.sums).sum() == 0  # 0 * inf and 0 * NaN are NaN; nothing here waits for the device

    def read(self) -> dict[str, float]:
        """Mean of each curve since the last `read`."""
        means = (self.sums / max(self.count, 1)).tolist()
        self.sums.zero_()
        self.sound.zero_()
        self.count = 0
        return dict(zip(CURVES, means, strict=True))

    def finite(self) -> bool:
        """Whether everything that is saved is finite: curves, weights, buffers, optimisers; waits for the device."""
        saved = [self.sums, *(t for one in self.parts().values() for t in tensors(one.state_dict()))]
        sums = [t.detach().sum().to(self.sums) for t in saved if t.is_floating_point()]
        return bool(torch.stack(sums).isfinite().all())

    def parts(self) -> dict[str, nn.Module | torch.optim.Optimizer]:
        """The parts that have a state of their own, by name."""
        named = {k: getattr(self, k) for k in ("G", "D", "G_ema", "g_opt", "d_opt", "pool")}
        return {k: part for k, part in named.items() if part is not None}

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
        self.sound.fill_(self.count)  # only finite states are ever saved


def tensors(nest) -> Iterator[Tensor]:
    """The tensors in a nest of dicts and lists."""
    if isinstance(nest, Tensor):
        yield nest
    elif isinstance(nest, dict | list):
        for one in nest.values() if isinstance(nest, dict) else nest:
            yield from tensors(one)
