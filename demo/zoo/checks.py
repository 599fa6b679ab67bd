"""Labels, truncations and positions of a question, checked. What cannot be is a ValueError of one sentence, fit for the
screen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from demo.zoo.entries import Entry, Label
from demo.zoo.seeds import bounded
from gan_models.recipe import Recipe

if TYPE_CHECKING:
    from torch import Tensor

if TYPE_CHECKING:
    pass


def check_truncation(value: float) -> float:
    if not isinstance(value, int | float | np.number) or not 0 <= value <= 2:
        raise ValueError(f"The truncation is a number from 0 to 2, not {value!r}.")
    return float(value)


def check_positions(at, steps, loop: bool) -> np.ndarray:
    """[T] in [0, 1]."""
    if (at is None) == (steps is None):
        raise ValueError("Give either a position on the path or a number of steps.")
    if steps is not None:
        if not isinstance(steps, int | np.integer) or steps < 2:
            raise ValueError(f"A path needs two steps or more, not {steps!r}.")
        return np.linspace(0, 1, bounded(int(steps)), endpoint=not loop)
    try:
        at = np.atleast_1d(np.asarray(at, dtype=np.float64))
    except (TypeError, ValueError):
        raise ValueError(f"A position on the path is a number from 0 to 1, not {at!r}.") from None
    bounded(at.size)
    if at.ndim != 1 or not at.size or not ((at >= 0) & (at <= 1)).all():
        raise ValueError("A position on the path is a number from 0 to 1.")
    return at


def unique(keys: Iterable[str]) -> list[str]:
    return [keys] if isinstance(keys, str) else list(dict.fromkeys(keys))


def conditional(entry: Entry) -> Entry:
    if not entry.classes:
        raise ValueError(f"{entry.title} is unconditional: it cannot be told which class to draw.")
    return entry


def first_class(entry: Entry, seeds: Sequence[int], label):
    """The label, or where there is none the class that the first of the seeds has by itself."""
    return seeds[0] % len(entry.classes) if label is None else label


def check_label(entry: Entry, label: Label) -> np.ndarray:
    """One label as K weights."""
    names = entry.classes
    if isinstance(label, str):
        if label not in names:
            raise ValueError(f"{entry.title} has no class {label!r}; it has {', '.join(names)}.")
        label = names.index(label)
    if isinstance(label, bool):
        raise ValueError(f"A label of {entry.title} is a class, not {label}.")
    try:
        from gan_models.sampling import mixtures

        return mixtures(entry.recipe, [label], 1)[0].numpy()
    except (TypeError, ValueError, RuntimeError):
        raise ValueError(
            f"A label of {entry.title} is a whole number from 0 to {len(names) - 1}, the name of a class, or "
            f"{len(names)} weights that sum to 1; not {label!r}."
        ) from None


def shape_of(recipe: Recipe) -> tuple[int, int, int]:
    """Of one picture."""
    return recipe.size, recipe.size, recipe.channels


def class_place(entry: Entry, seed: int, label: int | str | None) -> int | None:
    """Index of the class that a picture has; None for an unconditional variant. The label must have been checked."""
    if not entry.classes:
        return None
    return entry.classes.index(label) if isinstance(label, str) else int(first_class(entry, [seed], label))


def end_labels(entry: Entry, seeds: list[int], labels) -> Tensor:
    """The labels of a path's key frames, as weights: a tensor [M, K]."""
    import torch

    labels = first_class(entry, seeds, labels)
    if not isinstance(labels, list | tuple):
        labels = [labels] * len(seeds)
    if len(labels) != len(seeds):
        raise ValueError(f"There are {len(seeds)} seeds and {len(labels)} labels; there must be one label per seed.")
    return torch.from_numpy(np.stack([check_label(entry, one) for one in labels]))
