"""Pictures of a lesson. Arrays in, an array out."""

from __future__ import annotations

import math

import numpy as np

from demo.draw import compose

WIDE = 620
"""Pixels of the only picture of a part"""


def picture(pictures: np.ndarray, beside: int) -> np.ndarray:
    """The pictures of a part [N, H, W, C] as one, for the screen; beside: how many such stand beside each other."""
    if beside > 1:
        return compose.sheet(pictures, math.isqrt(len(pictures)), compose.scale_of(pictures.shape[1], 42), clear=True)
    columns = min(len(pictures), 8)
    return compose.sheet(pictures, columns, compose.scale_of(pictures.shape[1], WIDE // 8), clear=True)
