"""Styles: style mixing and truncation, for the variants whose network is style-based."""

from functools import partial

import streamlit as st

from demo.cards import cards
from demo.draw import compose
from demo.draw import styles as drawn_styles
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
from demo.zoo import styles
from demo.zoo.entries import STYLE_BASED, common_classes

catalog, notice = begin("Styles", styles.MIXING)
with st.container(border=True):
    entries = choose(catalog, STYLE_BASED)
keys = [entry.key for entry in entries]


@st.fragment
def styled() -> None:
    """Reruns alone while its controls change."""
    with st.container(border=True), st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        number = st.slider("Seeds", 2, 8, 4, key="grid", bind=LINK, width=180)
        first = seed_input("Rows from seed", step=number)
        other = seed_input("Columns from seed", "column_seed", 100, step=number)
        names, label = common_classes(entries), None
        if names:
            label = class_input("Class", "style_class", names, entries[0].dataset)

    rows, columns = (range(seed, seed + number) for seed in (first, other))
    try:
        strips = zoo().truncations(keys, rows, label)
    except ValueError as error:
        st.error(plain(str(error)))
        return
    shown = [entry for entry in entries if entry.key in strips]
    pixels = 84 if len(shown) == 1 else 56

    @st.fragment
    def mixing() -> None:
        """Reruns alone while the slider moves."""
        with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
            levels = st.segmented_control(
                "Levels from the columns",
                styles.LEVELS,
                default=styles.LEVELS[0],
                key="levels",
                bind=LINK,
                required=True,
            )
            truncation = truncation_input()
        mixed = zoo().mix(strips, rows, columns, levels, label, truncation)
        captions = [zoo().mix_caption(key, one, label, truncation) for key, one in mixed.items()]
        st.html(cards(zoo(), shown, captions, [drawn_styles.grid(one, pixels) for one in mixed.values()]))

        def poster() -> bytes:
            return compose.png(compose.panel(captions, [drawn_styles.grid(one) for one in mixed.values()], across=2))

        download("Download the grid as PNG", f"styles-{levels}-seeds{first}-{other}.png", "image/png", poster)
        python = partial(snippets.mix, zoo(), strips, rows, columns, levels, label, truncation)
        share(python, shown[0].dataset, shown, STYLE_BASED)

    st.header("Style mixing")
    mixing()

    st.header("Truncation")
    st.markdown(styles.OUTWARDS)
    captions = [zoo().caption(key, rows, label) for key in strips]
    st.html(cards(zoo(), shown, captions, [drawn_styles.strip(one, styles.STEPS, pixels) for one in strips.values()]))


styled()
about(entries)
notice()
