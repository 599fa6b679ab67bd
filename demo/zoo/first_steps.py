"""First steps: latent, generator, discriminator, a training step, the game and its symbols; texts: first_steps.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .classroom import DRAWINGS

FILE = Path(__file__).with_name("first_steps.toml")
MINIMAX = "minimax"
"""The one drawing that is a formula: see `MINIMAX_PARTS`"""


@dataclass(frozen=True)
class Part:
    """A paragraph with its drawing."""

    title: str
    text: str
    """Markdown, formulas between dollar signs"""
    drawing: str
    """One of DRAWINGS, MINIMAX, or "" """


@dataclass(frozen=True)
class Symbol:
    """A piece of a formula and what it means."""

    text: str
    """Its text, in plain letters"""
    meaning: str
    """"" for what needs none: brackets, signs"""
    below: str = ""
    """Subscript"""


MINIMAX_PARTS = (
    Symbol("min", "G is changed so that what follows becomes as small as it can", "G"),
    Symbol("max", "D is changed so that what follows becomes as large as it can", "D"),
    Symbol("V", "the value of the game: how well D tells real from generated pictures"),
    Symbol("(D, G) =", ""),
    Symbol("𝔼", "expectation: the mean over very many draws of the variable below", "x"),
    Symbol("[ log", "the natural logarithm: 0 at 1, and far below 0 near 0"),
    Symbol("D(x)", "D's probability that the real picture x is real, between 0 and 1"),
    Symbol("] +", ""),
    Symbol("𝔼", "expectation, here over latents z, drawn from a normal distribution", "z"),
    Symbol("[ log (1 −", "1 minus what follows: D's probability that the picture is generated"),
    Symbol("D(", "D's probability that the picture in the brackets is real"),
    Symbol("G(z)", "the picture that G makes of the latent z"),
    Symbol(") ) ]", ""),
)
"""Goodfellow et al. 2014, arXiv:1406.2661, equation 1"""


@dataclass(frozen=True)
class Phase:
    """One moment of a training step, as the drawing shows it."""

    title: str
    lit: tuple[str, ...]
    """The parts that are active: "z", "G", "fake", "real", "D", "loss" """
    forward: tuple[tuple[str, str], ...]
    """Arrows along which pictures and scores go"""
    back: tuple[tuple[str, str], ...]
    """Arrows along which the gradient flows back"""
    updated: str
    """ "G", "D", or "" """


PHASES = (
    Phase("1. Real and generated pictures go to D", ("z", "G", "fake", "real", "D", "loss"),
          (("z", "G"), ("G", "fake"), ("fake", "D"), ("real", "D"), ("D", "loss")), (), ""),
    Phase("2. The gradient flows back into D; D's weights change", ("D", "loss"), (), (("loss", "D"),), "D"),
    Phase("3. The same generated pictures go to the new D", ("fake", "D", "loss"),
          (("fake", "D"), ("D", "loss")), (), ""),
    Phase("4. The gradient flows through D into G; G's weights change", ("G", "fake", "D", "loss"), (),
          (("loss", "D"), ("D", "fake"), ("fake", "G")), "G"),
)  # fmt: skip
"""What a step of train/engine/loop.py does: D first, then G, on the pictures that D has just judged. G's gradient
passes through D, whose weights stay as they are"""


def parse(text: str) -> tuple[Part, ...]:
    """The parts of a TOML file. ValueError, one sentence, where it is none."""
    try:
        content = tomllib.loads(text)
    except ValueError as error:
        raise ValueError(f"the first steps are no TOML: {error}.") from error
    made = []
    for table in content.get("part", []):
        if set(table) != {"title", "text", "drawing"} or not all(isinstance(one, str) for one in table.values()):
            raise ValueError(f"the part {table.get('title')!r} must give title, text and drawing.")
        if table["drawing"] not in ("", MINIMAX, *DRAWINGS):
            raise ValueError(f"the part {table['title']!r}: there is no drawing {table['drawing']!r}.")
        made.append(Part(table["title"], " ".join(table["text"].split()), table["drawing"]))
    return tuple(made)


@lru_cache(maxsize=1)
def first_steps() -> tuple[Part, ...]:
    """The parts that come with the code, in their order."""
    return parse(FILE.read_text(encoding="utf-8"))
