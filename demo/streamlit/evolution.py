"""Evolution: one slider moves all chosen variants through their training. Loads no model."""

from __future__ import annotations

import math

import streamlit as st

from demo.cards import cards
from demo.draw import compose
from demo.draw.evolution import animation
from demo.page import snippets
from demo.streamlit.plots import draw
from demo.streamlit.shared import LINK, about, begin, choose, download, plain, share, zoo
from demo.zoo import evolution as evolutions
from demo.zoo.evolution import AXES, Evolution

STICKY = """<style>
.st-key-images_at, .st-key-share_at { position: sticky; top: 3.75rem; z-index: 10;
  padding: .25rem 0;
  background: color-mix(in srgb, light-dark(#fff, #12141d) 92%, transparent); backdrop-filter: blur(12px); }
</style>"""
"""The slider stays in sight while its pictures and curves are scrolled: on a phone they take several screens"""

st.html(STICKY)
catalog, notice = begin(
    "Evolution",
    "The same seeds at every moment: one slider moves all variants through their training together. Each shows what it "
    "had drawn last at that point; one whose training ended earlier stays at its last pictures.",
)
with st.container(border=True):
    entries = choose(catalog)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        titles = {title: name for name, title in AXES.items()}
        by = titles[
            st.segmented_control(
                "Lined up by", list(titles), default=AXES["images"], key="axis", bind=LINK, required=True,
                help="The same number of images shown compares what the variants learn from the same data. "
                "The share compares the course of trainings of different lengths.",
            )
        ]  # fmt: skip
        number = st.segmented_control("Images", [4, 9, 16, 36], default=16, key="drawn", bind=LINK, required=True)

keys = [entry.key for entry in entries]
try:
    evolution = evolutions.evolution(zoo(), keys, by, number)
except ValueError as error:
    notice()
    st.error(plain(str(error)))
    st.stop()
shown = [entry for entry in entries if entry.key in {one.key for one in evolution.films}]
for problem in evolution.problems:
    st.warning(plain(problem))


def place(evolution: Evolution) -> float:
    """Where the slider stands. Of other variants the moments are others: it then goes to the nearest."""
    key = f"{evolution.by}_at"
    stops = {evolution.text(position): position for position in evolution.positions}
    if len(stops) == 1:
        return evolution.positions[0]
    now = st.session_state.get(key, stops.get(st.query_params.get(key, "")))
    if now not in evolution.positions:  # else it is left alone: the knob may be in somebody's hand
        st.session_state[key] = evolution.middle if now is None else evolution.nearest(now)
    return st.select_slider(
        AXES[evolution.by], evolution.positions, format_func=evolution.text, key=key, bind=LINK,
        help="The recorded moments, denser early.",
    )  # fmt: skip


@st.fragment
def moving() -> None:
    """Reruns alone while the slider moves."""
    at = place(evolution)
    moments = evolution.at(at)
    columns = math.isqrt(number)
    pixels = compose.tile_pixels(len(moments), columns)
    sheets = [compose.sheet(m.pictures, columns, compose.scale_of(m.pictures.shape[1], pixels)) for m in moments]
    captions = [zoo().caption(m.key, range(len(m.pictures)), moment=m) for m in moments]
    st.html(cards(zoo(), shown, captions, sheets))

    from demo.draw import (
        charts,  # it imports altair, and the critics torch: seconds in which the pictures stand already
    )

    critics = evolutions.critics(zoo(), [one.key for one in evolution.films])
    st.header("What the losses tell")
    draw(charts.critics, critics.estimates, at, evolution.totals)
    draw(charts.progress, critics.watched, at, evolution.totals)
    for sentence in critics.sentences:
        st.caption(plain(sentence))


moving()

st.header("The animation")
if st.toggle("Play", key="play", bind=LINK):
    words = f"All variants from the beginning to the end of their training, lined up by {AXES[by].lower()}."
    st.image(animation(evolution), alt=words)
download("Download the animation as GIF", f"evolution-{entries[0].dataset}.gif", "image/gif", evolution.animation)
films = st.expander("The films as they were recorded, with all their seeds", icon=":material/movie:")
with films, st.container(horizontal=True):
    for entry in shown:
        name = f"evolution-{entry.key.replace('/', '-')}.webp"
        download(f"{plain(entry.title)} as WebP", name, "image/webp", lambda key=entry.key: evolutions.film(zoo(), key))
share(
    lambda: snippets.evolution(
        zoo(), [e.key for e in shown], by, number, st.session_state.get(f"{by}_at", evolution.positions[0])
    ),
    entries[0].dataset,
    shown,
)
about(shown)
notice()
