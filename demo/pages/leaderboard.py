"""Leaderboard: what was measured, beside anchors, costs and what other people published. Loads no model."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING

from demo.draw import figures
from demo.page import (
    Chart,
    Choice,
    Columns,
    Data,
    Download,
    Fold,
    Grid,
    Html,
    Page,
    Row,
    State,
    Table,
    Toggle,
    shared,
)
from demo.page.state import EMPTY
from demo.pages import leaderboard_answers as answers
from demo.pages import leaderboard_curves as trainings
from demo.pages import leaderboard_fair as fair
from demo.pages import rebuild_errors
from demo.pages.common import section
from demo.zoo import exports, published
from demo.zoo import leaderboard as board
from demo.zoo.columns import Column
from demo.zoo.costs import COSTS
from demo.zoo.leaderboard import Leaderboard, Shares
from demo.zoo.words import dataset_title
from demo.zoo.yardsticks import NAMES as OTHERS
from gan_models.metrics.names import minus

if TYPE_CHECKING:
    from demo.zoo.zoo import Zoo

FIRST = (*OTHERS, "parameters", "images", "work")
"""Columns that are shown from the start, beside the main ones"""
SHORT = {"parameters": "parameters", "images": "images", "steps": "steps", "work": "multiply-adds"}
"""Costs as the column of the Pareto fronts names them"""
TRAINING = {title: name for name, title in COSTS.items() if name != "parameters"} | {"Training time (s)": "work"}
"""Seconds depended on how busy the machine was; an older link that asks for them gets the multiply-adds"""
CALLED = {"work": COSTS["work"]}
QUALITY = (
    "The diamonds on the line are the Pareto front: no other variant is both better and cheaper. Circles are all "
    "other variants. Squares are variants that are told the class; they are ranked separately. Point at a mark to "
    "see its name. The marks at the right edge are the anchors: real images, some of them spoilt on purpose. A "
    "variant that is worse than real images with added noise is on no front."
)
TOLD = (
    "These variants are told which class to draw, each class as often as it occurs in the real images. Their shares "
    "of the classes are therefore right from the start, which lowers the distance, so they are ranked separately. "
    "The class-balanced distance can be compared between all variants."
)
DISAGREE = (
    "The table is ordered by one distance, which is computed from the features of a classifier that was trained on "
    "the labels. Other measures of the same pictures put some variants in another order."
)
COLLAPSE = (
    "Share of each class among the generated images, in %. Orange classes are drawn too rarely, blue ones too often."
)
HOW = (
    "<code>python -m train evaluate</code> computes these figures, <code>python -m train augment_gain</code> those "
    "of the classifiers. docs/measuring.md explains each of them."
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


def columns(zoo: Zoo, s: State) -> list[Column]:
    """The columns that are shown."""
    return [c for c in found(zoo, s).columns if s.all or c.main or c.name in FIRST]


# Tables and words -------------------------------------------------------------------------------------------


def table(zoo: Zoo, s: State) -> Grid | None:
    """Variants that are told no class and anchors, best first; the fronts beside the distance."""
    made = found(zoo, s)
    said = f"Figures of {len(made.ranked)} variants and {len(made.anchors)} anchors on {made.dataset_title}"
    return grid(zoo, s, made.ranked, said)


def apart(zoo: Zoo, s: State) -> Grid | None:
    """Variants that are told the class, beside the same anchors."""
    some = found(zoo, s).apart
    return grid(zoo, s, some, f"Figures of {len(some)} variants that are told the class") if some else None


def grid(zoo: Zoo, s: State, variants: Sequence[board.Row], said: str) -> Grid | None:
    """Some variants and the anchors, best first."""
    made, shown = found(zoo, s), columns(zoo, s)
    rows = sorted((*variants, *made.anchors), key=lambda row: row.values["fd"])
    if not rows:
        return None
    cells = []
    for row in rows:
        measured = [(row.values[c.name], c.text(row.values[c.name], row.spreads.get(c.name))) for c in shown]
        on = [SHORT[cost] for cost, keys in made.fronts.items() if row.key in keys]
        front = "anchor" if row.anchor else "ranked separately" if row in made.apart else ", ".join(on) or "–"
        front = "every cost" if len(on) == len(SHORT) else front
        cells.append([row.title, *measured[:1], front, *measured[1:]])
    titles, helps = [figures.heading(c) for c in shown], [c.help for c in shown]
    front_help = (
        "The costs for which no other variant is both better and cheaper. A variant that is worse than real images "
        "with added noise is on no front."
    )
    return Grid(
        ["Variant", *titles[:1], "Pareto front", *titles[1:]],
        cells,
        [i for i, row in enumerate(rows) if row.anchor],
        ["", *helps[:1], front_help, *helps[1:]],
        said,
    )


def about(zoo: Zoo, s: State) -> str:
    """Who measured, what, against what, how often; and the variants without figures."""
    made = found(zoo, s)
    real = dataset_title(made.reference["dataset"]) if made.reference else ""
    missing = [f"{one.title}: {one.reason}." for one in made.unmeasured]
    told = figures.words(figures.caption(made, real))
    one = fair.ranking(zoo, s).sentence if made.rows and not fair.ranking(zoo, s).rows else ""
    return (
        told
        + figures.words(one)
        + figures.words("Without figures:" if missing else "", listed=missing)
        + figures.words(*made.notes)
    )


def orders(zoo: Zoo, s: State) -> str:
    """How far the measures agree, and on which pairs they do not."""
    return "".join(
        figures.words(
            f"{found(zoo, s).column('fd').title} and {one.measure}, of {one.variants} variants: {one.sentence}",
            listed=one.examples,
        )
        for one in found(zoo, s).orders
    )


def meanings(zoo: Zoo, s: State) -> str:
    items = "".join(f"<li><b>{html.escape(c.title)}</b>: {html.escape(c.help)}</li>" for c in columns(zoo, s))
    return f'<div class="figures"><ul>{items}</ul></div>'


# Charts -----------------------------------------------------------------------------------------------------


def quality(zoo: Zoo, s: State) -> tuple:
    from demo.draw import charts

    return charts.quality, found(zoo, s)


def quality_by_training(zoo: Zoo, s: State) -> tuple:
    from demo.draw import charts

    return charts.quality, found(zoo, s), s.cost


def collapse(zoo: Zoo, s: State) -> tuple:
    from demo.draw import charts

    return charts.collapse, shares(zoo, s)


def collapse_notes(zoo: Zoo, s: State) -> str:
    known = [f"{one.title}: {one.reason}." for one in found(zoo, s).unmeasured]
    return figures.words(*(note for note in shares(zoo, s).notes if note not in known))


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
            against = f"; trained on the same number of real images, on {real}" if real else ""
            items.append(f"{row.title}: the classifier is right on {mine} of the real test images{against}.")
    intro = "Classification accuracy score: a classifier trained on generated images alone."
    return figures.words(intro if items else "", listed=items) + figures.words(figures.caveat(made))


def gain(zoo: Zoo, s: State) -> tuple:
    from demo.draw import charts

    return charts.gain, found(zoo, s)


def gains(zoo: Zoo, s: State) -> Grid | None:
    headers = "Variant", "Real images", "Generated", "Accuracy without (%)", "With (%)", "Gain (points) ↑"
    cells = [
        [
            f"{row.title}, trained on these images alone" if row.scratch else row.title,
            (row.real, f"{row.real:,}"),
            (row.generated, f"{row.generated:,}"),
            (row.without, f"{row.without:.1f}"),
            (row.with_generated, f"{row.with_generated:.1f}"),
            (row.gain, minus(f"{row.gain:+z.1f} ± {row.spread:.1f}")),
            (row.generator_saw, "unknown" if row.generator_saw is None else f"{row.generator_saw:,}"),
        ]
        for row in found(zoo, s).augmentation
    ]
    return Grid([*headers, "Generator saw"], cells, alt="What generated images add to a classifier") if cells else None


def theirs(zoo: Zoo, s: State) -> str | None:
    made = published.published(s.data) if s.data else None
    return figures.literature(made) if made and made.rows else None


# The page ---------------------------------------------------------------------------------------------------


FILES = {title: name for name, title in exports.TITLES.items()}
STYLE = ".recipe { max-height: 24rem; overflow: auto; font-size: .8rem; line-height: 1.35; }"


def file(zoo: Zoo, s: State, kind: str) -> bytes:
    """The chosen table, whatever columns are shown."""
    if not s.data:
        raise ValueError(EMPTY)
    return exports.table(zoo, s.data, s.table, kind)


def extractors(zoo: Zoo, s: State) -> list[str]:
    """The extractors to choose from; [], which hides the choice, if there is only one."""
    made = trainings.ranked(zoo, s)
    return list(made.extractors) if made and len(made.extractors) > 1 else []


PAGE = Page(
    "leaderboard",
    "Leaderboard",
    "Which variant draws best, and at what cost? All are measured in the same way, and so are real pictures, which "
    "show how good a figure can be.",
    Data(),
    Row(
        Choice(
            "extractor",
            "Extractor",
            per_data=True,
            options=extractors,
            help="The network whose features the distances compare. Figures of different extractors cannot be "
            "compared.",
        ),
        Toggle("all", "All columns"),
    ),
    Table(table),
    section("Told the class", TOLD, lambda zoo, s: found(zoo, s).apart),
    Table(apart),
    Html(about),
    Fold("What the columns mean, and what they can't tell", Html(meanings)),
    section("Where the measures disagree", DISAGREE, lambda zoo, s: found(zoo, s).orders),
    Html(orders),
    section("Quality and what it costs", QUALITY, lambda zoo, s: found(zoo, s).rows),
    Row(
        Choice(
            "cost",
            "Cost of training",
            "images",
            options=TRAINING,
            titles=lambda s: CALLED,
            way="buttons",
        )
    ),
    Columns(Chart(quality), Chart(quality_by_training)),
    *fair.ITEMS,
    section("How often each class is drawn", COLLAPSE, lambda zoo, s: shares(zoo, s).rows),
    Chart(collapse),
    Html(collapse_notes),
    *rebuild_errors.ITEMS,
    *trainings.ITEMS,
    section("What the images are worth to a classifier", "", is_worth),
    Html(worth),
    Chart(gain),
    Table(gains),
    Html(theirs),
    Fold(
        "Download the tables",
        Row(Choice("table", "Table", "leaderboard", options=FILES, way="menu")),
        Row(
            Download(lambda zoo, s: file(zoo, s, "csv"), label="CSV", name=lambda s: f"{s.data}-{s.table}.csv"),
            Download(lambda zoo, s: file(zoo, s, "json"), label="JSON", name=lambda s: f"{s.data}-{s.table}.json"),
        ),
    ),
    Html(lambda zoo, s: f'<p class="figures">{HOW}</p>'),
    answers=(
        answers.leaderboard,
        answers.curves,
        answers.class_shares,
        answers.equal_budget,
        answers.training_seeds,
        answers.table,
    ),
    group="Measure",
    icon="leaderboard",
    reads=True,
    style=figures.STYLE + STYLE,
)
