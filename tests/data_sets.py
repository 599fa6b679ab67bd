"""Tiny data sets that tests write themselves, in the layouts of the real ones."""

import hashlib
import pickle
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st
from PIL import Image
from torchvision import datasets

from train.engine.data import DataError
from train.engine.folders import layout

IDX = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def write_idx(root: Path, folder: str = "MNIST", train: int = 12, test: int = 5) -> dict[str, np.ndarray]:
    """Random images and labels in torchvision's raw layout -> name -> array."""
    raw = root / folder / "raw"
    raw.mkdir(parents=True)
    arrays = {}
    for name, n in zip(IDX, (train, train, test, test), strict=True):
        shape = (n, 28, 28) if "images" in name else (n,)
        arrays[name] = rng(n).integers(0, 256 if "images" in name else 10, shape, dtype=np.uint8)
        head = struct.pack(f">BBBB{len(shape)}I", 0, 0, 8, len(shape), *shape)
        (raw / name).write_bytes(head + arrays[name].tobytes())
    return arrays


def write_cifar(root: Path, monkeypatch) -> np.ndarray:
    """Six batches of two images, and their md5 sums where torchvision looks for them -> pixels [12, 3072]."""
    reader, folder = datasets.CIFAR10, root / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    pixels = rng().integers(0, 256, (12, 3072), dtype=np.uint8)
    pixels[0] = np.repeat([255, 0, 0], 1024)  # channel by channel: all red
    pixels[1] = np.repeat([0, 255, 0], 1024)
    pixels[2] = np.repeat([0, 0, 255], 1024)
    names = [name for name, _ in (*reader.train_list, *reader.test_list)]
    contents = {name: {"data": pixels[2 * i : 2 * i + 2], "labels": [i, 9 - i]} for i, name in enumerate(names)}
    contents["batches.meta"] = {"label_names": [f"class {i}" for i in range(10)]}
    md5 = {}
    for name, content in contents.items():
        (folder / name).write_bytes(pickle.dumps(content))
        md5[name] = hashlib.md5((folder / name).read_bytes()).hexdigest()
    monkeypatch.setattr(reader, "train_list", [[name, md5[name]] for name in names[:5]])
    monkeypatch.setattr(reader, "test_list", [[names[5], md5[names[5]]]])
    monkeypatch.setattr(reader, "meta", {**reader.meta, "md5": md5["batches.meta"]})
    return pixels


ATTRIBUTES = ("Eyeglasses", "Male", "Smiling", "Wearing_Hat")


def write_celeba(root: Path, n: int = 20, width: int = 178, height: int = 218) -> np.ndarray:
    """Random images (PNG inside, so that pixels are exact) and the attribute file -> pixels [N, H, W, 3].

    Image i is Male if i is odd and Smiling if i % 4 is 2 or 3.
    """
    home = root / "celeba"
    (home / "img_align_celeba").mkdir(parents=True)
    pixels = rng().integers(0, 256, (n, height, width, 3), dtype=np.uint8)
    rows = [str(n), " ".join(ATTRIBUTES) + " "]
    for i in range(n):
        Image.fromarray(pixels[i]).save(home / "img_align_celeba" / f"{i + 1:06}.jpg", format="png")
        values = (-1, 1 if i % 2 else -1, 1 if i % 4 > 1 else -1, -1)
        rows.append(f"{i + 1:06}.jpg " + " ".join(f"{value:2}" for value in values))
    (home / "list_attr_celeba.txt").write_text("\n".join(rows) + "\n")
    return pixels


def complete_celeba(root: Path, monkeypatch, parts: list[int]) -> None:
    """The files that make the layout complete for torchvision; its md5 sums cannot hold for them."""
    home = root / "celeba"
    names = [f"{i + 1:06}.jpg" for i in range(len(parts))]
    write = {
        "identity_CelebA.txt": [f"{name} 7" for name in names],
        "list_bbox_celeba.txt": ["20", "x_1 y_1 width height", *(f"{name} 1 2 3 4" for name in names)],
        "list_landmarks_align_celeba.txt": ["20", "a b", *(f"{name} 1 2" for name in names)],
        "list_eval_partition.txt": [f"{name} {part}" for name, part in zip(names, parts, strict=True)],
    }
    for name, lines in write.items():
        (home / name).write_text("\n".join(lines) + "\n")
    monkeypatch.setattr(datasets.CelebA, "file_list", [(url, None, name) for url, _, name in datasets.CelebA.file_list])


def write_images(folder: Path, *colours, side: int = 8) -> Path:
    """One plain picture per colour: 00.png, 01.png, ..."""
    folder.mkdir(parents=True, exist_ok=True)
    for i, colour in enumerate(colours):
        Image.new("L" if isinstance(colour, int) else "RGB", (side, side), colour).save(folder / f"{i:02}.png")
    return folder


def fails(*words: str):
    """The sentence must hold all the words: one line, one sentence."""
    pattern = "".join(f"(?=.*{word})" for word in words)
    return pytest.raises(DataError, match=rf"^{pattern}.*\.$")


def write(home: Path, *names: str) -> Path:
    """Files of no content; a name that ends in * is five of them."""
    for name in names:
        for one in [name.replace("*", str(i)) for i in range(5)] if "*" in name else [name]:
            (home / one).parent.mkdir(parents=True, exist_ok=True)
            (home / one).write_bytes(b"")
    return home


def seen(home: Path) -> tuple[dict[str, str], str]:
    """File -> "class split", and the notes as one text."""
    found = layout(home)
    names = found.classes or ("-",)
    rows = [(part, row) for part in ("train", "test") for row in getattr(found, part)]
    return {path.relative_to(home).as_posix(): f"{names[k]} {part}" for part, (path, k) in rows}, "\n".join(found.notes)


PIECES = ["cat", "dog", "00000", "00001", "train", "Test", "val", "trainB", "testA", "größe", "part1", ".hidden", "run"]
FILES = ["1.png", "2.JPG", "a b.jpeg", "x.tiff", "notes.txt", "._1.png", "resume.pt"]
PATHS = st.tuples(st.lists(st.sampled_from(PIECES), max_size=3), st.sampled_from(FILES))
"""What layouts are made up of: (folders, file)"""
