"""What translators made, picture by picture: rows of the same pictures, one below the other. Arrays and text in, HTML
or an array out."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from demo.draw import compose

STYLE = """
.ways { display: flex; flex-wrap: wrap; gap: 1rem 1.5rem; align-items: flex-end; margin-bottom: 1rem; }
.ways figure { margin: 0; max-width: 100%; }
.ways.many figure { width: 100%; }
.ways img { display: block; height: auto; max-width: 100%; margin-top: .25rem; image-rendering: pixelated; }
.ways figcaption { line-height: 1.35; overflow-wrap: anywhere; }
.ways:not(.many) figcaption { max-width: 16rem; }
.ways small { opacity: .8; font-size: .8rem; margin-left: .35rem; }
"""
SIDES = ((1, 224), (6, 112), (8, 84))
"""(pictures, pixels of one on the screen)"""
LEAST = 56


@dataclass(frozen=True, eq=False)
class Row:
    """The same pictures at one station of their way."""

    title: str
    words: str
    pictures: np.ndarray
    """uint8 [N, H, W, C]"""


def side(number: int) -> int:
    """Pixels that a picture is wide on the screen, about, where so many stand beside each other."""
    return next((pixels for most, pixels in SIDES if number <= most), LEAST)


def sheets(some: Sequence[Row], clear: bool = False) -> list[np.ndarray]:
    """Each row as one picture, all pictures equally large: uint8 [H, W] or [H, W, C]. clear: as of `compose.sheet`."""
    largest, number = max(row.pictures.shape[1] for row in some), max(len(row.pictures) for row in some)
    pixels = largest * compose.scale_of(largest, side(number))
    made = []
    for row in some:
        scale = max(1, round(pixels / row.pictures.shape[1]))
        made.append(compose.sheet(row.pictures.repeat(scale, 1).repeat(scale, 2), len(row.pictures), 1, 4, clear=clear))
    return made


def rows(some: Sequence[Row]) -> str:
    """The rows as HTML, one below the other, or beside each other where each has one picture. STYLE must be on the
    page."""
    many = max(len(row.pictures) for row in some) > 1
    made = []
    for row, drawn in zip(some, sheets(some, clear=True), strict=True):
        url, said = compose.data_url(compose.png(drawn), "png"), f"{row.title} · {row.words}".removesuffix(" · ")
        words = f"<small>{html.escape(row.words)}</small>" if row.words else ""
        made.append(
            f"<figure><figcaption><b>{html.escape(row.title)}</b>{words}</figcaption>"
            f'<img src="{url}" width="{drawn.shape[1]}" height="{drawn.shape[0]}" alt="{html.escape(said)}"></figure>'
        )
    return f'<div class="ways{" many" if many else ""}">{"".join(made)}</div>'


def poster(some: Sequence[Row]) -> np.ndarray:
    """The rows under each other with their captions, for a file: uint8 [1, H, W, C]."""
    captions = [f"{row.title}: {row.words}" if row.words else row.title for row in some]
    across = 1 if max(len(row.pictures) for row in some) > 1 else 6
    return compose.panel(captions, sheets(some), across=across)


def beside(some: Sequence[Row]) -> np.ndarray:
    """The first picture of each row beside each other, all of one size: uint8 [H, W] or [H, W, C]."""
    largest = max(row.pictures.shape[1] for row in some)
    colour = max(row.pictures.shape[3] for row in some)
    made = []
    for row in some:
        times = largest // row.pictures.shape[1]
        made.append(row.pictures[:1].repeat(times, 1).repeat(times, 2).repeat(colour // row.pictures.shape[3], 3))
    return compose.sheet(np.concatenate(made), len(made))
