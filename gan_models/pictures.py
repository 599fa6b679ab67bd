"""Pictures as arrays, put together. No torch import."""

import numpy as np


def tile(pictures: np.ndarray, columns: int, gap: int = 0, background: int = 255) -> np.ndarray:
    """Pictures [N, H, W, C] as one, row by row: uint8 [H', W', C], or [H', W'] for grey ones.

    gap: pixels of `background` between them; places that are left over are background too.
    """
    n, h, w, c = pictures.shape
    rows = -(-n // columns)
    sheet = np.full((rows * columns, h + gap, w + gap, c), background, np.uint8)
    sheet[:n, :h, :w] = pictures
    sheet = sheet.reshape(rows, columns, h + gap, w + gap, c).swapaxes(1, 2)
    sheet = sheet.reshape(rows * (h + gap), columns * (w + gap), c)[
        : rows * (h + gap) - gap, : columns * (w + gap) - gap
    ]
    return sheet[:, :, 0] if c == 1 else sheet
