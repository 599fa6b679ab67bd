"""The front page: one tile per variant, the same latents in all, what was measured beneath. No torch, no UI."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from demo.draw import compose
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
TITLE = "Same latents, every GAN"
WORDS = (
    "Each tile is one way to train a network that draws, from the oldest to the newest, and every network gets the "
    "same random numbers. Choose a tile to learn how it works."
)
STYLE = """
.when { border-top: 2px solid #8b90f3; padding-top: .2rem; font-size: .8rem; opacity: .8; margin-right: -1rem; }
.when::before { content: ""; position: absolute; top: -.25rem; width: .6rem; height: .6rem; border-radius: 50%;
  background: #6469ee; }
.when.same::before, .when.none::before { display: none; }
.when.none { border-color: transparent; }
.beneath { font-size: .8rem; opacity: .85; }
.beneath i, .beneath b { display: block; height: 4px; border-radius: 2px; background: #6469ee; }
.beneath i { margin-top: .3rem; background: rgba(128, 134, 160, .3); }
"""
"""Of `year` (`.when`) and `words`: the line above the tiles is the time, the bar beneath one its distance"""


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


def tiles(zoo: Zoo, entries: Sequence[Entry]) -> list[Tile]:
    """In the order of the entries, which is by year; entries: of one data set. The real data comes first, if it is
    there."""
    measured = {entry.key: zoo.facts(entry.key)["distance"] for entry in entries}
    made = [Tile(entry.title, entry.recipe.year or None, _words(measured[entry.key]), None, entry) for entry in entries]
    known = [d for d in measured.values() if d and d["floor"]]
    largest = max((d["value"] for d in known), default=0)
    made = [
        replace(tile, level=_level(d["value"], d["floor"], largest)) if d in known else tile
        for tile, d in zip(made, measured.values(), strict=True)
    ]
    dataset = entries[0].dataset if entries else ""
    if dataset and zoo.real_samples(dataset, 1) is not None:
        made.insert(0, Tile(REAL, None, "what they learn to draw", None, None))
    return made


def legend(zoo: Zoo, entries: Sequence[Entry]) -> str:
    """What stands beneath the tiles, in a sentence or two; "" where nothing was measured."""
    measured = [zoo.facts(entry.key)["distance"] for entry in entries]
    names = list(dict.fromkeys(d["extractor"] for d in measured if d))
    if not names:
        return ""
    real = sorted({d["real"] for d in measured if d})
    real = " to ".join(f"{n:,}" for n in dict.fromkeys((real[0], real[-1])))
    words = f"FD: Fréchet distance to {real} test images through {' or '.join(names)}; lower is better"
    if any(d and d["rough"] for d in measured):
        words += ", and ≈ marks a rough figure, of too few images"
    if not any(d and d["floor"] for d in measured):
        return f"{words}."
    return f"{words}, and the floor is what real training images get. Bars are a log scale from the floor on."


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
    return compose.sheet(made, ACROSS, compose.scale_of(made.shape[1], SIDE)), caption


def year(tile: Tile, before: int | None) -> str:
    """The year above a tile, as HTML; before: that of the tile before, which has the mark on the line of the time."""
    if not tile.year:
        return '<div class="when none">&nbsp;</div>'
    return f'<div class="when{" same" if tile.year == before else ""}">{tile.year}</div>'


def words(tile: Tile) -> str:
    """What stands beneath a tile, as HTML."""
    bar = "" if tile.level is None else f'<i aria-hidden="true"><b style="width:{max(tile.level, 0.02):.0%}"></b></i>'
    return f'<div class="beneath">{html.escape(tile.words)}{bar}</div>'


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
