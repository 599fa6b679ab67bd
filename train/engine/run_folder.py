"""A run folder during a training: only one training at a time, its progress, and how it is stopped. No torch."""

from __future__ import annotations

import errno
import json
import math
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from gan_models.disk import why

PROGRESS, LOCK = "progress.json", ".lock"
JOB = "GANSCOPE_JOB"
"""Environment variable that a queue (train run_all) sets for each training: a name that its progress.json repeats, so
that an earlier process's file is not taken for its own. The end of standard input then means Ctrl-C"""
PATIENCE = 60.0
"""Seconds that such a training waits for another one in its folder: one whose queue was killed needs time to save"""
EVERY = 1.0
"""Least seconds between two notes of progress"""
MEMORY = 20.0
"""Seconds after which an earlier speed counts for a third in the reported speed"""


class FolderError(Exception):
    """A run folder that cannot be used now: the message is one sentence for the person at the terminal."""


# One at a time


@contextmanager
def alone(folder: Path, patience: float | None = None, instead: str = "choose another --out") -> Iterator[None]:
    """The folder, created if missing, for this process alone; it is removed at the end if it is empty.

    The operating system releases the lock whenever the process ends. On a file system without locks there is no lock.
    patience: seconds to wait for another process; None = PATIENCE for a training of a queue, else 0. instead: what else
    the person can do. Raises FolderError if the other process is still there then, or if the folder cannot be written
    to.
    """
    if os.environ.get("RANK", "0") != "0":  # on several GPUs the first process has the lock
        yield
        return
    if patience is None:
        patience = PATIENCE if os.environ.get(JOB) else 0.0
    path, until = folder / LOCK, time.monotonic() + patience
    try:
        try:
            while (file := _locked(path)) is None:
                if time.monotonic() >= until:
                    raise FolderError(f"another training is at work in {folder}: wait for it, or {instead}.")
                time.sleep(0.1)
        except OSError as error:
            raise FolderError(f"cannot write to {folder} ({why(error)}); {instead}.") from error
        try:
            yield
        finally:
            if sys.platform == "win32":  # which cannot delete open files
                os.close(file)
                with suppress(OSError):
                    path.unlink()
            else:  # while the lock is held: afterwards it may be another's
                with suppress(OSError):
                    path.unlink()
                os.close(file)
    finally:
        with suppress(OSError):
            folder.rmdir()


def begun(folder: Path) -> bool:
    """Whether a job finds a run to continue, after it has locked the folder: the process before may have just saved
    it."""
    return JOB in os.environ and (folder / "resume.pt").exists()


def _locked(path: Path) -> int | None:
    """The lock file, open and locked; None if another process holds it or has just released it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except FileNotFoundError:
        return None
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.stat(path), os.fstat(file)):
            return file
    except FileNotFoundError:
        pass  # its holder has removed it since it was opened
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK, errno.EDEADLK):
            return file  # no locks here: an old network file system
    os.close(file)
    return None


# Progress


@dataclass(frozen=True)
class Progress:
    """The content of progress.json. A killed process leaves its last note: only the lock tells whether it still
    runs."""

    state: str
    """training during the run; finished, stopped or failed at its end"""
    images: int
    planned: int
    """Images of the whole run"""
    per_second: float | None
    """Recent images per second; None before the first measurement"""
    seconds_left: float | None
    fd: float | None
    """Distance of the latest evaluation (--eval-every); None if there was none"""
    time: float
    """When this was written, in seconds since 1970"""
    pid: int
    job: str
    """See JOB; empty for a training that a person started"""


class Teller:
    """Writes progress.json atomically, at most once a second. A full disk does not stop the run."""

    def __init__(self, folder: Path, images: int, planned: int):
        self.folder, self.planned = folder, planned
        self.last = images
        self.at: float | None = None
        """Time of the last note; None before the first step, which may fail and should leave no file"""
        self.per_second: float | None = None

    def __call__(self, images: int, fd: Callable[[], float | None]) -> None:
        now = time.perf_counter()
        if self.at is not None and now - self.at < EVERY:
            return
        if self.at is not None:
            self.per_second = smoothed(self.per_second, (images - self.last) / (now - self.at), now - self.at)
        self.last, self.at = images, now
        self.write("training", images, fd())

    def end(self, state: str, images: int, fd: float | None) -> None:
        """Write the last note: "finished", "stopped" or "failed"."""
        if self.at is not None:
            self.write(state, images, fd)

    def forget(self) -> None:
        """Remove the file of a run that did not begin."""
        with suppress(OSError):
            (self.folder / PROGRESS).unlink()

    def write(self, state: str, images: int, fd: float | None) -> None:
        left = max(self.planned - images, 0) / self.per_second if self.per_second else None
        told = Progress(
            state, images, self.planned, self.per_second, left, fd, time.time(), os.getpid(), os.environ.get(JOB, "")
        )
        text, path, new = json.dumps(asdict(told)) + "\n", self.folder / PROGRESS, self.folder / f".{PROGRESS}.new"
        try:
            new.write_text(text, encoding="utf-8")
            os.replace(new, path)
        except OSError:
            with suppress(OSError):
                new.unlink()
            with suppress(OSError), path.open("r+", encoding="utf-8") as file:  # on a full disk: overwrite the old file
                file.write(text)
                file.truncate()


def smoothed(before: float | None, now: float, seconds: float) -> float:
    """A running average of the speed: `now` held for `seconds`, `before` is the average until then."""
    if before is None:
        return now
    weight = 1 - math.exp(-seconds / MEMORY)
    return before + weight * (now - before)


def progress(folder: Path) -> Progress | None:
    """The progress.json of a run folder; None if it is missing or unreadable."""
    try:
        return Progress(**json.loads((folder / PROGRESS).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


# How it is stopped


def endings() -> list[signal.Signals]:
    """The signals that ask a process to save and end: Ctrl-C, SIGTERM, and a closing terminal unless it is ignored
    (nohup)."""
    asked = [signal.SIGINT, signal.SIGTERM]
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        asked.append(signal.SIGHUP)
    return asked


def obey() -> None:
    """If a queue started this process, treat the end of standard input as Ctrl-C.

    A pipe ends when its writer closes it or dies, even by kill -9, so that no training outlives its queue. This works
    on every system, unlike a signal to another process.
    """
    if not os.environ.get(JOB):
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored if the queue runs in a shell's background

    def wait() -> None:
        import _thread

        while os.read(0, 1024):  # not sys.stdin, whose lock would delay the end of the process
            pass
        _thread.interrupt_main()

    threading.Thread(target=wait, name="obey", daemon=True).start()
