"""Leaderboard: what was measured, beside anchors, costs and what other people published. Loads no model."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from demo.streamlit.plots import draw, show, specs
from demo.streamlit.shared import LINK, begin, data_input, plain, share, zoo
from demo.zoo import leaderboard, published
from demo.zoo.columns import Column
from demo.zoo.leaderboard import COSTS, Curves, Leaderboard, Row
from demo.zoo.words import dataset_title

COSTS_OF_TRAINING = {title: name for name, title in COSTS.items() if name != "parameters"}
FIRST = ("parameters", "images", "seconds")
"""Columns that are shown from the start, beside the main ones"""
SHORT = {"parameters": "parameters", "images": "images", "steps": "steps", "seconds": "time"}
"""Costs as the column of the Pareto fronts names them"""
TINT = "background-color: rgba(128, 134, 160, 0.16)"
"""Of the rows of anchors, on white and on near black"""


# Table ------------------------------------------------------------------------------------------------------


@st.fragment
def table(board: Leaderboard) -> None:
    """Variants and anchors in one table that sorts by any column: anchors keep their tint."""
    everything = st.toggle("All columns", key="all", bind=LINK)
    shown = [c for c in board.columns if everything or c.main or c.name in FIRST]
    rows = sorted((*board.rows, *board.anchors), key=lambda row: row.values["fd"])
    frame = pd.DataFrame(
        {
            "variant": [row.title for row in rows],
            **{c.name: [row.values[c.name] for row in rows] for c in shown},
            "front": [fronts(board, row) for row in rows],
        }
    )
    for column in shown:
        if not column.words:
            frame[column.name] = frame[column.name].astype("float64")
    styled = frame.style.apply(lambda line: [TINT if rows[line.name].anchor else ""] * len(line), axis=1)
    for i, row in enumerate(rows):  # what is read, with the spread; what is sorted stays a number
        words = {c.name: c.text(row.values[c.name], row.spreads.get(c.name)) for c in shown}
        styled.format({name: lambda _, text=text: text for name, text in words.items()}, subset=pd.IndexSlice[[i], :])
    st.dataframe(
        styled,
        hide_index=True,
        height="content",
        placeholder="–",
        alt=f"Figures of {len(board.rows)} variants and {len(board.anchors)} anchors on {board.dataset_title}.",
        key=f"table_{board.dataset}_{everything}",
        column_config={
            "variant": st.column_config.TextColumn("Variant", pinned=True, width=196),
            **{c.name: config(c) for c in shown},
            "front": st.column_config.TextColumn(
                "Pareto front",
                help="The costs for which no other variant is both better and cheaper. Tinted rows are anchors.",
            ),
        },
    )
    st.caption(provenance(board))
    with st.expander("What the columns mean", icon=":material/info:"):
        for column in shown:
            st.markdown(f"**{plain(heading(column))}**: {plain(told(column))}")


def config(column: Column):
    make = st.column_config.TextColumn if column.words else st.column_config.NumberColumn
    return make(heading(column), help=plain(told(column)))


def heading(column: Column) -> str:
    return f"{column.title} ({column.unit})" if column.unit else column.title


def told(column: Column) -> str:
    """What a column is, what it can't tell and which way is better."""
    return f"{column.help} {column.better.capitalize()} is better." if column.better else column.help


def fronts(board: Leaderboard, row: Row) -> str:
    if row.anchor:
        return "anchor"
    mine = [SHORT[cost] for cost, keys in board.fronts.items() if row.key in keys]
    return "every cost" if len(mine) == len(SHORT) else ", ".join(mine) or "–"


def provenance(board: Leaderboard) -> str:
    """Who looked at how many images: what every figure of the table shares."""
    real, distance = board.reference, board.column("fd").title
    parts = [
        f"{distance} through {board.extractor['name']} {board.extractor['hash']}: {board.n:,} generated against "
        f"{real['n']:,} {real['split']} images of {dataset_title(real['dataset'])}",
        seeds(board.rows, "seeds", "sampling seed"),
        seeds(board.rows, "training_seeds", "training seed"),
    ]
    words = plain(", ".join(part for part in parts if part)) + "; ± is the standard deviation over sampling seeds."
    if board.anchors:
        words += " Tinted rows are anchors: real images, sound or spoilt, measured as if they were generated."
    return words


def seeds(rows: Sequence[Row], name: str, noun: str) -> str:
    """ "3 sampling seeds", "1 to 3 training seeds"; "" where nothing says."""
    known = sorted({row.values[name] for row in rows if row.values.get(name)})
    if not known:
        return ""
    number = "one" if known == [1] else " to ".join(f"{n:.0f}" for n in dict.fromkeys((known[0], known[-1])))
    return f"{number} {noun}{'s' if known != [1] else ''}"


def without_figures(board: Leaderboard) -> None:
    """Variants that have no row, with the reason, and whatever is odd about those that have."""
    if not board.rows:
        st.info(f"No variant of {plain(board.dataset_title)} has figures yet.")
    number = len(board.unmeasured)
    if number:
        label = "1 variant has no figures" if number == 1 else f"{number} variants have no figures"
        with st.expander(label, expanded=not board.rows, icon=":material/help:"):
            for one in board.unmeasured:
                st.markdown(f"**{plain(one.title)}**: {plain(one.reason)}.")
    if board.notes:
        with st.expander("Notes on these figures", expanded=True, icon=":material/warning:"):
            for note in board.notes:
                st.markdown(plain(note))


# Plots ------------------------------------------------------------------------------------------------------


@st.fragment
def quality(board: Leaderboard) -> None:
    """Two plots: who is on the Pareto fronts."""
    st.header("Quality and what it costs")
    st.markdown(
        "Diamonds on the line are the Pareto front: no other variant is both better and cheaper. "
        "Dashed lines are the anchors."
    )
    known = {title: name for title, name in COSTS_OF_TRAINING.items() if board.fronts[name]}
    by_size, by_training = st.columns(2, gap="medium", vertical_alignment="bottom")
    with by_training:
        cost = known and st.segmented_control(
            "Training cost", list(known), default=next(iter(known)), key="cost", bind=LINK, required=True,
            label_visibility="collapsed",
        )  # fmt: skip
    with by_size:
        draw(charts.quality, board, "parameters")
    if known:
        with by_training:
            draw(charts.quality, board, known[cost])
    if known and known[cost] == "seconds":
        devices = sorted({row.values["device"] for row in board.rows if row.values.get("device")})
        st.caption(
            f"Time compares only on one device. These were trained on: {plain('; '.join(devices) or 'unknown')}."
        )


def collapse(board: Leaderboard, extractor: str | None) -> None:
    shares = leaderboard.shares(zoo(), board.dataset, extractor)
    drawn = specs(charts.collapse, shares)
    if not drawn:
        return
    st.header("Collapse: which classes come")
    st.markdown("Share of each class among the generated images, in %. Orange comes too rarely, blue too often.")
    show(*drawn)


@st.fragment
def over_training(dataset: str, curves: Sequence[Curves]) -> None:
    st.header("Over the training")
    if sum("fd" in curve.columns for curve in curves) > 1:
        st.markdown("Distance of the averaged generator during training. Few images make it larger than in the table.")
        draw(charts.progress, curves)
    by_title = {curve.title: curve for curve in curves}
    curve = by_title[st.selectbox("Variant", list(by_title), key=f"curve_{dataset}", bind=LINK, width=260)]
    taken = specs(charts.shares_over_training, curve)
    drawn = specs(charts.curves, curve)
    for place, one in zip([c for _ in drawn for c in st.columns(2, gap="medium")], drawn, strict=False):
        with place:
            show(one)
    if taken:
        st.markdown(f"Share of each class among the images of {plain(curve.title)}, from start to end.")
        show(*taken)
    elif drawn:
        st.markdown(
            f"The class shares of {plain(curve.title)} were not taken during its training: "
            "`--eval-every 30k` takes them, and the distance."
        )
    for note in curve.notes:
        st.caption(plain(note))


# Classifiers, literature ------------------------------------------------------------------------------------


def worth(board: Leaderboard) -> None:
    """What augmentation was measured to bring, with what the generators had seen."""
    scored = [row for row in board.rows if row.values.get("cas") is not None]
    if not scored and not board.augmentation:
        return
    st.header("What the images are worth to a classifier")
    for row in scored:
        made, real = percent(board, row, "cas"), percent(board, row, "cas_real")
        words = f"Trained on images of {row.title} alone, a classifier gets {made} of the real test images right"
        st.markdown(plain(f"{words}; trained on as many real ones, {real}." if real else f"{words}."))
    if not board.augmentation:
        return
    saw = max((row.generator_saw or 0 for row in board.augmentation if not row.scratch), default=0)
    if saw:
        st.markdown(
            f"Generated images are added to a few labelled real ones. **The generators saw up to {saw:,} labelled real "
            "images**: what looks like a gain out of nothing is knowledge of those."
        )
    if any(row.scratch for row in board.augmentation):
        st.markdown("“Of these images alone”: the generator was trained on just those few real images too.")
    draw(charts.gain, board)
    with st.expander("These gains in numbers"):
        rows = [
            {
                "Variant": row.title,
                "Generator saw": row.generator_saw,
                "Real": row.real,
                "Generated": row.generated,
                "Gain (points)": row.gain,
                "±": row.spread,
                "Real alone (%)": row.without,
                "With generated (%)": row.with_generated,
            }
            for row in board.augmentation
        ]
        numbers = {name: st.column_config.NumberColumn(format="%.1f") for name in list(rows[0])[4:]}
        numbers |= {name: st.column_config.NumberColumn(format="localized") for name in list(rows[0])[1:4]}
        st.dataframe(rows, hide_index=True, height="content", placeholder="–", column_config=numbers, key="gains")


def percent(board: Leaderboard, row: Row, name: str) -> str:
    """ "95.9 ± 0.3 %"; "" where it was not measured."""
    value = row.values.get(name)
    return "" if value is None else f"{board.column(name).text(value, row.spreads.get(name))} %"


def literature(board: Leaderboard) -> None:
    found = published.published(board.dataset)
    if not found.rows:
        return
    with st.expander("Published figures: other people's measurements, another extractor", icon=":material/menu_book:"):
        st.markdown(found.sentence)
        rows = [
            {"Variant": r.variant, "Figure": r.figure, "Value": r.value, "Source": r.source, "Protocol": r.protocol}
            for r in found.rows
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, height="content", key="published")


catalog, notice = begin(
    "Leaderboard", "What was measured, and what it cost: beside real images that were measured in the same way."
)
with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    dataset = data_input(catalog)
    board, extractor = leaderboard.leaderboard(zoo(), dataset), None
    if len(board.extractors) > 1:
        extractor = st.segmented_control(
            "Extractor", board.extractors, default=board.extractors[0], key=f"extractor_{dataset}", bind=LINK,
            required=True, help="The network that looks. Figures of two extractors never compare.",
        )  # fmt: skip
        board = leaderboard.leaderboard(zoo(), dataset, extractor)

if board.rows or board.anchors:
    table(board)
without_figures(board)

from demo.draw import charts  # noqa: E402 - it imports altair: a second in which the table stands already

if board.rows:
    quality(board)
    collapse(board, extractor)
over_training(dataset, [leaderboard.curves(zoo(), entry.key) for entry in catalog.of(dataset)])
worth(board)
literature(board)
share(None, dataset)
st.caption(
    "`python -m train evaluate` makes these figures, `python -m train augment_gain` those of classifiers. "
    "docs/measuring.md explains each of them."
)
notice()
