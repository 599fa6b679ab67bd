"""The views that lessons and exercises point to, as links and as pictures. What a page has to set, the page says."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from demo.draw import compose, diagram
from demo.draw.cards import Card, cards
from demo.page import Html, Scrubber, State, Table, changing, refusals, resolve
from demo.zoo.words import dataset_title, listed

if TYPE_CHECKING:
    from demo.page import Grid, Page, Part
    from demo.page.state import Query
    from demo.zoo.pinned import View
    from demo.zoo.walks import Walk
    from demo.zoo.zoo import Zoo


def page_of(name: str) -> Page | None:
    """The page of that name; None where there is none."""
    from demo.pages import PAGES  # which import this file

    return next((page for page in PAGES if page.name == name), None)


def query_of(zoo: Zoo, view: View) -> Query:
    """What the link of a view says. Settings of its page that the view leaves open have an empty list in the query, so
    that earlier choices of the visitor do not count. Variants that the zoo lacks are left out.

    ValueError, a sentence: there is no such page, or it has no such setting.
    """
    page = page_of(view.page)
    if page is None:
        raise ValueError(f"there is no page {view.page!r}.")
    if odd := [name for name in view.set if page.control(name) is None and name not in page.places]:
        there = listed([one.name for one in page.controls if one.linked])
        raise ValueError(f"{view.page} has no setting {odd[0]!r}; there is {there}.")
    data = {"data": [dataset_title(view.data)]}
    s = resolve(page, zoo, data)
    made: Query = {control.link(s): [] for control in page.controls if control.linked}
    made |= {place: [] for place in page.places} | data
    if view.variants:
        made |= _variants(page, s, view.variants)
    for name, texts in view.set.items():
        control = page.control(name)
        made[control.link(s) if control else name] = texts
    return made


def _variants(page: Page, s: State, names: tuple[str, ...]) -> Query:
    if page.control("variant"):  # a page about one
        return {"variant": list(names[:1])}
    if page.variants is None:
        raise ValueError(f"{page.name} has no choice of variants.")
    titles = {entry.variant: entry.title for entry in reversed(page.variants.entries(s))}
    return {page.variants.link(s): [titles[name] for name in names if name in titles]}


def link(zoo: Zoo, view: View, words: str = "") -> str:
    """A link to a view as HTML; "" where its page or one of its variants is not there. words: text; "" names the page
    and the data set."""
    page, there = page_of(view.page), {entry.variant for entry in zoo.catalog().of(view.data)}
    if page is None or not there >= set(view.variants):
        return ""
    return changing(
        html.escape(words or f"Open it in {page.title} ({dataset_title(view.data)})"), query_of(zoo, view), view.page
    )


# The pictures of a view -------------------------------------------------------------------------------------

MOST_COLUMNS = 5
"""Of a table that stands in a lesson, where the view names none"""
MOST_ROWS = 12
"""Of such a table; rows that are set apart (the anchors) are always among them"""
MOMENTS = 5
"""Pictures of a walk"""


def shown(zoo: Zoo, view: View) -> str:
    """What a view shows, as HTML that brings its style and leads nowhere: the first pictures of its page, the moments
    of its slider, or else its table. A table comes with the others of its page that have the same columns."""
    page = page_of(view.page)
    if page is None:
        return ""
    query = {name: texts for name, texts in query_of(zoo, view).items() if texts}
    s = resolve(page, zoo, query)
    there = {entry.variant for entry in s.catalog.of(view.data)}
    if s.problems or not there or not there >= set(view.variants):
        return (
            f"<p><small>This zoo lacks checkpoints of {html.escape(dataset_title(view.data))} to show here.</small></p>"
        )
    parts = [part for part in page.parts if part.when(s)]
    made = "" if view.columns else next((one for part in parts if (one := _seen(zoo, s, part))), "")
    made = made or _tables([part for part in parts if isinstance(part, Table)], zoo, s, view.columns)
    return f"<style>{page.style}</style>{re.sub(r'</?a(?=[ >])[^>]*>', '', made)}" if made else ""


def _seen(zoo: Zoo, s: State, part: Part) -> str:
    """The pictures of a part; "" where it has none, a sentence where they cannot be made."""
    try:
        if isinstance(part, Html):
            made = part.make(zoo, s)
            made = list(made)[-1] if isinstance(made, Iterator) else made
            return made if made and "<img" in made else ""
        if isinstance(part, Scrubber):
            return _moments(part.make(zoo, s))
    except ValueError as error:
        return f"<p><small>{html.escape(refusals.sentence(error))}</small></p>"
    return ""


def _moments(walk: Walk | None) -> str:
    """Some moments of each variant's walk beside each other."""
    if walk is None:
        return ""
    made = []
    for entry, frames in zip(walk.entries, walk.frames(clear=True), strict=True):
        at = [round(k) for k in np.linspace(0, len(frames) - 1, min(MOMENTS, len(frames)))]
        sheet = compose.sheet(frames[at], len(at), compose.scale_of(frames.shape[2], 180), gap=4, clear=True)
        made.append(Card(entry.title, f"{entry.title} · from the first moment to the last", sheet, entry.recipe.year))
    return cards(made)


def _tables(parts: Sequence[Table], zoo: Zoo, s: State, columns: tuple[str, ...]) -> str:
    """The tables that have these columns; of no columns, those of the first table."""
    try:
        grids = [grid for part in parts if (grid := part.make(zoo, s)) and grid.rows]
    except ValueError as error:
        return f"<p><small>{html.escape(refusals.sentence(error))}</small></p>"
    if not grids:
        return ""
    columns = columns or tuple(map(_head, grids[0].headers[1:MOST_COLUMNS]))
    made = [_table(grid, columns, s) for grid in grids if {*columns} <= {_head(one) for one in grid.headers}]
    title = html.escape(s.page.title)
    if made:
        return f"<style>{diagram.TABLES}</style>{''.join(made)}"
    return f"<p><small>No table of {title} has the columns {html.escape(listed(columns))}.</small></p>"


def _head(text: str) -> str:
    """The head of a column without its unit and its arrow: "Rarest class (%) ↑" -> "Rarest class"."""
    return re.sub(r"( \(.*\))?( [↑↓])?$", "", text)


def _table(grid: Grid, columns: tuple[str, ...], s: State) -> str:
    """Its first rows and all that are set apart."""
    heads = [_head(one) for one in grid.headers]
    at = [0, *(heads.index(one) for one in columns)]
    first = [i for i in range(len(grid.rows)) if i not in grid.tinted][: max(MOST_ROWS - len(grid.tinted), 0)]
    texts = [[one[1] if isinstance(one, tuple) else str(one) for one in row] for row in grid.rows]
    rows = [[texts[i][k] for k in at] for i in sorted({*first, *grid.tinted})]
    numbers = [k for k in range(1, len(at)) if not any(re.search("[a-z]", row[k]) for row in rows)]
    made = diagram.table([grid.headers[k] for k in at], rows, numbers)
    title = f"<p><b>{html.escape(grid.alt)}</b></p>" if grid.alt else ""
    left = len(grid.rows) - len(rows)
    rest = (
        f"<p><small>{left} more {'row' if left == 1 else 'rows'} on the page {s.page.title}.</small></p>"
        if left
        else ""
    )
    return f"<div>{title}{made}{rest}</div>"
