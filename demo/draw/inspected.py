"""How looks are shown: the same HTML in both front ends. Text out, no UI."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from demo.draw import compose

if TYPE_CHECKING:
    from demo.zoo.inspection import Look
    from demo.zoo.judge import Score

PIXELS = 140
"""Sides of a picture on the screen, about"""
WIDTH, HEIGHT = 220, 16
"""Of a line of scores"""
STYLE = """
.looks { display: flex; flex-wrap: wrap; gap: 1.5rem 1.75rem; align-items: flex-start; }
.looks figure { margin: 0; width: 292px; max-width: 100%; overflow-wrap: anywhere; }
.looks .pair { display: flex; gap: 12px; margin: .3rem 0; }
.looks .pair > div { flex: 0 0 140px; }
.looks .pair span { display: block; font-size: .8rem; opacity: .8; line-height: 1.3; }
.looks img { display: block; width: 140px; height: auto; image-rendering: pixelated; border-radius: 0; }
.looks .scores { display: grid; grid-template-columns: auto 1fr; gap: 3px 8px; align-items: center; margin-top: .5rem;
  font-size: .8rem; line-height: 1; }
.looks .scores img { width: 100%; height: 16px; image-rendering: auto; }
.looks p { font-size: .85rem; line-height: 1.45; margin: .35rem 0 0; }
.looks details { font-size: .85rem; margin-top: .3rem; }
.looks summary { cursor: pointer; }
"""


def cards(looks: Iterable[Look]) -> str:
    """Looks side by side as HTML; notes that all of them share are written once, above them. STYLE must be on the
    page."""
    looks = list(looks)
    common = [note for note in looks[0].notes if all(note in look.notes for look in looks)] if looks else []
    made = "".join(_card(look, [note for note in look.notes if note not in common]) for look in looks)
    return f'{"".join(map(_paragraph, common))}<div class="looks">{made}</div>'


def _card(look: Look, notes: Iterable[str]) -> str:
    what = f"seed {look.seed}" + (f", class {look.label}" if look.label else "")
    pair = _picture(look.picture, look.caption, f"Generated: {what}")
    parts = []
    if look.score:
        first, *others = look.score.words
        parts += [strip(look.score), _paragraph(first), _details("What this score means", others)]
    if look.neighbour:
        near, *others = look.neighbour.words
        of = f", class {look.neighbour.label}" if look.neighbour.label else ""
        alt = f"The nearest training picture of {look.title}, seed {look.seed}{of}"
        pair += _picture(look.neighbour.picture, alt, f"Nearest in training{of}")
        parts.append(_paragraph(" ".join([near, *others])))
    parts += map(_paragraph, notes)
    title = f"<b>{html.escape(look.title)}</b> <small>{look.year or ''}</small>"
    return f'<figure>{title}<div class="pair">{pair}</div>{"".join(parts)}</figure>'


def _picture(picture: np.ndarray, alt: str, under: str) -> str:
    big = compose.enlarge(picture, compose.scale_of(len(picture), PIXELS))
    url = compose.data_url(compose.png(big), "png")
    return f'<div><img src="{url}" alt="{html.escape(alt)}"><span>{html.escape(under)}</span></div>'


def _paragraph(text: str) -> str:
    return f"<p>{html.escape(text)}</p>"


def _details(title: str, sentences: list[str]) -> str:
    return f"<details><summary>{title}</summary>{_paragraph(' '.join(sentences))}</details>" if sentences else ""


def strip(score: Score) -> str:
    """Where D's scores of real and of generated pictures lie, a stroke each, and this one on both lines: HTML."""
    rows = [(name, values) for name, values in (("real", score.real), ("generated", score.generated)) if len(values)]
    # A few extreme ones would press the others together: they stand at the edge.
    low, high = np.quantile(np.concatenate([values for _, values in rows]), [0.02, 0.98])
    low, high = min(low, score.logit), max(high, score.logit)

    def strokes(values: Iterable[float]) -> str:
        shares = ((value - low) / ((high - low) or 1) for value in values)
        return "".join(f"M{2 + (WIDTH - 4) * min(max(share, 0), 1):.1f} 1v14" for share in shares)

    made = []
    for name, values in rows:
        # As a picture, since Streamlit takes drawings out of HTML: its greys do for light and dark.
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none">'
            f'<path d="{strokes(values)}" stroke="#868b9c" stroke-opacity=".45" stroke-width="1.5"/>'
            f'<path d="{strokes([score.logit])}" stroke="#e8590c" stroke-width="3"/></svg>'
        )
        alt = f"The scores of {name} pictures as strokes, from less to more real, and this one among them"
        made.append(f'<span>{name}</span><img src="{compose.data_url(svg.encode(), "svg")}" alt="{alt}">')
    return f'<div class="scores">{"".join(made)}</div>'
