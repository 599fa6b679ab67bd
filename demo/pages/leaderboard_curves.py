"""The part of the page Leaderboard on trainings: curves, the class shares recorded with them, the whole recipe."""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING

from demo.draw import figures
from demo.draw.smoothing import SMOOTHED
from demo.page import Chart, Choice, Fold, Html, Row, Several, State, shared
from demo.pages.common import section
from demo.zoo import leaderboard as board
from demo.zoo.leaderboard import Curves

if TYPE_CHECKING:
    from demo.zoo.zoo import Zoo

NO_CURVE = "No training curve of this variant was kept."
NO_SHARES = (
    "The shares of the classes along this training were not recorded; training with --eval-every 50k records them."
)
PROGRESS = (
    "Distance of the averaged generator during the training. It is measured on fewer images than in the table, which "
    "makes it larger."
)


@shared
def recorded(zoo: Zoo, s: State) -> list[Curves]:
    """Curves of the variants whose distance was taken during their training."""
    curves = (board.curves(zoo, entry.key) for entry in s.catalog.of(s.data))
    return [curve for curve in curves if "fd" in curve.columns]


@shared
def curve(zoo: Zoo, s: State) -> Curves:
    return board.curves(zoo, s.curve)


def progress(zoo: Zoo, s: State) -> tuple | None:
    from demo.draw import charts

    return (charts.progress, recorded(zoo, s)) if len(recorded(zoo, s)) > 1 else None


def one_curve(zoo: Zoo, s: State) -> tuple | None:
    from demo.draw import charts

    return (charts.curves, curve(zoo, s)) if s.curve else None


def overlay(zoo: Zoo, s: State) -> tuple | None:
    """The curve and those laid over it."""
    from demo.draw import charts

    keys = list(dict.fromkeys([s.curve, *(s.overlay or ())]))
    return (charts.overlaid, [board.curves(zoo, key) for key in keys]) if s.curve and s.overlay else None


def recipe(zoo: Zoo, s: State) -> str | None:
    """Every setting that the variant was trained with."""
    if not s.curve:
        return None
    settings = json.dumps(zoo.entry(s.curve).recipe.to_json(), indent=1, ensure_ascii=False)
    return f'<pre class="recipe">{html.escape(settings)}</pre>'


def its_shares(zoo: Zoo, s: State) -> tuple | None:
    from demo.draw import charts

    return (charts.shares_over_training, curve(zoo, s)) if s.curve else None


def curve_words(zoo: Zoo, s: State) -> str | None:
    """How the curves are drawn, and what was not recorded."""
    if not s.curve:
        return None
    made = curve(zoo, s)
    known = len(made.columns.get("images", ())) > 1
    taken = sum(bool(row) for row in made.shares or ()) > 1
    said = "Share of each class among its images, from the start to the end of the training." if taken else NO_SHARES
    return figures.words(*([SMOOTHED, said] if known else [NO_CURVE]), *made.notes)


def with_curves(zoo: Zoo, s: State) -> dict[str, str]:
    return {entry.title: entry.key for entry in s.catalog.of(s.data)}


@shared
def ranked(zoo: Zoo, s: State) -> board.Leaderboard | None:
    """By the data set's own extractor: what the controls offer, for each visitor's each run."""
    return board.leaderboard(zoo, s.data) if s.data else None


def best(zoo: Zoo, s: State) -> str | None:
    made = ranked(zoo, s)
    return made.rows[0].key if made and made.rows else None


ITEMS = (
    section("During the training", PROGRESS, lambda zoo, s: recorded(zoo, s)),
    Chart(progress),
    Row(Choice("curve", "Variant", best, per_data=True, options=with_curves, way="menu")),
    Chart(one_curve, most=6, across=2),
    Fold(
        "Add the curves of other variants",
        Several("overlay", "Other variants", (), per_data=True, options=with_curves),
        Chart(overlay, most=3, across=2),
    ),
    Chart(its_shares),
    Html(curve_words),
    Fold("The full recipe of this variant", Html(recipe)),
)
