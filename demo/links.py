"""Addresses of the views, the same in both front ends: `/compare?...` in Streamlit, `/?view=compare&...` in Gradio.

A query maps the names of Streamlit's widgets to the texts of their values: {"data": ["MNIST"], "seed": ["16"]}.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from demo import core

if TYPE_CHECKING:
    from demo.core import Entry, Kind

VIEW = "view"
"""Names a view where the path does not"""


def variant(entry: Entry, seed: int = 0, hub: Sequence[str] = ()) -> tuple[str, dict[str, list[str]]]:
    """(view, query) that a variant of the front page opens: this is the place that decides which.

    seed: of the latents that stay the same. hub: what else the visitor has added.
    """
    query = {"data": [core.dataset_title(entry.dataset)], variants(entry.dataset): [entry.title]}
    if seed:
        query["seed"] = [str(seed)]
    if hub:
        query["hub"] = list(hub)
    return "compare", query


def variants(dataset: str, kind: Kind | None = None) -> str:
    """Name of the chosen variants: one for each data set, and for each kind that a view is about."""
    return f"{kind.name if kind else 'variants'}_{dataset}"


def address(base: str, query: Mapping[str, Sequence[str]]) -> str:
    """base: up to the "?"."""
    text = urlencode(query, doseq=True)
    base = f"{base}/" if base.count("/") == 2 else base  # a server without a path
    return f"{base}?{text}" if text else base
