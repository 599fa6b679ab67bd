"""Pictures as arrays, put together. No torch import."""

import numpy as np
from PIL import Image

from . import limits

MOST_VALUES = 1_000_000_000
"""Of one sheet"""


def tile(pictures: np.ndarray, columns: int, gap: int = 0, background: int = 255) -> np.ndarray:
    """Pictures [N, H, W, C] as one, row by row: uint8 [H', W', C], or [H', W'] for grey ones.

    gap: pixels of `background` between them; places that are left over are background too. ValueError where there is no
    column, or where the sheet would have more than MOST_VALUES values.
    """
    n, h, w, c = pictures.shape
    if columns < 1 or gap < 0:
        asked = f"{limits.shown(columns)} and {limits.shown(gap)}"
        raise ValueError(f"a sheet has one column or more and a gap of 0 or more, not {asked}.")
    rows = -(-n // columns)
    if rows * columns * (h + gap) * (w + gap) * c > MOST_VALUES:
        raise ValueError(f"a sheet of {limits.shown(columns)} columns is too large: {MOST_VALUES:,} values at most.")
    sheet = np.full((rows * columns, h + gap, w + gap, c), background, np.uint8)
    sheet[:n, :h, :w] = pictures
    sheet = sheet.reshape(rows, columns, h + gap, w + gap, c).swapaxes(1, 2)
    sheet = sheet.reshape(rows * (h + gap), columns * (w + gap), c)[
        : rows * (h + gap) - gap, : columns * (w + gap) - gap
    ]
    return sheet[:, :, 0] if c == 1 else sheet


def luma(x: np.ndarray) -> np.ndarray:
    """uint8 [N, H, W, 1 or 3] -> uint8 [N, H, W, 1], brightness by ITU-R 601, as Pillow has it."""
    if x.shape[-1] == 1:
        return x
    return (x @ np.float32([0.299, 0.587, 0.114]))[..., None].round().astype(np.uint8)


def fitted(pictures: np.ndarray, size: int, channels: int) -> np.ndarray:
    """Pictures uint8 [N, H, W, 1 or 3] as uint8 [N, size, size, channels]: the centre square, resized bicubically, in
    grey where there is one channel, and grey in all channels where there are more of them than there were."""
    if pictures.shape[1:3] != (size, size):
        made = [_resized(one, size) for one in pictures]
        pictures = np.stack(made) if made else np.zeros((0, size, size, pictures.shape[3]), np.uint8)
    if pictures.shape[3] != channels:
        pictures = luma(pictures) if channels == 1 else luma(pictures).repeat(channels, -1)
    return np.ascontiguousarray(pictures)


def _resized(picture: np.ndarray, size: int) -> np.ndarray:
    """The centre square of one picture uint8 [H, W, C]."""
    height, width, channels = picture.shape
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = picture[top : top + side, left : left + side]
    image = Image.fromarray(square[..., 0] if channels == 1 else square)
    return np.asarray(image.resize((size, size), Image.Resampling.BICUBIC)).reshape(size, size, channels)
