"""Standard output and error for a training: neither a lost reader nor an unprintable letter ends it. No torch
import."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

GONE = (errno.EPIPE, errno.EIO, errno.ENXIO, errno.ECONNRESET, errno.EINVAL)
"""Errors of writing when nobody reads: into a closed pipe (EINVAL under Windows), to a closed terminal"""


@contextmanager
def guarded() -> Iterator[None]:
    """sys.stdout and sys.stderr as a `Stream`, as long as the context lasts."""
    before = sys.stdout, sys.stderr
    with open(os.devnull, "w") as null:  # for a stream that was closed when the process began
        sys.stdout, sys.stderr = (Stream(stream or null) for stream in before)
        try:
            yield
        finally:
            sys.stdout.flush(), sys.stderr.flush()  # here, since at its end Python would complain
            sys.stdout, sys.stderr = before


def lost() -> bool:
    """Whether the output of this process had a reader who has gone away."""
    return any(getattr(stream, "lost", False) for stream in (sys.stdout, sys.stderr))


class Stream:
    """A text stream that raises no OSError. Characters that it cannot show (a Japanese name in cp1252) are escaped with
    backslashes; output that a full disk cannot take (in a log) is dropped."""

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
                with suppress(OSError):  # a stream without a file descriptor
                    null = os.open(os.devnull, os.O_WRONLY)
                    os.dup2(null, self.stream.fileno())  # so that the rest of its buffer can be flushed
                    os.close(null)

    def __getattr__(self, name: str):
        return getattr(self.stream, name)
