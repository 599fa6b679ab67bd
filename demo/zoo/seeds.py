"""Reads and checks seeds and numbers of pictures. An invalid value raises a ValueError with one sentence that the
screen can show."""

from __future__ import annotations

import operator
import re
from collections.abc import Sequence

import numpy as np

MOST_SEED = 2**31 - 1
"""The largest seed that every front end can show and take: JavaScript and 32-bit widgets round larger ones"""
MOST_PICTURES = 1024
"""Of one variant in one call; more is a ValueError"""


def read_seeds(text: str, most: int) -> list[int]:
    """Seeds as people write them: "3, 8, 100" or "0-15, 40" -> a list. ValueError, one sentence, where they are none,
    or more than `most`."""
    seeds: list[int] = []
    for part in re.split(r"[,;\s]+", re.sub(r"\s*[-–]\s*", "-", text.strip()).strip(",; ")):
        ends = re.fullmatch(r"(\d{1,10})(?:-(\d{1,10}))?", part)
        if not ends:
            raise ValueError(f"Seeds are written like 3, 8, 100 or 0-15, not {part[:40]!r}.")
        first, last = int(ends[1]), int(ends[2] or ends[1])
        if last < first:
            raise ValueError(f"{part} runs backwards: the smaller seed comes first.")
        if len(seeds) + last - first + 1 > most:
            raise ValueError(f"At most {most} seeds are shown at a time.")
        seeds += range(first, last + 1)
    return check_seeds(seeds)


def check_seeds(seeds: Sequence[int]) -> list[int]:
    """Seeds as a list of ints, or a ValueError of one sentence."""
    try:
        if any(isinstance(seed, bool | np.bool_) for seed in seeds):
            raise TypeError
        whole = [operator.index(seed) for seed in seeds]
    except TypeError:
        raise ValueError("Seeds are whole numbers.") from None
    if not whole:
        raise ValueError("No seed is given.")
    for seed in whole:
        if not 0 <= seed < 2**32:
            raise ValueError(f"A seed is a whole number from 0 to 2^32 - 1, not {seed}.")
    return whole[: bounded(len(whole))]


def bounded(n: int) -> int:
    if n > MOST_PICTURES:
        raise ValueError(f"At most {MOST_PICTURES:,} pictures of a variant are drawn at a time, not {n:,}.")
    return n
