"""Leaderboard: what was measured, beside anchors, costs and what other people published. Loads no model."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from demo.draw import figures
from demo.page import Chart, Choice, Columns, Data, Fold, Grid, Html, Page, Row, State, Table, Toggle, shared
from demo.page.answers import answer
from demo.page.state import EMPTY
from demo.pages import rebuild_errors
from demo.zoo import leaderboard as board
from demo.zoo import published
from demo.zoo.columns import Column
from demo.zoo.leaderboard import COSTS, Curves, Leaderboard, Shares
from demo.zoo.words import dataset_title

if TYPE_CHECKING:
    from demo.zoo.zoo import Zoo

FIRST = ("parameters", "images", "seconds")
"""Columns that are shown from the start, beside the main ones"""
SHORT = {"parameters": "parameters", "images": "images", "steps": "steps", "seconds": "time"}
"""Costs as the column of the Pareto fronts names them"""
TRAINING = {title: name for name, title in COSTS.items() if name != "parameters"}
NO_CURVE = "No training curve of this variant was kept."
NO_SHARES = (
    "Which classes came and went during this training was not recorded: --eval-every 50k records it when one trains."
)
QUALITY = (
    "Diamonds on the line are the Pareto front: no other variant is both better and cheaper. Dashed lines are the "
    "anchors."
)
COLLAPSE = "Share of each class among the generated images, in %. Orange comes too rarely, blue too often."
PROGRESS = "Distance of the averaged generator during training. Few images make it larger than in the table."
HOW = (
    "<code>python -m train evaluate</code> makes these figures, <code>python -m train augment_gain</code> those of "
    "classifiers. docs/measuring.md explains each of them."
)


# What is asked ----------------------------------------------------------------------------------------------


@shared
def found(zoo: Zoo, s: State) -> Leaderboard:
    if not s.data:
        raise ValueError(EMPTY)
    return board.leaderboard(zoo, s.data, s.extractor)


@shared
def shares(zoo: Zoo, s: State) -> Shares:
    if not s.data:
        raise ValueError(EMPTY)
    return board.shares(zoo, s.data, s.extractor)


@shared
def recorded(zoo: Zoo, s: State) -> list[Curves]:
    """Curves of the variants whose distance was taken during their training."""
    curves = (board.curves(zoo, entry.key) for entry in s.catalog.of(s.data))
    return [curve for curve in curves if "fd" in curve.columns]


@shared
def curve(zoo: Zoo, s: State) -> Curves:
    return board.curves(zoo, s.curve)


def columns(zoo: Zoo, s: State) -> list[Column]:
    """Those that are shown."""
    return [c for c in found(zoo, s).columns if s.all or c.main or c.name in FIRST]


# Tables and words -------------------------------------------------------------------------------------------


def table(zoo: Zoo, s: State) -> Grid | None:
    """Variants and anchors, best first; the fronts beside the distance."""
    made, shown = found(zoo, s), columns(zoo, s)
    rows = sorted((*made.rows, *made.anchors), key=lambda row: row.values["fd"])
    if not rows:
        return None
    cells = []
    for row in rows:
        measured = [(row.values[c.name], c.text(row.values[c.name], row.spreads.get(c.name))) for c in shown]
        on = [SHORT[cost] for cost, keys in made.fronts.items() if row.key in keys]
        front = "anchor" if row.anchor else "every cost" if len(on) == len(SHORT) else ", ".join(on) or "–"
        cells.append([row.title, *measured[:1], front, *measured[1:]])
    titles, helps = [figures.heading(c) for c in shown], [c.help for c in shown]
    front_help = "The costs for which no other variant is both better and cheaper."
    return Grid(
        ["Variant", *titles[:1], "Pareto front", *titles[1:]],
        cells,
        [i for i, row in enumerate(rows) if row.anchor],
        ["", *helps[:1], front_help, *helps[1:]],
        f"Figures of {len(made.rows)} variants and {len(made.anchors)} anchors on {made.dataset_title}",
    )


def about(zoo: Zoo, s: State) -> str:
    """Who measured, what, against what, how often; and the variants without figures."""
    made = found(zoo, s)
    real = dataset_title(made.reference["dataset"]) if made.reference else ""
    missing = [f"{one.title}: {one.reason}." for one in made.unmeasured]
    told = figures.words(figures.caption(made, real))
    return told + figures.words("Without figures:" if missing else "", listed=missing) + figures.words(*made.notes)


def meanings(zoo: Zoo, s: State) -> str:
    items = "".join(f"<li><b>{html.escape(c.title)}</b>: {html.escape(c.help)}</li>" for c in columns(zoo, s))
    return f'<div class="figures"><ul>{items}</ul></div>'


def section(title: str, sentence: str = "", when=None):
    """A heading with a sentence, where `when` has something to show."""

    def made(zoo: Zoo, s: State) -> str | None:
        if when is not None and not when(zoo, s):
            return None
        return f"<h2>{title}</h2>" + (f"<p>{sentence}</p>" if sentence else "")

    return Html(made)


# Charts -----------------------------------------------------------------------------------------------------


def quality(zoo: Zoo, s: State) -> tuple:
    from demo.draw import charts

    return charts.quality, found(zoo, s)


def quality_by_training(zoo: Zoo, s: State) -> tuple:
    from demo.draw import charts

    return charts.quality, found(zoo, s), s.cost


def devices(zoo: Zoo, s: State) -> str | None:
    """Time compares only on one device."""
    made = found(zoo, s)
    if s.cost != "seconds" or not made.rows:
        return None
    named = sorted({row.values["device"] for row in made.rows if row.values.get("device")})
    return figures.words(f"Time compares only on one device. These were trained on: {'; '.join(named) or 'unknown'}.")


def collapse(zoo: Zoo, s: State) -> tuple:
    from demo.draw import charts

    return charts.collapse, shares(zoo, s)


def collapse_notes(zoo: Zoo, s: State) -> str:
    known = [f"{one.title}: {one.reason}." for one in found(zoo, s).unmeasured]
    return figures.words(*(note for note in shares(zoo, s).notes if note not in known))


def progress(zoo: Zoo, s: State) -> tuple | None:
    from demo.draw import charts

    return (charts.progress, recorded(zoo, s)) if len(recorded(zoo, s)) > 1 else None


def one_curve(zoo: Zoo, s: State) -> tuple | None:
    from demo.draw import charts

    return (charts.curves, curve(zoo, s)) if s.curve else None


def its_shares(zoo: Zoo, s: State) -> tuple | None:
    from demo.draw import charts

    return (charts.shares_over_training, curve(zoo, s)) if s.curve else None


def curve_words(zoo: Zoo, s: State) -> str | None:
    """What was not recorded."""
    if not s.curve:
        return None
    made = curve(zoo, s)
    known = len(made.columns.get("images", ())) > 1
    taken = sum(bool(row) for row in made.shares or ()) > 1
    said = "Share of each class among its images, from the start to the end of the training." if taken else NO_SHARES
    return figures.words(said if known else NO_CURVE, *made.notes)


# Classifiers, literature ------------------------------------------------------------------------------------


def is_worth(zoo: Zoo, s: State) -> bool:
    made = found(zoo, s)
    return bool(made.augmentation) or any(row.values.get("cas") is not None for row in made.rows)


def worth(zoo: Zoo, s: State) -> str | None:
    """What the images are worth to a classifier, in words."""
    if not is_worth(zoo, s):
        return None
    made, items = found(zoo, s), []
    for row in made.rows:
        mine, real = (figures.percent(made, row, name) for name in ("cas", "cas_real"))
        if mine:
            against = f"; trained on as many real ones, {real}" if real else ""
            items.append(f"{row.title}: {mine} of the real test images right{against}.")
    intro = "Classification accuracy score: a classifier trained on generated images alone."
    return figures.words(intro if items else "", listed=items) + figures.words(figures.caveat(made))


def gain(zoo: Zoo, s: State) -> tuple:
    from demo.draw import charts

    return charts.gain, found(zoo, s)


def gains(zoo: Zoo, s: State) -> Grid | None:
    headers = "Variant", "Real images", "Generated", "Accuracy without (%)", "With (%)", "Gain (points) ↑"
    cells = [
        [
            f"{row.title}, of these images alone" if row.scratch else row.title,
            (row.real, f"{row.real:,}"),
            (row.generated, f"{row.generated:,}"),
            (row.without, f"{row.without:.1f}"),
            (row.with_generated, f"{row.with_generated:.1f}"),
            (row.gain, f"{row.gain:+z.1f} ± {row.spread:.1f}"),
            (row.generator_saw, "unknown" if row.generator_saw is None else f"{row.generator_saw:,}"),
        ]
        for row in found(zoo, s).augmentation
    ]
    return Grid([*headers, "Generator saw"], cells, alt="What generated images add to a classifier") if cells else None


def theirs(zoo: Zoo, s: State) -> str | None:
    made = published.published(s.data) if s.data else None
    return figures.literature(made) if made and made.rows else None


# Answers ----------------------------------------------------------------------------------------------------


@answer("read")
def leaderboard(zoo: Zoo, dataset: str, extractor: str | None = None) -> dict:
    """The measured variants of a data set, best first, beside anchors and costs; nothing is measured anew.

    Parameters:
        dataset: its name in the catalog: "mnist".
        extractor: the network that looked at the pictures, out of "extractors"; null takes the data set's own.
    Returns:
        "rows", "anchors": "values" by column, in its unit, null where not measured; "spreads" over sampling seeds.
        "columns": "name", "title", "unit", "better" ("lower", "higher" or null), "help" of each.
        "extractor", "reference", "n": who looked at how many pictures, against which real ones.
        "fronts": by cost, the keys of the variants that no other beats in both distance and that cost.
        "augmentation": what the pictures add to a classifier's accuracy.
        "unmeasured": the variants without figures, with the "reason".
        "notes": a sentence on each thing that is damaged or missing.
    """
    return asdict(board.leaderboard(zoo, dataset, extractor))


@answer("read")
def curves(zoo: Zoo, variant: str, points: int | None = None) -> dict:
    """The training curve of one checkpoint, as columns of equal length.

    Parameters:
        variant: its key from the catalog.
        points: about how many of the curve's points to answer with, evenly over the training; null: all, at most 500.
    Returns:
        "columns": "images" (real images shown so far) and what was noted then, null where it was not.
        "distance", "extractor", "n": what the column "fd" is, where there is one.
        "class_names", "shares": share of each class at each of the images; [] where it was not recorded.
        "notes": a sentence on each thing that is damaged.
    """
    made = board.curves(zoo, variant)
    if points is not None:
        if points < 2:
            raise ValueError(f"A curve has two points or more, not {points}.")
        kept = spread(len(made.columns["images"]), points)
        made = replace(
            made,
            columns={name: [values[i] for i in kept] for name, values in made.columns.items()},
            shares=[made.shares[i] for i in kept] if made.shares else made.shares,
        )
    return asdict(made)


def spread(n: int, points: int) -> Iterable[int]:
    """At most `points` places out of n, evenly, the first and the last among them."""
    return sorted({round(i * (n - 1) / (points - 1)) for i in range(points)}) if n > points else range(n)


@answer("read")
def class_shares(zoo: Zoo, dataset: str, extractor: str | None = None) -> dict:
    """Share of each class among the generated pictures of each variant: which classes it forgot.

    Parameters:
        dataset: its name in the catalog: "mnist".
        extractor: the network that told the classes, out of the leaderboard's "extractors"; null takes its own.
    Returns:
        "class_names", "reference" (the shares of the real pictures, null where not known).
        "rows": "key", "title", "shares" of each variant, means over sampling seeds.
        "extractor", "n", "notes".
    """
    made = asdict(board.shares(zoo, dataset, extractor))
    rows = [dict(zip(("key", "title", "shares"), row, strict=True)) for row in made["rows"]]
    return {**made, "rows": rows}


# The page ---------------------------------------------------------------------------------------------------


def extractors(zoo: Zoo, s: State) -> list[str]:
    """Hidden where there is only one."""
    names = board.leaderboard(zoo, s.data).extractors if s.data else ()
    return list(names) if len(names) > 1 else []


def with_curves(zoo: Zoo, s: State) -> dict[str, str]:
    return {entry.title: entry.key for entry in s.catalog.of(s.data)}


def best(zoo: Zoo, s: State) -> str | None:
    rows = board.leaderboard(zoo, s.data).rows if s.data else ()
    return rows[0].key if rows else None


PAGE = Page(
    "leaderboard",
    "Leaderboard",
    "What was measured, and what it cost: beside real images that were measured in the same way.",
    Data(),
    Row(
        Choice(
            "extractor",
            "Extractor",
            per_data=True,
            options=extractors,
            help="The network that looks. Figures of two extractors never compare.",
        ),
        Toggle("all", "All columns"),
    ),
    Table(table),
    Html(about),
    Fold("What the columns mean, and what they can't tell", Html(meanings)),
    section("Quality and what it costs", QUALITY, lambda zoo, s: found(zoo, s).rows),
    Row(Choice("cost", "Cost of training", "images", options=TRAINING, way="buttons")),
    Columns(Chart(quality), Chart(quality_by_training)),
    Html(devices),
    section("Mode coverage: class frequencies", COLLAPSE, lambda zoo, s: shares(zoo, s).rows),
    Chart(collapse),
    Html(collapse_notes),
    *rebuild_errors.ITEMS,
    section("Over the training", PROGRESS, lambda zoo, s: recorded(zoo, s)),
    Chart(progress),
    Row(Choice("curve", "Variant", best, per_data=True, options=with_curves, way="menu")),
    Chart(one_curve, most=6, across=2),
    Chart(its_shares),
    Html(curve_words),
    section("What the images are worth to a classifier", "", is_worth),
    Html(worth),
    Chart(gain),
    Table(gains),
    Html(theirs),
    Html(lambda zoo, s: f'<p class="figures">{HOW}</p>'),
    answers=(leaderboard, curves, class_shares),
    group="Measure",
    icon="leaderboard",
    reads=True,
    style=figures.STYLE,
)
