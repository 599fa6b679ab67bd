"""Styles: style mixing and truncation, for the variants whose network is style-based."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from demo.draw import compose, formula
from demo.draw import styles as drawn
from demo.page import Choice, Data, Download, Html, Page, Row, Seed, Slider, State, Variants, shared, snippets
from demo.page.answers import answer, keys_of, pictures
from demo.pages import common, key_frames
from demo.zoo import styles
from demo.zoo.entries import STYLE_BASED
from demo.zoo.seeds import check_seeds

if TYPE_CHECKING:
    import numpy as np

    from demo.zoo.zoo import Zoo


def rows_of(s: State) -> range:
    return range(s.seed, s.seed + s.grid)


def columns_of(s: State) -> range:
    return range(s.column_seed, s.column_seed + s.grid)


def label_of(s: State) -> str | None:
    """The class of all pictures; None where the variants have none in common."""
    return s.style_class


@shared
def truncated(zoo: Zoo, s: State) -> dict[str, np.ndarray]:
    """{key: uint8 [T, N, H, W, C]}, the seeds of the rows at each of styles.STEPS."""
    return zoo.truncations(s.chosen, rows_of(s), label_of(s))


@shared
def mixed(zoo: Zoo, s: State) -> dict[str, styles.Mixed]:
    return zoo.mix(s.chosen, rows_of(s), columns_of(s), s.levels, label_of(s), s.truncation)


def captions_of(zoo: Zoo, s: State) -> list[str]:
    """Of the mixtures."""
    return [zoo.mix_caption(key, one, label_of(s), s.truncation) for key, one in mixed(zoo, s).items()]


def grids(zoo: Zoo, s: State) -> str:
    """A table of each variant: rows and columns of seeds, and their mixtures."""
    made = mixed(zoo, s)
    sheets = [drawn.grid(one, tile_pixels(len(made)), clear=True) for one in made.values()]
    shown = common.cards(zoo, [zoo.entry(key) for key in made], captions_of(zoo, s), sheets)
    return f"<h2>Style mixing</h2>{shown}"


def strips(zoo: Zoo, s: State) -> str:
    """A row per truncation of each variant."""
    made = truncated(zoo, s)
    captions = [zoo.caption(key, rows_of(s), label_of(s)) for key in made]
    sheets = [drawn.strip(one, styles.STEPS, tile_pixels(len(made)), clear=True) for one in made.values()]
    shown = common.cards(zoo, [zoo.entry(key) for key in made], captions, sheets)
    return f"<h2>Truncation</h2><p>{html.escape(styles.OUTWARDS)}</p>{shown}"


def tile_pixels(variants: int) -> int:
    return 84 if variants == 1 else 56


def poster(zoo: Zoo, s: State) -> bytes:
    sheets = [drawn.grid(one) for one in mixed(zoo, s).values()]
    return compose.png(compose.panel(captions_of(zoo, s), sheets, across=2))


def python(zoo: Zoo, s: State) -> str:
    """Of the mixtures."""
    return snippets.mix(zoo, mixed(zoo, s), rows_of(s), columns_of(s), s.levels, label_of(s), s.truncation)


@answer()
def style_mix(
    zoo: Zoo,
    variants: list[str],
    rows: list[int],
    columns: list[int],
    levels: str | list[int] = "fine",
    label: int | str | None = None,
    truncation: float = 1.0,
    separate: bool = False,
) -> list[dict]:
    """Style mixing: pictures of the seeds `rows` that have the style of the seeds `columns` at some levels.

    Parameters:
        variants: keys from the catalog whose "styled" is true.
        rows: whole numbers from 0.
        columns: the same; at most 256 pictures in all, (1 + rows) * (1 + columns) of each variant.
        levels: levels that take the columns' styles: "coarse", "middle", "fine", or sides in pixels out of "sides".
        label: class of all pictures, for the conditional variants; null takes the class that the first row has by
            itself.
        truncation: 0 to 2, see /samples.
        separate: each mixed picture as a file of its own, row by row, pixel for pixel as the network made it.
    Returns:
        "variant", "caption", "picture" (PNG, the unmixed seeds in its first row and column; with `separate`
        "pictures") of each. "sides": of all levels, in pixels; "taken": those that come from the columns.
    """
    rows, columns = check_seeds(rows), check_seeds(columns)
    keys = keys_of(variants, (1 + len(rows)) * (1 + len(columns)))
    made = zoo.mix(keys, rows, columns, levels, label, truncation)
    return [
        {
            "variant": key,
            "caption": zoo.mix_caption(key, one, label, truncation),
            **pictures(key, one.pictures[1:, 1:], separate, sheet=lambda one=one: drawn.grid(one)),
            "sides": list(one.sides),
            "taken": list(one.taken),
        }
        for key, one in made.items()
    ]


@answer()
def truncations(
    zoo: Zoo,
    variants: list[str],
    seeds: list[int],
    values: list[float] | None = None,
    label: int | str | None = None,
    separate: bool = False,
) -> list[dict]:
    """The same seeds at several truncations: a row per truncation, a column per seed.

    Parameters:
        variants: keys from the catalog, of any network.
        seeds: whole numbers from 0; at most 256 pictures in all.
        values: from 0 to 2, see /samples; null takes 0, 0.25 and so on up to 1.5.
        label: index or name of a class, for the conditional variants; null gives seed s the class s mod K.
        separate: each picture as a file of its own, row by row, pixel for pixel as the network made it.
    Returns:
        "variant", "caption", "picture" (PNG; with `separate` "pictures") of each.
    """
    seeds, values = check_seeds(seeds), styles.STEPS if values is None else values
    made = zoo.truncations(keys_of(variants, len(seeds) * len(values)), seeds, label, values)
    return [
        {
            "variant": key,
            "caption": zoo.caption(key, seeds, label),
            **pictures(key, one, separate, sheet=lambda one=one: drawn.strip(one, values)),
        }
        for key, one in made.items()
    ]


PAGE = Page(
    "styles",
    "Styles",
    styles.MIXING,
    Data(),
    Variants(kind=STYLE_BASED),
    Row(
        Slider("grid", "Seeds", 4, least=2, most=8, step=1),
        Seed(label="Rows from seed", step=lambda s: s.grid),
        Seed("column_seed", "Columns from seed", 100, step=lambda s: s.grid),
    ),
    Row(
        Choice("levels", "Levels from the columns", styles.LEVELS[0], options=styles.LEVELS),
        Choice("style_class", "Class", per_data=True, way="menu", options=lambda zoo, s: key_frames.classes(s)),
        common.truncation(),
    ),
    Html(grids),
    Download(
        poster,
        label="Download the grid as PNG",
        name=lambda s: f"styles-{s.levels}-seeds{s.seed}-{s.column_seed}.png",
        when=lambda s: bool(s.variants),
    ),
    Html(strips),
    Html(common.about),
    python=python,
    answers=(style_mix, truncations),
    icon="tune",
    group="Use",
    style=common.STYLE + formula.STYLE,
)
