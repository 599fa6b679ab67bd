"""Addresses of the views, the same in both front ends: `/compare?...` in Streamlit, `/?view=compare&...` in Gradio.

A query maps the names of Streamlit's widgets to the texts of their values: {"data": ["MNIST"], "seed": ["16"]}.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from demo.zoo.words import dataset_title
from gan_models.recipe import TranslatorRecipe

if TYPE_CHECKING:
    from demo.zoo.entries import Entry, Kind

VIEW = "view"
"""Names a view where the path does not"""


RESULTS = {"score": ("quiz", "rounds", "data", "variants_", "hub")}
"""Texts of a query that are the result of others, with how the names of those begin: another quiz has another score"""


def with_results(before: Mapping[str, Sequence[str]], after: dict[str, list[str]], said: Iterable[str]) -> dict:
    """A changed query without the results that are not its own. said: the names that the change itself gave."""
    said = set(said)
    names = {name for name in {*before, *after} if list(before.get(name, ())) != list(after.get(name, ()))}
    stale = {result for result, of in RESULTS.items() if result not in said and any(n.startswith(of) for n in names)}
    return {name: texts for name, texts in after.items() if name not in stale}


def lesson(entry: Entry, hub: Sequence[str] = ()) -> tuple[str, dict[str, list[str]]]:
    """(view, query) of the page on a variant, which its tile on the front page opens; hub: what else was added.

    All pages share one query, so it closes the walk, which an earlier link may have opened in the place of this page.
    """
    own = entry.key == f"{entry.dataset}/{entry.variant}"  # else another one of that variant may come first
    return "learn", {**_query(entry, hub, "variant", entry.variant if own else entry.key), "lessons": []}


def comparison(entry: Entry, hub: Sequence[str] = ()) -> tuple[str, dict[str, list[str]]]:
    """(view, query) of a variant beside the real data, or of a translator at work."""
    if isinstance(entry.recipe, TranslatorRecipe):
        return "translate", _query(entry, hub, f"task_{entry.dataset}", " → ".join(entry.recipe.domains))
    return "compare", _query(entry, hub, variants(entry.dataset), entry.title)


def _query(entry: Entry, hub: Sequence[str], name: str, text: str) -> dict[str, list[str]]:
    query = {"data": [dataset_title(entry.dataset)], name: [text]}
    return {**query, "hub": list(hub)} if hub else query


def variants(dataset: str, kind: Kind | None = None) -> str:
    """Name of the chosen variants: one for each data set, and for each kind that a view is about."""
    return f"{kind.name if kind else 'variants'}_{dataset}"


def address(base: str, query: Mapping[str, Sequence[str]]) -> str:
    """base: up to the "?"."""
    text = urlencode(query, doseq=True)
    base = f"{base}/" if base.count("/") == 2 else base  # a server without a path
    return f"{base}?{text}" if text else base


def view_of(query: Mapping[str, Sequence[str]], pages: Mapping[str, Any]) -> str:
    """The page that a link opens, out of those by name: the one that it names, else that of a quiz or a variant that it
    names, else the first."""
    bare = next((view for view, name in (("quiz", "quiz"), ("learn", "variant")) if name in query), None)
    view = (query.get(VIEW) or [bare])[-1]
    return view if view in pages else next(iter(pages))
