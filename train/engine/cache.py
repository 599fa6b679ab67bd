"""Decoded images on disk, found by the files' content: a folder that is moved or copied is not decoded anew."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import sys
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

VERSION = 4
"""To be raised when decoding changes, so that older cache files are not used"""

Pictures = tuple[Tensor, Tensor, tuple[str, ...]]
"""Images uint8 [N, C, H, W]; labels int64 [N] and the names of the classes, or a table [N, A] of 0 and 1 and the names
of its A attributes"""


def cached(settings: list, home: Path, files: list[Path], decode: Callable[[], Pictures]) -> Pictures:
    """decode(), or its cached result for the same content of the files, names below `home` and settings.

    The folder ($GAN_CACHE, else ~/.cache/ganscope/data) can be deleted at any time.
    """
    folder = Path(os.environ.get("GAN_CACHE") or "~/.cache/ganscope/data").expanduser()
    key = _hash([VERSION, *settings, _content(folder, home, files)])
    path = folder / f"{key}.safetensors"
    try:
        with safe_open(path, "pt") as file:
            images, labels, about = file.get_tensor("images"), file.get_tensor("labels"), file.metadata()
        if about["checksum"] == _checksum(images, labels):
            return images, labels, tuple(json.loads(about["names"]))
    except (OSError, SafetensorError, KeyError, TypeError, ValueError):
        pass  # absent or damaged: decode

    images, labels, names = decode()
    tensors = {"images": images.contiguous(), "labels": labels.contiguous()}
    about = {"checksum": _checksum(*tensors.values()), "names": json.dumps(names)}
    _write(path, lambda part: save_file(tensors, part, about))
    return tensors["images"], labels, names


def _content(folder: Path, home: Path, files: list[Path]) -> str:
    """A hash of the files' content and of their names below `home`. It is stored with paths, sizes and times, so that
    files are read again only if one of these has changed."""
    names = [os.path.relpath(path, home) for path in files]
    note = folder / f"{_hash([os.path.abspath(home), *zip(names, map(_stat, files), strict=True)])}.content"
    with contextlib.suppress(OSError, UnicodeDecodeError):
        if len(known := note.read_text()) == 32:
            return known
    with ThreadPoolExecutor() as pool:
        found = _hash([*zip(names, pool.map(_digest, files), strict=True)])
    _write(note, lambda part: part.write_text(found))
    return found


def _write(path: Path, write: Callable[[Path], None]) -> None:
    """Write a file atomically; if that fails, print a warning once."""
    part = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(part)
        os.replace(part, path)
    except (OSError, SafetensorError) as error:
        say_once(f"cannot write to the cache {path.parent} ({error}): images will be decoded anew in each run.")
        with contextlib.suppress(OSError):
            part.unlink()


def _stat(path: Path) -> tuple[int, int]:
    """Size and time of a file; zeros for a broken link, which decoding will report."""
    try:
        return (stat := path.stat()).st_size, stat.st_mtime_ns
    except OSError:
        return 0, 0


def _digest(path: Path) -> str:
    """Hash of a file's bytes; empty for an unreadable file, which decoding will report."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "blake2b").hexdigest()
    except OSError:
        return ""


def _hash(facts: list) -> str:
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32]


def _checksum(*tensors: torch.Tensor) -> str:
    return str(functools.reduce(lambda crc, tensor: zlib.crc32(tensor.numpy(), crc), tensors, 0))


@functools.cache
def say_once(text: str) -> None:
    print(text, file=sys.stderr)
