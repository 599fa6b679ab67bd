"""Ablation: a parent and the variants that change it, side by side, and what each change did to the figures."""

from __future__ import annotations

import math

import streamlit as st

from demo.draw import compose
from demo.page import snippets
from demo.streamlit.plots import show, specs
from demo.streamlit.shared import LINK, begin, data_input, plain, seed_input, share, zoo
from demo.zoo import ablation
from demo.zoo.ablation import Ablation, Trick
from demo.zoo.effects import LEGEND

WIDTH = 264
"""Pixels of a card: four beside each other on a laptop, one on a phone"""
COLOURS = {"better": "blue", "worse": "orange", "unclear": "gray"}
"""Of the marks, which say the same in words"""


def family_input(dataset: str, families: tuple[tuple[str, str], ...]) -> str:
    """The variant of a parent; a control is shown where there are several."""
    titles = [title for _, title in families]
    if len(titles) < 2:
        return families[0][0]
    # A widget for each data set, since one whose options change keeps showing what is no longer there.
    chosen = st.segmented_control(
        "Parent", titles, default=titles[0], key=f"parent_{dataset}", bind=LINK, required=True,
        help="The variant that the others change.",
    )  # fmt: skip
    return families[titles.index(chosen)][0]


def picture(key: str | None, made: dict, number: int, seeds: range) -> None:
    """The samples of a checkpoint, with what stands under every picture."""
    if key not in made:
        st.caption("Not in this zoo: no pictures." if key is None else "Its weights cannot be read: no pictures.")
        return
    columns, caption = math.isqrt(number), zoo().caption(key, seeds)
    tile = compose.scale_of(made[key].shape[1], WIDTH // columns)
    st.image(compose.sheet(made[key], columns, tile), alt=caption, output_format="PNG")
    st.caption(plain(caption.partition(" · ")[2]))


def card(found: Ablation, trick: Trick) -> None:
    """What a variant changes, and what that did."""
    st.markdown(f"**Changes:** {plain('; '.join(trick.changes) or 'no setting')}.")
    marks = [f":{COLOURS[e.verdict]}[**{e.mark}**] {plain(found.brief(e))}" for e in trick.effects]
    st.markdown("  \n".join(marks))
    st.markdown(plain(trick.sentence))


def heading(title: str, year: int | None, about: str = "") -> str:
    return f"**{plain(title)}**" + (f" :gray[{year}]" if year else "") + about


catalog, notice = begin(
    "Ablation",
    "What does each trick do? A parent, and the variants that change one or a few of its settings: same data, same "
    "budget, same seeds; what is better or worse, and what cannot be told from chance.",
)
with st.container(border=True):
    dataset = data_input(catalog)
    families = ablation.families(zoo(), dataset)
    if not families:
        notice()
        st.info("No variant of this data set stands beside the parent that it changes: nothing can be compared.")
        st.stop()
    parent = family_input(dataset, families)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        number = st.segmented_control("Images", [4, 9, 16, 36], default=16, key="drawn", bind=LINK, required=True)
        first = seed_input("First seed", step=number)

found, seeds = ablation.ablation(zoo(), dataset, parent), range(first, first + number)
try:
    made = zoo().samples(found.keys, seeds) if found.keys else {}
except ValueError as error:  # no checkpoint can be read: the figures still can
    made = {}
    st.error(str(error))
if any(trick.effects for trick in found.tricks):
    st.caption(LEGEND)
with st.container(horizontal=True, gap="small"):
    with st.container(width=WIDTH, gap="xxsmall"):
        st.markdown(heading(found.title, found.year, " · the parent"))
        picture(found.key, made, number, seeds)
    for trick in found.tricks:
        with st.container(width=WIDTH, gap="xxsmall"):
            st.markdown(heading(trick.title, trick.year))
            picture(trick.key, made, number, seeds)
            card(found, trick)
for note in found.notes:
    st.caption(plain(note))

if found.sources:
    from demo.draw import charts  # it imports altair: a second in which the cards stand already

    for source, about in found.sources.items():
        several = len(about.seeds) > 1
        st.header(f"Every training seed: {len(about.seeds)} of each" if several else "One training seed each")
        st.markdown(
            "A dot is one training, the tick their mean; the band is where the parent moved between its seeds."
            if several
            else "A dot is the one training in the zoo, the line its parent: another seed would move both."
        )
        drawn = [one for column in found.columns for one in specs(charts.ablation, found, source, column.name)]
        for place, chart in zip([c for _ in drawn[::2] for c in st.columns(2, gap="medium")], drawn, strict=False):
            with place:
                show(chart)
    with st.expander("Every difference in numbers", icon=":material/table:"):
        st.dataframe(found.numbers(), hide_index=True, height="content", key=f"numbers_{dataset}_{parent}")
with st.expander("When a difference counts", icon=":material/info:"):
    for line in found.method:
        st.markdown(plain(line))
share((lambda: snippets.samples(zoo(), made, seeds)) if made else None, dataset)
st.caption("`python -m train ablation` records several training seeds; docs/measuring.md says how.")
notice()
