"""Compare: any number of variants side by side, at the same seeds and labels, beside the real data."""

import streamlit as st

from demo.cards import cards
from demo.draw import compose
from demo.page import snippets
from demo.streamlit.shared import (
    LINK,
    about,
    begin,
    choose,
    class_input,
    download,
    plain,
    seed_input,
    share,
    truncation_input,
    zoo,
)
from demo.streamlit.zoom import clicks, look_closer, pick_seed
from demo.zoo import inspection
from demo.zoo.entries import common_classes
from demo.zoo.seeds import read_seeds
from demo.zoo.words import IN_TURN

NUMBERS = [1, 4, 9, 16, 36, 64]

catalog, notice = begin(
    "Compare", "The same random numbers go into every network: what differs is what each one has learnt."
)
with st.container(border=True):
    entries = choose(catalog)
dataset = entries[0].dataset


@st.fragment
def compare() -> None:
    """Reruns alone while seeds, classes and the truncation change."""
    with st.container(border=True), st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        number = st.segmented_control("Images", NUMBERS, default=16, key="images", bind=LINK, required=True)
        first = seed_input("First seed", step=number)
        own = st.text_input(
            "Seeds of your own", key="seeds", bind=LINK, width=180, placeholder="3, 8, 100",
            help="In place of the first seed and the number of images: 3, 8, 100 or 0-15.",
        )  # fmt: skip
        names, label = common_classes(entries), None
        if names:
            chosen = class_input(
                "Class", "class", [IN_TURN, *names], dataset,
                help="For the conditional variants; the others take no class.",
            )  # fmt: skip
            label = None if chosen == IN_TURN else chosen
        truncation = truncation_input()

    try:
        seeds = read_seeds(own, NUMBERS[-1]) if own.strip() else list(range(first, first + number))
        columns = inspection.columns_of(len(seeds))
        made = zoo().samples([entry.key for entry in entries], seeds, label, truncation)
    except ValueError as error:
        st.error(plain(str(error)))
        return
    shown = [entry for entry in entries if entry.key in made]
    titles = list(shown)
    captions = [zoo().caption(entry.key, seeds, label, truncation=truncation) for entry in shown]
    pictures = list(made.values())

    classes = common_classes(shown)
    turn = [classes[seed % len(classes)] for seed in seeds] if classes and label is None else label
    real = zoo().real_samples(dataset, len(seeds), turn)
    if real is None:
        real = zoo().real_samples(dataset, len(seeds))
    if real is not None:
        titles.insert(0, "Real data")
        captions.insert(0, zoo().real_caption(dataset))
        pictures.insert(0, real)

    pixels = compose.tile_pixels(len(pictures), columns)
    sheets = [compose.sheet(p, columns, compose.scale_of(p.shape[1], pixels)) for p in pictures]
    with st.container(key="pair"):
        st.html(cards(zoo(), titles, captions, sheets))
    clicks("pair", "closer", pick_seed(seeds))

    def poster() -> bytes:
        """All of it as one picture, captions included."""
        return compose.png(compose.panel(captions, [compose.sheet(p, columns) for p in pictures], across=4))

    download("Download as PNG", f"compare-{dataset}-seed{seeds[0]}.png", "image/png", poster)
    look_closer(shown, label, truncation)
    share(lambda: snippets.samples(zoo(), made, seeds, label, truncation), dataset, shown)


compare()
about(entries)
notice()
