"""Pictures beside what was made of them: cards with several pictures each, and what is missing in two colours."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from demo.draw import compose
from gan_models.pictures import LUMA

PIXELS = 140
"""Sides of a picture on the screen, about"""
MORE, LESS = (232, 89, 12), (40, 125, 230)
"""Orange where the first picture is brighter, blue where the second one is"""
STYLE = """
.made { display: flex; flex-wrap: wrap; gap: 1.5rem 1.75rem; align-items: flex-start; margin: .5rem 0 1rem; }
.made figure { margin: 0; width: min(100%, 292px); overflow-wrap: anywhere; }
.made figure.one { width: 140px; }
.made .row { display: grid; grid-template-columns: repeat(auto-fill, minmax(136px, 1fr)); gap: .5rem 12px;
  margin: .3rem 0; }
.made .row span { display: block; font-size: .8rem; opacity: .8; line-height: 1.3; }
.made img { display: block; width: 100%; max-width: 140px; height: auto; image-rendering: pixelated; border-radius: 0;
  margin: 0; }
.made.small { gap: .5rem 1.5rem; }
.made.small figure, .made.small figure.one { width: auto; }
.made.small .row { display: flex; flex-wrap: wrap; gap: .5rem; }
.made.small .row div { width: 64px; }
.made.small .row span { font-size: .7rem; }
.made img.clear { box-shadow: 0 0 0 1px #8886; }
.made p { font-size: .85rem; line-height: 1.45; margin: .35rem 0 0; }
.made p b { font-size: 1rem; }
.legend { font-size: .85rem; }
.legend i { display: inline-block; width: .8em; height: .8em; border-radius: .15em; margin: 0 .3em 0 .8em;
  border: 1px solid #8886; }
.legend i:first-of-type { margin-left: .3em; }
a.go.go { display: inline-block; padding: .35rem .8rem; margin: .2rem .75rem .2rem 0; border: 1px solid;
  border-radius: .4rem; font-weight: 600; text-decoration: none; }
.waits { font-size: .85rem; opacity: .8; }
"""


@dataclass(frozen=True, eq=False)
class Shown:
    """A picture in a card."""

    picture: np.ndarray
    """uint8 [H, W, C]"""
    under: str
    alt: str = ""
    """For those who cannot see it; empty: what stands under it"""


@dataclass(frozen=True, eq=False)
class Card:
    """Pictures of one variant, or of something else, with sentences."""

    title: str
    pictures: Sequence[Shown]
    words: Sequence[str] = ()
    year: int | None = None
    figure: str = ""
    """What counts most, in a few letters: "24.3 dB" """


def cards(some: Iterable[Card], small: bool = False) -> str:
    """Cards side by side as HTML; STYLE must be on the page. small: they stand for something, and need not be seen
    well."""
    return f'<div class="made{" small" if small else ""}">{"".join(map(_card, some))}</div>'


def _card(card: Card) -> str:
    shown = "".join(_picture(one, card.title) for one in card.pictures)
    figure = f"<p><b>{html.escape(card.figure)}</b></p>" if card.figure else ""
    words = "".join(f"<p>{html.escape(one)}</p>" for one in card.words if one)
    year = f" <small>{card.year}</small>" if card.year else ""
    style = ' class="one"' if len(card.pictures) == 1 else ""
    return (
        f'<figure{style}><b>{html.escape(card.title)}</b>{year}<div class="row">{shown}</div>{figure}{words}</figure>'
    )


def _picture(one: Shown, title: str) -> str:
    big = compose.enlarge(one.picture, compose.scale_of(len(one.picture), PIXELS))
    big = big[..., 0] if big.shape[-1] == 1 else big
    url = compose.data_url(compose.png(big), "png")
    alt = html.escape(f"{title} · {one.alt or one.under}")
    clear = ' class="clear"' if one.picture.shape[-1] == 4 else ""
    return f'<div><img{clear} src="{url}" alt="{alt}"><span>{html.escape(one.under)}</span></div>'


def difference(one: np.ndarray, other: np.ndarray, clear: bool = False) -> np.ndarray:
    """Where two pictures uint8 [H, W, C] differ: uint8 [H, W, 3], white where they do not, MORE where `one` is
    brighter, LESS where `other` is; in colour pictures by their grey values. clear: for the screen, [H, W, 4], the less
    they differ the more transparent: the middle is then the page's own background, be it light or dark."""
    grey = [p[..., 0].astype(np.float64) if p.shape[-1] == 1 else p @ np.array(LUMA) for p in (one, other)]
    off = ((grey[0] - grey[1]) / 255)[..., None]
    colour = np.where(off > 0, MORE, LESS)
    if clear:
        return np.concatenate([colour, np.abs(off) * 255], -1).round().astype(np.uint8)
    return (255 + np.abs(off) * (colour - 255)).round().astype(np.uint8)


def legend(more: str, less: str) -> str:
    """What the two colours of `difference` mean, as HTML."""
    both = ((MORE, more), (LESS, less))
    marks = (f'<i style="background: rgb{colour}"></i>{html.escape(words)}' for colour, words in both)
    return f'<p class="legend">Difference:{"".join(marks)}<i></i>the same in both</p>'


def waits(done: int, of: int, what: str = "variants") -> str:
    """How far work is, as HTML; nothing at its end."""
    return f'<p class="waits" role="status">{done} of {of} {what} …</p>' if done < of else ""
