"""From image files to pixels: uint8 squares of one size, whatever the files hold."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor
from tqdm import tqdm

from gan_models.folder import one_line
from gan_models.pictures import LUMA

from .request import Request, listed, need

SUFFIXES = {".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"}
FLAT = 16
"""A set is nearly constant if 99 % of its values lie within this many of 256 grey levels: what remains of 12 bits if a
program keeps the upper 8 of 16"""


ORIENTATION, PHOTOMETRIC, BITS, PLANAR = 0x0112, 262, 258, 284
"""Tags of EXIF and TIFF"""
SWAPPED = re.compile(r"(RGB|RGBA|RGBX);16([BLN])")
OTHER_ORDER = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}
"""Byte order: upper byte first, last, or this machine's"""


class Unreadable(Exception):
    """A picture that would be decoded wrongly: the message says why, in a few words."""


class Deep(NamedTuple):
    """A picture of more than 8 bits, cut and resized, in the values of its file."""

    values: np.ndarray
    """float32 [1 or 3, size, size], times `alpha` if there is one"""
    low: float
    """Least value in the whole file"""
    high: float
    whole: bool
    """Whether the file holds whole numbers"""
    alpha: np.ndarray | float = 1.0
    """float32 [size, size], 0 is transparent; the picture is put on white"""

    def scaled(self, black: float, white: float) -> Tensor:
        """uint8 [1 or 3, size, size]"""
        values = (self.values - black * self.alpha) * (255 / (white - black)) + 255 * (1 - self.alpha)
        return torch.from_numpy(values.round().clip(0, 255).astype(np.uint8))


def decode(ask: Request, files: list[Path], side: Callable[[int, int], int]) -> tuple[Tensor, Tensor]:
    """N files -> uint8 [M, C, size, size] and the indices of the decoded files, int64 [M].

    side: (width, height) -> side of the square to crop. Without ask.size 64 pixels, without ask.channels 3. Pictures of
    more than 8 bits are scaled together, so that their relative brightness is kept.

    Raises DataError if files cannot be read, unless ask.on_broken is "skip", or if none can be read.
    """
    size, channels = ask.size or 64, ask.channels or 3
    images = torch.empty(len(files), channels, size, size, dtype=torch.uint8)
    broken: dict[int, str] = {}
    deep: dict[int, Deep] = {}
    upper: set[int] = set()

    def one(i: int) -> None:
        try:
            made = picture(files[i], side, size, channels, lambda: upper.add(i))
        except Exception as error:  # Pillow raises OSError, SyntaxError, struct.error and more
            broken[i] = reason(error)
        else:
            if isinstance(made, Deep):
                deep[i] = made
            else:
                images[i] = made

    with ThreadPoolExecutor() as pool:  # Pillow releases the interpreter lock while it decodes
        done = pool.map(one, range(len(files)))
        for _ in tqdm(done, f"decoding {ask.name}", len(files), unit=" images", disable=None):  # None: on a terminal
            pass
    for kind in (True, False):
        if alike := {i: one for i, one in deep.items() if one.whole == kind}:
            black, white = levels(alike.values())
            for i, one in alike.items():
                images[i] = one.scaled(black, white)
            what = "whole numbers of more than 8 bits" if kind else "fractions"
            print(
                f"{ask.name}: {len(alike):,} of {len(files):,} images are in {what}: {black:,g} becomes black, "
                f"{white:,g} white.",
                file=sys.stderr,
            )
    if upper:
        print(
            f"{ask.name}: {len(upper):,} of {len(files):,} images have 16 bits per colour, and only the upper 8 of "
            "these are read, which makes 12-bit pictures dark: save them as PNG, of which all 16 are read.",
            file=sys.stderr,
        )
    if not broken:
        return images, torch.arange(len(files))
    home = Path(ask.name).expanduser()
    names = {i: os.path.relpath(files[i], home) if home.is_dir() else files[i].name for i in sorted(broken)}
    what = listed([f"{name}: {broken[i]}" for i, name in names.items()])
    need(len(broken) < len(files), f"none of the {len(files)} images of {ask.name} can be read ({what}).")
    told = f"{len(broken)} of the {len(files)} images of {ask.name} cannot be read ({what})"
    need(ask.on_broken == "skip", f"{told}: take them away, or leave them out with --skip-broken.")
    print(f"{told}: skipped.", file=sys.stderr)
    good = torch.tensor([i for i in range(len(files)) if i not in broken])
    return images[good], good


def reason(error: Exception) -> str:
    """Why a file cannot be read, in a few words."""
    if isinstance(error, Unreadable):
        return str(error)
    if isinstance(error, Image.DecompressionBombError):
        return f"more than {2 * Image.MAX_IMAGE_PIXELS:,} pixels, make it smaller"
    if isinstance(error, UnidentifiedImageError):
        return "no image that can be read"
    if isinstance(error, OSError) and error.strerror:  # from the system: no such file, no permission
        return error.strerror.lower()
    return f"damaged, {one_line(error)[:80]}"


def picture(
    path: Path,
    side: Callable[[int, int], int],
    size: int,
    channels: int,
    lost: Callable[[], object] = lambda: None,
) -> Tensor | Deep:
    """Upright, on white, cropped to a square in the centre, resized: uint8 [C, size, size], or a Deep, still to be
    scaled to 8 bits. lost: called if only the upper 8 bits of a file can be read."""
    with Image.open(path) as file:
        if is_deep(file):
            if (found := deep_colour(path)) is not None:
                return cut_deep(found, True, side, size, channels, file.getexif().get(ORIENTATION))
            lost()
        white_is_zero = file.format == "TIFF" and file.tag_v2.get(PHOTOMETRIC) == 0
        bits = max(file.tag_v2.get(BITS, (1,))) if white_is_zero else 0
        image = ImageOps.exif_transpose(file)
    if image.mode == "F" or image.mode.startswith("I"):  # Pillow would clip 16 bits to white
        values = np.asarray(image)
        if white_is_zero:  # which Pillow respects for 8 bits only
            values = 1 - values if image.mode == "F" else 2**bits - 1 - values.astype(np.int64)
        return cut_deep(values[None], image.mode != "F", side, size)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    image = cut(image.convert("L" if channels == 1 else "RGB"), side, size)
    return torch.from_numpy(np.array(image)).view(size, size, channels).permute(2, 0, 1)


def is_deep(file: Image.Image) -> bool:
    """Whether a file, not yet decoded, has 16 bits per colour, or for grey and transparency, of which Pillow reads the
    upper 8. CMYK is excluded: it comes from a printing program and not from a camera, and uses all 16 bits. Raises
    Unreadable if Pillow would read each byte as a colour."""
    if file.format == "TIFF" and file.tag_v2.get(PLANAR, 1) != 1 and max(file.tag_v2.get(BITS, (1,))) > 8:
        raise Unreadable("its 16-bit colours are stored separately, save it as PNG")
    return bool(file.tile) and ";16" in raw_mode(file.tile[0]) and not file.mode.startswith(("I", "CMYK"))


def raw_mode(tile: tuple) -> str:
    """Pillow's name for the byte layout of a part of a file: "RGB;16B" are colours of two bytes, the upper one
    first."""
    _, _, _, settings = tile
    return str(settings[0] if isinstance(settings, tuple) else settings)


def deep_colour(path: Path) -> np.ndarray | None:
    """All 16 bits of a file that `is_deep`, uint16 [C, H, W], grey or colour, and transparency last; None if they are
    stored in an unknown way.

    Pillow has no mode for 16 bits per colour, but can read the bytes in either order: in the wrong order it gives the
    lower bytes in place of the upper ones.
    """
    with Image.open(path) as file:
        names = [raw_mode(tile) for tile in file.tile]
        upper = np.asarray(file)
    swapped = [SWAPPED.sub(lambda m: f"{m[1]};16{OTHER_ORDER[m[2]]}", name) for name in names]
    pairs = names == ["LA;16B"]  # four bytes: grey and transparency, the upper one of each first
    if not pairs and any(one == other for one, other in zip(names, swapped, strict=True)):
        return None
    with Image.open(path) as file:
        file.tile = [
            tile._replace(args=(name, *tile.args[1:]) if isinstance(tile.args, tuple) else name)
            for tile, name in zip(file.tile, ["RGBA"] if pairs else swapped, strict=True)
        ]
        lower = np.asarray(file)
    if pairs:
        upper, lower = lower[:, :, ::2], lower[:, :, 1::2]
    return (upper.astype(np.uint16) << 8 | lower)[:, :, : 3 if file.mode == "RGBX" else None].transpose(2, 0, 1)


def cut_deep(
    values: np.ndarray,
    whole: bool,
    side: Callable[[int, int], int],
    size: int,
    channels: int = 3,
    orientation: int | None = None,
) -> Deep:
    """Numbers [C, H, W], of 16 bits if C is not 1, transparency last if C is even -> Deep. NaN becomes the least value,
    infinities the least or the greatest. orientation: EXIF's."""
    alpha = values[-1] / 65535 if len(values) in (2, 4) else None
    values = values if alpha is None else values[:-1]
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    values = np.nan_to_num(values.astype(np.float32), nan=low, posinf=high, neginf=low)
    if channels == 1 and len(values) == 3:
        values = np.tensordot(np.array(LUMA, np.float32), values, 1)[None]

    def square(plane: np.ndarray) -> np.ndarray:
        image = Image.fromarray(plane.astype(np.float32))
        if orientation:
            image.getexif()[ORIENTATION] = orientation
            image = ImageOps.exif_transpose(image)
        return np.asarray(cut(image, side, size))

    if alpha is None:
        return Deep(np.stack([square(plane) for plane in values]), low, high, whole)
    return Deep(np.stack([square(plane * alpha) for plane in values]), low, high, whole, square(alpha))


def cut(image: Image.Image, side: Callable[[int, int], int], size: int) -> Image.Image:
    """The square in the centre, at the size."""
    crop = min(side(*image.size), *image.size)
    left, top = ((length - crop) // 2 for length in image.size)
    return image.crop((left, top, left + crop, top + crop)).resize((size, size), Image.Resampling.BICUBIC)


def levels(deep: Collection[Deep]) -> tuple[float, float]:
    """The values that become black and white in a set of pictures that hold either whole numbers or fractions.

    In a set without values below 0, black is 0, and white is the greatest number with the bits that it needs: 8, 10,
    12, 14 and so on, since files of 16 or 32 bits often hold values of a camera with fewer; or white is 1, if fractions
    stay below 2. In any other set, black is the least value and white the greatest.
    """
    low, high = min(one.low for one in deep), max(one.high for one in deep)
    if low < 0:
        return low, max(high, low + 1e-6 * abs(low))
    if high < 2 and not any(one.whole for one in deep):
        return 0.0, 1.0
    bits = 8
    while high >= 2**bits:
        bits += 2
    return 0.0, float(2**bits - 1)


def spread(images: Tensor) -> int:
    """The number of levels, 1 to 256, within which 99 % of the values lie, in up to 500 of the pictures: uint8 [N, C,
    H, W]."""
    some = images[:: -(-len(images) // 500)].cpu().numpy()
    counts = np.cumsum(np.bincount(some.reshape(-1), minlength=256)) / some.size
    low, high = np.searchsorted(counts, (0.005, 0.995))
    return int(high - low) + 1


def fit(images: Tensor, size: int | None, channels: int | None) -> Tensor:
    """uint8 [N, C, H, W] with the given size and channels; None = unchanged."""
    size, channels = size or images.shape[-1], channels or images.shape[1]
    if images.shape[1:] == (channels, size, size):
        return images
    luma = torch.tensor(LUMA)[:, None, None]
    # Resizing is linear along each side: one small matrix, far faster than resizing image by image.
    eye = torch.eye(images.shape[-1])[None, None]
    shrink = F.interpolate(eye, (size, images.shape[-1]), mode="bicubic", antialias=True)[0, 0]

    def one(x: Tensor) -> Tensor:
        x = (x * luma).sum(1, keepdim=True) if channels < x.shape[1] else x.float()
        x = shrink @ x @ shrink.T if size != x.shape[-1] else x
        return x.round().clamp(0, 255).byte().expand(-1, channels, -1, -1)

    return torch.cat([one(part) for part in images.split(1024)])  # in parts: floats take four times the memory
