"""How names, numbers, seeds and classes are written. Text out; no torch, no UI."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gan_models.metrics.names import figure_text, percent
from gan_models.sources import source

if TYPE_CHECKING:
    from demo.zoo.entries import Label


MOST_QUOTED = 60
"""Letters of a wrong input that the sentence on it repeats"""
MOST_LISTED = 8
"""Names in a sentence that lists what there is"""
IN_TURN = "all in turn"
"""The choice in place of a class that gives each picture the class of its seed"""


def dataset_title(name: str) -> str:
    """ "fashion_mnist" -> "Fashion-MNIST"."""
    return source(name).title


def count(n: float) -> str:
    """600000 -> "600k", 533889 -> "534k", 1234567 -> "1.2M"."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if n >= size * 0.9995:
            return f"{n / size:.3g}{unit}" if n / size < 999.5 else f"{n / size:.0f}{unit}"
    return f"{n:.0f}"


def duration(seconds: float) -> str:
    """78 -> "78 s", 2700 -> "45 min", 9000 -> "2.5 h"."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.3g} h"


def seeds_text(seeds: Sequence[int]) -> str:
    """[4] -> "seed 4", range(16) -> "seeds 0 to 15", [3, 8] -> "seeds 3, 8"; of none nothing."""
    seeds = list(seeds)
    if not seeds:
        return ""
    if len(seeds) == 1:
        return f"seed {seeds[0]}"
    if len(seeds) > 2 and seeds == list(range(seeds[0], seeds[0] + len(seeds))):
        return f"seeds {seeds[0]} to {seeds[-1]}"
    return f"seeds {', '.join(map(str, seeds))}"


def class_text(names: Sequence[str], label: Label) -> str:
    """3 -> the name of class 3; a name -> itself; weights -> "70 % 3 + 30 % 8"."""
    if isinstance(label, str):
        return label
    if isinstance(label, int | np.integer):
        return names[label]
    weights = zip(names, label, strict=True)
    return " + ".join(f"{percent(w)} {name}" for name, w in weights if w >= 0.005)


def budget_text(images: float | None, width: int | None, multiply_adds: float | None) -> str:
    """The budget of a checkpoint: "400k images · width 32 · 3.0 M multiply-adds", of a picture; what is not known is
    left out."""
    parts = [f"{count(images)} images"] if images is not None else []
    parts += [f"width {width}"] if width else []
    parts += [f"{figure_text(multiply_adds / 1e6, digits=2)} M multiply-adds"] if multiply_adds else []
    return " · ".join(parts)


def listed(names: Sequence[str]) -> str:
    """ "a, b, c"; of many names the first ones and the number of the others."""
    more = len(names) - MOST_LISTED
    return ", ".join(names) if more <= 0 else f"{', '.join(names[:MOST_LISTED])} and {more} more"
