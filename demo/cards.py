"""Cards: pictures side by side, each under its title and with its caption. The same HTML in both front ends, no UI.

All cards of a view are one text: a front end changes them at once, without asking for each picture by itself.
"""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np

from demo.draw import compose
from demo.page import refusals
from demo.zoo.core import Entry, Zoo

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


def cards(zoo: Zoo, entries: Sequence[Entry | str], captions: Sequence[str], sheets: Sequence[np.ndarray]) -> str:
    """Sheets uint8 [H, W] or [H, W, C] side by side; what was measured stands on a line of its own. STYLE must be on
    the page.

    entries: a str is the title of what is no checkpoint (the real data).
    """
    made = zip(entries, captions, sheets, strict=True)
    return f'<div class="cards">{"".join(_card(zoo, *one) for one in made)}</div>'


def refusal(error: ValueError) -> str:
    """What stands in place of the cards, as HTML: one sentence on what is wrong."""
    return f'<div class="notice">{html.escape(refusals.sentence(error))}</div>'


def _card(zoo: Zoo, entry: Entry | str, caption: str, sheet: np.ndarray) -> str:
    title, year, quality = entry, 0, None
    if isinstance(entry, Entry):
        title, year, quality = entry.title, entry.recipe.year, zoo.facts(entry.key)["quality"]
    words = html.escape(caption.removeprefix(f"{title} · "))
    if quality:
        words = words.replace(f" · {html.escape(quality)}", f"<br>{html.escape(quality)}")
    (height, width), url = sheet.shape[:2], compose.data_url(compose.png(sheet), "png")
    return (
        f'<figure style="width:{max(width, 168)}px" class="{"wide" if width > 340 or height > width else ""}">'
        f"<b>{html.escape(title)}</b> <small>{year or ''}</small>"
        f'<img src="{url}" width="{width}" height="{height}" alt="{html.escape(caption)}">'
        f"<figcaption>{words}</figcaption></figure>"
    )
