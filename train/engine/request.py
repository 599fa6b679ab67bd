"""The request to a reader of pictures, and its error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .cache import Pictures


class DataError(ValueError):
    """Data that cannot be used: the message is one sentence that says what is wrong and what would be right."""


@dataclass(frozen=True)
class Request:
    """The request to a reader: the checked arguments of `load`."""

    name: str
    root: Path
    split: str
    size: int | None
    channels: int | None
    attributes: tuple[str, ...]
    on_broken: str
    download: bool

    def decoding(self) -> list:
        """The settings that a decoded image depends on, besides its file."""
        return [self.size, self.channels, self.on_broken]


READERS: dict[str, Callable[[Request], Pictures]] = {}
"""One function per data set: a new data set needs only `def name(ask)` with `@register(READERS)`. `load` does the rest:
size, channels, classes."""


def need(ok: object, sentence: str) -> None:
    """Raise DataError with this sentence unless ok."""
    if not ok:
        raise DataError(sentence)


def listed(names: Sequence[str], most: int = 5) -> str:
    """ "a, b, c, d, e and 7 more"."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def held_out(files: list, split: str) -> list:
    """The last tenth is "test", the rest "train"."""
    cut = len(files) - len(files) // 10
    return files[:cut] if split == "train" else files[cut:]
