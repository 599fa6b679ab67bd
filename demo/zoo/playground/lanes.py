"""What a visitor lines up: variants, each with changes of its own, as the text of a link.

"gan,g_lr=0.002,d_terms=r1:0.1+r2:1 wgan" is the variant "gan" with another learning rate of G and other penalties of D,
beside "wgan" as it is.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gan_models.recipe import Recipe, did_you_mean

from .settings import CHANGES, MOST_VARIANTS, Contestant, Known, Settings, contestant
from .stories import Story

WORDS = ("loss", "norm", "g_norm")
"""Changes whose value is a name; that of `d_terms` is {penalty: weight}, all others are numbers"""
OWN = {
    "loss": "loss", "d_terms": "penalties", "critic_steps": "number of D steps", "weight_clip": "clipping",
    "g_lr": "rate of G", "d_lr": "rate of D", "norm": "norm in D", "g_norm": "norm in G", "dropout": "dropout",
    "noise": "noise",
}  # fmt: skip
"""What a recipe has where a change is taken back"""


@dataclass(frozen=True)
class Lane:
    """One variant of a line-up."""

    variant: str
    changes: Mapping[str, Any]
    """As in `settings.contestant`"""

    @property
    def text(self) -> str:
        """In a link."""
        return ",".join([self.variant, *(f"{name}={_said(value)}" for name, value in self.changes.items())])

    def changed(self, **changes: Any) -> Lane:
        """With further changes; None takes one away."""
        merged = {**self.changes, **changes}
        return Lane(self.variant, {name: value for name, value in merged.items() if value is not None})

    @property
    def words(self) -> str:
        """What is changed, for people: "G's rate 0.002, r1 0.1"; empty where nothing is."""
        return ", ".join(_words(name, value) for name, value in self.changes.items())

    def title(self, known: Mapping[str, Recipe]) -> str:
        """With its changes: "Vanilla GAN (G's rate 0.002)"."""
        title = (known[self.variant].title if self.variant in known else "") or self.variant
        return f"{title} ({self.words})" if self.words else title

    def since(self, before: Mapping[str, Any]) -> str:
        """What is new since other changes, for people: "has G's rate 0.002"."""
        new = {name: value for name, value in self.changes.items() if name not in before or before[name] != value}
        told = [_words(name, value) for name, value in new.items()]
        told += [f"the recipe's {OWN[name]} again" for name in before if name not in self.changes]
        return f"has {', '.join(told)}"


def read(text: str) -> Lane:
    """The lane of a text. ValueError, one sentence, where it is none."""
    variant, *parts = text.split(",")
    changes: dict[str, Any] = {}
    for part in parts:
        name, _, value = part.partition("=")
        if name not in CHANGES:
            raise ValueError(f"A variant has no setting {name[:60]!r}{did_you_mean(name, CHANGES)}.")
        changes[name] = _read(name, value)
    return Lane(variant, changes)


def read_all(text: str) -> tuple[Lane, ...]:
    """The lanes of a text, with spaces between them. ValueError, one sentence, where they cannot be."""
    parts = text.split()
    if not 1 <= len(parts) <= MOST_VARIANTS:
        raise ValueError(f"A run has 1 to {MOST_VARIANTS} variants, not {len(parts)}.")
    return tuple(map(read, parts))


def write(lanes: Sequence[Lane]) -> str:
    return " ".join(lane.text for lane in lanes)


def of_story(story: Story) -> tuple[Lane, ...]:
    changes = [*story.changes, *[{}] * (len(story.variants) - len(story.changes))]
    return tuple(Lane(variant, dict(one)) for variant, one in zip(story.variants, changes, strict=True))


def recipes_of(lanes: Sequence[Lane], known: Mapping[str, Recipe]) -> list[Recipe]:
    """ValueError, one sentence, where a variant is not known."""
    for lane in lanes:
        if lane.variant not in known:
            raise ValueError(
                f"There is no variant {lane.variant[:60]!r} in this zoo{did_you_mean(lane.variant, known)}, "
                "so it cannot be trained here."
            )
    return [known[lane.variant] for lane in lanes]


def small(recipe: Recipe, settings: Settings, lane: Lane) -> Contestant:
    """`contestant` of a lane, remembered: a page asks for each of its settings again and again."""
    return _small(Known(recipe), settings, lane.text)


@functools.lru_cache(maxsize=256)
def _small(known: Known, settings: Settings, text: str) -> Contestant:
    return contestant(known.recipe, settings, **read(text).changes)


def _said(value: Any) -> str:
    if isinstance(value, Mapping):
        return "+".join(f"{name}:{weight!r}" for name, weight in value.items())
    return value if isinstance(value, str) else repr(value)


def _read(name: str, value: str) -> Any:
    if name in WORDS:
        return value
    try:
        if name == "d_terms":
            terms = (term.partition(":") for term in value.split("+") if term)
            return {penalty: float(weight) for penalty, _, weight in terms}
        number = float(value)
    except ValueError:
        raise ValueError(f"{name} must be a number, and is {value[:40]!r}.") from None
    return int(number) if name == "critic_steps" and number.is_integer() else number


def _words(name: str, value: Any) -> str:
    if name == "d_terms":
        return " and ".join(f"{p.replace('_', ' ')} {w:g}" for p, w in value.items()) or "no penalty"
    if isinstance(value, str):
        norm = {"batch": "BatchNorm", "spectral": "spectral norm", "none": "no norm"}
        side = {"norm": " in D", "g_norm": " in G"}
        return norm.get(value, value) + side[name] if name in side else f"{value.replace('_', ' ')} loss"
    called = {
        "g_lr": "G's rate {}", "d_lr": "D's rate {}", "critic_steps": "{} steps of D",
        "weight_clip": "weights clipped at {}", "dropout": "dropout {} in D", "noise": "noise {}",
    }  # fmt: skip
    return called[name].format(f"{value:g}")
