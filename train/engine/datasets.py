"""The data sets known by name: the places of their files, and their readers."""

from __future__ import annotations

import difflib
import math
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torchvision import datasets
from torchvision.datasets.utils import check_integrity

from gan_models.registry import register

from .cache import Pictures, cached
from .folders import pile
from .pixels import decode
from .request import READERS, DataError, Request, held_out, need

ATTRIBUTED = ("celeba",)
"""Data sets with attributes, which can make classes"""


@register(READERS)
def mnist(ask: Request) -> Pictures:
    """28 px, grey; the classes are the digits."""
    return _idx(datasets.MNIST, ask, tuple("0123456789"))


@register(READERS)
def fashion_mnist(ask: Request) -> Pictures:
    """28 px, grey; ten kinds of clothes, shoes and bags."""
    return _idx(datasets.FashionMNIST, ask, tuple(datasets.FashionMNIST.classes))


@register(READERS)
def cifar10(ask: Request) -> Pictures:
    """32 px, colour; ten kinds of animals and vehicles."""
    reader = datasets.CIFAR10
    files = dict([*reader.train_list, *reader.test_list, (reader.meta["filename"], reader.meta["md5"])])
    found = _torchvision(reader, ask, ask.root / reader.base_folder, files, train=ask.split == "train")
    images = torch.from_numpy(found.data).permute(0, 3, 1, 2).contiguous()
    return images, torch.tensor(found.targets), tuple(found.classes)


@register(READERS)
def celeba(ask: Request) -> Pictures:
    """Faces, 64 px: the centre square with a side of 160/178 of the width, at any scale of the files. 40 attributes."""
    home = ask.root / "celeba"
    if not (files := _celeba_images(home)):
        wanted = {"img_align_celeba.zip, unpacked": None}
        if not _celeba_list(home, "list_attr_celeba").is_file():
            wanted["list_attr_celeba.txt"] = None
        _torchvision(datasets.CelebA, ask, home, wanted, split="all")
        files = _celeba_images(home)
    has_list = _celeba_list(home, "list_attr_celeba").is_file()
    need(has_list or not ask.attributes, f"attributes need CelebA's list_attr_celeba.txt or .csv: put it into {home}.")

    def decoded() -> Pictures:
        chosen, table, columns = _celeba_parts(ask, home, files)
        attribute_classes(table, columns, ask.attributes)  # fail on a misspelt attribute before the decoding
        images, good = decode(ask, chosen, lambda width, height: round(width * 160 / 178))
        return images, table[good], columns

    lists = sorted([*home.glob("*.txt"), *home.glob("*.csv")])
    return cached(["celeba", ask.split, *ask.decoding()], home, [*files, *lists], decoded)


@register(READERS)
def stacked_mnist(ask: Request) -> Pictures:
    """28 px, colour: a digit of MNIST in each of the three channels, a thousand modes, no classes.

    Metz et al. 2017, arXiv:1611.02163, section 3.3.1; Srivastava et al. 2017 (VEEGAN), arXiv:1705.07761. Papers draw
    some 100,000 triples at random. Here the channels are three shuffles of the split's digits, with as many pictures as
    MNIST has: every digit appears once in every channel, and each mode some 60 times, in 141 MB; 128,000 pictures would
    take 301 MB and show the same digits. Labels are zeros; the digits of the pictures are
    `mnist.labels[stacks(len(mnist))]`.
    """
    digits, _, _ = mnist(ask)
    at = stacks(len(digits))
    return digits[:, 0][at], torch.zeros(len(at), dtype=torch.int64), ()


def stacks(n: int) -> Tensor:
    """The indices of the digits in the channels of n stacked pictures: int64 [n, 3], always and everywhere the same."""
    shuffle = np.random.RandomState(0).permutation  # NumPy guarantees this stream, and PyTorch does not
    return torch.from_numpy(np.stack([shuffle(n) for _ in range(3)], 1)).long()


def _idx(reader: type, ask: Request, class_names: tuple[str, ...]) -> Pictures:
    """MNIST's format, which loads in less time than a cache file would."""
    folder = ask.root / reader.__name__ / "raw"
    names = [Path(url).stem for url, _ in reader.resources]
    for path in (folder / name for name in names if (folder / name).is_file()):
        need(_is_whole(path), f"{path} is damaged or was not downloaded completely: delete it and run again.")
    found = _torchvision(reader, ask, folder, dict.fromkeys(names), train=ask.split == "train")
    counts = f"{len(found.data)} {ask.split} images but {len(found.targets)} labels"
    need(len(found.data) == len(found.targets), f"{folder} has {counts}: delete it and run again.")
    return found.data[:, None], found.targets, class_names


def _is_whole(path: Path) -> bool:
    """Whether an IDX file is as long as its header says; torchvision does not check this."""
    with path.open("rb") as file:
        head = file.read(16)
    dims = head[3] if len(head) > 3 else 0
    shape = [int.from_bytes(head[4 * i : 4 * i + 4], "big") for i in range(1, dims + 1)]
    return head[:3] == b"\0\0\x08" and path.stat().st_size == 4 + 4 * dims + math.prod(shape)


def _torchvision(reader: type, ask: Request, folder: Path, files: dict[str, str | None], **options):
    """torchvision's reader over ask.root, after a download if needed. files: file name -> md5 or None."""
    try:
        return reader(ask.root, **options)
    except Exception as missing:  # or damaged
        try:
            if not ask.download:
                raise missing
            return reader(ask.root, download=True, **options)
        except Exception as error:  # RuntimeError, URLError, OSError, or gdown's own error
            bad = [name for name, md5 in files.items() if not check_integrity(folder / name, md5)] or [*files]
            bad = [f"{name} ({'damaged' if (folder / name).exists() else 'missing'})" for name in bad]
            why = (str(error).strip().splitlines() or [type(error).__name__])[-1]
            needs = f"put into {folder} {', '.join(bad)}"
            raise DataError(f"{ask.name} cannot be read or downloaded ({why}): {needs}.") from error


# CelebA's lists


def _celeba_images(home: Path) -> list[Path]:
    """The images in img_align_celeba, or in a folder of the same name inside it, as in Kaggle's archive."""
    here = home / "img_align_celeba"
    return pile(here, home).images if here.is_dir() else []


def _celeba_list(home: Path, name: str) -> Path:
    """The path of one of CelebA's lists: .txt, or .csv as from Kaggle; .txt if neither exists."""
    text, table = (home / f"{name}.{suffix}" for suffix in ("txt", "csv"))
    return table if table.is_file() and not text.is_file() else text


def _celeba_parts(ask: Request, home: Path, files: list[Path]) -> tuple[list[Path], Tensor, tuple[str, ...]]:
    """The N files of the split, a table uint8 [N, A] of 0 and 1 and the names of its A attributes.

    torchvision reads the complete data set. A part of it is read here: any images, the list of attributes if
    it is there, and the official partition if that is there.
    """
    by_name = {path.name: path for path in files}
    attributes = _celeba_list(home, "list_attr_celeba")
    try:
        found = datasets.CelebA(ask.root, split=ask.split)
        names, table, columns = found.filename, found.attr.byte(), tuple(filter(None, found.attr_names))
    except (RuntimeError, OSError):  # a file of the list is missing, or is not the official one
        columns, rows = _celeba_rows(attributes)
        _, parts = _celeba_rows(_celeba_list(home, "list_eval_partition"))
        part = {"train": ["0"], "test": ["2"]}[ask.split]
        names = [name for name in by_name if parts.get(name) == part]
        names = names if parts else held_out([*by_name], ask.split)
        bad = [name for name in names if len(rows.get(name, ())) != len(columns)]
        need(not bad, f"{attributes.name} has no complete row for {bad[:1]}: download it again.")
        table = torch.tensor([[value == "1" for value in rows.get(name, ())] for name in names]).byte()
    need(names, f"{home} has no {ask.split} images: put more of CelebA there.")
    bad = [name for name in names if name not in by_name]
    need(not bad, f"{home} lacks {len(bad)} images, such as {bad[:1]}: unpack img_align_celeba.zip again.")
    return [by_name[name] for name in names], table, columns


def _celeba_rows(path: Path) -> tuple[tuple[str, ...], dict[str, list[str]]]:
    """Column names and {file: values}: from rows `000001.jpg -1 1 ...` below a count and the column names, or from
    `000001.jpg,-1,1,...` below `image_id` and the column names."""
    columns, rows = (), {}
    for line in path.read_text("utf-8-sig", "replace").splitlines() if path.is_file() else ():
        first, *rest = line.replace(",", " ").split() or [""]
        if first.endswith(".jpg"):
            rows[first] = rest
        elif first:
            columns = tuple(rest) if first == "image_id" else (first, *rest)
    return columns, rows


def attribute_classes(table: Tensor, columns: tuple[str, ...], attributes: Sequence[str]) -> tuple[Tensor, tuple]:
    """Attributes -> labels int64 [N] and class names, numbered in binary; the first attribute is the highest bit."""
    labels = torch.zeros(len(table), dtype=torch.int64)
    for name in attributes:
        near = difflib.get_close_matches(name.lower(), [column.lower() for column in columns], cutoff=0.5)
        near = ", ".join(column for column in columns if column.lower() in near or not near)
        need(name in columns, f"there is no attribute {name!r}: give one such as {near}.")
        labels = 2 * labels + table[:, columns.index(name)]
    words = [name.replace("_", " ") for name in attributes]
    names = product(*((f"not {word}", word) for word in words))
    return labels, tuple(" + ".join(each) for each in names if each)


def attributes_of(names: Sequence[str]) -> tuple[str, ...]:
    """The attributes that make these class names, as `attribute_classes` takes them; () if they are made of none."""
    words = [word.removeprefix("not ") for word in names[0].split(" + ")] if names else []
    made = [" + ".join(each) for each in product(*((f"not {word}", word) for word in words))]
    return tuple(word.replace(" ", "_") for word in words) if words and made == list(names) else ()
