"""Home: a wall of pictures, one tile per variant, the same latents in all, from the first year to the last."""

from __future__ import annotations

import html
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from demo.draw import compose
from demo.page import Data, Html, Page, Row, Seed, State, changing, links, snippets
from demo.page.state import EMPTY
from demo.zoo import correspondence, teaching, walks
from demo.zoo.entries import CONDITIONAL, STYLE_BASED
from demo.zoo.seeds import check_seeds
from demo.zoo.words import dataset_title
from gan_models.folder import CheckpointError
from gan_models.metrics.names import figure_text

if TYPE_CHECKING:
    from demo.zoo.entries import Entry
    from demo.zoo.zoo import Zoo

ACROSS = 3
"""Pictures beside each other in a tile"""
NUMBER = ACROSS**2
SIDE = 84
"""Pixels of a picture in the file: a tile is shown smaller than it is, so that it stays crisp on dense screens"""
REAL, DAMAGED = "Real data", "Its weights cannot be read."
BLANK = '<div class="blank"></div>'
FEW = 4
"""Tiles that are shown as soon as they are drawn, where the others would keep them waiting"""
STYLE = """
.wall { display: grid; grid-template-columns: repeat(auto-fill, minmax(10.5rem, 1fr)); gap: 1.5rem 1rem;
  padding: .75rem .4rem; overflow: clip; --veil: rgba(100, 105, 238, .12); }
.wall .variant { position: relative; display: block; border-radius: .5rem; color: inherit; text-decoration: none;
  text-align: left; padding: 0; }
.wall .variant > b { font-size: .875rem; }
.wall img { display: block; width: 100%; margin: .3rem 0; }
.wall .blank { aspect-ratio: 1; margin: .3rem 0; border-radius: .25rem; background: rgba(128, 134, 160, .16); }
.wall a.variant:hover { background: var(--veil); box-shadow: 0 0 0 .4rem var(--veil); }
.wall a.variant:focus-visible { outline: 3px solid #6469ee; outline-offset: 3px; }
.when { border-top: 2px solid #8b90f3; padding-top: .2rem; font-size: .8rem; opacity: .8; margin-right: -1rem; }
.when::before { content: ""; position: absolute; top: -.25rem; width: .6rem; height: .6rem; border-radius: 50%;
  background: #6469ee; }
.when.same::before, .when.none::before { display: none; }
.when.none { border-color: transparent; }
.beneath { font-size: .8rem; opacity: .85; }
.beneath small span { white-space: nowrap; }
.beneath small { display: block; margin-top: .25rem; font-size: .75rem; line-height: 1.3; }
.beneath i, .beneath b { display: block; height: 4px; border-radius: 2px; background: #6469ee; }
.beneath i { margin-top: .3rem; background: rgba(128, 134, 160, .3); }
.measured { font-size: .85rem; opacity: .8; max-width: 62rem; margin-bottom: 1rem; }
.measured summary { cursor: pointer; }
.beginners { margin: 0 0 .6rem; line-height: 1.7; }
.examples { display: flex; flex-wrap: wrap; gap: .35rem 1.25rem; list-style: none !important; padding: 0 !important; }
@media (max-width: 640px) { .wall { grid-template-columns: 1fr 1fr; } }
"""
"""The line above the tiles is the time, the bar beneath one its distance. Each tile draws the line as far as the next
one: the wall cuts what goes past its own edge, and its padding holds the glow around a tile"""
EXAMPLES = (
    ("{0} beside {1}, at the same seeds", "compare", links.variants, ("wgan", "wgan_gp"), {}),
    ("{0} and {1} through their training", "evolution", links.variants, ("gan", "dcgan"), {}),
    ("{0} from class to class", "classes", lambda data: links.variants(data, CONDITIONAL), ("acgan",), {}),
    ("{0}: a map between four latents", "interpolate", links.variants, ("dcgan",), {"walk": [walks.MAP]}),
    ("{0}: styles mixed", "styles", lambda data: links.variants(data, STYLE_BASED), ("stylegan2",), {}),
    ("Real or {0}? A quiz", "quiz", links.variants, ("dcgan",), {"quiz": ["1"], "score": []}),
)
"""(words around the titles, view, name of its chosen variants by data set, variants, what else the link says)"""
WHY = "Why the same random numbers give a different picture in each network"
LEARN = (
    ("First steps", "first_steps", {}),
    ("From the first GAN to the newest", "learn", {"lessons": [teaching.WALK]}),
    ("Lessons with questions", "lesson", {}),
    ("A quiz: which picture is real?", "quiz", {"score": []}),
)
"""(words, view, what its link says), for whoever is new to GANs"""
NEED_REAL = ("quiz",)
"""Views that show nothing without real pictures"""


@dataclass(frozen=True)
class Tile:
    """One variant, or the real data; without its picture, which takes longer than all the words."""

    title: str
    year: int | None
    words: str
    """ "FD 0.082 · floor 0.011" """
    level: float | None
    """Where its distance lies, from 0, the floor, to 1, the largest on the wall, on a log scale; None: not known"""
    entry: Entry | None
    """None: the real data"""
    budget: str = ""
    """ "400k images · width 32 · 3.0 M multiply-adds" """
    told: bool = False
    """Whether it is told the class to draw"""


def tiles(zoo: Zoo, entries: Sequence[Entry]) -> list[Tile]:
    """In the order of the entries, which is by year; entries: of one data set. The real data comes first, if it is
    there."""
    facts = {entry.key: zoo.facts(entry.key) for entry in entries}
    measured = {key: one["distance"] for key, one in facts.items()}
    made = [
        Tile(
            entry.title, entry.recipe.year or None, _words(measured[entry.key]), None, entry,
            facts[entry.key]["budget"], entry.recipe.conditional,
        )
        for entry in entries
    ]  # fmt: skip
    known = [d for d in measured.values() if d and d["floor"]]
    largest = max((d["value"] for d in known), default=0)
    made = [
        replace(tile, level=_level(d["value"], d["floor"], largest)) if d in known else tile
        for tile, d in zip(made, measured.values(), strict=True)
    ]
    dataset = entries[0].dataset if entries else ""
    if dataset and zoo.real_samples(dataset, 1) is not None:
        made.insert(0, Tile(REAL, None, "what all of them learn to draw", None, None))
    return made


def legend(zoo: Zoo, entries: Sequence[Entry]) -> str:
    """The explanation of the figures under the tiles, in a few sentences; "" if nothing was measured."""
    measured = [zoo.facts(entry.key)["distance"] for entry in entries]
    names = list(dict.fromkeys(d["extractor"] for d in measured if d))
    if not names:
        return ""
    deficient = next((d["deficient"] for d in measured if d and d["deficient"]), "")
    real = sorted({d["real"] for d in measured if d})
    real = " to ".join(f"{n:,}" for n in dict.fromkeys((real[0], real[-1])))
    words = (
        f"FD is the Fréchet distance to {real} test images in the features of {' or '.join(names)}: lower is better."
    )
    if any(d and d["rough"] for d in measured):
        words += " The sign ≈ marks a rough figure, measured on too few images."
    if any(d and d["floor"] for d in measured):
        words += (
            " The floor is the distance that real training images have. The bars begin there and are on a "
            "logarithmic scale."
        )
    budgets = (
        "“Images” is the number of real images that D was shown in training, “width” the number of channels of the "
        "networks, and “multiply-adds” the amount of computation for one picture. “Told the class” marks variants "
        "that are given the class to draw."
    )
    return " ".join([words, *([deficient] if deficient else []), budgets])


def picture(zoo: Zoo, tile: Tile, dataset: str, seeds: Sequence[int]) -> tuple[np.ndarray, str] | None:
    """(sheet uint8 [H, W] or [H, W, 3], what it shows); None where the checkpoint turns out damaged."""
    if tile.entry is None:
        made, caption = zoo.real_samples(dataset, len(seeds)), zoo.real_caption(dataset)
    else:
        try:
            made = zoo.samples([tile.entry.key], seeds)[tile.entry.key]
        except CheckpointError:
            return None
        caption = zoo.caption(tile.entry.key, seeds)
    return compose.sheet(made, ACROSS, compose.scale_of(made.shape[1], SIDE), clear=True), caption


def year(tile: Tile, before: int | None) -> str:
    """The year above a tile, as HTML; before: that of the tile before, which has the mark on the line of the time."""
    if not tile.year:
        return '<div class="when none">&nbsp;</div>'
    return f'<div class="when{" same" if tile.year == before else ""}">{tile.year}</div>'


def words(tile: Tile) -> str:
    """What stands beneath a tile, as HTML."""
    bar = "" if tile.level is None else f'<i aria-hidden="true"><b style="width:{max(tile.level, 0.02):.0%}"></b></i>'
    lines = [tile.budget, *(["told the class"] if tile.told else [])]
    more = "".join(f"<small>{_unbroken(line)}</small>" for line in lines if line)
    return f'<div class="beneath">{html.escape(tile.words)}{bar}{more}</div>'


def _unbroken(line: str) -> str:
    """Text as HTML: if it does not fit on one line, it is broken between its parts only: "3.0 M multiply-adds"."""
    parts = [f"<span>{html.escape(part)}</span>" for part in line.split(" · ")]
    return " · ".join(parts)


def _words(distance: dict | None) -> str:
    if distance is None:
        return "not measured"
    name = distance["name"].partition("-")[0]
    rough = distance["rough"]
    words = f"{name} {'≈ ' * rough}{figure_text(distance['value'], digits=2 if rough else 3)}"
    return f"{words} · floor {figure_text(distance['floor'], digits=2)}" if distance["floor"] else words


def _level(value: float, floor: float, largest: float) -> float:
    if not floor < value:
        return 0.0
    return min(1.0, math.log(value / floor) / math.log(largest / floor))


def examples(entries: Sequence[Entry], real: bool = True) -> list[tuple[str, str, dict[str, list[str]]]]:
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


# The page ---------------------------------------------------------------------------------------------------


def seeds_of(s: State) -> list[int]:
    return check_seeds(range(s.seed, s.seed + NUMBER))


def wall(zoo: Zoo, s: State) -> Iterator[str]:
    """Legend, tiles and examples as HTML. torch takes seconds to import: until then the real data are shown, and blanks
    have the size of the other pictures. Then the first few pictures are shown before the rest."""
    entries = s.catalog.of(s.data)
    if not entries:
        raise ValueError(EMPTY)
    placed, told = tiles(zoo, entries), legend(zoo, entries)  # before drawing, which may find an entry damaged

    def draw(tile: Tile) -> str:
        return _drawn(picture(zoo, tile, s.data, seeds_of(s)))

    cold = "torch" not in sys.modules
    drawn = [BLANK if tile.entry else draw(tile) for tile in placed]
    for i, tile in enumerate(placed):
        if cold and i in (0, FEW):
            yield _page(s, entries, told, placed, drawn)
        drawn[i] = draw(tile) if tile.entry else drawn[i]
    yield _page(s, entries, told, placed, drawn)


def _page(s: State, entries: Sequence[Entry], told: str, placed: Sequence[Tile], pictures: Sequence[str]) -> str:
    parts, before = [], None
    for tile, shown in zip(placed, pictures, strict=True):
        inside = f"{year(tile, before)}{shown}<b>{html.escape(tile.title)}</b>{words(tile)}"
        if tile.entry:
            view, query = links.lesson(tile.entry, s.hub)
            parts.append(changing(inside, query, view, "variant"))
        else:
            parts.append(f'<div class="variant">{inside}</div>')
        before = tile.year
    real = any(tile.entry is None for tile in placed)
    more = "".join(
        f"<li>{changing(html.escape(text), query, view)}</li>" for text, view, query in examples(entries, real)
    )
    first = " · ".join(
        changing(html.escape(text), query, view) for text, view, query in LEARN if real or view not in NEED_REAL
    )
    new = f'<p class="beginners">New to GANs? {first}</p>'
    onward = f'<h2>To begin with</h2><nav aria-label="To begin with"><ul class="examples">{more}</ul></nav>'
    side_by_side = changing("Compare them side by side", {"data": [dataset_title(s.data)]}, "compare")
    why = f"<details><summary>{WHY}</summary><p>{correspondence.WHY} {side_by_side}.</p></details>"
    said = f"<p>{html.escape(told)}</p>" if told else ""
    wall = f'<div class="measured">{said}{why}</div><div class="wall">{"".join(parts)}</div>'
    return f"{new}{wall}{onward if more else ''}"


def _drawn(made: tuple[np.ndarray, str] | None) -> str:
    if made is None:
        return f"<p>{DAMAGED}</p>"
    return f'<img src="{compose.data_url(compose.png(made[0]), "png")}" alt="{html.escape(made[1])}">'


def python(zoo: Zoo, s: State) -> str:
    return snippets.samples(zoo, [entry.key for entry in s.catalog.of(s.data)], seeds_of(s)) if s.data else ""


PAGE = Page(
    "home",
    "Home",
    "Each tile is one kind of GAN, a network that learns to draw pictures, from the oldest to the newest. All of "
    "them get the same random numbers. Choose a tile to learn how it works.",
    Row(Data(), Seed(step=NUMBER, after="Another latent")),
    Html(wall),
    heading="Same latents, every GAN",
    python=python,
    icon="home",
    style=STYLE,
)
