"""What stands on the cards of a view: the zoo's words beside the sheets. No UI."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np

from demo.draw import cards as drawn
from demo.draw.cards import Card
from demo.page import refusals
from demo.zoo.entries import Entry
from demo.zoo.zoo import Zoo


def cards(zoo: Zoo, entries: Sequence[Entry | str], captions: Sequence[str], sheets: Sequence[np.ndarray]) -> str:
    """Sheets uint8 [H, W] or [H, W, C] side by side; `demo.draw.cards.STYLE` must be on the page.

    entries: a str is the title of what is no checkpoint (the real data).
    """
    return drawn.cards(_card(zoo, *one) for one in zip(entries, captions, sheets, strict=True))


def refusal(error: ValueError) -> str:
    """What stands in place of the cards, as HTML: one sentence on what is wrong."""
    return f'<div class="notice">{html.escape(refusals.sentence(error))}</div>'


def _card(zoo: Zoo, entry: Entry | str, caption: str, sheet: np.ndarray) -> Card:
    if isinstance(entry, str):
        return Card(entry, caption, sheet)
    return Card(entry.title, caption, sheet, entry.recipe.year, zoo.facts(entry.key)["quality"])
