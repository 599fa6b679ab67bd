"""Images as uint8 tensors, decoded once, cached, resident on the training device."""

from __future__ import annotations

import difflib
import math
import os
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageOps
from torch import Tensor
from torchvision import datasets
from torchvision.datasets.utils import check_integrity
from tqdm import tqdm

from gan_models import limits
from gan_models.draws import per_image
from gan_models.registry import register

from .cache import Pictures, cached, say_once


class DataError(ValueError):
    """Data that cannot be used: the message is one sentence that says what is wrong and what is right."""


@dataclass(frozen=True, eq=False)
class Data:
    """A data set in memory."""

    name: str
    images: Tensor
    """uint8 [N, C, H, W]"""
    labels: Tensor
    """int64 [N], zeros where there are no classes"""
    class_names: tuple[str, ...] = ()
    """Empty where there are no classes"""

    def __len__(self) -> int:
        return len(self.images)

    def to(self, device) -> Data:
        """The same data on another device."""
        return replace(self, images=self.images.to(device), labels=self.labels.to(device))

    def batch(self, n: int) -> tuple[Tensor, Tensor]:
        """n random pictures, with replacement: float32 [n, C, H, W] in [-1, 1] and their labels int64 [n].

        Drawn from the global generator of the data's own device: there is no position to keep, so whoever
        restores the RNG state resumes with exactly the batches that would have followed. Never waits for
        the GPU.
        """
        at = per_image(partial(torch.randint, len(self)), n, device=self.images.device)
        return self.images[at].float().div_(127.5).sub_(1), self.labels[at]


@dataclass(frozen=True)
class Request:
    """What a reader is asked for: the arguments of `load`, checked."""

    name: str
    root: Path
    split: str
    size: int | None
    channels: int | None
    attributes: tuple[str, ...]
    on_broken: str
    download: bool

    def decoding(self) -> list:
        """What a decoded image depends on, beside its file."""
        return [self.split, self.size, self.channels, self.on_broken]


READERS: dict[str, Callable[[Request], Pictures]] = {}
"""One function per data set: `@register(READERS)` over `def name(ask)` is all that a new one takes. `load` does the
rest: size, channels, classes."""


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

    name: mnist, fashion_mnist, cifar10, celeba, stacked_mnist, or a folder of images. Its sub-folders are
        classes, where there are two or more and no images beside them; `train` and `test` in it are taken as the
        splits.
    root: the folder that holds the data sets in torchvision's layout; None = $GAN_DATA_ROOT, else `data`.
    split: "train" or "test". Where the data has no split of its own, the last tenth by file name (of each
        class) is "test".
    size: side in pixels, resized bicubically with antialiasing; None = native: 28, 32, 64, for a folder 64.
    channels: 1 (grey) or 3 (RGB); None = native, for a folder 1 if all its pictures are grey, else 3.
    attributes: k of CelebA's attributes -> 2^k classes, "not Male + not Smiling" first; None = no classes.
    on_broken: "error", or "skip" to leave unreadable image files out and say which they are.
    download: False leaves data that is not there alone, for whoever can do without it.

    Raises DataError.
    """
    name = str(name)
    root = Path(root or os.environ.get("GAN_DATA_ROOT") or "data").expanduser()
    attributes = tuple(attributes.split(",") if isinstance(attributes, str) else attributes or ())
    reader = READERS.get(name, _folder)
    _need(split in ("train", "test"), f"split is {split!r}: give 'train' or 'test'.")
    _need(size is None or size >= 8, f"size is {size} pixels, which is too small: give 8 or more.")
    _need(channels in (None, 1, 3), f"channels is {channels!r}: give 1 (grey), 3 (RGB) or None.")
    _need(on_broken in ("error", "skip"), f"on_broken is {on_broken!r}: give 'error' or 'skip'.")
    few = len({*attributes}) == len(attributes) <= 6
    _need(few, f"attributes are {attributes}: give at most 6, each once.")
    known = reader is not _folder or Path(name).expanduser().is_dir()
    _need(known, f"there is no data set {name!r}: give {', '.join(READERS)} or a folder of images.")

    images, labels, names = reader(Request(name, root, split, size, channels, attributes, on_broken, download))
    if labels.ndim == 2:
        labels, names = _classes(labels, names, attributes)
    else:
        _need(not attributes, f"{name!r} has no attributes: leave {', '.join(attributes)} out.")
    if reader is _folder:
        # A checkpoint of it must be one that can be loaded, whatever the folder is called.
        name = limits.printable(Path(name).expanduser().resolve().name)[: limits.DATASET]
        name = f"{name} (folder)" if name in READERS else name  # not to stand among the figures of the real one
    return Data(name, _fit(images, size, channels), labels, tuple(names))


def _need(ok: object, sentence: str) -> None:
    if not ok:
        raise DataError(sentence)


# The data sets


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
    """Faces, 64 px: the centre square of 160/178 of the width, whatever the files' scale. 40 attributes."""
    home = ask.root / "celeba"
    if not (files := _image_files(home / "img_align_celeba")[0]):
        wanted = {"img_align_celeba.zip, unpacked": None, "list_attr_celeba.txt": None}
        _torchvision(datasets.CelebA, ask, home, wanted, split="all")
        files, _ = _image_files(home / "img_align_celeba")
    has_list = (home / "list_attr_celeba.txt").is_file()
    _need(has_list or not ask.attributes, f"attributes need CelebA's list_attr_celeba.txt: put it into {home}.")

    def decode() -> Pictures:
        chosen, table, columns = _celeba_lists(ask, home, files)
        _classes(table, columns, ask.attributes)  # a misspelt attribute must not cost the decoding first
        images, good = _decode(ask, chosen, lambda width, height: round(width * 160 / 178))
        return images, table[good], columns

    return cached(["celeba", *ask.decoding()], home, [*files, *sorted(home.glob("*.txt"))], decode)


@register(READERS)
def stacked_mnist(ask: Request) -> Pictures:
    """28 px, colour: a digit of MNIST in each of the three channels, a thousand modes, no classes.

    Metz et al. 2017, arXiv:1611.02163, section 3.3.1; Srivastava et al. 2017 (VEEGAN), arXiv:1705.07761. Papers
    draw some 100,000 triples at random. These are three shuffles of the split's digits, as many pictures as MNIST
    has: every digit comes once in every channel, and each mode some 60 times, in 141 MB; 128,000 would take 301 MB
    and show the same digits. Labels are zeros; the digits of the pictures are `mnist.labels[stacks(len(mnist))]`.
    """
    digits, _, _ = mnist(ask)
    at = stacks(len(digits))
    return digits[:, 0][at], torch.zeros(len(at), dtype=torch.int64), ()


def stacks(n: int) -> Tensor:
    """Which of n digits stand in the channels of n stacked pictures: int64 [n, 3], the same always and everywhere."""
    shuffle = np.random.RandomState(0).permutation  # its stream is frozen, which PyTorch does not promise
    return torch.from_numpy(np.stack([shuffle(n) for _ in range(3)], 1)).long()


def _folder(ask: Request) -> Pictures:
    home = Path(ask.name).expanduser()
    if has_splits := all((home / split).is_dir() for split in ("train", "test")):
        home = home / ask.split
    subs = sorted(sub for sub in home.iterdir() if sub.is_dir() and not sub.name.startswith((".", "__")))
    flat, others = _image_files(home)
    found = {sub.name: _image_files(sub, "**/*") for sub in subs}
    others = sum((kinds for _, kinds in found.values()), others)
    classes = {name: files for name, (files, _) in found.items() if files}
    _need(flat or classes, f"{home} holds no images: give a folder with {' '.join(sorted(SUFFIXES))} files.")
    groups = [*classes.values()] or [flat]
    if classes and (flat or len(classes) == 1):
        where = "beside its sub-folders" if flat else "in one sub-folder only"
        say_once(f"{home} holds images {where}: all are taken, without classes.")
        groups, classes = [[*flat, *(path for files in classes.values() for path in files)]], {}
    if classes and (empty := [name for name in found if name not in classes]):
        say_once(f"{home}: no classes, since they hold no image: {_listed(empty)}.")
    if others:
        kinds = _listed([f"{count} {kind or 'without a suffix'}" for kind, count in others.most_common()])
        say_once(f"{home}: left alone, since no images by their names: {kinds}.")

    if not has_splits:
        groups = [_held_out(files, ask.split) for files in groups]
    files = [path for group in groups for path in group]
    labels = torch.tensor([label for label, group in enumerate(groups) for _ in group])
    _need(files, f"{home} has no {ask.split} images, the last tenth: give 10 images of a class or more.")

    def decode() -> Pictures:
        images, good = _decode(ask, files, min)
        gone = {*labels.tolist()} - {*labels[good].tolist()}
        _need(not gone, f"no image of {_listed([[*classes][k] for k in sorted(gone)])} can be read: take it away.")
        if ask.channels is None and bool((images == images[:, :1]).all()):
            images = images[:, :1]
        return images, labels[good], tuple(classes)

    return cached(["folder", *ask.decoding()], Path(ask.name).expanduser(), files, decode)


def _listed(names: Sequence[str], most: int = 5) -> str:
    """ "a, b, c, d, e and 7 more"."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _idx(reader: type, ask: Request, class_names: tuple[str, ...]) -> Pictures:
    """MNIST's format, which loads in less time than a cache file would."""
    folder = ask.root / reader.__name__ / "raw"
    names = [Path(url).stem for url, _ in reader.resources]
    for path in (folder / name for name in names if (folder / name).is_file()):
        _need(_is_whole(path), f"{path} is damaged or was not downloaded to its end: delete it and run again.")
    found = _torchvision(reader, ask, folder, dict.fromkeys(names), train=ask.split == "train")
    counts = f"{len(found.data)} {ask.split} images but {len(found.targets)} labels"
    _need(len(found.data) == len(found.targets), f"{folder} has {counts}: delete it and run again.")
    return found.data[:, None], found.targets, class_names


def _is_whole(path: Path) -> bool:
    """Whether an IDX file is as long as its header says; torchvision does not look."""
    with path.open("rb") as file:
        head = file.read(16)
    dims = head[3] if len(head) > 3 else 0
    shape = [int.from_bytes(head[4 * i : 4 * i + 4], "big") for i in range(1, dims + 1)]
    return head[:3] == b"\0\0\x08" and path.stat().st_size == 4 + 4 * dims + math.prod(shape)


def _torchvision(reader: type, ask: Request, folder: Path, files: dict[str, str | None], **options):
    """torchvision's reader over ask.root, after a download if need be. files: their names -> md5 or None."""
    try:
        return reader(ask.root, **options)
    except Exception as missing:  # or damaged
        try:
            if not ask.download:
                raise missing
            return reader(ask.root, download=True, **options)
        except Exception as error:  # RuntimeError, URLError, OSError, gdown's own: all end here
            bad = [name for name, md5 in files.items() if not check_integrity(folder / name, md5)] or [*files]
            bad = [f"{name} ({'damaged' if (folder / name).exists() else 'missing'})" for name in bad]
            why = (str(error).strip().splitlines() or [type(error).__name__])[-1]
            needs = f"put into {folder} {', '.join(bad)}"
            raise DataError(f"{ask.name} cannot be read or downloaded ({why}): {needs}.") from error


# CelebA's lists


def _celeba_lists(ask: Request, home: Path, files: list[Path]) -> tuple[list[Path], Tensor, tuple[str, ...]]:
    """The N files of the split, a table uint8 [N, A] of 0 and 1 and the names of its A attributes.

    torchvision reads the complete data set. A part of it is read here: any images, list_attr_celeba.txt if
    it is there, and the official partition if that is there.
    """
    by_name = {path.name: path for path in files}
    try:
        found = datasets.CelebA(ask.root, split=ask.split)
        names, table, columns = found.filename, found.attr.byte(), tuple(filter(None, found.attr_names))
    except (RuntimeError, OSError):  # a file of its list is not there, or not the official one
        columns, rows = _celeba_list(home / "list_attr_celeba.txt")
        _, parts = _celeba_list(home / "list_eval_partition.txt")
        part = {"train": ["0"], "test": ["2"]}[ask.split]
        names = [name for name in by_name if parts.get(name) == part]
        names = names if parts else _held_out([*by_name], ask.split)
        bad = [name for name in names if len(rows.get(name, ())) != len(columns)]
        _need(not bad, f"list_attr_celeba.txt has no whole row for {bad[:1]}: download it again.")
        table = torch.tensor([[value == "1" for value in rows.get(name, ())] for name in names]).byte()
    _need(names, f"{home} has no {ask.split} images: put more of CelebA there.")
    bad = [name for name in names if name not in by_name]
    _need(not bad, f"{home} lacks {len(bad)} images, such as {bad[:1]}: unpack img_align_celeba.zip again.")
    return [by_name[name] for name in names], table, columns


def _celeba_list(path: Path) -> tuple[tuple[str, ...], dict[str, list[str]]]:
    """Column names and {file: values}, from rows `000001.jpg -1 1 ...` below a count and the column names."""
    columns, rows = (), {}
    for line in path.read_text("utf-8", "replace").splitlines() if path.is_file() else ():
        first, *rest = line.split() or [""]
        if first.endswith(".jpg"):
            rows[first] = rest
        elif first:
            columns = (first, *rest)
    return columns, rows


def _classes(table: Tensor, columns: tuple[str, ...], attributes: Sequence[str]) -> tuple[Tensor, tuple]:
    """Attributes -> labels int64 [N] and class names, counted in binary; the first attribute weighs most."""
    labels = torch.zeros(len(table), dtype=torch.int64)
    for name in attributes:
        near = difflib.get_close_matches(name.lower(), [column.lower() for column in columns], cutoff=0.5)
        near = ", ".join(column for column in columns if column.lower() in near or not near)
        _need(name in columns, f"there is no attribute {name!r}: give one such as {near}.")
        labels = 2 * labels + table[:, columns.index(name)]
    words = [name.replace("_", " ") for name in attributes]
    names = product(*((f"not {word}", word) for word in words))
    return labels, tuple(" + ".join(each) for each in names if each)


# Files to pixels

SUFFIXES = {".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"}


def _image_files(folder: Path, pattern: str = "*") -> tuple[list[Path], Counter[str]]:
    """The image files, sorted, and how many files there are of other kinds, by suffix; without hidden files, such as
    the ._*.jpg that macOS leaves."""
    images, others = [], Counter()
    for path in folder.glob(pattern):
        if path.is_dir() or "/." in f"/{path.relative_to(folder).as_posix()}":
            continue
        if (suffix := path.suffix.lower()) in SUFFIXES:
            images.append(path)
        else:
            others[suffix] += 1
    return sorted(images), others


def _held_out(files: list, split: str) -> list:
    """The last tenth is "test", the rest "train"."""
    cut = len(files) - len(files) // 10
    return files[:cut] if split == "train" else files[cut:]


def _decode(ask: Request, files: list[Path], side: Callable[[int, int], int]) -> tuple[Tensor, Tensor]:
    """N files -> uint8 [M, C, size, size] and which of the files these are, int64 [M].

    side: (width, height) -> side of the square to crop. Without ask.size 64 pixels, without ask.channels 3.
    """
    size, channels = ask.size or 64, ask.channels or 3
    images = torch.empty(len(files), channels, size, size, dtype=torch.uint8)

    def one(i: int) -> bool:
        try:
            images[i] = _picture(files[i], side, size, channels)
        except Exception:  # Pillow raises OSError, SyntaxError, struct.error and more
            return False
        return True

    with ThreadPoolExecutor() as pool:  # Pillow lets go of the interpreter lock while it decodes
        read = pool.map(one, range(len(files)))
        read = tqdm(read, f"decoding {ask.name}", len(files), unit=" images", disable=None)  # None: on a terminal
        good = torch.tensor([*read]).nonzero()[:, 0]
    if broken := sorted({*range(len(files))} - {*good.tolist()}):
        home = Path(ask.name).expanduser()
        names = [os.path.relpath(files[i], home) if home.is_dir() else files[i].name for i in broken]
        _need(len(good) > 0, f"none of the {len(files)} images of {ask.name} can be read: get them again.")
        told = f"{len(broken)} of the {len(files)} images of {ask.name} cannot be read ({_listed(names)})"
        _need(ask.on_broken == "skip", f"{told}: take them away, or leave them out with --skip-broken.")
        print(f"{told}: skipped.", file=sys.stderr)
        images = images[good]
    return images, good


def _picture(path: Path, side: Callable[[int, int], int], size: int, channels: int) -> Tensor:
    """Upright, on white, cropped to a square in the centre, resized: uint8 [C, size, size]."""
    with Image.open(path) as file:
        image = ImageOps.exif_transpose(file)
    if image.mode.startswith("I"):  # 16 bits of grey: Pillow would clip them to white
        image = Image.fromarray((np.asarray(image) >> 8).clip(0, 255).astype(np.uint8))
    elif image.mode == "F":  # from 0 to 1, or from 0 to 255
        values = np.nan_to_num(np.asarray(image))
        image = Image.fromarray((values * (255 if values.max() <= 1 else 1)).round().clip(0, 255).astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    image = image.convert("L" if channels == 1 else "RGB")
    crop = min(side(*image.size), *image.size)
    left, top = ((length - crop) // 2 for length in image.size)
    image = image.crop((left, top, left + crop, top + crop)).resize((size, size), Image.Resampling.BICUBIC)
    return torch.from_numpy(np.array(image)).view(size, size, channels).permute(2, 0, 1)


def _fit(images: Tensor, size: int | None, channels: int | None) -> Tensor:
    """uint8 [N, C, H, W] at the size and in the channels asked for; None = as they are."""
    size, channels = size or images.shape[-1], channels or images.shape[1]
    if images.shape[1:] == (channels, size, size):
        return images
    luma = torch.tensor([0.299, 0.587, 0.114])[:, None, None]  # ITU-R 601, as in Pillow
    # Resizing is linear along each side: one small matrix, far faster than resizing image by image.
    eye = torch.eye(images.shape[-1])[None, None]
    shrink = F.interpolate(eye, (size, images.shape[-1]), mode="bicubic", antialias=True)[0, 0]

    def fit(x: Tensor) -> Tensor:
        x = (x * luma).sum(1, keepdim=True) if channels < x.shape[1] else x.float()
        x = shrink @ x @ shrink.T if size != x.shape[-1] else x
        return x.round().clamp(0, 255).byte().expand(-1, channels, -1, -1)

    return torch.cat([fit(part) for part in images.split(1024)])  # in parts: floats take four times the room
