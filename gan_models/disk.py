"""Files and folders that are replaced atomically, and written to the disk before they become visible. No torch
import."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

FULL = (errno.ENOSPC, errno.EDQUOT)
AT_FDCWD, RENAME_EXCHANGE = -100, 2
"""Flag of Linux, man 2 rename"""


def why(error: OSError) -> str:
    """The system's reason, as a part of a sentence."""
    return "disk full" if error.errno in FULL else error.strerror or str(error)


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to be written, which then replaces the one at the path atomically. Raises the system's OSError; the old
    file is then untouched."""
    new = _beside(path, "new")
    try:
        with new.open("wb") as file:
            yield file
        sync(new)
        os.replace(new, path)
    except BaseException:
        with suppress(OSError):
            new.unlink()
        raise
    sync(path.parent)


@contextmanager
def put(folder: Path) -> Iterator[Path]:
    """An empty folder to be filled, which then replaces the one that is there atomically.

    If the system can exchange two folders, one of them exists at every moment. Elsewhere there is none between two
    renames; if the process is killed right then, `take_back` restores the old one. Raises the system's OSError; the old
    folder is then untouched.
    """
    new, old = _beside(folder, "new"), _beside(folder, "old")
    take_back(folder)
    _remove(new)
    new.mkdir(parents=True)
    try:
        yield new
        for path in [*new.rglob("*"), new]:
            sync(path)
        if not os.path.lexists(folder):
            os.replace(new, folder)
        elif not exchange(new, folder):
            _remove(old)
            try:
                os.replace(folder, old)
                os.replace(new, folder)
            finally:
                take_back(folder)
    except BaseException:
        _remove(new)
        raise
    sync(folder.parent)  # before the old one goes
    _remove(new)
    _remove(old)


def take_back(folder: Path) -> None:
    """Give a folder that `put` had set aside its name back, after its process was killed."""
    old = _beside(folder, "old")
    if not os.path.lexists(folder) and os.path.lexists(old):
        os.replace(old, folder)


def exchange(one: Path, other: Path) -> bool:
    """Exchange the names of two folders atomically. False, with nothing changed, if the system cannot."""
    if sys.platform != "linux":
        return False
    rename = getattr(ctypes.CDLL(None), "renameat2", None)  # not in every C library
    return bool(rename) and not rename(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE)


def sync(path: Path) -> None:
    """Wait until a file, or a folder's list of entries, is on the disk. Otherwise a rename may reach the disk before
    the content, and a power cut would leave an empty file."""
    if os.name == "nt" and path.is_dir():
        return  # Windows cannot open folders
    file = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(file)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some file systems cannot do this for folders
            raise
    finally:
        os.close(file)


def _beside(path: Path, what: str) -> Path:
    return path.with_name(f".{path.name}.{what}")


def _remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    else:
        shutil.rmtree(path, ignore_errors=True)
