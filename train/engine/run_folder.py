"""A run folder while a training is at work in it: one at a time, how far it has come, and who may stop it. No torch."""

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
"""Environment variable, set by who runs many trainings (train run_all): a name for this one, which its progress.json
repeats, so that the file of an earlier process is not taken for its own. The end of standard input then means Ctrl-C"""
PATIENCE = 60.0
"""Seconds that it waits then for another training in its folder: one whose queue was killed needs a moment to save"""
EVERY = 1.0
"""Seconds between two notes of progress, at least"""
MEMORY = 20.0
"""Seconds after which a speed counts for a third in the one that is told"""


class FolderError(Exception):
    """A run folder that cannot be used now: the message is one sentence for the person at the terminal."""


# One at a time


@contextmanager
def alone(folder: Path, patience: float | None = None) -> Iterator[None]:
    """The folder, made where there is none, for this process alone; one that is empty at the end is taken away.

    The operating system lets go of the lock when the process ends, however it ends. Where the file system knows no
    locks, there is none. patience: seconds to wait for another process; None = as a queue wants it, else none.
    FolderError where it is still there then, or where the folder cannot be written to.
    """
    if os.environ.get("RANK", "0") != "0":  # of a training on several GPUs; the first process has the lock
        yield
        return
    if patience is None:
        patience = PATIENCE if os.environ.get(JOB) else 0.0
    path, until = folder / LOCK, time.monotonic() + patience
    try:
        try:
            while (file := _locked(path)) is None:
                if time.monotonic() >= until:
                    raise FolderError(f"another training is at work in {folder}: wait for it, or choose another --out.")
                time.sleep(0.1)
        except OSError as error:
            raise FolderError(f"cannot write to {folder} ({why(error)}); choose another --out.") from error
        try:
            yield
        finally:
            if sys.platform == "win32":  # where no open file can be deleted
                os.close(file)
                with suppress(OSError):
                    path.unlink()
            else:  # while it is held: after that it may be another's
                with suppress(OSError):
                    path.unlink()
                os.close(file)
    finally:
        with suppress(OSError):
            folder.rmdir()


def begun(folder: Path) -> bool:
    """Whether a job finds a run to go on with, once the folder is its own: who had it before may just have saved it."""
    return JOB in os.environ and (folder / "resume.pt").exists()


def _locked(path: Path) -> int | None:
    """The lock file, open and locked; None where another process holds it, or has just let go of it."""
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
        pass  # whoever held it has taken it away since it was opened
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK, errno.EDEADLK):
            return file  # no locks here: an old network file system
    os.close(file)
    return None


# How far it has come


@dataclass(frozen=True)
class Progress:
    """What progress.json says. A process that was killed leaves its last word: whether it lives says the lock alone."""

    state: str
    """training; finished, stopped or failed at its end"""
    images: int
    planned: int
    """Images of the whole run"""
    per_second: float | None
    """Images per second lately; None before there is anything to tell"""
    seconds_left: float | None
    fd: float | None
    """Of the latest look (--eval-every); None where there was none"""
    time: float
    """When this was written, in seconds since 1970"""
    pid: int
    job: str
    """See JOB; empty for a training that was started by hand"""


class Teller:
    """Writes progress.json, at most once a second and whole each time. A full disk is no reason to stop a run."""

    def __init__(self, folder: Path, images: int, planned: int):
        self.folder, self.planned = folder, planned
        self.last = images
        self.at: float | None = None
        """Of the last note; None before the first step, for that may fail, and should leave nothing then"""
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
        """The last word: "finished", "stopped" or "failed"."""
        if self.at is not None:
            self.write(state, images, fd)

    def forget(self) -> None:
        """Nothing came of it: leave nothing behind."""
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
            with suppress(OSError), path.open("r+", encoding="utf-8") as file:  # on a full disk: what it has already
                file.write(text)
                file.truncate()


def smoothed(before: float | None, now: float, seconds: float) -> float:
    """A speed that forgets: `now` held for so many seconds, `before` is the one that was told until then."""
    if before is None:
        return now
    weight = 1 - math.exp(-seconds / MEMORY)
    return before + weight * (now - before)


def progress(folder: Path) -> Progress | None:
    """What progress.json of a run folder says; None where there is none that can be read."""
    try:
        return Progress(**json.loads((folder / PROGRESS).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


# Who may stop it


def endings() -> list[signal.Signals]:
    """The signals that ask a process to save and end: Ctrl-C, a polite kill, and a terminal that closes, unless that is
    ignored (nohup)."""
    asked = [signal.SIGINT, signal.SIGTERM]
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        asked.append(signal.SIGHUP)
    return asked


def obey() -> None:
    """Where a queue started this process: let the end of standard input be a Ctrl-C.

    A pipe ends when its writer closes it, and when its writer is gone, even by kill -9: no training outlives its queue.
    It works alike on every system, which a signal to another process does not.
    """
    if not os.environ.get(JOB):
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where the queue runs in a shell's background

    def wait() -> None:
        import _thread

        while os.read(0, 1024):  # not sys.stdin, whose lock would hinder the end of the process
            pass
        _thread.interrupt_main()

    threading.Thread(target=wait, name="obey", daemon=True).start()
