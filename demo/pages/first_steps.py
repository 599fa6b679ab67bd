"""First steps: what a GAN is, before the variants: latent, two networks, a training step, the game and its symbols."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from demo.draw import diagram, formula
from demo.page import Html, Page, State, changing
from demo.pages import taught, views
from demo.zoo import first_steps

if TYPE_CHECKING:
    from demo.zoo.first_steps import Part
    from demo.zoo.zoo import Zoo

NEXT = (
    ("playground", "Train a GAN on points yourself, in the Playground"),
    ("learn", "Read about the first GAN, and then about each variant"),
    ("lesson", "Go through a lesson, with a question at each step"),
    ("glossary", "Look up a word in the glossary"),
)
"""(page, words) of where to go from here; a page that is not there is left out"""


def steps(zoo: Zoo, s: State) -> str:
    """All parts, and where to go from here."""
    parts = "".join(
        f"<h2>{k}. {html.escape(p.title)}</h2>{part(p)}" for k, p in enumerate(first_steps.first_steps(), 1)
    )
    onward = "".join(
        f"<li>{changing(html.escape(words), {}, page)}</li>" for page, words in NEXT if views.page_of(page)
    )
    return f'<div class="taught">{taught.linked(parts)}<h2>Where to go from here</h2><ul>{onward}</ul></div>'


def part(one: Part) -> str:
    """A paragraph with its drawing as HTML."""
    made = f"<p>{diagram.prose(one.text)}</p>{taught.drawing(one.drawing) if one.drawing else ''}"
    if one.drawing != "training_step":
        return made
    still = taught.drawing(one.drawing, True)
    return f"{made}<details><summary>The four moments at once, without motion</summary>{still}</details>"


PAGE = Page(
    "first_steps",
    "First steps",
    "What a GAN is, in seven short parts with drawings. Read it before the pages on the variants. Point at a dotted "
    "word or symbol, or tap it, to see what it means.",
    Html(steps),
    group="Understand",
    icon="footprint",
    style=formula.STYLE + taught.STYLE,
    reads=True,
)
