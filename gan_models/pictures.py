"""Pictures as arrays, put together, and read from the files of strangers. No torch import."""

import io

import numpy as np
from PIL import Image

from . import limits

MOST_VALUES = 1_000_000_000
"""Of one sheet"""
MOST_FILE = 1_000_000
"""Bytes of a stranger's picture file"""
FORMATS = {"PNG": "PNG", "JPEG": "JPEG", "WEBP": "WebP", "BMP": "BMP", "GIF": "GIF"}
"""Pillow's names of the kinds that are read, and what people call them"""


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


def decoded(data: bytes, height: int, width: int, channels: int, what: str = "the picture") -> np.ndarray:
    """A stranger's picture file as uint8 [height, width, channels], with 1 or 3 channels.

    Nothing is decoded before its header says that it has this size, so a small file cannot become a large picture.
    Colour becomes grey, or grey colour, where the channels ask for it. what: its name in the sentence of a ValueError,
    where it is no PNG, JPEG, WebP, BMP or GIF, of another size, cut short, of more than 8 bits, in CMYK, or has several
    frames or transparent pixels.
    """
    named = what[:1].upper() + what[1:]
    if len(data) > MOST_FILE:
        raise ValueError(f"{named} has {len(data):,} bytes; at most {MOST_FILE:,} are read.")
    try:
        image = Image.open(io.BytesIO(data), formats=list(FORMATS))
    except Image.DecompressionBombError as error:
        raise ValueError(f"{named} has far too many pixels; it must have {width} × {height}.") from error
    except Exception as error:  # whatever a stranger's file makes Pillow say
        *some, last = FORMATS.values()
        raise ValueError(f"{named} is no file that can be read: it must be a {', '.join(some)} or {last}.") from error
    with image:
        if image.size != (width, height):
            raise ValueError(f"{named} has {image.width} × {image.height} pixels; it must have {width} × {height}.")
        deep = image.format == "PNG" and data[24:25] == b"\x10"  # Pillow would round 16-bit colours silently
        if deep or image.mode not in ("1", "L", "LA", "P", "PA", "RGB", "RGBA"):
            has = "CMYK colours" if image.mode == "CMYK" else "more than 8 bits for a colour"
            raise ValueError(f"{named} has {has}; it must have 8 bits each for grey, or for red, green and blue.")
        try:
            frames = getattr(image, "n_frames", 1)
            image.load()
            clear = image.has_transparency_data and image.convert("RGBA").getextrema()[3][0] < 255
            pixels = np.asarray(image.convert("L" if channels == 1 else "RGB"))
        except Exception as error:
            raise ValueError(f"{named} is damaged or cut short: not all of its pixels can be read.") from error
    if frames > 1:
        raise ValueError(f"{named} has {frames} frames; it must have one.")
    if clear:
        raise ValueError(f"{named} has transparent pixels; all of them must be opaque.")
    return pixels.reshape(height, width, channels).copy()
