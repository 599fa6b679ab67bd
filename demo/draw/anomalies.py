"""Pictures with what a GAN makes of them and where the two differ, as HTML. Values in, text out."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from demo.draw import compose

if TYPE_CHECKING:
    from demo.zoo.anomalies import Item

HOT = (232, 89, 12)
"""The colour of a difference: orange, as in the charts"""
STYLE = """
.odds { margin: .75rem 0 1.5rem; }
.odds .row { display: flex; flex-wrap: wrap; gap: .5rem; margin-top: .4rem; }
.odds figure { margin: 0; font-size: .75rem; line-height: 1.25; overflow-wrap: anywhere; }
.odds img { display: block; width: 100%; height: auto; image-rendering: pixelated; border-radius: 0;
  border: 3px solid #868b9c55; box-sizing: border-box; }
.odds figure.odd img { border-color: #e8590c; }
.odds b.tag { color: light-dark(#b93c04, #ff9155); }
.dark .odds b.tag { color: #ff9155; }
.odds p { margin: .15rem 0; font-size: .875rem; }
.odds small { opacity: .75; }
"""
LEGEND = (
    "Each column shows, from top to bottom, the picture, its rebuilding by the GAN, and where the two differ "
    "(orange). The number is the score; scores rise from left to right. Odd pictures have an orange frame."
)


def heat(picture: np.ndarray, where: np.ndarray) -> np.ndarray:
    """A picture uint8 [H, W, C], dim, under what differs, float [H, W] from 0 to 1: uint8 [H, W, 3]."""
    grey = picture.astype(np.float64).mean(-1, keepdims=True) * 0.45 + 20
    share = np.minimum(where * 1.25, 1)[..., None]
    return (grey * (1 - share) + np.array(HOT) * share).round().astype(np.uint8)


def column(item: Item, pixels: int = 60) -> np.ndarray:
    """The picture, what was made of it and the difference, one below the other, for the screen:
    uint8 [H, W, 4]."""
    three = [item.picture, item.rebuilt, heat(item.picture, item.heat)]
    coloured = [np.broadcast_to(one, (*one.shape[:2], 3)) for one in three]
    return compose.sheet(np.stack(coloured), 1, compose.scale_of(item.picture.shape[0], pixels), clear=True)


def row(title: str, year: int | None, sentence: str, items: Iterable[Item], large: bool = False) -> str:
    """The pictures of one variant in their order, as HTML; STYLE must be on the page."""
    made = []
    for item in items:
        sheet = column(item, 128 if large else 60)
        url, name = compose.data_url(compose.png(sheet), "png"), html.escape(item.name)
        kind = "odd picture" if item.odd else "picture"
        what = f"{kind} {item.name}" if item.name else kind
        alt = f"{title} · score {item.score:.0f} · {what}, rebuilt, and the difference"
        tag = f'<b class="tag">{name}</b>' if item.odd else name
        made.append(
            f'<figure class="{"odd" if item.odd else ""}" style="width:{sheet.shape[1] + 6}px">'
            f'<img src="{url}" alt="{html.escape(alt)}">{item.score:.0f}<br>{tag}</figure>'
        )
    head = f"<b>{html.escape(title)}</b> <small>{year or ''}</small><p>{html.escape(sentence)}</p>"
    return f'<div class="odds">{head}<div class="row">{"".join(made)}</div></div>'
