"""One search for all tasks: find the latent whose picture, seen through an operator A, is nearest to the observation.

    minimise ||A G(z) - y||^2 over z                        (Bora et al. 2017, arXiv:1703.03208, equation 2)

The generator is in evaluation mode and does not change; only latents do. Bora et al. add a prior on the length of z;
here the latent stays on a sphere, or among the network's own styles (see space.py).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..arguments import checked_seeds, classes_of, is_number, short, whole
from ..folder import CheckpointError
from ..found import Latent
from ..sampling import CHUNK, GAN, chunks, latents
from .operators import Operator, as_float, operator
from .space import Space, draw, space_of

MOST_TARGETS, MOST_RESTARTS, MOST_STEPS = 64, 64, 5_000
"""Limits of one call"""
MOST_VALUE = 20.0
"""Of a float target: an observation is within [-1, 1], but for its noise of at most MOST_SIGMA"""
SEEDS = range(1000)
"""Seeds of the random latents that may be starting points"""
RATE, BETAS, EPS = 0.6, (0.9, 0.999), 1e-8
"""Settings of Adam; the rate falls to 0 along a cosine. Coordinates have unit variance, so it suits every network"""
ALIGN = 4
"""Each target's rows begin at a multiple of this number: elsewhere a library may round a row differently"""
MOMENTS = 12
"""Moments in `Fit.path`"""
FEWER = ((0.25, 8), (0.5, 4))
"""(share of the steps, answers kept): after this share only the best answers of each target continue, if the whole
picture is known, since the others seldom win. If A loses information, several answers are wanted, and all continue"""


@dataclass(frozen=True, eq=False)
class Fit:
    """The result of a search: R answers for each of N targets, the best one first."""

    latents: Tensor
    """float32 [N, R, D], z or w, as `space` says"""
    labels: Tensor | None
    """int64 [N, R], the class of each answer; None for an unconditional recipe"""
    pictures: np.ndarray
    """uint8 [N, R, H, W, C]"""
    errors: np.ndarray
    """float64 [N, R]: mean squared error of A G(z) against the observation, over the known values, in units where black
    is -1 and white is 1"""
    history: np.ndarray
    """float64 [T, N]: the smallest error that any answer had after 0, 1, ... steps"""
    path: Tensor
    """float32 [M, N, D]: the best answer so far at some moments, from the first guess to the end"""
    path_labels: Tensor | None
    """int64 [M, N], their classes"""
    path_steps: tuple[int, ...]
    """[M], after how many steps each moment was"""
    space: str
    """ "z" or "w" """
    seconds: float
    """How long the search took"""
    stopped: str
    """ "" if all steps were done, "time" or "cancelled" if not"""

    @property
    def texts(self) -> list[str]:
        """The best answer to each target as text (see `gan_models.found`), N of them, which `GAN.interpolate` and
        `GAN.moved` accept like seeds."""
        labels = [None] * len(self.latents) if self.labels is None else self.labels[:, 0].tolist()
        found = zip(self.latents[:, 0].numpy(), labels, strict=True)
        return [Latent(self.space, label, values).text for values, label in found]

    @property
    def psnr(self) -> np.ndarray:
        """The errors in dB, float64 [N, R]: 10 log10(4 / error), for a range of 2 from black to white."""
        return decibels(self.errors)

    def different(self, target: int, most: int = 8, gap: float = 0.05) -> list[int]:
        """Indices of clearly different answers to one target, best first: `most` at most.

        gap: two pictures are different if their root mean square difference is above it; black to white is 1.
        """
        kept: list[int] = []
        pictures = self.pictures[target].astype(np.float64) / 255
        for k, one in enumerate(pictures):
            if len(kept) < most and all(np.sqrt(np.mean((one - pictures[j]) ** 2)) > gap for j in kept):
                kept.append(k)
        return kept


def decibels(errors) -> np.ndarray:
    """Mean squared errors, for a range of 2 -> PSNR in dB; at most 120."""
    return 10 * np.log10(4 / np.maximum(np.asarray(errors, np.float64), 4e-12))


def fit(
    gan: GAN,
    targets,
    operator: str | Operator = "identity",
    *,
    labels: Sequence | None = None,
    restarts: int = 16,
    steps: int = 150,
    space: str | None = None,
    seeds: Sequence[int] = SEEDS,
    seconds: float | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> Fit:
    """The latents whose pictures are nearest to the targets, as seen through the operator.

    targets: observations, 64 at most: uint8 [N, h, w, c], or float [N, c, h, w] in units of [-1, 1], as
        `Operator.observe` makes them from whole pictures.
    operator: a name, or an Operator with settings: `operator("downscale", factor=2)`.
    labels: the class of each target; None searches for the class too, if the recipe has classes.
    restarts: R, from 1 to 64 starting points for each target. The first is the encoder's latent, if the GAN has an
        encoder and the whole picture is known; the others are the nearest of the random latents.
    steps: steps of Adam, 0 to 5,000; 0 gives the starting points.
    space: "z", or "w" for a style-based network (the default there).
    seeds: seeds of the random latents, R or more. Where the class is searched for, each begins with the class that
        `sample` gives its seed (seed mod K): fewer seeds than classes leave classes out.
    seconds: the search ends after this time with its best answers so far; None: when all steps are done.
    progress: called as progress(step, steps) after each step; the search ends if it returns False.

    The same target, seeds and settings give the same answer whatever the other targets are, to the last bit on one CPU.
    Raises ValueError, with one sentence, if an argument does not fit; CheckpointError if G draws values that are not
    finite.
    """
    began = time.monotonic()
    op = operator_of(operator)
    y = checked_targets(gan, targets, op)
    for name, value, least, most in (("restarts", restarts, 1, MOST_RESTARTS), ("steps", steps, 0, MOST_STEPS)):
        if not whole(value) or not least <= value <= most:
            raise ValueError(f"{name} are a whole number from {least} to {most:,}, not {short(value)}.")
    seeds = checked_seeds(seeds, restarts, None, f"{restarts} restarts need as many seeds or more")
    if seconds is not None and not (is_number(seconds) and seconds > 0):
        raise ValueError(f"seconds are a number above 0, not {short(seconds)}.")
    asked = None if labels is None else classes_of(gan.recipe, labels, len(y))
    with torch.inference_mode(False), torch.enable_grad():
        y = y.clone()  # it may have been made in inference mode
        z, classes = latents(seeds, gan.recipe.z_dim), gan.recipe.classes
        every = None if not classes else torch.tensor(seeds) % classes
        where = space_of(gan, space, z, one_hot(every, classes))
        search = _Search(gan, op, where, y, *_starts(gan, op, where, y, asked, z, every, restarts))
        stopped = ""
        for step in range(steps):
            if seconds is not None and time.monotonic() - began > seconds:
                stopped = "time"
                break
            search.step(step, steps)
            if progress is not None and progress(step + 1, steps) is False:
                stopped = "cancelled"
                break
        search.look()
    return search.result(time.monotonic() - began, stopped)


operator_of = operator
"""A second name, since an argument of `fit` hides the first"""


def checked_targets(gan: GAN, targets, op: Operator) -> Tensor:
    """Observations as float32 [N, c, h, w] on the CPU. Raises ValueError if they do not fit the recipe and the
    operator."""
    channels, height, width = op.shape(gan.recipe)
    right = f"targets of {op.name} are uint8 [N, {height}, {width}, {channels}]"
    try:
        n = len(targets)
    except TypeError:
        raise ValueError(f"{right}, not {short(type(targets).__name__)}.") from None
    if not 1 <= n <= MOST_TARGETS:  # before anything is copied
        raise ValueError(f"1 to {MOST_TARGETS} pictures can be searched for in one call, not {n:,}.")
    if isinstance(targets, Tensor) and targets.is_floating_point():
        if tuple(targets.shape[1:]) != (channels, height, width):
            raise ValueError(f"{right} or float [N, {channels}, {height}, {width}], not float {list(targets.shape)}.")
        if not targets.isfinite().all():
            raise ValueError("a target holds values that are not finite.")
        if (most := targets.abs().max().item()) > MOST_VALUE:
            raise ValueError(f"float targets are in units of [-1, 1], and one holds {most:.3g}: give uint8 instead.")
        y = targets.detach().cpu().float()
    else:
        try:
            array = targets.cpu().numpy() if isinstance(targets, Tensor) else np.asarray(targets)
        except (TypeError, ValueError):  # a list of pictures of several shapes
            raise ValueError(f"{right}, all of one shape.") from None
        if array.dtype != np.uint8 or array.shape[1:] != (height, width, channels):
            raise ValueError(f"{right}, not {array.dtype} {list(array.shape)}.")
        y = as_float(array)
    if not op.loses:
        flat = y.flatten(1)
        empty = (flat.amax(1) == flat.amin(1)).nonzero().flatten().tolist()
        if empty:
            raise ValueError(f"picture {empty[0]} is empty: all its pixels are alike.")
    return op(y) if op.fn.projection else y


def one_hot(labels: Tensor | None, classes: int) -> Tensor | None:
    """int64 [N] -> float32 [N, K]; None for None."""
    return None if labels is None else torch.nn.functional.one_hot(labels, classes).float()


def row_errors(op: Operator, x: Tensor, y: Tensor, count: int) -> Tensor:
    """Pictures [M, C, H, W], observations [M, c, h, w] (or a single one) -> mean squared error of each [M]."""
    return (op(x) - y).square().flatten(1).sum(1) / count


def _starts(
    gan: GAN, op: Operator, where: Space, y: Tensor, asked: Tensor | None, z: Tensor, own: Tensor | None, restarts: int
):
    """(points [N, R, D], labels [N, R] or None) to begin at. own: the class of each of the latents z, int64."""
    k, count = gan.recipe.classes, op.count(gan.recipe)
    given = _encoded(gan, where, y, asked, restarts) if gan.encoder is not None and not op.loses else [[]] * len(y)
    if k and asked is None:
        pools = {None: own}
    else:
        pools = {
            c: None if c is None else torch.full((len(z),), c) for c in ([None] if not k else asked.unique().tolist())
        }
    points: list[list[Tensor]] = [[p for p, _ in found][:restarts] for found in given]
    labels: list[list[int]] = [[c for _, c in found][:restarts] for found in given]
    for c, classes in pools.items():
        here = [i for i in range(len(y)) if (asked is None or asked[i] == c) and len(points[i]) < restarts]
        if not here:
            continue
        weights = one_hot(classes, k)
        p = where.points(z, weights)
        errors: list[list[Tensor]] = [[] for _ in here]
        with torch.no_grad():
            for n, *part in chunks(p, weights):
                x = where.draw(*(None if t is None else t.to(gan.device) for t in part)).cpu()
                for found, i in zip(errors, here, strict=True):
                    found.append(row_errors(op, x, y[i : i + 1], count)[:n])
        for found, i in zip(errors, here, strict=True):
            order = torch.cat(found).sort(stable=True).indices.tolist()
            for row in _varied(order, classes if asked is None else None, restarts)[: restarts - len(points[i])]:
                points[i].append(p[row])
                labels[i].append(-1 if classes is None else int(classes[row]))
    return torch.stack([torch.stack(found) for found in points]), torch.tensor(labels) if k else None


def _encoded(gan: GAN, where: Space, y: Tensor, asked: Tensor | None, restarts: int) -> list[list[tuple]]:
    """The encoder's latents of whole pictures, for each target a list of (point, class): for a conditional recipe with
    the two likeliest classes, unless a class is given."""
    k, found = gan.recipe.classes, []
    with torch.no_grad():
        for n, part in chunks(y):
            z, likely = gan.encoder(part.to(gan.device))
            for i in range(n):
                picked = [-1]
                if k:
                    picked = likely[i].topk(min(2, k)).indices.tolist() if asked is None else [int(asked[len(found)])]
                rows = z[i : i + 1].cpu().repeat(len(picked), 1)
                weights = one_hot(torch.tensor(picked), k) if k else None
                found.append(list(zip(where.points(rows, weights), picked, strict=True)))
    return found


def _varied(order: list[int], classes: Tensor | None, restarts: int) -> list[int]:
    """Rows in order, at most a quarter of the restarts from one class; then the rows left out."""
    if classes is None:
        return order
    most, seen, first, late = max(1, restarts // 4), {}, [], []
    for row in order:
        c = int(classes[row])
        seen[c] = seen.get(c, 0) + 1
        (first if seen[c] <= most else late).append(row)
    return first + late


class _Search:
    """Adam on the rows of all targets: points [N, R, D] on the CPU, in batches of one size."""

    def __init__(self, gan: GAN, op: Operator, where: Space, y: Tensor, p: Tensor, labels: Tensor | None):
        self.gan, self.op, self.where, self.y, self.p, self.labels = gan, op, where, y, p, labels
        self.count, self.floor = op.count(gan.recipe), op.sigma**2
        self.live = torch.arange(p.shape[1]).repeat(len(p), 1)  # [N, r], the answers that continue
        self.each = max(1, CHUNK // _slot(p.shape[1]))  # targets of a batch, few or many answers
        self.m, self.v = torch.zeros_like(p), torch.zeros_like(p)
        self.best, self.errors = p.clone(), torch.full(p.shape[:2], math.inf)
        self.history: list[Tensor] = []
        self.moments: list[tuple[int, Tensor, Tensor]] = []
        self.kept = 0

    def batches(self) -> Iterator[tuple[slice, Tensor, Tensor]]:
        """(targets, target of each row [B], restart of each row [B]): every batch of a step has the same number of
        rows, and each target's rows begin at a multiple of ALIGN; unused rows repeat the last."""
        n, r = self.live.shape
        slot = _slot(r)
        place = torch.arange(slot).clamp(max=r - 1).repeat(self.each)
        for start in range(0, n, self.each):
            target = torch.arange(start, start + self.each).clamp(max=n - 1).repeat_interleave(slot)
            yield slice(start, min(start + self.each, n)), target, self.live[target, place]

    def evaluated(self, gradient: bool) -> tuple[Tensor, Tensor | None]:
        """Errors [N, R] of the points, and their gradient [N, R, D]; infinite and 0 for answers that do not
        continue."""
        errors, slopes = torch.full_like(self.errors, math.inf), torch.zeros_like(self.p) if gradient else None
        r = self.live.shape[1]
        for targets, i, j in self.batches():
            p = self.p[i, j].to(self.gan.device).requires_grad_(gradient)
            y = None if self.labels is None else one_hot(self.labels[i, j], self.gan.recipe.classes).to(self.gan.device)
            with torch.set_grad_enabled(gradient):
                found = row_errors(self.op, self.where.draw(p, y), self.y[i].to(self.gan.device), self.count)
            rows, live = torch.arange(targets.start, targets.stop)[:, None], self.live[targets]
            errors[rows, live] = _rows(found.detach().cpu(), len(live), r)
            if gradient:
                (slope,) = torch.autograd.grad(found.sum(), p)
                slopes[rows, live] = _rows(slope.cpu(), len(live), r)
        if not errors.gather(1, self.live).isfinite().all():
            raise CheckpointError(f"{self.gan.recipe.name} draws values that are not finite: its weights are damaged.")
        return errors, slopes

    def keep(self, errors: Tensor) -> None:
        """Remember points that are better than all before them. A noisy observation is fitted only until the error is
        as large as the noise (Morozov's discrepancy principle)."""
        better = (errors < self.errors) & (self.errors > self.floor)
        self.errors = torch.where(better, errors, self.errors)
        self.best = torch.where(better[..., None], self.p, self.best)
        self.history.append(self.errors.min(1).values)

    def fewer(self, at: int, steps: int) -> None:
        """At the steps of FEWER, let only the best answers continue."""
        if self.op.loses:
            return
        for share, most in FEWER:
            if at >= share * steps and self.live.shape[1] > most:
                best = self.errors.gather(1, self.live).sort(dim=1, stable=True).indices[:, :most]
                self.live = self.live.gather(1, best).sort(dim=1).values

    def step(self, at: int, steps: int) -> None:
        self.fewer(at, steps)
        errors, slope = self.evaluated(True)
        self.keep(errors)
        if at * (MOMENTS - 1) >= len(self.moments) * steps:
            self.moment(at)
        slope = self.where.along(self.p, slope)
        self.m.lerp_(slope, 1 - BETAS[0])
        self.v.lerp_(slope.square(), 1 - BETAS[1])
        m, v = self.m / (1 - BETAS[0] ** (at + 1)), self.v / (1 - BETAS[1] ** (at + 1))
        rate = RATE * 0.5 * (1 + math.cos(math.pi * at / steps))
        self.p = self.where.hold(self.p - rate * m / (v.sqrt() + EPS))

    def look(self) -> None:
        """Evaluate the last points too."""
        self.keep(self.evaluated(False)[0])
        self.moment(len(self.history) - 1)

    def moment(self, at: int) -> None:
        rows = torch.arange(len(self.y))
        first = self.errors.argmin(1)
        labels = None if self.labels is None else self.labels[rows, first]
        self.moments.append((at, self.best[rows, first], labels))

    def result(self, seconds: float, stopped: str) -> Fit:
        order = self.errors.sort(dim=1, stable=True).indices
        rows = torch.arange(len(order))[:, None]
        best, k = self.best[rows, order], self.gan.recipe.classes
        labels = None if self.labels is None else self.labels[rows, order]
        flat = None if labels is None else labels.flatten()

        def shown(p: Tensor, classes: Tensor | None) -> Tensor:
            parts = chunks(p, one_hot(classes, k))  # batches of one size, as everywhere
            return torch.cat([self.where.latents(*part)[:n] for n, *part in parts]).detach()

        found = shown(best.flatten(0, 1), flat)
        pictures = draw(self.gan, found, None if flat is None else flat.tolist(), self.where.name)
        steps, points, classes = zip(*self.moments, strict=True)
        path = [shown(p, c) for p, c in zip(points, classes, strict=True)]
        return Fit(
            latents=found.unflatten(0, best.shape[:2]),
            labels=labels,
            pictures=pictures.reshape(*best.shape[:2], *pictures.shape[1:]),
            errors=self.errors[rows, order].double().numpy(),
            history=torch.stack(self.history).double().numpy(),
            path=torch.stack(path),
            path_labels=None if labels is None else torch.stack(classes),
            path_steps=steps,
            space=self.where.name,
            seconds=seconds,
            stopped=stopped,
        )


def _slot(r: int) -> int:
    """Rows of a batch that a target with r answers takes."""
    return -(-r // ALIGN) * ALIGN


def _rows(values: Tensor, n: int, r: int) -> Tensor:
    """Values of a batch's rows [B, ...] -> those of its answers [n, r, ...]."""
    return values.unflatten(0, (-1, _slot(r)))[:n, :r]
