"""Interpolate: two seeds, and every chosen variant walks from one to the other."""

import streamlit as st

from demo import compose, core, snippets
from demo.streamlit.shared import (
    LINK,
    about,
    begin,
    cards,
    choose,
    class_input,
    download,
    seed_input,
    share,
    strips,
    zoo,
)

FRAMES = 24
"""Of the animation, one way"""
STRIP = 11
"""Pictures of the film strip"""
BY_SEED, SAME = "of the first seed", "stays the same"

catalog, notice = begin(
    "Interpolate",
    "Two seeds are two points in the latent space. Every variant walks the same way from one to the other: "
    "a good generator changes smoothly and passes through believable pictures.",
)
with st.container(border=True):
    entries = choose(catalog)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        start = seed_input("From seed", "seed")
        end = seed_input("To seed", "to_seed", 7)
        how = st.segmented_control(
            "Path", ["slerp", "lerp"], default="slerp", key="path", bind=LINK, required=True,
            help="slerp: along the arc, where latents are likely. lerp: straight, through less likely ones.",
        )  # fmt: skip
        names, labels = core.common_classes(entries), None
        if names:
            a = class_input("Class at the start", "start_class", [BY_SEED, *names], entries[0].dataset)
            b = class_input("Class at the end", "end_class", [SAME, *names], entries[0].dataset)
            a = names[start % len(names)] if a == BY_SEED else a
            labels = [a, a if b == SAME else b]

keys = [entry.key for entry in entries]
way = {"how": how, "labels": labels}
try:
    strip = zoo().interpolate(keys, [start, end], steps=STRIP, **way)
except ValueError as error:
    notice()
    st.error(str(error))
    st.stop()
shown = [entry for entry in entries if entry.key in strip]
keys = [entry.key for entry in shown]
captions = [zoo().path_caption(entry.key, [start, end], labels) for entry in shown]


def gif() -> bytes:
    """Both ways, all variants side by side."""
    made = zoo().interpolate(keys, [start, end], steps=FRAMES, **way)
    pixels = max(p.shape[1] for p in made.values())
    moving = compose.panel([entry.title for entry in shown], list(made.values()), compose.scale_of(pixels, 112))
    return compose.gif(compose.there_and_back(moving))


@st.fragment
def moving() -> None:
    """Reruns alone while the slider moves."""
    at = st.slider("Position between the two seeds", 0.0, 1.0, 0.5, 0.02, key="at", bind=LINK)
    made = zoo().interpolate(keys, [start, end], at=at, **way)
    cards(shown, [compose.sheet(p, 1, compose.scale_of(p.shape[1], 168)) for p in made.values()], captions)


moving()
download("Download the animation as GIF", f"interpolate-{start}-{end}.gif", "image/gif", gif)

st.subheader("The whole way")
strips(shown, strip, captions)
share(lambda: snippets.interpolate(zoo(), keys, [start, end], STRIP, **way), shown[0].dataset, shown)
about(shown)
notice()
