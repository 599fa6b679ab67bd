"""Key frames of a path, and starting points for a direction: latents of seeds, and latents found for pictures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from . import limits
from .arguments import checked_seeds, mixtures, named, short, whole
from .arguments import sequence as listed
from .folder import CheckpointError
from .found import Latent
from .model import chunks

if TYPE_CHECKING:
    from .recipe import Recipe
    from .sampling import GAN

Key = int | str | Latent
"""A seed, or a found latent, also in its text form"""


def latents(seeds: Sequence[int], z_dim: int) -> Tensor:
    """One standard normal latent per seed, the same on every device: float32 [N, z_dim]. Raises ValueError if a seed is
    invalid, or z_dim is not 1 to 4,096."""
    if not (whole(z_dim) and 1 <= z_dim <= limits.Z_DIM):
        raise ValueError(f"z_dim is a whole number from 1 to {limits.Z_DIM:,}, not {short(z_dim)}.")
    rngs = (torch.Generator().manual_seed(seed) for seed in checked_seeds(seeds))  # one at a time: each has 5 kB
    z = [torch.randn(z_dim, generator=rng, dtype=torch.float32) for rng in rngs]
    return torch.stack(z) if z else torch.empty(0, z_dim, dtype=torch.float32)


def checked_keys(
    gan: GAN, values: Iterable[Key], least: int = 0, most: int | None = None, what: str = ""
) -> list[int | Latent]:
    """Seeds and found latents of a network. least, most, what: as `checked_seeds`. Raises ValueError if a value is
    neither."""
    right = "seeds are a list of whole numbers from 0 to 2^32 - 1, or of found latents"
    found = [
        Latent.read(one) if isinstance(one, str) and one[:2] in ("z.", "w.") else one for one in listed(right, values)
    ]
    seeds = iter(checked_seeds([0 if isinstance(one, Latent) else one for one in found], least, most, what))
    keys = [one if isinstance(one, Latent) else seed for one, seed in zip(found, seeds, strict=True)]
    recipe = gan.recipe
    for one in keys:
        words = isinstance(one, Latent) and one.misfit(recipe.name, recipe.z_dim, recipe.classes, bool(gan.sides))
        if words:
            raise ValueError(words)
    return keys


def labels_of(recipe: Recipe, keys: Sequence[int | Latent], labels=None, path: bool = False) -> list | None:
    """A class for each key: the given one, else the class that a latent was found with, else seed mod K.

    labels: None, or one per key; None for a key means not given. path: a seed without a label keeps the class of the
    key before it. Raises ValueError if a style was found with another class than the given one: a style holds its
    class.
    """
    if not recipe.classes:
        return labels
    given = [None] * len(keys) if labels is None else named(recipe, labels)
    if len(given) != len(keys):
        return given  # `mixtures` reports the error
    found: list = []
    for key, label in zip(keys, given, strict=True):
        mine = isinstance(key, Latent)
        if label is None:
            label = key.label if mine else found[-1] if path and found else key % recipe.classes
        elif mine and key.space == "w" and not (whole(label) and label == key.label):
            raise ValueError(
                f"a style of {recipe.name} holds the class that it was found with, "
                f"{recipe.class_names[key.label]}: no other can be given."
            )
        found.append(label)
    return found


def points(
    gan: GAN, keys: Sequence[int | Latent], labels=None, path: bool = False
) -> tuple[Tensor, Tensor | None, str]:
    """(points [M, D], weights of the classes [M, K] or None, their space) of checked keys: "w" if one of them is a
    style; the others are then turned into styles too. labels, path: see `labels_of`."""
    recipe = gan.recipe
    y = mixtures(recipe, labels_of(recipe, keys, labels, path), len(keys))
    z = latents([0 if isinstance(key, Latent) else key for key in keys], recipe.z_dim)
    for row, key in enumerate(keys):
        if isinstance(key, Latent):
            z[row] = torch.from_numpy(np.asarray(key.values, np.float32))
    styles = [isinstance(key, Latent) and key.space == "w" for key in keys]
    if not any(styles):
        return z, y, "z"
    w = styled(gan, z, y)
    return torch.where(torch.tensor(styles)[:, None], z, w), y, "w"


@torch.inference_mode()
def styled(gan: GAN, z: Tensor, y: Tensor | None) -> Tensor:
    """Styles [N, D] of latents [N, z_dim] of a style-based network, on the CPU. Raises CheckpointError if they are
    not finite, or too large to be drawn: `GAN.at` would refuse them as if they had been given so."""
    made = []
    for n, *part in chunks(z, y):
        made.append(gan.G.style(*(None if t is None else t.to(gan.device) for t in part))[:n].cpu())
    w = torch.cat(made)
    if not (w.abs() <= limits.LATENT).all():
        bound = f"{limits.LATENT:,.0f}"
        raise CheckpointError(f"{gan.recipe.name} makes styles beyond -{bound} to {bound}: its weights are damaged.")
    return w
