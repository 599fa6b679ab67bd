"""A disk that fails, or a process that dies, at any chosen moment of what is done to files."""

import builtins
import errno
import io
import os
from collections.abc import Callable
from contextlib import contextmanager

from gan_models import disk

CHANGES = ("mkdir", "replace", "rename", "unlink", "rmdir", "fsync")
"""Functions of os through which files and folders change, beside writing"""


class Faults:
    """Counts the moments at which something on the disk changes; at the one with the number `at` it does `act` first.

    A write is two moments, before it and in its middle, since a write may go half through.
    """

    def __init__(self, at: int | None = None, act: Callable[[], None] = lambda: None):
        self.at, self.act = at, act
        self.log: list[str] = []
        """What happened at each moment"""

    def moment(self, what: str) -> None:
        self.log.append(what)
        if len(self.log) - 1 == self.at:
            self.act()

    def chosen(self) -> list[int]:
        """The moments with others beside them: of many writes to one file the first and the last."""
        log = self.log
        return [k for k in range(len(log)) if k in (0, len(log) - 1) or not log[k - 1] == log[k] == log[k + 1]]


class Written:
    """A file whose writes are counted."""

    def __init__(self, file, faults: Faults, name: str):
        self.file, self.faults, self.name = file, faults, name

    def write(self, content):
        self.faults.moment(f"write {self.name}")
        half = len(content) // 2
        self.file.write(content[:half])
        self.faults.moment(f"write {self.name}")
        self.file.write(content[half:])
        return len(content)

    def fileno(self):
        raise io.UnsupportedOperation("fileno")  # nobody writes past this

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()

    def __getattr__(self, name):
        return getattr(self.file, name)


@contextmanager
def failing(monkeypatch, faults: Faults):
    """Lets everything that changes the disk tell the faults first, as long as the context lasts."""
    opened = io.open

    def opening(path, mode="r", *args, **kwargs):
        if set(mode) & set("wax+") and not isinstance(path, int):
            faults.moment(f"open {os.path.basename(path)}")
            return Written(opened(path, mode, *args, **kwargs), faults, os.path.basename(path))
        return opened(path, mode, *args, **kwargs)

    def counted(function):
        def call(*args, **kwargs):
            faults.moment(function.__name__)
            return function(*args, **kwargs)

        return call

    with monkeypatch.context() as patch:
        patch.setattr(builtins, "open", opening)
        patch.setattr(io, "open", opening)
        for name in CHANGES:
            patch.setattr(os, name, counted(getattr(os, name)))
        patch.setattr(disk, "exchange", counted(disk.exchange))
        yield


def full() -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def dead() -> None:
    """kill -9."""
    os._exit(9)


def died(do: Callable[[], object]) -> bool:
    """Do something in a copy of this process; whether it died in the middle of it."""
    child = os.fork()
    if not child:
        code = 1
        try:
            do()
            code = 0
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, 9), "it raised"
    return code == 9
