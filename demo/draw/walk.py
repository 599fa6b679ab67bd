"""Walks as pictures and as films. Values in, arrays or the bytes of a file out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from demo.draw import compose

if TYPE_CHECKING:
    from demo.zoo.walks import Walk


MOST_FILM = 40_000_000
"""Pixels of all frames of a film together"""


def strips(walk: Walk) -> list[np.ndarray]:
    """The walk of each variant's first row as one picture, from left to right, for the screen: uint8 [H, W, C + 1]."""
    rows = [pictures[:, 0] for pictures in walk.strip()]
    return [compose.sheet(row, len(row), compose.scale_of(row.shape[1]), clear=True) for row in rows]


def sheets(walk: Walk) -> list[np.ndarray]:
    """The whole map of each variant as one picture, about 600 pixels large: uint8 [H, W] or [H, W, 3]."""
    across = len(walk.axes[0])
    return [compose.sheet(p[:, 0], across, compose.scale_of(across * p.shape[2], 600), gap=0) for p in walk.pictures]


def class_sheets(walk: Walk, pixels: int = 42, clear: bool = False) -> list[np.ndarray]:
    """A row per class: with a column per moment where they are held, of a walk through them with one per seed.

    pixels: about how large a picture is. uint8 and clear as `compose.sheet`."""
    if walk.held:
        names, tables = walk.held, [p.swapaxes(0, 1) for p in walk.strip()]
    else:
        names = walk.axes[0].stops[: -1 if walk.loop else None]
        tables = [p[:: walk.axes[0].per][: len(names)] for p in walk.pictures]
    scales = [compose.scale_of(t.shape[2], pixels) for t in tables]
    return [compose.sheet(t, t.shape[1], k, row_names=names, clear=clear) for t, k in zip(tables, scales, strict=True)]


def animation(title: str, pictures: np.ndarray, kind: str, loop: bool) -> bytes:
    """A file of one variant's path [T, H, W, C], 80 milliseconds each. kind: out of compose.FORMATS. loop: around,
    instead of there and back."""
    frames = compose.panel([title], [pictures], compose.scale_of(pictures.shape[1], 112))
    return compose.FORMATS[kind](frames if loop else compose.there_and_back(frames), 80)


def film(walk: Walk, kind: str, seconds: float, pixels: int) -> bytes:
    """A file of all variants side by side that repeats without a jump: around, or there and back.

    kind: out of compose.FORMATS. seconds: from key frame to key frame. pixels: about how large a picture is; less
    where the film would be larger than MOST_FILM.
    """
    titles, frames = [entry.title for entry in walk.entries], walk.frames()
    scale = compose.scale_of(max(p.shape[2] for p in walk.pictures), pixels)
    count = (len(frames[0]) - 1) * (1 if walk.loop else 2)
    still = [f[0] for f in frames]
    while scale > 1 and count * math.prod(compose.panel(titles, still, scale).shape[1:3]) > MOST_FILM:
        scale -= 1
    moving = compose.panel(titles, frames, scale)
    moving = moving[:-1] if walk.loop else compose.there_and_back(moving)
    return compose.FORMATS[kind](moving, max(20, 10 * round(100 * seconds / walk.axes[0].per)))
