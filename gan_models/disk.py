"""Files and folders that are replaced atomically, and written to the disk before they become visible. No torch
import."""

from __future__ import annotations

import ctypes
import errno
import json
import os
import re
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator
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
    file is then untouched. Several processes may do this at a time: the last one to end wins, with a whole file."""
    with _beside(path, lambda new: new.open("xb").close()) as new:
        with new.open("wb") as file:
            yield file
        sync(new)
        os.replace(new, path)
    sync(path.parent)


def write_text(path: Path, text: str) -> None:
    """Replace a text file atomically, in UTF-8; see `replacing`."""
    with replacing(path) as file:
        file.write(text.encode())


def write_json(path: Path, content: dict) -> None:
    """Replace a JSON file atomically; see `replacing`. Raises ValueError if a number is NaN or infinite, which JSON
    cannot hold."""
    write_text(path, json.dumps(content, indent=1, allow_nan=False) + "\n")


@contextmanager
def put(folder: Path, mark: str = "") -> Iterator[Path]:
    """An empty folder to be filled, which then replaces the one that is there atomically. Several processes may do this
    at a time: the last one to end wins, with a whole folder.

    mark: the file by which a folder is known as one of these; with it, whatever else has the name is no one's to
    delete, and raises ValueError: another file, a folder of other files, a link to one. An empty folder is replaced.

    If the system can exchange two folders, one of them exists at every moment. Elsewhere there is none between two
    renames; if the process is killed right then, `take_back` restores the old one. Raises the system's OSError; the old
    folder is then untouched.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with locked(folder.parent):
        take_back(folder)
    if mark and _foreign(folder, mark):
        raise ValueError(
            f"{folder} is not replaced, since it holds no {mark}: give a folder that is new or empty, or one that does."
        )
    with _beside(folder, Path.mkdir) as new:
        yield new
        for path in [*new.rglob("*"), new]:
            sync(path)
        with locked(folder.parent):
            _swap(new, folder)
            sync(folder.parent)  # before the old one goes
            _remove(_aside(folder))


def _foreign(folder: Path, mark: str) -> bool:
    if not os.path.lexists(folder) or (folder / mark).is_file():
        return False
    return not folder.is_dir() or any(folder.iterdir())


def _swap(new: Path, folder: Path) -> None:
    """Give the folder's name to the new one. The old one then has the new one's name, or is set aside."""
    old = _aside(folder)
    if not os.path.lexists(folder):
        os.replace(new, folder)
    elif not exchange(new, folder):
        _remove(old)
        try:
            os.replace(folder, old)
            os.replace(new, folder)
        finally:
            take_back(folder)


def _aside(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.old")


def take_back(folder: Path) -> None:
    """Give a folder that `put` had set aside its name back, after its process was killed."""
    old = _aside(folder)
    if not os.path.lexists(folder) and os.path.lexists(old):
        os.replace(old, folder)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Wait until no other process or thread is in here with this folder. Without effect on Windows, and on file systems
    without locks. It must not be entered again inside itself."""
    lock = _lock(folder)
    try:
        yield
    finally:
        _unlock(lock)


@contextmanager
def _beside(path: Path, make: Callable[[Path], object]) -> Iterator[Path]:
    """A new file or folder beside the path with a name of its own, removed at the end if it is still there. It is
    locked meanwhile; those that killed processes left have no lock any more, and are removed first."""
    ours = re.compile(re.escape(f".{path.name}") + r"(\.[0-9a-f]{16})?\.new")
    for left in [one for one in path.parent.iterdir() if ours.fullmatch(one.name)]:
        with suppress(OSError):  # in use, or removed by another process
            lock = _lock(left, wait=False)
            try:
                _remove(left)
            finally:
                _unlock(lock)
    while True:
        new = path.with_name(f".{path.name}.{secrets.token_hex(8)}.new")
        make(new)
        try:
            lock = _lock(new)
        except FileNotFoundError:  # another writer took it for a left-over before it was locked
            continue
        if os.path.lexists(new):
            break
        _unlock(lock)  # the same, while it was being locked
    try:
        yield new
    finally:
        with suppress(OSError):
            _remove(new)
        _unlock(lock)


def _lock(path: Path, wait: bool = True) -> int | None:
    """The file or folder, opened and locked until it is closed; None if the system has no locks. wait=False: raises
    OSError if it is locked already, or if there are no locks."""
    if sys.platform == "win32":
        if not wait:
            raise OSError(errno.ENOTSUP, "no locks")
        return None
    import fcntl

    file = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        if not wait:
            os.close(file)
            raise
    return file


def _unlock(lock: int | None) -> None:
    if lock is not None:
        os.close(lock)


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


def _remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    else:
        shutil.rmtree(path, ignore_errors=True)
