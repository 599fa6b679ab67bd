"""evolution.webp, written and read: the pictures of the same seeds over a training. No torch import."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from . import limits
from .folder import one_line

STAYS, LAST = 250, 2000
"""Milliseconds that each moment is shown, and the last one"""
QUALITY = 60
"""Of lossy WebP, 0 to 100: at 28 px some 35 dB, and a tenth smaller than with 75"""
LARGEST = 64_000_000
"""Most bytes of a file; the zoo's have some 150,000"""
MOST_VALUES = 400_000_000
"""Most values of all decoded pictures: 24 moments of 60 colour pictures at 256 px (older films) have 283 million"""


def write(path: Path, moments: Sequence[np.ndarray]) -> None:
    """Pictures uint8 [H, W] or [H, W, 3], one per moment, as an animation that repeats for ever."""
    first, *rest = (Image.fromarray(moment).convert("RGB") for moment in moments)
    durations = [STAYS] * len(rest) + [LAST]
    first.save(path, "WEBP", quality=QUALITY, save_all=True, append_images=rest, duration=durations, loop=0)


def read(path: Path, moments: int, channels: int = 3) -> np.ndarray:
    """The pictures of an animation with this number of moments: uint8 [T, H, W, C], C = 1 (grey) or 3.

    WebP stores equal neighbouring moments as one picture shown longer: here each moment has its own again.
    Raises ValueError, with words that follow a colon, if the file cannot be read or has another number of moments.
    """
    channels = 1 if channels == 1 else 3
    try:
        with Image.open(io.BytesIO(limits.read(path, LARGEST)), formats=["WEBP"]) as film:
            if film.width * film.height * channels * moments > MOST_VALUES or film.n_frames > moments:
                raise ValueError(f"it holds more than {moments} moments of this size can be")
            pictures, stays = [], []
            for k in range(film.n_frames):
                film.seek(k)
                film.load()
                pictures.append(np.asarray(film.convert("L" if channels == 1 else "RGB")))
                stays.append(film.info.get("duration", 0))
    except FileNotFoundError:
        raise ValueError("there is no such file") from None
    except ValueError:
        raise
    except limits.NotReadable as error:
        raise ValueError(str(error)) from error
    except Exception as error:  # a foreign file can raise anything in Pillow
        said = one_line(error).partition(" <_io.")[0]  # Pillow's message ends with the object it was given
        raise ValueError(f"it is damaged ({said[:120]})") from error
    stays[-1] -= LAST - STAYS
    # A single picture is no animation and has no duration: all moments look alike.
    counts = [round(stay / STAYS) for stay in stays] if len(stays) > 1 else [moments]
    if min(counts) < 1 or sum(counts) != moments:
        raise ValueError(f"it holds {sum(counts)} moments, and the recipe.json beside it names {moments}")
    shape = (len(pictures), *pictures[0].shape[:2], channels)
    return np.stack(pictures).reshape(shape).repeat(counts, 0)
