"""The parts of the page Leaderboard that make its comparisons fair: several trainings of each variant, and all variants
at the same number of images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.draw import figures
from demo.page import Chart, Choice, Grid, Html, Row, State, Table, shared
from demo.page.state import EMPTY
from demo.pages.common import section
from demo.zoo import equal, ranks
from demo.zoo.words import count
from gan_models.metrics.names import figure_text

if TYPE_CHECKING:
    from demo.zoo.zoo import Zoo

YES = {True: "yes", False: "no"}
EQUAL = (
    "The training budgets in the table differ. Here is the distance that each variant had when D had been shown the "
    "same number of real images. It is measured on few pictures and cannot be compared with the distances in the "
    "table."
)


@shared
def ranking(zoo: Zoo, s: State) -> ranks.Ranks:
    if not s.data:
        raise ValueError(EMPTY)
    return ranks.ranks(zoo, s.data)


def seeds(zoo: Zoo, s: State) -> tuple | None:
    from demo.draw import charts

    return (charts.ranks, ranking(zoo, s)) if ranking(zoo, s).rows else None


def places(zoo: Zoo, s: State) -> Grid | None:
    """Place and ties of each variant over its trainings."""
    made = ranking(zoo, s)
    cells = [
        [row.title, (row.mean, row.text()), row.place, ", ".join(row.ties) or "none", YES[row.told]]
        for row in made.rows
    ]
    headers = ["Variant", f"{made.distance} ↓", "Place", "Ties with", "Told the class"]
    return Grid(headers, cells, alt="Places over several trainings of each variant") if cells else None


def behind(zoo: Zoo, s: State) -> str | None:
    """What stands behind the places."""
    made = ranking(zoo, s)
    return figures.words(made.sentence, *made.notes) if made.rows else None


# The same budget --------------------------------------------------------------------------------------------


@shared
def budget(zoo: Zoo, s: State) -> equal.Budget:
    if not s.data:
        raise ValueError(EMPTY)
    return equal.equal(zoo, [entry.key for entry in s.catalog.of(s.data)], s.budget)


def same_images(zoo: Zoo, s: State) -> Grid | None:
    made = budget(zoo, s)
    cells = [
        [
            row.title,
            (row.distance, figure_text(row.distance)),
            (row.images, f"{row.images:,}"),
            YES[row.told],
        ]
        for row in made.rows
    ]
    name, *_ = made.distance.partition(",")  # with what it was measured on, too long a head for a phone
    headers, helps = ["Variant", f"{name} ↓", "Images shown", "Told the class"], ["", made.distance]
    alt = "Distance of each variant at the same number of images"
    return Grid(headers, cells, help=helps, alt=alt) if cells else None


def not_there(zoo: Zoo, s: State) -> str | None:
    """The variants that were not looked at there."""
    made = budget(zoo, s)
    lacking = [f"{one.title}: {one.reason}." for one in made.missing]
    return figures.words("Not measured at this number of images:", listed=lacking) if made.rows and lacking else None


@shared
def largest(zoo: Zoo, s: State) -> equal.Budget | None:
    """At the largest number of images that most variants share: what the controls offer to every visitor."""
    return equal.equal(zoo, [entry.key for entry in s.catalog.of(s.data)]) if s.data else None


def budgets(zoo: Zoo, s: State) -> dict[str, int]:
    """Hidden where no two variants were looked at after equally many images."""
    made = largest(zoo, s)
    return {count(images): images for images in made.choices} if made else {}


def most_shared(zoo: Zoo, s: State) -> int | None:
    """The largest that most variants share."""
    made = largest(zoo, s)
    return made and made.images


ITEMS = (
    section("Over several trainings", "", lambda zoo, s: ranking(zoo, s).rows),
    Html(behind),
    Chart(seeds),
    Table(places),
    section("At the same number of images", EQUAL, lambda zoo, s: budget(zoo, s).rows),
    Row(Choice("budget", "Images shown", most_shared, per_data=True, options=budgets, way="menu")),
    Table(same_images),
    Html(not_there),
)
