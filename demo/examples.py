"""Views to begin with, as links: what a first visitor would not find by himself. No UI, no torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from demo.page import links
from demo.zoo import walks
from demo.zoo.entries import CONDITIONAL, STYLE_BASED
from demo.zoo.words import dataset_title

if TYPE_CHECKING:
    from demo.zoo.entries import Entry

EXAMPLES = (
    ("{0} beside {1}, at the same seeds", "compare", links.variants, ("wgan", "wgan_gp"), {}),
    ("{0} and {1} through their training", "evolution", links.variants, ("gan", "dcgan"), {}),
    ("{0} walks the classes", "classes", lambda data: links.variants(data, CONDITIONAL), ("acgan",), {}),
    ("{0}: a map between four latents", "interpolate", links.variants, ("dcgan",), {"walk": [walks.MAP]}),
    ("{0}: styles mixed", "styles", lambda data: links.variants(data, STYLE_BASED), ("stylegan2",), {}),
    ("Real or {0}? A quiz", "quiz", links.variants, ("dcgan",), {"quiz": ["1"]}),
)
"""(words around the titles, view, name of its chosen variants by data set, variants, what else the link says)"""
NEED_REAL = ("quiz",)
"""Views that show nothing without real pictures"""


def of(entries: Sequence[Entry], real: bool = True) -> list[tuple[str, str, dict[str, list[str]]]]:
    """(words, view, query) of each example whose variants are all among the entries, which are of one data set.

    real: whether there are real pictures of it.
    """
    made, there = [], {entry.variant: entry for entry in reversed(entries)}
    for text, view, name, variants, rest in EXAMPLES:
        if all(variant in there for variant in variants) and (real or view not in NEED_REAL):
            titles, data = [there[variant].title for variant in variants], there[variants[0]].dataset
            query = {"data": [dataset_title(data)], name(data): titles, **rest}
            made.append((text.format(*titles), view, query))
    return made
