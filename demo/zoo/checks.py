"""Checks of labels, truncations and positions. An invalid value raises a ValueError with one sentence that the screen
can show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from demo.zoo.entries import Entry, Label
from demo.zoo.seeds import bounded, check_seeds
from gan_models.found import Latent
from gan_models.recipe import Recipe

Key = int | Mapping[str, Latent]
"""A key frame: a seed, or what was found for a picture, {key of a variant: latent}"""


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
    """The label; if it is None, the class of the first seed."""
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


def check_heard(entries: Iterable[Entry], labels: Label | Sequence[Label | None] | None) -> None:
    """ValueError, one sentence: a label is given, or one among several, but no variant is conditional."""
    several = isinstance(labels, list | tuple)
    given = any(one is not None for one in labels) if several else labels is not None
    if given and not any(entry.classes for entry in entries):
        raise ValueError("None of these variants is conditional, so none can use a label: leave it out.")


def shape_of(recipe: Recipe) -> tuple[int, int, int]:
    """Of one picture."""
    return recipe.size, recipe.size, recipe.channels


def class_place(entry: Entry, seed: int, label: int | str | None) -> int | None:
    """Index of the class that a picture has; None for an unconditional variant. The label must have been checked."""
    if not entry.classes:
        return None
    return entry.classes.index(label) if isinstance(label, str) else int(first_class(entry, [seed], label))


def check_keys(keys: Sequence[Key]) -> list[Key]:
    """Key frames with checked seeds. ValueError, one sentence: a seed is invalid."""
    seeds = check_seeds([0 if isinstance(key, Mapping) else key for key in keys])
    return [key if isinstance(key, Mapping) else seed for key, seed in zip(keys, seeds, strict=True)]


def keys_of(entry: Entry, keys: Sequence[Key]) -> list[int | Latent]:
    """Key frames as one variant has them. ValueError, one sentence: it has no latent of a picture, or the latent
    belongs to another variant."""
    made: list[int | Latent] = []
    for key in keys:
        one = key.get(entry.key) if isinstance(key, Mapping) else key
        if one is None:
            raise ValueError(f"No latent of this picture was found for {entry.title}.")
        if isinstance(one, Latent) and (words := misfit(entry, one)):
            raise ValueError(words)
        made.append(one)
    return made


def misfit(entry: Entry, latent: Latent) -> str:
    """A sentence if a latent cannot belong to this variant, else ""."""
    return latent.misfit(entry.title, entry.recipe.z_dim, len(entry.classes), entry.styled)


def end_labels(entry: Entry, keys: list[int | Latent], labels) -> list | None:
    """A label for each key frame of a path, as an index or as K weights; None for an unconditional variant.

    labels: one for all, or one for each; None keeps that of the key frame before.
    """
    if not entry.classes:
        return None
    if not isinstance(labels, list | tuple):
        labels = [labels] * len(keys)
    if len(labels) != len(keys):
        raise ValueError(f"There are {len(keys)} seeds and {len(labels)} labels; there must be one label per seed.")
    from gan_models.keys import labels_of  # it imports torch

    for one in labels:
        if one is not None:
            check_label(entry, one)
    try:
        return labels_of(entry.recipe, keys, list(labels), path=True)
    except ValueError as error:
        raise ValueError(f"{entry.title}: {error}") from None
