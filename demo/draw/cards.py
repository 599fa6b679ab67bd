"""Cards: pictures side by side, each under its title and with its caption. The same HTML in both front ends, no UI.

All cards of a view are one text: a front end changes them at once, without asking for each picture by itself.
"""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from demo.draw import compose

STYLE = """
.cards { display: flex; flex-wrap: wrap; gap: 1.25rem; align-items: flex-start; margin-bottom: 1rem; }
.cards figure { margin: 0; max-width: 100%; overflow-wrap: anywhere; }
.cards img { display: block; height: auto; max-width: 100%; margin: .25rem 0; image-rendering: pixelated; }
.cards figcaption, .cards small { opacity: .75; font-size: .8rem; line-height: 1.35; }
@media (max-width: 640px) {  /* a phone: two pictures beside each other, wide ones as wide as the screen */
  .cards { gap: .9rem; }
  .cards figure { width: calc(50% - .45rem) !important; }
  .cards figure.wide, .cards figure:only-child { width: 100% !important; }
  .cards figure:not(.wide) img { image-rendering: auto; }
  .cards small { display: none; }
}
"""
"""Pixels stay square on screens of any density, but where they shrink"""


@dataclass(frozen=True, eq=False)
class Card:
    """One picture with what is said of it."""

    title: str
    caption: str
    """May begin with the title and hold the quality or the images shown: none of them is said twice"""
    sheet: np.ndarray
    """uint8 [H, W] or [H, W, C]"""
    year: int | None = None
    quality: str | None = None
    """What was measured: stands on a line of its own"""
    budget: str = ""
    """What it was given, "400k images · width 32": stands on a line of its own, and its images nowhere else"""


def cards(some: Iterable[Card]) -> str:
    """Cards side by side as HTML. STYLE must be on the page."""
    return f'<div class="cards">{"".join(map(_card, some))}</div>'


def _card(card: Card) -> str:
    title, caption, sheet, quality = card.title, card.caption, card.sheet, card.quality
    words = html.escape(caption.removeprefix(f"{title} · "))
    if card.budget:
        words = words.replace(f" · {card.budget.partition(' · ')[0]} shown", "")
        words = f"{html.escape(card.budget)}<br>{words}"
    if quality:
        words = words.replace(f" · {html.escape(quality)}", f"<br>{html.escape(quality)}")
    (height, width), url = sheet.shape[:2], compose.data_url(compose.png(sheet), "png")
    return (
        f'<figure style="width:{max(width, 168)}px" class="{"wide" if width > 340 or height > width else ""}">'
        f"<b>{html.escape(title)}</b> <small>{card.year or ''}</small>"
        f'<img src="{url}" width="{width}" height="{height}" alt="{html.escape(caption)}">'
        f"<figcaption>{words}</figcaption></figure>"
    )
