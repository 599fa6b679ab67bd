"""The strip of a direction, and what was measured of it, as a card. Values in; arrays and HTML out."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

import numpy as np
from PIL import Image, ImageDraw

from demo.draw import compose

STYLE = """
.steered { display: flex; flex-wrap: wrap; gap: 1.25rem 1.75rem; align-items: flex-start; margin-bottom: 1rem; }
.steered figure { margin: 0; max-width: 100%; overflow-wrap: anywhere; }
.steered img { display: block; height: auto; max-width: 100%; margin: .25rem 0 .4rem; image-rendering: pixelated;
  border-radius: 0; }
.steered figcaption { font-size: .875rem; line-height: 1.45; }
.steered small { opacity: .75; }
.steered p { margin: 0 0 .2rem; }
"""


def strip(pictures: np.ndarray, names: Sequence[str], pixels: int = 56, clear: bool = False) -> np.ndarray:
    """The same seeds at A amounts [A, N, H, W, C] as one picture: a column per amount with its name above, a row per
    seed. pixels: about how large a picture is. uint8 and clear as `compose.sheet`."""
    scale = compose.scale_of(pictures.shape[2], pixels)
    made = compose.sheet(pictures.swapaxes(0, 1), len(pictures), scale, clear=clear)
    width = (pictures.shape[3] + 1) * scale
    text = max(13, width // 4)  # a phone shows a wide strip at half its size
    font = compose.font_for(names, text)
    paper, black = (0, 255) if clear else (255, 40)
    band = Image.new("L", (made.shape[1], text + 7), paper)
    ink = ImageDraw.Draw(band)
    for i, name in enumerate(names):
        ink.text((i * width + (width - scale) / 2, text / 2 + 3), name, fill=black, font=font, anchor="mm")
    head = np.asarray(band)
    if made.ndim > 2:  # clear: the letters are the alpha, in a grey that can be read on white and on black
        last = [head] if clear else []
        head = np.stack([np.full_like(head, compose.MIDDLE) if clear else head] * (made.shape[2] - len(last)) + last, 2)
    return np.concatenate([head, made])


def cards(some: Iterable[tuple[str, int | None, str, np.ndarray, Sequence[str]]]) -> str:
    """(title, year, alt, strip, sentences) of each variant side by side, as HTML; STYLE must be on the page."""
    made = []
    for title, year, alt, sheet, sentences in some:
        height, width = sheet.shape[:2]
        first, *others = (html.escape(one) for one in sentences)
        said = f"<p><b>{first}</b></p>" + "".join(f"<p>{one}</p>" for one in others)
        url = compose.data_url(compose.png(sheet), "png")
        made.append(
            f'<figure style="width:{max(width, 260)}px"><b>{html.escape(title)}</b> <small>{year or ""}</small>'
            f'<img src="{url}" width="{width}" height="{height}" alt="{html.escape(alt)}">'
            f"<figcaption>{said}</figcaption></figure>"
        )
    return f'<div class="steered">{"".join(made)}</div>'
