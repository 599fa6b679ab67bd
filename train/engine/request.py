"""What a reader of pictures is asked for, and how it refuses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .cache import Pictures


class DataError(ValueError):
    """Data that cannot be used: the message is one sentence that says what is wrong and what is right."""


@dataclass(frozen=True)
class Request:
    """What a reader is asked for: the arguments of `load`, checked."""

    name: str
    root: Path
    split: str
    size: int | None
    channels: int | None
    attributes: tuple[str, ...]
    on_broken: str
    download: bool

    def decoding(self) -> list:
        """What a decoded image depends on, beside its file."""
        return [self.size, self.channels, self.on_broken]


READERS: dict[str, Callable[[Request], Pictures]] = {}
"""One function per data set: `@register(READERS)` over `def name(ask)` is all that a new one takes. `load` does the
rest: size, channels, classes."""


def need(ok: object, sentence: str) -> None:
    """DataError with this sentence unless ok."""
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
