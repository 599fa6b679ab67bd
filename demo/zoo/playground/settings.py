"""What a visitor may set, and a variant of the zoo in small."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

import numpy as np
import torch
from torch.nn.utils import parametrize

from gan_models.checkpoint import build
from gan_models.draws import InitialFrom, drawing_from
from gan_models.penalties import Judged
from gan_models.recipe import Recipe, RecipeError, did_you_mean
from gan_models.registry import LOSSES, NETWORKS, PENALTIES, VIEWS
from gan_models.steps import OPTIMIZERS

from . import data
from .networks import ACTIVATIONS, NORMS, Discriminator

MOST_VARIANTS = 4
LATENTS = ("normal", "uniform")
CHOICES = {"latent": LATENTS, "norm": NORMS, "g_norm": NORMS[:2], "activation": tuple(ACTIVATIONS)}
RANGES = {
    "z_dim": (1, 2),
    "width": (4, 128),
    "depth": (1, 4),
    "batch": (16, 512),
    "steps": (1, 20_000),
    "seed": (0, 2**31 - 1),
    "faster": (0.05, 50.0),
    "dropout": (0.0, 0.8),
    "critic_steps": (1, 10),
    "weight_clip": (0.0, 10.0),
    "weight": (0.0, 1000.0),
    "lr": (1e-6, 1.0),
}
"""Smallest and largest value of each number"""


@dataclass(frozen=True)
class Settings:
    """What the variants of a run have in common. ValueError, one sentence, where a value is out of its range."""

    data: str = "ring"
    """A name in `data.DATA`, or "drawn" """
    points: tuple[tuple[float, float], ...] = ()
    """Of a drawing"""
    z_dim: int = 2
    latent: str = "normal"
    width: int = 64
    """Units of a hidden layer"""
    depth: int = 2
    """Hidden layers of G and of D"""
    activation: str = "leaky_relu"
    batch: int = 128
    steps: int = 3000
    """G steps of the whole run: what schedules go by"""
    faster: float = 5.0
    """Factor of the recipes' learning rates, which are made for long trainings on pictures"""
    seed: int = 0

    def __post_init__(self):
        for f in fields(self):
            if f.name not in ("data", "points"):
                checked(f.name, getattr(self, f.name), f.type)
        object.__setattr__(self, "points", tuple(tuple(point) for point in self.points))
        self.target()

    def target(self) -> data.Target:
        return data.target(self.data, [list(point) for point in self.points])

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Contestant:
    """A variant in small: its objective and its optimisers, on an MLP."""

    recipe: Recipe
    """With the run's batch and learning rates, without what means nothing for points"""
    norm: str = "none"
    """Of D"""
    g_norm: str = "none"
    dropout: float = 0.0
    """Of D: probability that a hidden unit is dropped"""
    notes: tuple[str, ...] = field(default=(), compare=False)
    """A sentence on each thing of the recipe that was left out"""

    @property
    def title(self) -> str:
        return self.recipe.title or self.recipe.name


CHANGES = ("loss", "d_terms", "critic_steps", "weight_clip", "g_lr", "d_lr", "norm", "g_norm", "dropout", "noise")
"""What `contestant` and `Run.change` take"""


def contestant(recipe: Recipe, settings: Settings, **changes: Any) -> Contestant:
    """A recipe in small; changes: {setting: other value}.

    loss: a name in LOSSES, with its default arguments. d_terms: {penalty: weight}, in place of all of them.
    critic_steps, weight_clip. g_lr, d_lr: learning rates. norm, g_norm, dropout: of the networks; where norm is not
    given, it is the recipe's spectral norm, or none. noise: sigma of instance noise, in place of the recipe's views.

    ValueError, one sentence, where a name or a value is none.
    """
    for name in changes:
        if name not in CHANGES:
            raise ValueError(f"A variant has no setting {name[:60]!r}{did_you_mean(name, CHANGES)}.")
    known("loss", changes.get("loss", recipe.loss), LOSSES)
    terms = changes.get("d_terms", recipe.d_terms)
    for name, weight in terms.items():
        known("penalty", name, PENALTIES)
        checked("weight", weight, "float", f"The weight of {name}")
    notes: list[str] = []
    d_terms, g_terms = ({k: v for k, v in t.items() if _fits(k, notes)} for t in (terms, recipe.g_terms))
    views = {"instance_noise": checked("weight", changes["noise"], "float", "The noise")} if "noise" in changes else {}
    for name, strength in {} if "noise" in changes else recipe.views.items():
        if getattr(VIEWS.get(name), "pointwise", False):
            views[name] = strength
        else:
            notes.append(f"Without {name}, which is made for pictures.")
    schedule = {k: v for k, v in recipe.schedule.items() if k in (*d_terms, *g_terms, "lr", "beta2")}
    small = replace(
        recipe,
        loss=changes.get("loss", recipe.loss),
        loss_args=recipe.loss_args if "loss" not in changes else {},
        d_terms=d_terms,
        g_terms=g_terms,
        views=views,
        schedule=schedule,
        critic_steps=checked("critic_steps", changes.get("critic_steps", recipe.critic_steps), "int"),
        weight_clip=checked("weight_clip", changes.get("weight_clip", recipe.weight_clip), "float"),
        g_optimizer=_optimizer(recipe.g_optimizer, changes.get("g_lr"), settings.faster),
        d_optimizer=_optimizer(recipe.d_optimizer, changes.get("d_lr"), settings.faster),
        batch=settings.batch,
        z_dim=settings.z_dim,
        conditional=False,
        class_names=(),
    )
    norm = checked("norm", changes.get("norm", "spectral" if _is_spectral(Known(recipe)) else "none"), "str")
    g_norm = checked("g_norm", changes.get("g_norm", "none"), "str")
    return Contestant(small, norm, g_norm, checked("dropout", changes.get("dropout", 0.0), "float"), tuple(notes))


def checked(name: str, value: Any, kind: str, called: str = "") -> Any:
    """The value, where it is one of its CHOICES or within its RANGES; else a ValueError, one sentence."""
    called = called or name.replace("_", " ").capitalize()
    if name in CHOICES:
        return known(name, value, CHOICES[name])
    low, high = RANGES[name]
    number = isinstance(value, int if kind == "int" else int | float) and not isinstance(value, bool)
    if not number or not low <= value <= high:
        what = "a whole number" if kind == "int" else "a number"
        shown = repr(value)[:40]
        ends = [np.format_float_positional(end, trim="-") if 0 < end < 1 else f"{end:,.10g}" for end in (low, high)]
        raise ValueError(f"{called} must be {what} from {' to '.join(ends)}, and is {shown}.")
    return value


def known(what: str, name: Any, names) -> Any:
    if not isinstance(name, str) or name not in names:
        raise ValueError(f"There is no {what.replace('_', ' ')} {str(name)[:60]!r}{did_you_mean(name, names)}.")
    return name


def contestants(
    recipes: Sequence[Recipe], settings: Settings, changes: Sequence[dict[str, Any]] = ()
) -> tuple[Contestant, ...]:
    """One to MOST_VARIANTS recipes in small; changes: of each, in their order."""
    if not 1 <= len(recipes) <= MOST_VARIANTS:
        raise ValueError(f"A run has 1 to {MOST_VARIANTS} variants, not {len(recipes)}.")
    changes = [*changes, *[{}] * (len(recipes) - len(changes))]
    return tuple(contestant(r, settings, **c) for r, c in zip(recipes, changes, strict=True))


def _fits(penalty: str, notes: list[str]) -> bool:
    """Whether a penalty can be computed for a D that judges points; a note if it cannot."""
    known("penalty", penalty, PENALTIES)
    random = torch.Generator()
    with InitialFrom(random):
        D = Discriminator(2, 1, "none", 0.0, "leaky_relu", True)
    real, fake = (torch.zeros(2, 2, 1, 1, requires_grad=True) for _ in range(2))
    try:
        with drawing_from(random):
            PENALTIES[penalty](D, Judged(real, fake, torch.zeros(2, dtype=torch.int64), D(real), D(fake)))
    except RecipeError as error:
        notes.append(f"Without {penalty}: {error}")
        return False
    return True


class Known:
    """A recipe that can be a key."""

    def __init__(self, recipe: Recipe):
        self.recipe, self.text = recipe, repr(recipe)

    def __hash__(self) -> int:
        return hash(self.text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Known) and self.text == other.text


@functools.lru_cache(maxsize=256)  # to build the networks takes most of the time to a run's first frame
def _is_spectral(known: Known) -> bool:
    """Whether the recipe's own D divides its weights by their largest singular value: a part of its objective, as
    clipping is. Other norms belong to networks of pictures."""
    recipe = known.recipe
    classes = recipe.class_names or ("0", "1") if recipe.conditional else ()
    builder = NETWORKS.get(recipe.network)
    narrow = {"width": 4} if builder and "width" in inspect.signature(builder).parameters else {}  # ten times as fast
    try:
        with torch.random.fork_rng(devices=[]):
            args = {**recipe.network_args, **narrow}
            _, D = build(replace(recipe, class_names=classes, network_args=args))
    except RecipeError:  # a network of somebody else's
        return False
    return any(parametrize.is_parametrized(m) for m in D.modules())


def _optimizer(settings: dict[str, Any], lr: float | None, faster: float) -> dict[str, Any]:
    known("optimiser", settings.get("name"), OPTIMIZERS)
    if lr is None:
        lr = min(settings.get("lr", 1e-3) * faster, RANGES["lr"][1])
    return {**settings, "lr": checked("lr", lr, "float", "A learning rate")}
