"""Measured figures as values, and checks that a value from a file is a figure. No torch.

Anyone may write the files: a damaged or immense value is not a figure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NamedTuple

from gan_models import limits
from gan_models.metrics.names import figure_text, is_rough

MOST_CLASSES = 1000
MOST = 1e15
"""A number beyond this is not accepted as a figure"""


class Figure(NamedTuple):
    """Mean and standard deviation over seeds."""

    mean: float
    spread: float


class Sight(NamedTuple):
    """The extractor and the reference of a measurement: figures are comparable if these and n are the same."""

    extractor: str
    extractor_hash: str
    dataset: str
    split: str
    n: int
    """Real images"""
    reference_hash: str


@dataclass(frozen=True)
class Block:
    """The figures of one set of pictures, checked."""

    sight: Sight
    n: int
    seeds: int
    figures: dict[str, Figure]
    odd: tuple[str, ...] = ()
    """Names of figures that are not valid numbers"""
    class_names: tuple[str, ...] = ()
    class_shares: tuple[float, ...] = ()
    features: int | None = None
    """Of the extractor; None where the file does not say"""

    @property
    def rough(self) -> bool:
        """Whether the figures come from too few images to give a ±."""
        return is_rough(self.n, self.sight.n, self.features)


def finite(value: Any, least: float = -MOST) -> float | int | None:
    """The value if it is a number, finite, not immense and not below `least`; else None."""
    good = isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= MOST
    return value if good else None  # a NaN fails both comparisons


def whole(value: Any) -> int | None:
    """A whole number from 0, or None."""
    return value if isinstance(value, int) and finite(value, 0) is not None else None


def figure(value: Any) -> Figure | None:
    mean = finite(value.get("mean")) if isinstance(value, dict) else None
    return None if mean is None else Figure(float(mean), float(finite(value.get("spread"), 0) or 0))


def is_name(value: Any) -> bool:
    """Whether it may stand on the screen as the name of an extractor or a data set, or as a hash."""
    return isinstance(value, str) and re.fullmatch(r"[\w.+ -]{1,64}", value) is not None


def is_histogram(value: Any) -> bool:
    """Whether it is a list of shares that sum to about 1."""
    if not isinstance(value, list) or not 2 <= len(value) <= MOST_CLASSES:
        return False
    return all(finite(v, 0) is not None for v in value) and abs(sum(value) - 1) < 0.02


def line(text: str) -> str:
    """On one line, of at most 200 characters that any screen can show."""
    return limits.printable(text[:2_000])[:200]


def distance_text(block: Block) -> str:
    """Its Fréchet distance: "12.3 ± 0.2", or "≈ 12" where it is a rough one."""
    fd = block.figures["fd"]
    return f"≈ {figure_text(fd.mean, digits=2)}" if block.rough else figure_text(*fd)
