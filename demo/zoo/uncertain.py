"""The pictures of a checkpoint whose class is uncertain to an extractor, or is not the class that was asked for."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from demo.zoo.entries import Entry
    from demo.zoo.zoo import Zoo
    from gan_models.metrics.extractors import Extractor

LOOKED_AT = 100
"""Seeds, from 0 on, out of which the least sure are chosen"""
MOST = 1000
"""Seeds that are looked through for mistaken ones"""


def extractor(entry: Entry, roots: Iterable[Path]) -> Extractor:
    """The extractor of an entry's data set, out of the first zoo that has one. ValueError where none has one with
    classes."""
    from gan_models.metrics.choose import extractor_for

    for root in roots:
        if (root / entry.dataset / "extractor").is_dir():
            found = extractor_for(entry.dataset, entry.recipe.channels, entry.recipe.size, root)
            if found.class_names:
                return found
    raise ValueError(f"No extractor knows the classes of {entry.dataset}.")


def unsure(zoo: Zoo, entry: Entry, extractor: Extractor, many: int) -> tuple[list[int], str]:
    """(`many` of the first hundred seeds, those whose class the extractor is least sure of, "")."""
    probabilities = _logits(zoo, entry, extractor, range(LOOKED_AT)).softmax(1)
    return sorted(probabilities.max(1).values.argsort()[:many].tolist()), ""


def mistaken(zoo: Zoo, entry: Entry, extractor: Extractor, many: int) -> tuple[list[int], str]:
    """(the first seeds in which the extractor sees a class other than the one asked for, words for a caption)."""
    import torch  # here: the app starts without it, and a Space must not touch a GPU before its own library does

    found: list[tuple[int, int]] = []
    names = entry.recipe.class_names
    for start in range(0, MOST, LOOKED_AT):
        seen = _logits(zoo, entry, extractor, range(start, start + LOOKED_AT)).argmax(1)
        asked = torch.arange(start, start + LOOKED_AT) % len(names)
        found += [(start + int(at), int(seen[at])) for at in (seen != asked).nonzero()[:, 0]]
        if len(found) >= many:
            break
    found = found[:many]
    asked_for = ", ".join(names[seed % len(names)] for seed, _ in found)
    return [seed for seed, _ in found], f" · asked for: {asked_for} · seen: {', '.join(names[k] for _, k in found)}"


def classes(zoo: Zoo, entry: Entry, extractor: Extractor, seeds: range) -> np.ndarray:
    """The class that the extractor sees in the picture of each seed: int [N]."""
    return _logits(zoo, entry, extractor, seeds).argmax(1).numpy()


CHOICES = {"unsure": unsure, "mistaken": mistaken}
"""By what a lesson calls them"""


def _logits(zoo: Zoo, entry: Entry, extractor: Extractor, seeds: range) -> Tensor:
    import torch

    pictures = torch.from_numpy(zoo.samples([entry.key], seeds)[entry.key])
    return extractor(pictures.permute(0, 3, 1, 2)).logits
