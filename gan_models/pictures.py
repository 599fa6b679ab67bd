"""Pictures as arrays, put together. No torch import."""

import numpy as np

from . import limits

MOST_VALUES = 1_000_000_000
"""Of one sheet"""


def opaque(pictures: np.ndarray) -> np.ndarray:
    """uint8 [..., C] with an alpha channel behind the others, opaque everywhere: [..., C + 1]. `tile` of these with
    background 0 leaves its gaps transparent."""
    return np.concatenate([pictures, np.full((*pictures.shape[:-1], 1), 255, np.uint8)], -1)


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
