"""Pictures as arrays: tiled into sheets, and read from the files of strangers. No torch import."""

import io

import numpy as np
from PIL import Image, ImageOps

from . import limits

MOST_VALUES = 1_000_000_000
"""Most values of one sheet"""
MOST_FILE = 1_000_000
"""Most bytes of a stranger's picture file"""
MOST_SIDE = 2_048
"""Most pixels per side of a picture whose size may be any"""
LUMA = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in a grey value: ITU-R BT.601, as in Pillow"""
INK = 32
"""Of 255: darker pixels are not part of a figure but noise in its background"""
FORMATS = {"PNG": "PNG", "JPEG": "JPEG", "WEBP": "WebP", "BMP": "BMP", "GIF": "GIF"}
"""Pillow's names of the formats that are read, and the usual names"""


def sides(height: int, width: int) -> str:
    """The size of a picture, in the words that all sentences use: "28 × 28 pixels", "40 pixels wide and 30 high"."""
    return f"{width} × {height} pixels" if height == width else f"{width} pixels wide and {height} high"


def opaque(pictures: np.ndarray) -> np.ndarray:
    """uint8 [..., C] with an opaque alpha channel added last: [..., C + 1]. `tile` of these with background 0 has
    transparent gaps."""
    return np.concatenate([pictures, np.full((*pictures.shape[:-1], 1), 255, np.uint8)], -1)


def tile(pictures: np.ndarray, columns: int, gap: int = 0, background: int = 255) -> np.ndarray:
    """Pictures [N, H, W, C] as one, row by row: uint8 [H', W', C], or [H', W'] for grey ones.

    gap: pixels of `background` between them; unused places are background too. Raises ValueError if there
    is no column, or if the sheet would have more than MOST_VALUES values.
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


def decoded(
    data: bytes,
    height: int | None = None,
    width: int | None = None,
    channels: int | None = None,
    what: str = "the picture",
) -> np.ndarray:
    """A stranger's picture file as uint8 [height, width, channels], with 1 or 3 channels.

    The picture is turned upright, as the camera noted it in the file (EXIF), and the sides are those of the upright
    picture. None, for both sides, accepts any up to MOST_SIDE, and for the channels grey or colour. The header's size
    is checked before decoding, so a small file cannot become a large picture.
    Colour becomes grey, or grey colour, to match `channels`. what: the picture's name in the error. Raises ValueError
    if it is no PNG, JPEG, WebP, BMP or GIF, of another size, cut short, of more than 8 bits, in CMYK, or has several
    frames or transparent pixels.
    """
    named = what[:1].upper() + what[1:]
    if (height is None) != (width is None):
        raise ValueError("give both the height and the width that a picture must have, or neither.")
    wanted = sides(height, width) if height else f"at most {MOST_SIDE:,} pixels on each side"
    if len(data) > MOST_FILE:
        raise ValueError(f"{named} has {len(data):,} bytes; at most {MOST_FILE:,} are read.")
    try:
        image = Image.open(io.BytesIO(data), formats=list(FORMATS))
    except Image.DecompressionBombError as error:
        raise ValueError(f"{named} has far too many pixels; it must be {wanted}.") from error
    except Exception as error:  # a foreign file can raise anything in Pillow
        *some, last = FORMATS.values()
        raise ValueError(f"{named} cannot be read: it must be a {', '.join(some)} or {last}.") from error
    with image:
        if max(image.size) > MOST_SIDE if height is None else image.size not in ((width, height), (height, width)):
            raise ValueError(f"{named} is {sides(image.height, image.width)}; it must be {wanted}.")
        deep = image.format == "PNG" and data[24:25] == b"\x10"  # Pillow would round 16-bit colours silently
        if deep or image.mode not in ("1", "L", "LA", "P", "PA", "RGB", "RGBA"):
            has = "CMYK colours" if image.mode == "CMYK" else "more than 8 bits for a colour"
            raise ValueError(f"{named} has {has}; it must have 8 bits each for grey, or for red, green and blue.")
        try:
            frames = getattr(image, "n_frames", 1)
            image.load()
            clear = image.has_transparency_data and image.convert("RGBA").getextrema()[3][0] < 255
            grey = image.mode in ("1", "L", "LA") if channels is None else channels == 1
            pixels = np.asarray(_upright(image).convert("L" if grey else "RGB"))
        except Exception as error:
            raise ValueError(f"{named} is damaged or cut short: not all of its pixels can be read.") from error
    if height is not None and pixels.shape[:2] != (height, width):
        raise ValueError(f"{named} is {sides(*pixels.shape[:2])}; it must be {wanted}.")
    if frames > 1:
        raise ValueError(f"{named} has {frames} frames; it must have one.")
    if clear:
        raise ValueError(f"{named} has transparent pixels; all of them must be opaque.")
    return pixels.reshape(*pixels.shape[:2], -1).copy()


def _upright(image: Image.Image) -> Image.Image:
    """The decoded picture as its EXIF says that it is to be shown; as it is stored where that cannot be read."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # a foreign file can raise anything in Pillow, and its pixels are good all the same
        return image


def luma(x: np.ndarray) -> np.ndarray:
    """uint8 [N, H, W, 1 or 3] -> uint8 [N, H, W, 1], brightness; see LUMA."""
    if x.shape[-1] == 1:
        return x
    return (x @ np.float32(LUMA))[..., None].round().astype(np.uint8)


def fitted(pictures: np.ndarray, size: int, channels: int) -> np.ndarray:
    """Pictures uint8 [N, H, W, 1 or 3] as uint8 [N, size, size, channels]: the centre square, resized bicubically;
    colour becomes grey for one channel, and grey is copied into all of several channels."""
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


def centred(picture: np.ndarray) -> np.ndarray:
    """A bright figure on black, uint8 [S, S, 1], scaled and placed like MNIST's digits: its longer side 20 of 28
    pixels, its centre of mass in the middle. A picture without a figure, or with a bright rim, is returned unchanged.
    """
    size, rim = len(picture), np.concatenate([picture[[0, -1]].ravel(), picture[:, [0, -1]].ravel()])
    ink = np.argwhere(picture[..., 0] > INK)
    if not len(ink) or rim.mean() > 127:
        return picture
    (top, left), (bottom, right) = ink.min(0), ink.max(0) + 1
    figure, longer = picture[top:bottom, left:right, 0], round(size * 20 / 28)
    scale = longer / max(figure.shape)
    if scale != 1:
        sides = [max(1, round(side * scale)) for side in reversed(figure.shape)]
        figure = np.asarray(Image.fromarray(figure).resize(sides, Image.Resampling.BICUBIC))
        if figure.max() <= INK:  # single faint dots, which the smaller picture averages away
            return picture
    weights, made = figure.astype(float), np.zeros_like(picture)
    corner = []
    for axis, side in enumerate(figure.shape):
        middle = (weights.sum(1 - axis) * np.arange(side)).sum() / weights.sum()
        corner.append(min(max(round(size / 2 - middle), 0), size - side))
    made[corner[0] : corner[0] + figure.shape[0], corner[1] : corner[1] + figure.shape[1], 0] = figure
    return made
