"""Style mixing and truncation as one picture each. Values in, arrays out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from demo.draw import compose

if TYPE_CHECKING:
    from demo.zoo.styles import Mixed


def grid(mixed: Mixed, pixels: int = 84, clear: bool = False) -> np.ndarray:
    """The table as one picture, pictures about `pixels` large: uint8 and clear as `compose.sheet`."""
    return compose.crossed(mixed.pictures, compose.scale_of(mixed.pictures.shape[2], pixels), clear)


def strip(pictures: np.ndarray, values: Sequence[float], pixels: int = 84, clear: bool = False) -> np.ndarray:
    """The same seeds at T truncations [T, N, H, W, C] as one picture, a row per truncation. values: the T
    truncations. pixels: about how large a picture is. clear: as in `compose.sheet`."""
    scale, names = compose.scale_of(pictures.shape[2], pixels), [f"{value:g}" for value in values]
    return compose.sheet(pictures, pictures.shape[1], scale, row_names=names, clear=clear)
