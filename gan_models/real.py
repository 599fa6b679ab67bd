"""Real pictures stored beside checkpoints, for the demo: named, written and read. No torch import.

    checkpoints/mnist/real.png      a few held-out ones, to stand next to generated ones
    checkpoints/mnist/training.png  many training pictures, searched for nearest neighbours

Each has a JSON file of the same name beside it, which describes its pictures in order.
"""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass
from operator import index
from pathlib import Path

import numpy as np
from PIL import Image

from . import limits
from .disk import replacing, write_text
from .folder import one_line
from .pictures import tile

SHOWN, TRAINING = "real", "training"
MOST_BYTES, MOST_PIXELS = 64_000_000, 100_000_000
"""Most bytes of a file, and most pixels of the sheet in it"""


def files(name: str) -> tuple[str, ...]:
    """Names of the files with the pictures, their description, and their features."""
    return tuple(f"{name}.{kind}" for kind in ("png", "json", "safetensors"))


@dataclass(frozen=True, eq=False)
class Real:
    """Real pictures of one data set."""

    pictures: np.ndarray
    """uint8 [N, H, W, C]"""
    labels: list[int]
    """[N], indices into class_names"""
    class_names: list[str]
    split: str | None
    """"train" or "test" """


def write(folder: Path, name: str, real: Real, dataset: str, columns: int, credit: str = "") -> None:
    """NAME.png, tiles without gaps, and NAME.json into the folder. N must be a multiple of columns.

    credit: the owner of the pictures, if the data set is known (see `sources`); pictures without it are published only
    on request. Raises ValueError if `read` would refuse what is to be written; the old files then stay.
    """
    sheet = io.BytesIO()
    try:
        Image.fromarray(tile(real.pictures, columns)).save(sheet, "png", optimize=True)
        _, size, _, channels = real.pictures.shape
        facts = {
            "dataset": dataset,
            "credit": credit,
            "split": real.split,
            "size": size,
            "channels": channels,
            "class_names": list(real.class_names),
            "columns": columns,
            "labels": [index(y) for y in real.labels],
            "pictures": pictures_hash(real.pictures),
        }
        about = (json.dumps(facts) + "\n").encode()
        if not np.array_equal(_understood(about, sheet.getvalue()).pictures, real.pictures):
            raise ValueError("pictures are uint8 [N, H, W, C], with one label each")
    except Exception as error:  # whatever Python, NumPy and Pillow say of odd pictures, labels and names
        raise ValueError(f"the pictures are not written to {folder / name}.png: {one_line(error)}.") from error
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / f"{name}.png") as file:
        file.write(sheet.getvalue())
    write_text(folder / f"{name}.json", about.decode())


def pictures_hash(pictures: np.ndarray) -> str:
    """The hash that tells whether a file belongs to pictures uint8 [N, H, W, C]: blake2b, 64 bits, hexadecimal."""
    digest = hashlib.blake2b(str(pictures.shape).encode(), digest_size=8)
    digest.update(np.ascontiguousarray(pictures, dtype=np.uint8))
    return digest.hexdigest()


def stamp(root: Path, dataset: str, name: str) -> tuple | None:
    """A value that changes when the pictures are replaced; None if there are none."""
    if not _plain(dataset):
        return None
    try:
        stats = [(root / dataset / f"{name}.{kind}").stat() for kind in ("png", "json")]
    except OSError:
        return None
    return tuple((s.st_ino, s.st_mtime_ns, s.st_size) for s in stats)


def _plain(dataset: str) -> bool:
    """Whether a text is a name and not a path."""
    return bool(dataset) and not dataset.startswith(".") and "/" not in dataset and "\\" not in dataset


def read(root: Path | str, dataset: str, name: str = SHOWN) -> Real | None:
    """The pictures of a data set below root; None if they are missing or unreadable, or if the description is of other
    pictures."""
    root = Path(root)
    if not _plain(dataset):
        return None
    try:
        return _understood(*(limits.read(root / dataset / f"{name}.{kind}", MOST_BYTES) for kind in ("json", "png")))
    except Exception:  # a foreign file can raise anything in Python and Pillow
        return None


def _understood(description: bytes, sheet: bytes) -> Real:
    """The pictures of a description and a sheet; raises ValueError, or any other error, if they are not valid."""
    if max(len(description), len(sheet)) > MOST_BYTES:
        raise ValueError(f"a file has at most {MOST_BYTES:,} bytes")
    about = json.loads(description.decode("utf-8"))
    size, columns, labels = int(about["size"]), int(about["columns"]), [int(y) for y in about["labels"]]
    with Image.open(io.BytesIO(sheet)) as image:
        if image.width * image.height > MOST_PIXELS:
            raise ValueError(f"a sheet has at most {MOST_PIXELS:,} pixels")
        pixels = np.asarray(image.convert("L" if int(about["channels"]) == 1 else "RGB"))
    rows = -(-len(labels) // columns)
    tiles = pixels.reshape(rows, size, columns, size, -1).swapaxes(1, 2)
    tiles = tiles.reshape(rows * columns, size, size, -1)
    names, split = [str(one) for one in about["class_names"]], about.get("split")
    if not len(tiles):
        raise ValueError("there is no picture")
    if len(names) > limits.CLASSES or any(map(limits.line, names)):
        raise ValueError(f"there are at most {limits.CLASSES:,} class names, each {limits.line(None)}")
    if names and not all(0 <= y < len(names) for y in labels):
        raise ValueError(f"a label is not a number from 0 to {len(names) - 1}")
    pictures = tiles[: len(labels)]
    if "pictures" in about and about["pictures"] != pictures_hash(pictures):  # earlier versions lack it
        raise ValueError("the sheet does not hold the pictures of its description")
    return Real(pictures, labels, names, split if isinstance(split, str) else None)
