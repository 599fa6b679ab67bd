"""Home: a wall of pictures, one tile per variant, the same latents in all, from the first year to the last."""

from __future__ import annotations

import sys

import streamlit as st

from demo import examples, wall
from demo.page import links, snippets
from demo.streamlit.shared import begin, data_input, page_link, plain, seed_input, share, zoo

STYLE = """
.st-key-wall { display: grid; grid-template-columns: repeat(auto-fill, minmax(10.5rem, 1fr)); gap: 1.5rem 1rem;
  --veil: rgba(100, 105, 238, .12); }
[class*=st-key-tile_] { position: relative; border-radius: .5rem; }
[class*=st-key-tile_] [data-testid=stPageLink], [class*=st-key-tile_] [data-testid=stPageLink] div { position: static; }
[class*=st-key-tile_] a { position: static; padding: 0; min-height: 0; background: none !important; }
[class*=st-key-tile_] a::after { content: ""; position: absolute; inset: 0; z-index: 2; border-radius: .5rem; }
[class*=st-key-tile_] a:focus-visible { box-shadow: none; }
[class*=st-key-tile_] a:focus-visible::after { outline: 3px solid #6469ee; outline-offset: 3px; }
[class*=st-key-tile_]:has(a):hover { background: var(--veil); box-shadow: 0 0 0 .4rem var(--veil); }
[class*=st-key-tile_] .stHtml > b { font-size: .875rem; }
[class*=st-key-tile_] img { width: 100%; image-rendering: auto; }
[class*=st-key-tile_] .blank { aspect-ratio: 1; border-radius: .25rem; background: rgba(128, 134, 160, .16); }
@media (max-width: 640px) { .st-key-wall { grid-template-columns: 1fr 1fr; } }
"""
"""The link is as large as its tile"""

st.html(f"<style>{wall.STYLE}{STYLE}</style>")
catalog, notice = begin(wall.TITLE, wall.WORDS)
with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    dataset = data_input(catalog)
    first = seed_input("First seed", step=wall.NUMBER, after="Another latent")
entries, seeds = catalog.of(dataset), range(first, first + wall.NUMBER)
tiles = wall.tiles(zoo(), entries)
st.caption(plain(wall.legend(zoo(), entries)))

places, year = [], None
with st.container(key="wall"):
    for i, tile in enumerate(tiles):
        with st.container(key=f"tile_{i}", gap="xxsmall"):
            st.html(wall.year(tile, year))
            places.append(st.empty())
            if "torch" not in sys.modules:  # importing it takes seconds: until then the places hold their size
                places[-1].html('<div class="blank"></div>')
            if tile.entry:
                page_link(f"**{plain(tile.title)}**", "", *links.lesson(tile.entry, st.session_state.hub))
            else:
                st.html(f"<b>{tile.title}</b>")
            st.html(wall.words(tile))
            year = tile.year
drawn = []
for tile, place in zip(tiles, places, strict=True):
    made = wall.picture(zoo(), tile, dataset, seeds)
    if made is None:
        place.caption(wall.DAMAGED)
        continue
    place.image(made[0], alt=made[1], output_format="PNG", width="stretch")
    drawn += [tile.entry.key] if tile.entry else []
if more := examples.of(entries, any(tile.entry is None for tile in tiles)):
    st.header("To begin with")
    with st.container(horizontal=True, gap="medium"):
        for text, view, query in more:
            page_link(plain(text), "arrow_forward", view, query)
share((lambda: snippets.samples(zoo(), drawn, seeds)) if drawn else None, dataset)
notice()
