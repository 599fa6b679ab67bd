"""Which variants to show: those that show the breadth of a zoo, and its families. No torch, no UI.

Everything here follows from the recipes: a family from their parents, an idea from what they train with.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gan_models.recipe import Recipe

if TYPE_CHECKING:
    from demo.zoo.entries import Entry

AT_ONCE = 8
"""Number of variants that are chosen at first"""
FAMILY = 3
"""Members that make a family"""


def idea(recipe: Recipe) -> tuple:
    """The idea of a variant: its network, its loss, and whether it takes labels. Variants with the same idea differ in
    tricks alone."""
    return recipe.network, recipe.loss, recipe.conditional


def breadth(entries: Sequence[Entry], n: int = AT_ONCE) -> list[Entry]:
    """At most n entries, in their order: one of each idea, then the others from the first on.

    An idea is represented by the variant that changes no other variant with the same idea: DCGAN, and not DCGAN with
    noise. If there are more than n ideas, n of them are taken at even distances, the first and the last included.
    """
    groups: dict[tuple, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(idea(entry.recipe), []).append(entry)
    heads = []
    for group in groups.values():
        names = {entry.variant for entry in group}
        heads.append(next((e for e in group if e.recipe.parent not in names), group[0]))
    if len(heads) > n:
        heads = [heads[round(i * (len(heads) - 1) / max(n - 1, 1))] for i in range(n)]
    keys = {entry.key for entry in heads}
    keys.update([entry.key for entry in entries if entry.key not in keys][: n - len(keys)])
    return [entry for entry in entries if entry.key in keys]


def families(entries: Sequence[Entry]) -> list[tuple[str, list[Entry]]]:
    """(title of the parent, members) of each parent that is there with its children, the largest first.

    A family of fewer than FAMILY members is none.
    """
    found = []
    for name in dict.fromkeys(entry.variant for entry in entries):
        parents = [entry for entry in entries if entry.variant == name]
        children = [entry for entry in entries if entry.recipe.parent == name and entry.variant != name]
        if children and len(parents) + len(children) >= FAMILY:
            members = {entry.key for entry in (*parents, *children)}
            found.append((parents[0].title, [entry for entry in entries if entry.key in members]))
    return sorted(found, key=lambda family: -len(family[1]))


def groups(entries: Sequence[Entry]) -> list[tuple[str, list[Entry]]]:
    """(words of a button, what it chooses), the same in every front end."""
    named = [(f"{title} family", members) for title, members in families(entries)]
    return [("All", list(entries)), ("None", []), *(one for one in named if len(one[1]) < len(entries))]
