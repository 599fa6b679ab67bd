"""Interpolate: every chosen variant walks through the same key frames, or over the same map between four corners."""

from functools import partial

import streamlit as st

from demo.cards import cards
from demo.draw import compose
from demo.draw.walk import sheets, strips
from demo.page import snippets
from demo.streamlit.shared import LINK, about, begin, choose, download, plain, share, zoo
from demo.streamlit.walking import film, how_input, key_frames, loop_input, scrub
from demo.zoo import walks
from demo.zoo.entries import common_classes
from demo.zoo.walks import MAP, PATH

catalog, notice = begin(
    "Interpolate",
    "Each seed is a point in the latent space. Every variant goes the same way from one to the next: "
    "a good generator changes smoothly and passes through believable pictures.",
)
with st.container(border=True):
    entries = choose(catalog)
names = common_classes(entries)


@st.fragment
def walked() -> None:
    """Reruns alone while its controls change."""
    problem = None
    with st.container(border=True):
        view = st.segmented_control(
            "View", [PATH, MAP], default=PATH, key="walk", bind=LINK, required=True, help=walks.SEEDS_HELP
        )
        try:
            if view == PATH:
                keys = key_frames("Key frames", "keys", "0, 7, 23", names, walks.KEYS_HELP)
            else:
                keys = key_frames("Corners", "corners", "0, 7, 23, 42", names, walks.CORNERS_HELP, 4, 4)
        except ValueError as error:
            problem = str(error)
        with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
            how = how_input()
            if view == PATH:
                loop = loop_input()
            else:
                side = st.select_slider("Pictures along a side", walks.SIDES, 8, key="side", bind=LINK, width=220)

    try:
        if problem:
            raise ValueError(problem)
        if view == PATH:
            draw = partial(walks.through_seeds, zoo(), entries, keys, how, loop)
            walk = draw()
        else:
            walk = walks.over_a_map(zoo(), entries, keys, side, how)
    except ValueError as error:
        st.error(plain(str(error)))
        return

    shown = walk.entries
    name = f"interpolate-{'-'.join(str(key.seed) for key in keys)}"
    if view == PATH:
        scrub(walk)
        film(lambda per: draw(per=per), name)
        st.header("The whole way")
        st.html(cards(zoo(), shown, walk.captions, strips(walk)))
    else:
        scrub(walk)
        download(
            "Download the maps as PNG", f"{name}.png", "image/png",
            lambda: compose.png(compose.panel(walk.captions, sheets(walk))),
        )  # fmt: skip
    share(partial(snippets.walk, zoo(), walk, keys, how), shown[0].dataset, shown)


walked()
about(entries)
notice()
