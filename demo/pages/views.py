"""The views that lessons and exercises point to, as links and as pictures. What a page has to set, the page says."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
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
"""Of a table that stands in a lesson"""
MOST_ROWS = 12
MOMENTS = 5
"""Pictures of a walk"""


def shown(zoo: Zoo, view: View) -> str:
    """What a view shows, as HTML that brings its style and leads nowhere: the first pictures of its page, the moments
    of its slider, or else its table."""
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
    seen = (_seen(zoo, s, part) for part in page.parts if part.when(s))
    made = next((one for one in seen if one), "")
    return f"<style>{page.style}</style>{re.sub(r'</?a(?=[ >])[^>]*>', '', made)}" if made else ""


def _seen(zoo: Zoo, s: State, part: Part) -> str:
    """The pictures or the table of a part; "" where it has none, or cannot be made."""
    try:
        if isinstance(part, Html):
            made = part.make(zoo, s)
            made = list(made)[-1] if isinstance(made, Iterator) else made
            return made if made and "<img" in made else ""
        if isinstance(part, Scrubber):
            return _moments(part.make(zoo, s))
        if isinstance(part, Table):
            return _table(part.make(zoo, s))
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


def _table(grid: Grid | None) -> str:
    if grid is None or not grid.rows:
        return ""
    rows = [[one[1] if isinstance(one, tuple) else str(one) for one in row[:MOST_COLUMNS]] for row in grid.rows]
    return diagram.table(list(grid.headers[:MOST_COLUMNS]), rows[:MOST_ROWS], range(1, MOST_COLUMNS))
