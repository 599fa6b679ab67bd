"""One to four variants trained in the plane, in step: the same data, the same latents, the same seed.

The steps are those of the training engine, out of the same functions (`gan_models.steps`) on the registered losses,
penalties and views. What is shown is G itself, not its running average.
"""

from __future__ import annotations

import inspect
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from gan_models.draws import InitialFrom, drawing_from
from gan_models.recipe import Recipe
from gan_models.registry import LOSSES
from gan_models.steps import (
    D_LOSS,
    G_LOSS,
    again,
    clip_weights,
    due,
    judge,
    objective,
    optimizer,
    viewer,
)  # fmt: skip

from .frames import Eye, Frame, View, latents
from .networks import Discriminator, Generator
from .settings import RANGES, Contestant, Settings, contestant, contestants

MOST_FRAMES = 120
"""Frames that a run remembers; then every second one is forgotten"""
MOST_SECONDS = 120.0
"""Seconds of work of one run"""
BLOCK = 50
"""Steps whose batches are drawn at once"""
SLICE = 10
"""Steps between two looks at the clock and at whether the run is cancelled"""
SIDES = ("both", "D", "G")


class Lane:
    """One variant: its networks, its optimisers, its own random numbers (penalties, views and dropout draw some)."""

    def __init__(self, contestant: Contestant, settings: Settings):
        self.contestant, self.settings = contestant, settings
        self.d_steps, self.stopped = 0, ""
        self.losses: tuple[list[Tensor], list[Tensor]] = [], []
        """Of D and of G since the last frame"""
        with InitialFrom(torch.Generator().manual_seed(settings.seed)):  # G starts alike in all variants
            self.G = Generator(settings.z_dim, settings.width, settings.depth, contestant.g_norm, settings.activation)
        self.random = torch.Generator().manual_seed(settings.seed + 1)
        self.D = self._discriminator(self.random)

    @cached_property
    def g_opt(self) -> torch.optim.Optimizer:
        """Made at the first step: the first optimiser of a process takes a second, in which PyTorch imports much."""
        return optimizer(self.contestant.recipe, "g_optimizer", self.G, "cpu")

    @cached_property
    def d_opt(self) -> torch.optim.Optimizer:
        return optimizer(self.contestant.recipe, "d_optimizer", self.D, "cpu")

    def _discriminator(self, random: torch.Generator) -> Discriminator:
        c, s = self.contestant, self.settings
        bias = not getattr(LOSSES[c.recipe.loss], "ignores_shift", False)
        with InitialFrom(random):
            return Discriminator(s.width, s.depth, c.norm, c.dropout, s.activation, bias)

    def become(self, contestant: Contestant) -> None:
        """Go on with other settings. Weights stay where they fit; optimisers begin anew."""
        self.contestant, old = contestant, self.D.state_dict()
        self.D = self._discriminator(torch.Generator().manual_seed(self.settings.seed + 1))
        new = self.D.state_dict()
        self.D.load_state_dict({k: v for k, v in old.items() if k in new and v.shape == new[k].shape}, strict=False)
        self.__dict__.pop("g_opt", None), self.__dict__.pop("d_opt", None)
        self.stopped = ""

    def step(self, batches: Sequence[tuple[Tensor, Tensor]], progress: float, side: str = "both") -> None:
        """The D steps and the G step, or those of one side; batches: (real [B, 2, 1, 1], z [B, z_dim]) of each."""
        recipe, G, D = self.contestant.recipe, self.G, self.D
        look = viewer(recipe, progress)
        for real, z in batches[: recipe.critic_steps] if side != "G" else ():
            with torch.no_grad():
                fake = G(z)
            terms = due(recipe, self.d_steps)
            judged = judge(recipe, D, look(real.detach(), real=True), look(fake), None, terms)
            loss = objective(recipe, D_LOSS, D, judged, terms)
            _update(self.d_opt, loss)
            clip_weights(D, recipe.weight_clip)
            self.d_steps += 1
        if side != "G":
            self.losses[D_LOSS].append(loss.detach())
        if side != "D":
            real, z = batches[recipe.critic_steps - 1]
            seen = look(G(z))
            if side == "G":
                judged = judge(recipe, D, look(real.detach(), real=True), seen.detach(), None, {})
            judged = judged._replace(fake=seen, on_real=again(recipe, D, judged), on_fake=D(seen))
            loss = objective(recipe, G_LOSS, D, judged, recipe.g_terms)
            _update(self.g_opt, loss)
            self.losses[G_LOSS].append(loss.detach())

    def retune(self, progress: float) -> Recipe:
        """Give the optimisers and the penalties what the schedule says now."""
        now = self.contestant.recipe.at(progress)
        for opt, settings in ((self.g_opt, now.g_optimizer), (self.d_opt, now.d_optimizer)):
            for group in opt.param_groups:
                group["lr"] = settings["lr"]
                if "betas" in settings:
                    group["betas"] = tuple(map(float, settings["betas"]))
        return now

    def view(self, eye: Eye) -> View:
        d_loss, g_loss = (torch.stack(some).mean().item() if some else math.nan for some in self.losses)
        self.losses = [], []
        return eye.look(self.contestant.recipe, self.G, self.D, d_loss, g_loss, self.stopped)

    def check(self, step: int) -> None:
        """Stop if a weight is not finite: the training cannot recover."""
        total = sum(p.detach().sum() for net in (self.G, self.D) for p in net.parameters())
        if not torch.isfinite(total):
            self.stopped = (
                f"{self.contestant.title} has diverged: its weights are no longer finite numbers at step {step:,}."
            )


def _update(opt: torch.optim.Optimizer, loss: Tensor) -> None:
    """One step. Of the optimiser's own function, without what PyTorch wraps around it to be profiled and hooked: for
    networks this small it takes as long as the step."""
    params = [p for group in opt.param_groups for p in group["params"]]
    for p, grad in zip(params, torch.autograd.grad(loss, params, allow_unused=True), strict=True):
        p.grad = grad
    with torch.no_grad():
        inspect.unwrap(type(opt).step)(opt)


class Run:
    """A training that its owner moves on; nothing happens in between. Not for several threads at once.

    recipes: of 1 to 4 variants; changes: as in `settings.contestants`. guard: a context manager around each slice of
    work, through which a host gives turns. ValueError, one sentence, where something cannot be.
    """

    def __init__(
        self,
        settings: Settings,
        recipes: Sequence[Recipe],
        changes: Sequence[dict[str, Any]] = (),
        guard: Callable[[], AbstractContextManager] = nullcontext,
        most_seconds: float = MOST_SECONDS,
    ):
        self.settings, self.recipes, self.most_seconds = settings, tuple(recipes), most_seconds
        self.changes = [dict(c) for c in changes] + [{}] * (len(recipes) - len(changes))
        self.contestants = contestants(recipes, settings, changes)
        self.target = settings.target()
        self.step, self.end, self.seconds, self.cancelled = 0, settings.steps, 0.0, False
        self.frames: list[Frame] = []
        self.recorded = 0
        """Frames so far, those that are forgotten too"""
        self._guard = guard
        self._block, self._batches = -1, []
        self._generator = torch.Generator()
        with self._work():
            self._generator.manual_seed(settings.seed)
            self._eye = Eye(settings, self.target, self._generator)
            self.real = self.target.sample(400, self._generator).numpy()
            self.lanes = [Lane(c, settings) for c in self.contestants]
            self._record()

    @property
    def titles(self) -> tuple[str, ...]:
        return tuple(c.title for c in self.contestants)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out of the recipes."""
        return tuple(f"{c.title}: {note}" for c in self.contestants for note in dict.fromkeys(c.notes))

    @property
    def ended(self) -> str:
        """Why the run has ended, one sentence; empty while it can go on."""
        if self.cancelled:
            return "The run was stopped."
        if self.step >= self.end:
            return f"The run is over: {self.step:,} steps."
        if self.seconds >= self.most_seconds:
            done = f"{self.step:,} of {self.end:,} steps"
            return f"The run has used its {self.most_seconds:g} seconds of work, after {done}."
        if all(lane.stopped for lane in self.lanes):
            return self.lanes[0].stopped if len(self.lanes) == 1 else "All variants have diverged."
        return ""

    @property
    def more(self) -> int:
        """Steps by which a run that is over can be made longer: as many as it was to have, within the range."""
        over = self.step >= self.end and self.seconds < self.most_seconds and not all(one.stopped for one in self.lanes)
        return min(self.settings.steps, RANGES["steps"][1] - self.end) if over and not self.cancelled else 0

    def extend(self) -> None:
        """Let a run that is over go on for `more` steps; its schedules stay where they ended."""
        self.end += self.more

    def cancel(self) -> None:
        """Cancel the run, also while another thread trains it: it ends within SLICE steps."""
        self.cancelled = True

    def advance(self, steps: int | None = None, every: int = 50) -> Iterator[Frame]:
        """Train on, `steps` or to the end; a frame after each `every` steps and at the end. To close it is to pause."""
        end = self.end if steps is None else min(self.step + steps, self.end)
        while self.step < end and not self.ended:
            until = min(self.step - self.step % every + every, end)
            while self.step < until and not self.ended:
                with self._work():
                    self._slice(min(SLICE - self.step % SLICE, until - self.step))
            with self._work():
                frame = self._record()
            yield frame

    def single(self, side: str = "both") -> Frame:
        """One step of one side, or of both (a G step with the D steps before it), and what is seen then."""
        if side not in SIDES:
            raise ValueError(f"A step is one of {', '.join(SIDES)}, not {str(side)[:40]!r}.")
        with self._work():
            if not self.ended:
                self._slice(1, side)
            return self._record("" if side == "both" else side)

    def change(self, variant: int, **changes: Any) -> None:
        """Other settings of one variant from now on, as in `settings.contestant`; its networks go on as they are."""
        self.settle(variant, {**self.changes[variant], **changes})

    def settle(self, variant: int, changes: dict[str, Any]) -> None:
        """As `change`, in place of all changes of the variant so far."""
        made = contestant(self.recipes[variant], self.settings, **changes)
        with self._work():
            self.lanes[variant].become(made)
            self.changes[variant] = dict(changes)
            self.contestants = tuple(lane.contestant for lane in self.lanes)

    def _slice(self, n: int, side: str = "both") -> None:
        n = max(n, 0)  # two tabs may move the same run on
        for lane in self.lanes:
            if lane.stopped:
                continue
            recipe, tuned = lane.contestant.recipe, lane.contestant
            progress = self._progress(self.step // SLICE * SLICE)  # the same whenever somebody looks
            if recipe.schedule:
                lane.contestant = replace(tuned, recipe=lane.retune(progress))
            with drawing_from(lane.random):
                for k in range(self.step, self.step + n):
                    lane.step(self._batch(k), self._progress(k), side)
            lane.contestant = tuned
            lane.check(self.step + n)
        self.step += n if side != "D" else 0

    def _progress(self, step: int) -> float:
        """What schedules go by, 0 to 1."""
        return min(step / self.settings.steps, 1.0)

    def _batch(self, step: int) -> list[tuple[Tensor, Tensor]]:
        """The batches of a step, the same whatever the variants: their first is drawn for all, the second for those
        with two critic steps, and so on."""
        block, at = divmod(step, BLOCK)
        deepest = max(lane.contestant.recipe.critic_steps for lane in self.lanes)
        if block != self._block or len(self._batches) < deepest:
            self._block, self._batches = block, []
            size = self.settings.batch
            for k in range(deepest):
                self._generator.manual_seed((self.settings.seed * 1_000_003 + block) * 16 + k)
                real = self.target.sample(BLOCK * size, self._generator).view(BLOCK, size, 2, 1, 1)
                z = latents(self.settings, BLOCK * size, self._generator).view(BLOCK, size, -1)
                self._batches.append((real, z))
        return [(real[at], z[at]) for real, z in self._batches]

    def _record(self, phase: str = "") -> Frame:
        frame = Frame(self.step, tuple(lane.view(self._eye) for lane in self.lanes), phase, self.recorded)
        self.recorded += 1
        self.frames.append(frame)
        if len(self.frames) > MOST_FRAMES:
            self.frames = [*self.frames[:-1:2], self.frames[-1]]
        return frame

    @contextmanager
    def _work(self) -> Iterator[None]:
        """Around all work: the guard's turn, and the clock."""
        with self._guard():
            begun = time.thread_time()
            try:
                yield
            finally:
                self.seconds += time.thread_time() - begun
