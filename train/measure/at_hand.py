"""Pictures to measure a checkpoint with: the training and test pictures of its data set, else those of the zoo."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gan_models import real
from gan_models.recipe import Recipe


class Pictures(NamedTuple):
    """Pictures of one data set."""

    images: np.ndarray
    """uint8 [N, H, W, C]"""
    labels: np.ndarray
    """int64 [N], indices into names"""
    names: tuple[str, ...]
    """Names of the classes; none if the data has no classes"""


def arguments(parser: argparse.ArgumentParser, what: str, instead: str, folder: str) -> None:
    """Add --data-root and --checkpoints. what: which pictures are read; instead: the files that ship; folder: what is
    taken from the folder of checkpoints."""
    default = f"(default: $GAN_DATA_ROOT, else {instead})"
    parser.add_argument("--data-root", metavar="DIR", help=f"{what} {default}")
    parser.add_argument(
        "--checkpoints", type=Path, default=Path("checkpoints"), metavar="DIR", help=f"folder of {folder}"
    )


def training(recipe: Recipe, dataset: str, args) -> Pictures | None:
    """The training pictures in the recipe's size, from --data-root or training.png; None if there are none."""
    return _read(recipe, dataset, args, "train", real.TRAINING)


def held_out(recipe: Recipe, dataset: str, n: int, args) -> Pictures | None:
    """At most n test pictures in the recipe's size, from --data-root or real.png; None if there are none.

    The first pictures of each class are taken, and no class gets more than one picture more than another, if it has as
    many. A real.png of training pictures is not used: a network may have been trained on them.
    """
    if (found := _read(recipe, dataset, args, "test", real.SHOWN)) is None:
        return None
    images, labels, names = found
    rows = in_turn(labels, n) if names else np.arange(min(len(images), n))
    return Pictures(np.ascontiguousarray(images[rows]), labels[rows], names)


def _read(recipe: Recipe, dataset: str, args, split: str, file: str) -> Pictures | None:
    from ..engine.data import DataError, like

    try:
        data = like(recipe, dataset, args.data_root, split)
        return Pictures(data.images.permute(0, 2, 3, 1).numpy(), data.labels.numpy(), tuple(data.class_names))
    except DataError:
        shown = real.read(args.checkpoints, dataset, file)
    size = (recipe.size, recipe.size, recipe.channels)
    if shown is None or shown.split != split or shown.pictures.shape[1:] != size:
        return None
    return Pictures(shown.pictures, np.asarray(shown.labels, np.int64), tuple(shown.class_names))


def in_turn(labels: np.ndarray, n: int) -> np.ndarray:
    """Rows of labels int [N], at most n and sorted by class: the first of every class, then the second, and so on."""
    order = np.argsort(labels, kind="stable")
    turn = np.arange(len(labels)) - np.searchsorted(labels[order], labels[order])
    return order[np.sort(np.argsort(turn, kind="stable")[:n])]
