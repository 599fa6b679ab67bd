"""Images as uint8 tensors, decoded once, cached, resident on the training device."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from gan_models import limits
from gan_models.draws import per_image

from .datasets import ATTRIBUTED, attribute_classes, attributes_of
from .folders import folder
from .pixels import FLAT, fit, spread
from .request import READERS, DataError, Request, listed, need
from .sheets import of_seeds

if TYPE_CHECKING:
    from gan_models.recipe import AnyRecipe

__all__ = ["READERS", "Data", "DataError", "attribute_table", "like", "load", "splits", "understood"]


@dataclass(frozen=True, eq=False)
class Data:
    """A data set in memory."""

    name: str
    images: Tensor
    """uint8 [N, C, H, W]"""
    labels: Tensor
    """int64 [N]; zeros if there are no classes"""
    class_names: tuple[str, ...] = ()
    """Empty if there are no classes"""
    test: str = ""
    """Which pictures of a folder are for testing, in words; empty for the data sets that are known by name"""

    def __len__(self) -> int:
        return len(self.images)

    def tensors(self) -> tuple[Tensor, ...]:
        """All tensors that define the data."""
        return self.images, self.labels

    def counts(self) -> dict:
        """{"images": their number, "classes": {name: number}}."""
        each = torch.bincount(self.labels.cpu(), minlength=len(self.class_names)).tolist()
        return {"images": len(self), "classes": dict(zip(self.class_names, each, strict=False))}

    def first(self) -> Data:
        """The same data with its first picture only."""
        return replace(self, images=self.images[:1].clone(), labels=self.labels[:1].clone())

    def understood(self) -> list[str]:
        """See `understood`."""
        return understood(self)

    def sheet(self, model) -> np.ndarray:
        """Outputs of a model trained on this data, as one picture (see `sheets`)."""
        return of_seeds(model)

    def may_be_shown(self) -> bool:
        """Whether that picture may be published with the weights."""
        return True

    def to(self, device) -> Data:
        """The same data on another device."""
        return replace(self, images=self.images.to(device), labels=self.labels.to(device))

    def batch(self, n: int) -> tuple[Tensor, Tensor]:
        """n random pictures, with replacement: float32 [n, C, H, W] in [-1, 1] and their labels int64 [n].

        Drawn from the global generator of the data's own device. There is no other position to keep: restoring the RNG
        state continues with exactly the batches that would have followed. Never waits for the GPU.
        """
        at = per_image(partial(torch.randint, len(self)), n, device=self.images.device)
        return self.as_floats(self.images[at]), self.labels[at]

    @staticmethod
    def as_floats(images: Tensor) -> Tensor:
        """uint8 -> float32 in [-1, 1]."""
        return images.float().div_(127.5).sub_(1)


def load(
    name: str | Path,
    root: str | Path | None = None,
    split: str = "train",
    size: int | None = None,
    channels: int | None = None,
    attributes: Sequence[str] | None = None,
    on_broken: str = "error",
    download: bool = True,
) -> Data:
    """A data set on the CPU, decoded or from the cache, or else downloaded if torchvision can.

    name: mnist, fashion_mnist, cifar10, celeba, stacked_mnist, or a folder of images (see `folders.layout`): its
        classes are in a dataset.json or labels.csv, or are its sub-folders, if there are two or more and no images
        beside them; folders `train` and `test` or `val` in it are the splits.
    root: the folder that holds the data sets in torchvision's layout; None = $GAN_DATA_ROOT, else `data`.
    split: "train" or "test". If the data has no split of its own, the last tenth by file name (of each class) is
        "test".
    size: side in pixels, resized bicubically with antialiasing; None = native: 28, 32, 64, for a folder 64.
    channels: 1 (grey) or 3 (RGB); None = native, for a folder 1 if all its pictures are grey, else 3.
    attributes: k of CelebA's attributes -> 2^k classes, "not Male + not Smiling" first; None = no classes.
    on_broken: "error", or "skip" to leave out unreadable image files and list them.
    download: False raises DataError for missing data instead of downloading it.

    Raises DataError.
    """
    name = str(name)
    root = Path(root or os.environ.get("GAN_DATA_ROOT") or "data").expanduser()
    attributes = tuple(attributes.split(",") if isinstance(attributes, str) else attributes or ())
    reader = READERS.get(name)
    need(split in ("train", "test"), f"split is {split!r}: give 'train' or 'test'.")
    need(size is None or size >= 8, f"size is {size} pixels, which is too small: give 8 or more.")
    need(channels in (None, 1, 3), f"channels is {channels!r}: give 1 (grey), 3 (RGB) or None.")
    need(on_broken in ("error", "skip"), f"on_broken is {on_broken!r}: give 'error' or 'skip'.")
    few = len({*attributes}) == len(attributes) <= 6
    need(few, f"attributes are {attributes}: give at most 6, each once.")
    known = reader or Path(name).expanduser().is_dir()
    need(known, f"there is no data set {name!r}: give {', '.join(READERS)} or a folder of images.")

    ask = Request(name, root, split, size, channels, attributes, on_broken, download)
    (images, labels, names), test = (reader(ask), "") if reader else folder(ask)
    if labels.ndim == 2:
        labels, names = attribute_classes(labels, names, attributes)
    else:
        need(not attributes, f"{name!r} has no attributes: leave {', '.join(attributes)} out.")
    if not reader:
        # Checkpoints must be loadable whatever the folder's name is.
        name = limits.printable(Path(name).expanduser().resolve().name)[: limits.DATASET]
        name = f"{name} (folder)" if name in READERS else name  # its figures must not mix with the real one's
    return Data(name, fit(images, size, channels), labels, tuple(names), test)


def like(recipe: AnyRecipe, name: str, root: str | Path | None = None, split: str = "train") -> Data:
    """A data set as a recipe's networks take it: in its size and channels, and with its classes, also where attributes
    make them. Nothing is downloaded. Raises DataError."""
    attributes = attributes_of(recipe.class_names) if name in ATTRIBUTED else None
    return load(name, root, split, recipe.size, recipe.channels, attributes, download=False)


def attribute_table(
    name: str, root: str | Path | None, split: str, size: int
) -> tuple[Tensor, Tensor, tuple[str, ...]]:
    """(images uint8 [N, C, size, size], attributes bool [N, A], their names) of a data set, without a download. Raises
    DataError if it is missing or has no attributes."""
    root = Path(root or os.environ.get("GAN_DATA_ROOT") or "data").expanduser()
    need(name in READERS, f"there is no data set {name!r}: give {', '.join(READERS)}.")
    images, table, names = READERS[name](Request(name, root, split, size, None, (), "error", download=False))
    need(table.ndim == 2, f"{name} has no attributes.")
    return fit(images, size, None), table.bool(), tuple(words.replace("_", " ") for words in names)


def splits(
    name: str | Path, root: str | Path | None = None, size: int | None = None, attributes: Sequence[str] | None = None
) -> tuple[Data, Data]:
    """`load` of both parts, train and test, the second with the channels of the first; prints `understood`.

    Raises the errors of `load`, and DataError if the parts have different classes.
    """
    train = load(name, root, "train", size, attributes=attributes)
    print(*understood(train), sep="\n", file=sys.stderr)
    test = load(name, root, "test", size, train.images.shape[1], attributes)
    alike = test.class_names == train.class_names
    need(alike, f"{train.name} has other classes among its test images: name the folders alike.")
    return train, test


def understood(data: Data) -> list[str]:
    """Sentences for the start of a training: how the data was understood, and a warning if something looks wrong."""
    _, channels, size, _ = data.images.shape
    counts = torch.bincount(data.labels.cpu(), minlength=len(data.class_names)).tolist()
    each = [f"{name} {n:,}" for name, n in zip(data.class_names, counts, strict=False)]
    classes = f"{len(each)} classes: {listed(each, 10)}" if each else "no classes"
    test = f"; test: {data.test}" if data.test else ""
    colours = {1: "grey", 3: "colour"}.get(channels, f"{channels} channels")
    said = [f"{data.name}: {len(data):,} images, {size} x {size}, {colours}; {classes}{test}."]
    if (levels := spread(data.images)) <= FLAT:
        said.append(
            f"The images are nearly constant: 99 % of their values lie within {levels} of 256 levels. Look at the "
            "files."
        )
    return said
