"""Style mixing and truncation of style-based networks, as a table of pictures and in words. No torch, no UI."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gan_models.styles import LEVELS  # noqa: F401  (of the controls)

if TYPE_CHECKING:
    from gan_models import GAN

STEPS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5)
"""Truncations of a strip, from the mean picture outwards"""
TRUNCATION = (
    "Below 1, pictures are more typical and less diverse. It multiplies the latent vector; in style-based networks, "
    "the distance of the style from the mean style."
)
MIXING = (
    "A style-based network applies the style of a seed at each of its levels, from coarse to fine. Each picture here "
    "has the style of its row's seed, but at the chosen levels that of its column's seed. The first row and the first "
    "column show the seeds unmixed. Coarse levels set the shape, fine levels the strokes and the texture."
)
OUTWARDS = (
    "The truncation rises from row to row, starting at the mean style. At 0 all seeds give the same picture, at 1 each "
    "picture is what the network was trained to draw, and above 1 pictures become less typical."
)


@dataclass(frozen=True)
class Mixed:
    """Rows and columns of seeds, and the mixture of each pair."""

    rows: tuple[int, ...]
    columns: tuple[int, ...]
    sides: tuple[int, ...]
    """Of all levels, in pixels, coarse to fine"""
    taken: tuple[int, ...]
    """Of the levels that come from the columns"""
    pictures: np.ndarray
    """uint8 [1 + rows, 1 + columns, H, W, C]: pictures[0, j] and pictures[i, 0] are unmixed, pictures[0, 0] is white"""

    @property
    def words(self) -> str:
        """ "7 px from the columns, 14 and 28 px from the rows"."""
        kept = [side for side in self.sides if side not in self.taken]
        return ", ".join(
            f"{in_pixels(of)} from the {name}" for name, of in (("columns", self.taken), ("rows", kept)) if of
        )


def mix(gan: GAN, rows: Sequence[int], columns: Sequence[int], levels, label, truncation: float) -> Mixed:
    """See `Zoo.mix`; label: weights of the classes for a conditional network, else None."""
    try:
        taken = gan.levels(levels)
    except ValueError as error:
        raise ValueError(str(error)[:1].upper() + str(error)[1:]) from None

    def labels(n: int):
        return None if label is None else [label] * n

    r, c = len(rows), len(columns)
    own = gan.sample([*rows, *columns], labels(r + c), truncation)
    both = gan.mix([a for a in rows for _ in columns], [*columns] * r, taken, labels(r * c), truncation)
    table = np.full((1 + r, 1 + c, *own.shape[1:]), 255, np.uint8)
    table[1:, 0], table[0, 1:], table[1:, 1:] = own[:r], own[r:], both.reshape(r, c, *own.shape[1:])
    return Mixed(tuple(rows), tuple(columns), gan.sides, taken, table)


def in_pixels(sides: Iterable[int]) -> str:
    """(7, 14, 28) -> "7, 14 and 28 px"."""
    *first, last = map(str, sides)
    return f"{', '.join(first)} and {last} px" if first else f"{last} px"
