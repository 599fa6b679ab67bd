"""The first tab of the Gradio front end: a wall of pictures, one tile per variant, by year."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence

import gradio as gr

from demo import examples, wall
from demo.cards import refusal
from demo.draw import compose
from demo.faces.host import DRAW
from demo.page import links, snippets
from demo.page.links import VIEW
from demo.zoo.seeds import check_seeds
from demo.zoo.zoo import Zoo

TAB = "Home"
STYLE = (
    wall.STYLE
    + """
.examples { display: flex; flex-wrap: wrap; gap: .35rem 1.25rem; list-style: none !important; padding: 0 !important; }
.wall { display: grid; grid-template-columns: repeat(auto-fill, minmax(10.5rem, 1fr)); gap: 1.5rem 1rem;
  padding: .75rem .25rem; --veil: rgba(100, 105, 238, .12); }
.wall .variant { position: relative; display: block; border-radius: .5rem;
  color: inherit; text-decoration: none; text-align: left; padding: 0; }
.narrow { max-width: 26rem; }
.wall img { display: block; width: 100%; margin: .3rem 0; }
.wall a.variant:hover { background: var(--veil); box-shadow: 0 0 0 .4rem var(--veil); }
.wall a.variant:focus-visible { outline: 3px solid #6469ee; outline-offset: 3px; }
@media (max-width: 640px) { .wall { grid-template-columns: 1fr 1fr; } }
"""
)


def tiles(zoo: Zoo, dataset: str, seeds: Sequence[int], hub: Sequence[str]) -> str:
    """The wall as HTML; hub: names of what this visitor has added."""
    entries = zoo.catalog([entry.key for entry in zoo.add(hub).entries] if hub else ()).of(dataset)
    parts, year, placed = [], None, wall.tiles(zoo, entries)
    for tile in placed:
        made = wall.picture(zoo, tile, dataset, seeds)
        shown = f"<p>{wall.DAMAGED}</p>"
        if made:
            url = compose.data_url(compose.png(made[0]), "png")
            shown = f'<img src="{url}" alt="{html.escape(made[1])}">'
        inside = f"{wall.year(tile, year)}{shown}<b>{html.escape(tile.title)}</b>{wall.words(tile)}"
        if tile.entry:
            view, query = links.lesson(tile.entry, hub)
            target = html.escape(links.address("", {VIEW: [view], **query}))
            parts.append(f'<a class="variant" href="{target}">{inside}</a>')
        else:
            parts.append(f'<div class="variant">{inside}</div>')
        year = tile.year
    more = "".join(
        f'<li><a href="{html.escape(links.address("", {VIEW: [view], **query}))}">{html.escape(text)}</a></li>'
        for text, view, query in examples.of(entries, any(tile.entry is None for tile in placed))
    )
    legend = f'<div class="words">{html.escape(wall.legend(zoo, entries))}</div>'
    onward = (
        f'<h2>To begin with</h2><nav aria-label="To begin with"><ul class="examples">{more}</ul></nav>' if more else ""
    )
    return f'{legend}<div class="wall">{"".join(parts)}</div>{onward}'


def build(
    zoo: Zoo, now: gr.State, turn: gr.State, open_tab: gr.State, added, seed: Callable, share: Callable, **quiet
) -> gr.Number:
    """The contents of the tab. now: the data set; turn: changes when the tab is to be drawn;
    added: what came from the Hub; seed, share: as demo/gradio.py has
    them; quiet: settings of its events. The control of the seed."""
    gr.Markdown(wall.WORDS)
    with gr.Row(elem_classes="narrow"):
        first = seed("First seed", 0, wall.NUMBER, "Another latent")
    place = gr.HTML()

    def seeds_of(start) -> list[int]:
        if start is None:
            raise ValueError("A seed is a whole number from 0.")
        return check_seeds(range(start, start + wall.NUMBER))

    def draw(data, tab, start, hub):
        if tab != TAB or not data:
            return gr.skip()
        try:
            return tiles(zoo, data, seeds_of(start), hub)
        except ValueError as error:
            return refusal(error)

    quiet = {**quiet, "trigger_mode": "always_last", **DRAW}
    gr.on([turn.change, first.change], draw, [now, open_tab, first, added], place, **quiet)

    def in_python(_, start, data):
        return snippets.samples(zoo, [entry.key for entry in zoo.catalog().of(data)], seeds_of(start))

    share(TAB, in_python, [first, now])
    return first
