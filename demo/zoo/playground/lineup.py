"""What is to be trained: settings, and one to four lanes. What is seen of it before anybody has started it."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gan_models.recipe import Recipe

from . import stories
from .data import Target
from .frames import Frame
from .lanes import Lane, of_story, read, recipes_of
from .settings import Settings
from .stories import Story
from .training import Run

if TYPE_CHECKING:
    from demo.zoo.entries import Catalog


def recipes(catalog: Catalog) -> dict[str, Recipe]:
    """{name of a variant: its recipe}, as a zoo's checkpoints have them, those of the first data set first."""
    found: dict[str, Recipe] = {}
    for entry in catalog:
        if isinstance(entry.recipe, Recipe):
            found.setdefault(entry.variant, entry.recipe)
    return found


SHARED = {name: name for name in ("z_dim", "width", "depth", "activation", "batch", "steps", "faster")} | {
    "run_latent": "latent", "run_seed": "seed",
}  # fmt: skip
"""{what links call a setting that all variants of a run share: its name in Settings}. The seed and the latents of other
pages are those of pictures, so these two have names of their own"""
SETTINGS = ("points", "lanes", *SHARED)
"""What links call the settings of a run; those that a link leaves out are the story's"""


def opening(story: str) -> dict[str, list[str]]:
    """The query that opens a story as it was trained."""
    return {**{name: [] for name in SETTINGS}, "story": [story]}


def of_lesson(variant: str) -> dict[str, dict[str, list[str]]]:
    """{title: query that opens it} of the stories that belong to a variant's lesson."""
    return {stories.story(name).title: opening(name) for name in stories.of_lesson(variant)}


@dataclass(frozen=True)
class Lineup:
    settings: Settings
    lanes: tuple[Lane, ...]
    story: Story | None = None
    """The story that was trained in advance with exactly these settings"""

    @property
    def name(self) -> str:
        """The same for the same line-up."""
        texts = ";".join(lane.text for lane in self.lanes)
        return f"story/{self.story.name}" if self.story else f"new/{self.settings!r}/{texts}"

    def recipes(self, known: Mapping[str, Recipe]) -> list[Recipe]:
        """ValueError, one sentence, where a variant is not known."""
        return recipes_of(self.lanes, known)

    def same(self, run: Run) -> bool:
        """Whether a run is one of these variants with these settings; each may have had other changes."""
        return run.settings == self.settings and [r.name for r in run.recipes] == [one.variant for one in self.lanes]

    def titles(self, known: Mapping[str, Recipe]) -> tuple[str, ...]:
        """What tells the lanes apart."""
        if self.story:
            return self.story.titles
        return tuple(lane.title(known) for lane in self.lanes)


def lineup(settings: Settings, lanes: Sequence[Lane], story: Story | None = None) -> Lineup:
    """story: the one that may be what is lined up."""
    lanes = tuple(lanes)
    ours = story is not None and settings == story.settings and lanes == of_story(story)
    return Lineup(settings, lanes, story if ours else None)


@dataclass(frozen=True)
class Untrained:
    """A run before its first step."""

    frame: Frame
    real: np.ndarray
    target: Target
    notes: tuple[str, ...]


def untrained(made: Lineup, known: Mapping[str, Recipe]) -> Untrained:
    """ValueError, one sentence, where the line-up cannot be trained. The last ones are remembered."""
    recipes = made.recipes(known)
    return _untrained(made.settings, tuple(lane.text for lane in made.lanes), tuple(map(repr, recipes)), _Held(recipes))


class _Held(tuple):
    """Passed to a cached function without being part of the cache key."""

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return True


@functools.lru_cache(maxsize=32)
def _untrained(settings: Settings, texts: tuple[str, ...], _: tuple[str, ...], recipes: _Held) -> Untrained:
    run = Run(settings, recipes, [dict(read(text).changes) for text in texts])
    return Untrained(run.frames[0], run.real, run.target, run.notes)
