"""Compare: any number of variants side by side, at the same seeds and labels, beside the real data."""

import math

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
    truncation_input,
    zoo,
)

IN_TURN = "all in turn"

catalog, notice = begin(
    "Compare", "The same random numbers go into every network: what differs is what each one has learnt."
)
with st.container(border=True):
    entries = choose(catalog)
    dataset = entries[0].dataset
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        number = st.segmented_control(
            "Images", [1, 4, 9, 16, 36, 64], default=16, key="images", bind=LINK, required=True
        )
        first = seed_input("First seed", step=number)
        names, label = core.common_classes(entries), None
        if names:
            chosen = class_input(
                "Class", "class", [IN_TURN, *names], dataset,
                help="For the conditional variants; the others take no class.",
            )  # fmt: skip
            label = None if chosen == IN_TURN else chosen
        truncation = truncation_input()

seeds = range(first, first + number)
columns = math.isqrt(number)
try:
    made = zoo().samples([entry.key for entry in entries], seeds, label, truncation)
except ValueError as error:
    notice()
    st.error(str(error))
    st.stop()
shown = [entry for entry in entries if entry.key in made]
titles = list(shown)
captions = [zoo().caption(entry.key, seeds, label, truncation=truncation) for entry in shown]
pictures = list(made.values())

classes = core.common_classes(shown)
turn = [classes[seed % len(classes)] for seed in seeds] if classes and label is None else label
real = zoo().real_samples(dataset, number, turn)
if real is None:
    real = zoo().real_samples(dataset, number)
if real is not None:
    titles.insert(0, "Real data")
    captions.insert(0, zoo().real_caption(dataset))
    pictures.insert(0, real)

pixels = compose.tile_pixels(len(pictures), columns)
sheets = [compose.sheet(p, columns, compose.scale_of(p.shape[1], pixels)) for p in pictures]
cards(titles, sheets, captions)


def poster() -> bytes:
    """All of it as one picture, captions included."""
    return compose.png(compose.panel(captions, [compose.sheet(p, columns) for p in pictures], across=4))


download("Download as PNG", f"compare-{dataset}-seed{first}.png", "image/png", poster)
share(lambda: snippets.samples(zoo(), made, seeds, label, truncation), dataset, shown)
about(shown)
notice()
