"""Standard output and error as a training needs them: no lost reader and no letter ends it. No torch import."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

GONE = (errno.EPIPE, errno.EIO, errno.ENXIO, errno.ECONNRESET, errno.EINVAL)
"""What writing raises once nobody reads: in a closed pipe (EINVAL under Windows), on a closed terminal"""


@contextmanager
def guarded() -> Iterator[None]:
    """sys.stdout and sys.stderr as a `Stream`, as long as the context lasts."""
    before = sys.stdout, sys.stderr
    with open(os.devnull, "w") as null:  # for one that was closed when the process began
        sys.stdout, sys.stderr = (Stream(stream or null) for stream in before)
        try:
            yield
        finally:
            sys.stdout.flush(), sys.stderr.flush()  # here, for at its end Python would complain
            sys.stdout, sys.stderr = before


def lost() -> bool:
    """Whether somebody read what this process says, and does so no more."""
    return any(getattr(stream, "lost", False) for stream in (sys.stdout, sys.stderr))


class Stream:
    """A text stream that raises no OSError. What it cannot show (a name in Japanese, in cp1252) it shows with
    backslashes; what a full disk has no room for (in a log) is left out."""

    def __init__(self, stream: TextIO):
        self.stream = stream
        self.lost = False
        """Its reader has gone away"""

    def write(self, text: str) -> int:
        try:
            self._do(self.stream.write, text)
        except UnicodeEncodeError as error:
            shown = text.encode(error.encoding, "backslashreplace").decode(error.encoding)
            self._do(self.stream.write, shown)
        return len(text)

    def flush(self) -> None:
        self._do(self.stream.flush)

    def _do(self, what, *args) -> None:
        try:
            what(*args)
        except OSError as error:
            if error.errno in GONE and not self.lost:
                self.lost = True
                with suppress(OSError):  # one that has no number of its own
                    null = os.open(os.devnull, os.O_WRONLY)
                    os.dup2(null, self.stream.fileno())  # so that what is left in its buffer can go
                    os.close(null)

    def __getattr__(self, name: str):
        return getattr(self.stream, name)
