"""Classes: what a conditional variant draws for each label, along a walk through the classes or through the latents."""

from functools import partial

import streamlit as st

from demo.cards import cards
from demo.draw import compose
from demo.draw.walk import class_sheets
from demo.page import snippets
from demo.streamlit.shared import LINK, about, begin, choose, download, plain, seed_input, share, zoo
from demo.streamlit.walking import film, how_input, key_frames, loop_input, scrub
from demo.zoo import walks
from demo.zoo.entries import CONDITIONAL, common_classes
from demo.zoo.walks import CLASSES, LATENTS

catalog, notice = begin(
    "Classes",
    "A conditional variant is told what to draw, and how is up to the latent. Hold one and walk the other: "
    "of one latent, digits of all classes often share their stroke and slant.",
)
with st.container(border=True):
    entries = choose(catalog, CONDITIONAL)
    names, dataset = common_classes(entries), entries[0].dataset
    if not names:
        notice()
        st.info("The chosen variants have no class in common: choose fewer of them.")
        st.stop()


@st.fragment
def walked() -> None:
    """Reruns alone while its controls change."""
    problem = None
    with st.container(border=True):
        view = st.segmented_control(
            "View", [CLASSES, LATENTS], default=CLASSES, key="hold", bind=LINK, required=True, help=walks.CLASSES_HELP
        )
        classes = st.multiselect(
            "Classes", names, names[: walks.MOST_KEYS], key=f"classes_{dataset}", bind=LINK,
            max_selections=walks.MOST_KEYS, help="In the order in which you choose them.",
        )  # fmt: skip
        if view == CLASSES:
            with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
                number = st.slider("Seeds", 1, walks.MOST_KEYS, 6, key="columns", bind=LINK, width=180)
                first = seed_input("First seed", step=number)
                loop = loop_input()
            draw = partial(walks.through_classes, zoo(), entries, range(first, first + number), classes, loop)
            name = f"classes-seed{first}"
        else:
            try:
                keys = key_frames("Key frames", "keys", "0, 7, 23", (), "Two to twelve seeds with commas between them.")
            except ValueError as error:
                keys, problem = [], str(error)
            with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
                how = how_input()
                loop = loop_input()
            draw = partial(walks.with_classes_held, zoo(), entries, keys, classes, how, loop)
            name = f"classes-{'-'.join(str(key.seed) for key in keys)}"

    try:
        if problem:
            raise ValueError(problem)
        walk = draw()
    except ValueError as error:
        st.error(plain(str(error)))
        return

    scrub(walk)
    film(lambda per: draw(per=per), name)
    st.header("Every class at every seed" if view == CLASSES else "The whole way of every class")
    st.html(cards(zoo(), walk.entries, walk.captions, class_sheets(walk)))
    download(
        "Download the grid as PNG", f"{name}.png", "image/png",
        lambda: compose.png(compose.panel(walk.captions, class_sheets(walk, 84), across=2)),
    )  # fmt: skip
    python = None
    if view == CLASSES:
        shown = [entry.key for entry in walk.entries]
        python = partial(snippets.class_grid, zoo(), shown, range(first, first + number), classes)
    share(python, dataset, walk.entries, CONDITIONAL)


walked()
about(entries)
notice()
