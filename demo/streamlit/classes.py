"""Classes: what a conditional variant draws for each label, and the way from one class to another."""

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

catalog, notice = begin(
    "Classes",
    "A conditional variant is told what to draw. Down a column the seed stays and the class changes: "
    "often the style of the stroke stays too.",
)
with st.container(border=True):
    entries = choose(catalog, core.CONDITIONAL)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        number = st.slider("Seeds", 1, 12, 8, key="columns", bind=LINK, width=180)
        first = seed_input("First seed", step=number)

seeds = range(first, first + number)
grids, problems = {}, []
for entry in entries:
    try:
        grids[entry.key] = zoo().class_grid(entry.key, seeds)
    except ValueError as error:
        problems.append(str(error))
if not grids:
    notice()
    st.error(problems[0])
    st.stop()
shown = [entry for entry in entries if entry.key in grids]
made = list(grids.values())
scale = [compose.scale_of(g.shape[2], 56 if len(made) < 3 else 42) for g in made]
sheets = [compose.sheet(g, number, s, row_names=entry.classes) for g, s, entry in zip(made, scale, shown, strict=True)]
captions = [zoo().caption(entry.key, seeds, unlabelled="a row per class") for entry in shown]
cards(shown, sheets, captions)


def grid() -> bytes:
    large = [compose.sheet(g, number, row_names=e.classes) for g, e in zip(made, shown, strict=True)]
    return compose.png(compose.panel(captions, large))


download("Download the grid as PNG", f"classes-seed{first}.png", "image/png", grid)

st.subheader("From class to class")
names = core.common_classes(shown)
if len(names) < 2:
    st.info("The chosen variants have no two classes in common: choose fewer of them.")
else:
    with st.container(horizontal=True, gap="medium"):
        dataset, last = shown[0].dataset, len(names) - 1
        a = class_input("From class", "from_class", names, dataset, min(3, last - 1))
        b = class_input("To class", "to_class", names, dataset, min(8, last))
    keys = [entry.key for entry in shown]
    ways = [zoo().path_caption(entry.key, [first], [a, b]) for entry in shown]

    def gif() -> bytes:
        """Both ways, all variants side by side."""
        path = zoo().class_path(keys, first, [a, b], steps=FRAMES)
        pixels = max(p.shape[1] for p in path.values())
        moving = compose.panel([entry.title for entry in shown], list(path.values()), compose.scale_of(pixels, 112))
        return compose.gif(compose.there_and_back(moving))

    @st.fragment
    def moving() -> None:
        """Reruns alone while the slider moves."""
        at = st.slider("Position between the two classes", 0.0, 1.0, 0.5, 0.02, key="at", bind=LINK)
        path = zoo().class_path(keys, first, [a, b], at=at)
        cards(shown, [compose.sheet(p, 1, compose.scale_of(p.shape[1], 168)) for p in path.values()], ways)

    moving()
    download("Download the animation as GIF", f"classes-{a}-{b}-seed{first}.gif", "image/gif", gif)
    strips(shown, zoo().class_path(keys, first, [a, b], steps=STRIP), ways)

share(lambda: snippets.class_grid(zoo(), grids, seeds), shown[0].dataset, shown, core.CONDITIONAL)
about(shown)
notice()
