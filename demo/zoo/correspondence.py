"""Why the same latents need not give the same picture: the same seeds in several networks, and how often two of them
draw the same class. torch is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from demo.zoo import families, uncertain
from demo.zoo.standing import percent

if TYPE_CHECKING:
    from demo.zoo.entries import Entry
    from demo.zoo.zoo import Zoo

NETWORKS, SHOWN, COUNTED = 4, 8, 100
"""Variants, seeds that are shown of each, and seeds whose classes are counted"""
WHY = (
    "A latent is only a list of random numbers: nothing in a training says which picture it should become. Each "
    "network learns a mapping of its own, which depends on its initial weights, on the order of its training images "
    "and on its D. So the same seed usually gives different pictures in two networks, and even in two trainings of "
    "the same network. Compare how good and how varied the pictures are, not single pictures. Within one network a "
    "seed always gives the same picture."
)


@dataclass(frozen=True)
class Agreement:
    """How often two networks draw the same class from the same seed."""

    same: float
    """Share of the seeds, 0 to 1, the mean over all pairs of networks"""
    chance: float
    """That share if the networks were independent, from how often each of them draws each class"""
    seeds: int
    networks: int

    def sentence(self) -> str:
        return (
            f"Over {self.seeds} seeds and all pairs of these {self.networks} networks, both draw the same class from "
            f"the same seed in {percent(100 * self.same)} of the cases; by chance alone it would be "
            f"{percent(100 * self.chance)}."
        )


def networks(zoo: Zoo, dataset: str) -> list[Entry]:
    """Variants of a data set that are told no class, of families as different as there are, oldest first."""
    return families.breadth([entry for entry in zoo.of(dataset) if not entry.recipe.conditional], NETWORKS)


def agreement(zoo: Zoo, entries: Sequence[Entry]) -> Agreement:
    """Over COUNTED seeds. ValueError: fewer than two networks, or no extractor knows the classes of their data."""
    if len(entries) < 2:
        raise ValueError("Two networks or more are needed.")
    look = uncertain.extractor(entries[0], zoo.roots)
    seen = [uncertain.classes(zoo, entry, look, range(COUNTED)) for entry in entries]
    return Agreement(*_shares(seen), COUNTED, len(entries))


def _shares(seen: Sequence[np.ndarray]) -> tuple[float, float]:
    """(share of equal classes, that by chance), of the classes [N] that each network draws at the same seeds; means
    over all pairs."""
    counts = [np.bincount(one, minlength=max(map(np.max, seen)) + 1) / len(one) for one in seen]
    pairs = list(combinations(range(len(seen)), 2))
    return (
        fmean(float((seen[a] == seen[b]).mean()) for a, b in pairs),
        fmean(float(counts[a] @ counts[b]) for a, b in pairs),
    )
