"""Limits for text, numbers and files from strangers, checked before they are used. No torch import.

The checks of values return "" for a valid value, else words that continue "must be" and say what is valid.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

NAME = 100
"""Characters of a name on one line: a title, a class"""
FILE_NAME = 200
"""Bytes of a file name; file systems allow 255, and an ending is added"""
DATASET = 64
"""Characters of the name of a data set"""
TEXT = 5_000
"""Characters of a paragraph"""
CLASSES = 1_000
Z_DIM = 4_096
"""Numbers of a latent"""
LATENT = 1e6
"""Largest absolute value of a number of a latent: far beyond useful ones, and far from those that overflow in G"""
NUMBER = 1e30
"""Largest absolute value of a meaningful number; a JSON file can hold 400 digits"""
COMPANY = 120
"""Most images in a batch of a D whose verdict depends on its batch"""
ITEMS, DEPTH, VALUES = 2_000, 6, 10_000
"""Limits of free JSON: entries of one list or object, depth of nesting, values in all"""

_BREAKS = "\t\n\r"
_ODD = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, line breaks, marks that change the direction of writing, and half characters (surrogates, left
over from a file name in another encoding), which UTF-8 cannot hold"""
_ODD_IN_TEXT = re.compile(_ODD.pattern.replace("\x00-\x1f", "\x00-\x08\x0b\x0c\x0e-\x1f"))


def line(value: Any, most: int = NAME) -> str:
    """A name: text on one line that UTF-8 can hold."""
    good = isinstance(value, str) and len(value) <= most and not _ODD.search(value)
    return "" if good else f"one line of at most {most} characters, none of them a control character or half of one"


def file_name(value: Any, most: int = NAME) -> str:
    """A name that is also a valid file name."""
    if words := line(value, most):
        return words
    good = value and not set(value) & set("/\\") and value[0] != "." and len(value.encode()) <= FILE_NAME
    return "" if good else f"a name that a file can have, of at most {FILE_NAME} bytes"


def text(value: Any, most: int = TEXT) -> str:
    """A paragraph: like a name, with line breaks."""
    good = isinstance(value, str) and len(value) <= most and not _ODD_IN_TEXT.search(value)
    return "" if good else f"text of at most {most:,} characters, none of them a control character or half of one"


def number(value: Any) -> str:
    """A finite number of a meaningful size."""
    good = isinstance(value, int | float) and not isinstance(value, bool) and -NUMBER <= value <= NUMBER
    return "" if good else f"a number of at most {NUMBER:g}"  # a NaN fails both comparisons


def plain(value: Any) -> str:
    """Free JSON of a bounded size: an object, a list, text, a number, true, false or null."""
    left = [(value, 0)]
    for _ in range(VALUES):
        if not left:
            return ""
        one, depth = left.pop()
        if isinstance(one, dict) and any(map(line, one)):
            return f"a table whose names are each {line(None)}"
        if isinstance(one, dict | list | tuple):
            if len(one) > ITEMS or depth > DEPTH:
                return f"tables and lists of at most {ITEMS:,} entries, {DEPTH} of them within each other"
            left += [(each, depth + 1) for each in (one.values() if isinstance(one, dict) else one)]
        elif isinstance(one, str):
            if words := text(one):
                return words
        elif one is not None and not isinstance(one, bool) and (words := number(one)):
            return words
    return f"no more than {VALUES:,} values in all"


def shown(value: Any) -> str:
    """An invalid value for an error message: on one line, in some 60 characters, whatever the value is."""
    try:
        made = ascii(value[:100] if isinstance(value, str) else value) if _small(value) else type(value).__name__
    except ValueError:
        made = "a number of thousands of digits"  # Python refuses to write one out
    return made if len(made) <= 60 else f"{made[:57]}..."


def _small(value: Any) -> bool:
    """Whether a value can be written out without visiting more than some thousand values."""
    return isinstance(value, str) or not plain(value) or not isinstance(value, list | tuple | dict)


def printable(value: str) -> str:
    """Text from a file name or a message, made printable: on one line, with "?" for characters that cannot be shown."""
    return _ODD.sub("?", " ".join(value.split()))


# Files ------------------------------------------------------------------------------------------------------


class NotReadable(OSError):
    """A file that must not be read: the message is written to follow the file's name and a colon."""


def check(path: str | Path, most: int) -> None:
    """Raises NotReadable if a file is no regular one, has more than `most` bytes, or may not be read by this program;
    FileNotFoundError or NotADirectoryError if it does not exist."""
    with opened(path, most):
        pass


@contextmanager
def opened(path: str | Path, most: int) -> Iterator[BinaryIO]:
    """A regular file of at most `most` bytes, open for reading; raises the errors of `check`.

    A pipe or a device, which would keep the reader waiting for ever, is not opened.
    """
    try:
        _checked(os.stat(path), most)
        # Not to wait if it has become a pipe meanwhile.
        file = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (FileNotFoundError, NotADirectoryError, NotReadable):
        raise
    except OSError as error:
        raise NotReadable(f"the system refuses it ({error.strerror})") from error
    with os.fdopen(file, "rb") as content:
        _checked(os.fstat(content.fileno()), most)
        yield content


def _checked(found: os.stat_result, most: int) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise NotReadable("it is no regular file")
    if found.st_size > most:
        raise NotReadable(f"it has {found.st_size:,} bytes, and at most {most:,} are read")


def read(path: str | Path, most: int) -> bytes:
    """The content of a regular file of at most `most` bytes, even if it grows meanwhile; raises the errors of
    `check`."""
    with opened(path, most) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise NotReadable(f"it has more than {most:,} bytes")
    return content
