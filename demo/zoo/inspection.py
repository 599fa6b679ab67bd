"""One generated picture looked at closely: what the variant's own D says of it, and which training picture is nearest.

No UI, no torch.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from demo.zoo.checks import class_place
from demo.zoo.judge import Score, judge_of
from demo.zoo.neighbours import Neighbour, neighbours_of
from demo.zoo.seeds import check_seeds

if TYPE_CHECKING:
    from demo.zoo.entries import Label
    from demo.zoo.zoo import Zoo


@dataclass(frozen=True, eq=False)
class Look:
    """One picture of one variant."""

    key: str
    title: str
    year: int | None
    seed: int
    label: str
    """Its class; empty for an unconditional variant"""
    caption: str
    picture: np.ndarray
    """uint8 [H, W, C]"""
    score: Score | None
    neighbour: Neighbour | None
    notes: tuple[str, ...] = ()
    """Why there is no score, or no neighbour: a sentence each"""


def inspect(
    zoo: Zoo, keys: Iterable[str], seed: int, label: Label | None = None, truncation: float = 1.0
) -> dict[str, Look]:
    """One seed of every variant, each with what its own D says of it and the training picture that is nearest.

    label: index or name of one class, for the conditional variants; None takes the class seed mod K. truncation: as
    in `samples`. `Look.notes` says what is missing: a variant without discriminator.safetensors has no score, and a
    data set without training pictures in the zoo has no neighbour.

    ValueError: as in `samples`, and a mixture of classes as the label.
    """
    if label is not None and not isinstance(label, int | str | np.integer):
        raise ValueError(f"D judges a picture of one class, not {label!r}.")
    made = zoo.samples(keys, [seed], label, truncation)
    (seed,) = check_seeds([seed])
    looks = {}
    for key, (picture,) in made.items():
        entry, notes, score, neighbour = zoo.entry(key), [], None, None
        place = class_place(entry, seed, label)
        try:
            score = judge_of(zoo, key)(picture, seed, place)
        except ValueError as error:
            notes.append(f"No score: {error}")
        try:
            (neighbour,) = neighbours_of(zoo, entry.dataset)(picture[None])
        except ValueError as error:
            notes.append(str(error))
        looks[key] = Look(
            key, entry.title, entry.recipe.year or None, seed, "" if place is None else entry.classes[place],
            zoo.caption(key, [seed], place, truncation=truncation), picture, score, neighbour, tuple(notes),
        )  # fmt: skip
    return looks


def seed_at(seeds: Sequence[int], x: float, y: float) -> int | None:
    """The seed whose picture lies at a place of a sheet, shares 0 to 1 of its width and height; None where none is."""
    columns = columns_of(len(seeds))
    rows = -(-len(seeds) // columns)
    if not (0 <= x <= 1 and 0 <= y <= 1):
        return None
    at = min(int(y * rows), rows - 1) * columns + min(int(x * columns), columns - 1)
    return seeds[at] if at < len(seeds) else None


def columns_of(n: int) -> int:
    """Columns of a sheet of n pictures: as many as rows, or one more."""
    return math.isqrt(n - 1) + 1
