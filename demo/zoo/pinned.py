"""Views that a text points to: a page, a data set, variants and settings, as a table of a TOML file.

    page = "compare"
    data = "mnist"
    variants = ["dcgan", "wgan_gp"]
    set = {images = "16", seed = "0"}

A view of a table may name its columns: columns = ["Images shown", "Multiply-adds"].

Which pages and settings there are is the pages' matter: demo/pages/views.py makes the link, and a test holds every view
that comes with the code against the pages.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

DATA = ("mnist", "fashion_mnist", "celeba")


@dataclass(frozen=True)
class View:
    """One view of the app."""

    page: str
    data: str = "mnist"
    variants: tuple[str, ...] = ()
    """Names of variants, without their data set; () leaves the choice to the page"""
    set: dict[str, list[str]] = field(default_factory=dict)
    """Name of a control -> texts, as in a link"""
    columns: tuple[str, ...] = ()
    """Heads of the columns of a table that a lesson shows beside the first, without unit and arrow; () takes the first
    ones"""


def view(table: Any, where: str) -> View:
    """The view that a table says. where: begins the sentence of a ValueError, which says what is wrong with it."""
    if not isinstance(table, dict):
        raise ValueError(f"{where}: a view is a table, not {type(table).__name__}.")
    if odd := set(table) - {"page", "data", "variants", "set", "columns"}:
        raise ValueError(f"{where}: a view gives page, data, variants, set and columns, not {min(odd)}.")
    page, data, chosen = table.get("page"), table.get("data", "mnist"), table.get("set", {})
    if not isinstance(chosen, dict):
        raise ValueError(f"{where}: set is a table.")
    if not isinstance(page, str) or not page.isidentifier():
        raise ValueError(f"{where}: page is the name of a page.")
    if data not in DATA:
        raise ValueError(f"{where}: there is no data set {data!r} (there are {', '.join(DATA)}).")
    variants = table.get("variants", [])
    if not isinstance(variants, list) or not all(isinstance(name, str) and name.isidentifier() for name in variants):
        raise ValueError(f"{where}: variants is a list of names.")
    if len(set(variants)) < len(variants):
        raise ValueError(f"{where}: {page} shows each variant once.")
    texts = {name: [value] if isinstance(value, str) else value for name, value in chosen.items()}
    if not all(isinstance(value, list) and all(isinstance(one, str) for one in value) for value in texts.values()):
        raise ValueError(f"{where}: set is a table of texts, or of lists of texts.")
    columns = table.get("columns", [])
    if not isinstance(columns, list) or not all(isinstance(one, str) and one for one in columns):
        raise ValueError(f"{where}: columns is a list of the heads of columns.")
    return View(page, data, tuple(variants), texts, tuple(columns))
