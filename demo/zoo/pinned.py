"""Views that a text points to: a page, a data set, variants and settings, as a table of a TOML file.

    page = "compare"
    data = "mnist"
    variants = ["dcgan", "wgan_gp"]
    set = {images = "16", seed = "0"}

What a link of the app looks like is the page's matter; a view only says what it shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DATA = ("mnist", "fashion_mnist", "celeba")
SETTINGS = {
    "home": {"seed"},
    "compare": {"images", "seed", "seeds", "class", "truncation", "look"},
    "interpolate": {"walk", "key_frames", "frames", "path", "loop", "side", "class"},
    "classes": {"hold", "class", "columns", "seed"},
    "styles": {"grid", "seed", "column_seed", "levels", "truncation"},
    "evolution": {"at", "by", "seed"},
    "leaderboard": {"against", "extractor"},
    "ablation": {"parent"},
    "quiz": {"quiz"},
    "learn": set(),
    "playground": set(),
}
"""Page -> what a view may set on it, beside data and variants; the names are those of links"""
PER_DATA = ("class",)
"""Settings whose name in a link ends with the data set's"""
ONE = ("learn",)
"""Pages about a single variant, which links call "variant" """


@dataclass(frozen=True)
class View:
    """One view of the app."""

    page: str
    data: str = "mnist"
    variants: tuple[str, ...] = ()
    """Names of variants, without their data set; () leaves the choice to the page"""
    set: dict[str, str] = field(default_factory=dict)
    """Setting -> text, as in a link"""

    def query(self, data_title: str, titles: Mapping[str, str]) -> dict[str, list[str]]:
        """The query of a link: name -> texts.

        data_title: what links call the data set ("MNIST"). titles: variant -> what links call it; those that are not in
        there are left out, since the zoo has no such checkpoint.
        """
        made = {"data": [data_title]}
        if self.page in ONE:
            made["variant"] = list(self.variants[:1])
        elif self.variants:
            made[f"variants_{self.data}"] = [titles[name] for name in self.variants if name in titles]
        for name, text in self.set.items():
            made[f"{name}_{self.data}" if name in PER_DATA else name] = [text]
        return made


def view(table: Any, where: str) -> View:
    """The view that a table says. where: begins the sentence of a ValueError, which says what is wrong with it."""
    if not isinstance(table, dict):
        raise ValueError(f"{where}: a view is a table, not {type(table).__name__}.")
    if odd := set(table) - {"page", "data", "variants", "set"}:
        raise ValueError(f"{where}: a view gives page, data, variants and set, not {min(odd)}.")
    page, data, chosen = table.get("page"), table.get("data", "mnist"), table.get("set", {})
    if page not in SETTINGS:
        raise ValueError(f"{where}: there is no page {page!r} (there are {', '.join(SETTINGS)}).")
    if data not in DATA:
        raise ValueError(f"{where}: there is no data set {data!r} (there are {', '.join(DATA)}).")
    variants = table.get("variants", [])
    if not isinstance(variants, list) or not all(isinstance(name, str) and name.isidentifier() for name in variants):
        raise ValueError(f"{where}: variants is a list of names.")
    if len(set(variants)) < len(variants) or (page in ONE and len(variants) != 1):
        raise ValueError(f"{where}: {page} shows {'one variant' if page in ONE else 'each variant once'}.")
    if not isinstance(chosen, dict) or not all(isinstance(text, str) for text in chosen.values()):
        raise ValueError(f"{where}: set is a table of texts.")
    if odd := set(chosen) - SETTINGS[page]:
        known = f" (there are {', '.join(sorted(SETTINGS[page]))})" if SETTINGS[page] else ""
        raise ValueError(f"{where}: {page} has no setting {min(odd)}{known}.")
    return View(page, data, tuple(variants), dict(chosen))
