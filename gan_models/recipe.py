"""A GAN variant as data: which networks, which objective, which tricks. No torch import here.

There are two kinds: `Recipe`, whose generator draws from noise, and `TranslatorRecipe`, whose generator takes a
picture. `AnyRecipe` holds what they have in common.
"""

from __future__ import annotations

import difflib
import json
import math
from copy import copy
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, ClassVar

from . import limits


class RecipeError(ValueError):
    """An invalid recipe: the message is one sentence that says what would be valid."""


WORDS = ("name", "title", "year", "paper", "parent", "summary", "objective")
"""Fields with names and texts of a variant; the others are settings"""


def adam(lr: float, beta1: float, beta2: float) -> dict[str, Any]:
    """Adam's settings in the form that `g_optimizer` and `d_optimizer` take."""
    return {"name": "Adam", "lr": lr, "betas": [beta1, beta2]}


@dataclass(frozen=True)
class AnyRecipe:
    """Everything that distinguishes one variant from another, for both kinds. Every field is plain JSON."""

    kind: ClassVar[str]
    """Name of the kind in `KINDS`"""
    what: ClassVar[str]
    """The kind in words"""
    format: ClassVar[int] = 1
    """Version of its checkpoint folders' format; raised when an older program could no longer read them"""
    cycle = False
    """Whether there are two G and two D, one pair per direction"""
    adversarial = 1.0
    """Weight of the adversarial loss in G's objective"""

    name: str
    """File name of the training script and of the checkpoint folder"""
    # What the screens show about it
    title: str = ""
    year: int = 0
    """Year of the paper; 0 = none"""
    paper: str = ""
    """Authors, title, arXiv number"""
    parent: str = ""
    """Name of the variant that this one changes; empty = a root"""
    summary: str = ""
    """One paragraph"""
    objective: str = ""
    """TeX, without dollar signs"""
    # Networks: a name in NETWORKS and that builder's keyword arguments
    network: str = "dcgan"
    network_args: dict[str, Any] = field(default_factory=dict)
    size: int = 28
    """Pixels per side of the pictures that G makes; set from the data"""
    channels: int = 1
    """1 = grey, 3 = RGB; set from the data"""
    # Objective: names in LOSSES and PENALTIES
    loss: str = "non_saturating"
    loss_args: dict[str, float] = field(default_factory=dict)
    d_terms: dict[str, float] = field(default_factory=dict)
    """Penalty -> weight, added to D's loss"""
    g_terms: dict[str, float] = field(default_factory=dict)
    """Penalty -> weight, added to G's loss"""
    # What D is shown: view in VIEWS -> strength, applied in this order
    views: dict[str, float] = field(default_factory=dict)
    # Optimisation
    critic_steps: int = 1
    """D steps per G step"""
    weight_clip: float = 0.0
    """Each weight of D is clamped to +- this after each D step; 0 = off"""
    g_optimizer: dict[str, Any] = field(default_factory=lambda: adam(2e-4, 0.5, 0.999))
    d_optimizer: dict[str, Any] = field(default_factory=lambda: adam(2e-4, 0.5, 0.999))
    ema_half_life: int = 10_000
    """Half-life, in images, of the running average of G's weights; 0 = no average"""
    batch: int = 64
    schedule: dict[str, Any] = field(default_factory=dict)
    """Setting -> [first, last] or [first, last, "cosine"]: factors of the recipe's own value, at the start and at the
    end of the run. Settings: lr and beta2 of both optimisers, ema_half_life, each penalty by its name"""
    lazy: int = 1
    """Gradient penalties are taken at every lazy-th D step, with lazy times their weight; 1 = at every step"""

    def __post_init__(self):
        for f in fields(self):
            object.__setattr__(self, f.name, _checked(self.name, f, getattr(self, f.name)))
        for name in (f.name for f in fields(self) if f.name in _RANGES):
            (low, high), value = _RANGES[name], getattr(self, name)
            if not low <= value <= high:
                raise RecipeError(f"recipe {self.name!r}: {name} is {limits.shown(value)}, must be {low} to {high}.")
        for view, strength in self.views.items():
            if strength < 0:
                raise RecipeError(f"recipe {self.name!r}: views has {view}={strength}, must be 0 or more.")
        for name, rule in self.schedule.items():
            self._check_rule(name, rule)
        for name in ("network_args", "g_optimizer", "d_optimizer"):
            if words := limits.plain(getattr(self, name)):
                raise RecipeError(f"recipe {self.name!r}: {name} must be name=value pairs, each {words}.")
        if self.schedule:  # between its ends no value leaves their range
            self._check_end("start", 0.0)
            self._check_end("end", 1.0)

    def _check_end(self, when: str, progress: float) -> None:
        """Raise a RecipeError if the schedule brings a setting to a value that no recipe may have."""
        end = copy(self)
        vars(end).update(self._scheduled(progress), schedule={})
        try:
            AnyRecipe.__post_init__(end)
        except RecipeError as error:
            here = f"recipe {self.name!r}: "
            raise RecipeError(f"{here}at the {when} of its schedule {str(error).removeprefix(here)}") from None

    def _check_rule(self, name: str, rule) -> None:
        """Raise a RecipeError if an entry of `schedule` is invalid."""
        start = f"recipe {self.name!r}: schedule"
        known = [*SCHEDULED, *self.d_terms, *self.g_terms]
        if name not in known:
            raise RecipeError(f"{start} names {limits.shown(name)}{did_you_mean(name, known)}.")
        shaped = isinstance(rule, list) and len(rule) in (2, 3) and not any(fits("float", f) for f in rule[:2])
        if not shaped or min(rule[:2]) < 0 or rule[2:] not in ([], ["cosine"]):
            raise RecipeError(
                f"{start} has {name}={limits.shown(rule)}, "
                'must be [first, last] or [first, last, "cosine"]: factors of 0 or more.'
            )
        for side in ("g_optimizer", "d_optimizer"):
            settings = getattr(self, side)
            if name == "lr" and fits("float", settings.get("lr")):
                raise RecipeError(f"{start} names lr, but {side} has no lr.")
            if name == "beta2":
                betas = settings.get("betas")
                if not isinstance(betas, list) or len(betas) != 2 or any(fits("float", b) for b in betas):
                    raise RecipeError(f"{start} names beta2, but {side} has no betas.")
                if max(rule[:2]) * betas[1] >= 1:
                    raise RecipeError(
                        f"{start} brings beta2 of {side} to {max(rule[:2]) * betas[1]:g}, must be below 1."
                    )

    def at(self, progress: float) -> Recipe:
        """The recipe at a point of the run, 0 at its start and 1 at its end: with the scheduled values
        in place of its own, and without a schedule."""
        if not self.schedule:
            return self
        return replace(self, **self._scheduled(progress), schedule={})

    def _scheduled(self, progress: float) -> dict[str, Any]:
        """The fields that the schedule may change, with their values at a point of the run."""
        # beta2 changes in hundredths of the run: a recorded CUDA graph contains its value and is recorded anew for
        # each.
        steps = {"beta2": math.floor(progress * 100) / 100}
        factor = {name: _between(*rule, progress=steps.get(name, progress)) for name, rule in self.schedule.items()}

        def optimizer(settings):
            if "lr" in factor:
                settings = {**settings, "lr": settings["lr"] * factor["lr"]}
            if "beta2" in factor:
                beta1, beta2 = settings["betas"]
                settings = {**settings, "betas": [beta1, beta2 * factor["beta2"]]}
            return settings

        def terms(weights):
            return {name: weight * factor.get(name, 1.0) for name, weight in weights.items()}

        return {
            "g_optimizer": optimizer(self.g_optimizer),
            "d_optimizer": optimizer(self.d_optimizer),
            "ema_half_life": round(self.ema_half_life * factor.get("ema_half_life", 1.0)),
            "d_terms": terms(self.d_terms),
            "g_terms": terms(self.g_terms),
        }

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of G's input for one picture."""
        raise NotImplementedError

    @property
    def judged_channels(self) -> int:
        """Channels of D's input."""
        return self.channels

    def resized(self, size: int, channels: int):
        """The same recipe for pictures of another size and with other channels."""
        return replace(self, size=size, channels=channels)

    def to_json(self) -> dict[str, Any]:
        return json.loads(json.dumps(asdict(self)))

    @classmethod
    def from_json(cls, data: dict[str, Any]):
        """The recipe of a JSON object, of this kind. An unknown or missing key is a RecipeError."""
        if not isinstance(data, dict):
            raise RecipeError(f"a recipe is a JSON object, not {type(data).__name__}.")
        known = [f.name for f in fields(cls)]
        for key in data:
            if key not in known:
                raise RecipeError(f"a recipe has no field {limits.shown(key)}{did_you_mean(key, known)}.")
        if "name" not in data:
            raise RecipeError("a recipe needs a name.")
        return cls(**data)


@dataclass(frozen=True)
class Recipe(AnyRecipe):
    """A GAN that draws a picture from noise."""

    kind: ClassVar[str] = "gan"
    what: ClassVar[str] = "a GAN that draws from noise"
    z_dim: int = 64
    conditional: bool = False
    """True: G and D take labels"""
    class_names: tuple[str, ...] = ()
    """Set from the data where `conditional`; empty otherwise"""

    def __post_init__(self):
        super().__post_init__()
        if len(self.class_names) > limits.CLASSES:
            raise RecipeError(
                f"recipe {self.name!r} has {len(self.class_names):,} class names; there may be {limits.CLASSES:,}."
            )
        if self.class_names and not self.conditional:
            raise RecipeError(f"recipe {self.name!r} has class names but is not conditional.")

    @property
    def classes(self) -> int:
        """Number of labels that G and D take; 0 = none."""
        return len(self.class_names)

    @property
    def input_shape(self) -> tuple[int, ...]:
        return (self.z_dim,)


@dataclass(frozen=True)
class TranslatorRecipe(AnyRecipe):
    """A GAN whose generator turns a given picture into another."""

    kind: ClassVar[str] = "translator"
    what: ClassVar[str] = "a translator, which takes a picture"
    format: ClassVar[int] = 2
    conditional: ClassVar[bool] = False
    """A translator takes no labels: its input is the given picture"""
    classes: ClassVar[int] = 0
    class_names: ClassVar[tuple[str, ...]] = ()
    network: str = "unet"
    rule: str = "edges"
    """The rule that makes both domains from one data set: a name in `domains.RULES`. Empty = given by --a and --b"""
    domains: tuple[str, ...] = ()
    """What the given pictures and the wanted ones are called; set from the data"""
    given_size: int = 28
    """Pixels per side of the pictures that G takes; set from the data"""
    given_channels: int = 1
    """Channels of the pictures that G takes; set from the data"""
    cycle: bool = False
    """False: every given picture has its truth, and there is one G. True: the two domains have no pairs, and there are
    two G, one for each direction, and a D for each domain"""
    d_sees_given: bool = False
    """True: D also sees the given picture, as further channels, and judges whether the two belong together"""
    adversarial: float = 1.0
    """Weight of the adversarial loss in G's objective; 0 = G learns from the truth alone and D has no influence"""
    pool: int = 0
    """Number of generated pictures kept to show D again later; 0 = none (Shrivastava et al. 2017, arXiv:1612.07828)"""

    def __post_init__(self):
        super().__post_init__()
        start = f"recipe {self.name!r}"
        if len(self.domains) not in (0, 2):
            raise RecipeError(f"{start} has {len(self.domains)} domains, must be two: the given and the wanted one.")
        if self.d_sees_given and (self.cycle or self.given_size != self.size):
            sizes = f"pictures of {self.given_size} pixels are given and of {self.size} are made"
            why = "a cycle has no pairs" if self.cycle else sizes
            raise RecipeError(f"{start}: d_sees_given is true, but {why}; set it to false.")
        if 0 < self.pool < self.batch:
            raise RecipeError(f"{start}: pool is {self.pool}, must be 0 or at least a batch, {self.batch}.")
        if self.cycle and (self.given_size, self.given_channels) != (self.size, self.channels):
            raise RecipeError(
                f"{start}: the two domains of a cycle must have one size and one number of channels, and these have "
                f"{self.given_size} px in {self.given_channels} and {self.size} px in {self.channels}."
            )

    @property
    def input_shape(self) -> tuple[int, ...]:
        return (self.given_channels, self.given_size, self.given_size)

    def resized(self, size: int, channels: int):
        given = size * self.given_size // self.size
        return replace(self, size=size, channels=channels, given_size=given, given_channels=channels)

    @property
    def judged_channels(self) -> int:
        return self.channels + (self.given_channels if self.d_sees_given else 0)

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, **super().to_json()}

    @classmethod
    def from_json(cls, data: dict[str, Any]):
        return super().from_json({k: v for k, v in data.items() if k != "kind"} if isinstance(data, dict) else data)


KINDS: dict[str, type[AnyRecipe]] = {one.kind: one for one in (Recipe, TranslatorRecipe)}


def kind_of(data: Any) -> type[AnyRecipe]:
    """The class that reads the JSON object of a recipe: the one its field `kind` names; `Recipe` without that field."""
    name = data.get("kind", Recipe.kind) if isinstance(data, dict) else Recipe.kind
    if not isinstance(name, str) or name not in KINDS:
        raise RecipeError(f"a recipe is of kind {limits.shown(name)}{did_you_mean(name, KINDS)}.")
    return KINDS[name]


SCHEDULED = ("lr", "beta2", "ema_half_life")
"""What `schedule` may name besides the recipe's penalties"""


def _between(first: float, last: float, shape: str = "linear", progress: float = 0.0) -> float:
    """first at progress 0, last at 1, along a straight line or half a period of a cosine, which is flat at both
    ends."""
    t = (1 - math.cos(math.pi * progress)) / 2 if shape == "cosine" else progress
    return first + (last - first) * t


def did_you_mean(name: str, known) -> str:
    """ " (did you mean X?)" or the list of known names: the end of an error message."""
    close = difflib.get_close_matches(str(name)[: limits.NAME], list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else f" (there are {', '.join(sorted(known))})"


_RANGES = {
    "year": (0, 2100),
    "size": (8, 1024),
    "channels": (1, 4),
    "z_dim": (1, limits.Z_DIM),
    "given_size": (4, 1024),
    "given_channels": (1, 4),
    "pool": (0, 10_000),
    "adversarial": (0, 1e6),
    "critic_steps": (1, 1000),
    "weight_clip": (0, 1e6),
    "ema_half_life": (0, 10**9),
    "batch": (2, 65536),  # BatchNorm needs two
    "lazy": (1, 1000),
}

_TEXTS = {
    "name": limits.file_name,
    "paper": lambda value: limits.line(value, 1_000),
    "summary": limits.text,
    "objective": limits.text,
}
"""Text fields that are not limited to one line of `limits.NAME` characters"""

_KINDS = {
    "str": (str, "text"),
    "int": (int, "a whole number"),
    "float": ((int, float), "a number"),
    "bool": (bool, "true or false"),
    "tuple[str, ...]": ((list, tuple), "a list of names"),
    "dict[str, Any]": (dict, "name=value pairs"),
    "dict[str, float]": (dict, "name=number pairs"),
}


def fits(kind: str, value) -> str:
    """Empty if a JSON value is of a kind ("int", "dict[str, float]") and of a size that `limits` allows; otherwise
    words that say what it must be."""
    types, words = _KINDS.get(kind, (object, ""))
    right = isinstance(value, types) and (types in (bool, object) or not isinstance(value, bool))
    if not right:
        return words
    if kind in ("int", "float"):
        return limits.number(value) and words
    if kind == "str":
        return limits.line(value)
    if kind == "tuple[str, ...]":
        return next((f"{words}, each {odd}" for v in value if (odd := limits.line(v))), "")
    if kind == "dict[str, float]" and any(limits.line(k) or fits("float", v) for k, v in value.items()):
        return words
    return ""


def _checked(recipe: str, f, value):
    """The value in its field's own type, or a RecipeError that says what the type is."""
    right_type = not isinstance(value, str) or f.type != "str"
    words = fits(f.type, value) if right_type or f.name not in _TEXTS else _TEXTS[f.name](value)
    if words:
        named = f"recipe {recipe!r}" if not limits.line(recipe) else "a recipe"
        raise RecipeError(f"{named}: {f.name} is {limits.shown(value)}, must be {words}.")
    return tuple(value) if isinstance(value, list) else value
