"""Lessons: an ordered list of views, each with a question and an answer, from a small file.

    title = "From minimax to R3GAN"
    for_whom = "..."
    minutes = 30
    [[step]]
    title = "..."
    say = "..."                   # what to say before the question
    question = "..."
    answer = "..."
    minutes = 4
    drawing = "wasserstein"       # optional: one of DRAWINGS
    [step.view]                   # what stands on the screen; see pinned.py
    page = "compare"

A link holds lesson, step and whether the answer is shown: `?lesson=minimax_to_r3gan&step=3&answer=1`.
"""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .pinned import View, view

FOLDER = Path(__file__).with_name("classroom")
DRAWINGS = (
    "training_step", "best_d", "two_losses", "wasserstein", "lipschitz", "gradient_penalty", "projection", "r1",
    "squared_error", "relativistic", "overlap", "smoothing", "pairs", "neighbours", "style", "two_answers",
    "augmentation",
)  # fmt: skip
"""Drawings that a text may show, by their names in demo/zoo/ideas.py and demo/draw/ideas.py"""


@dataclass(frozen=True)
class Step:
    """One view with its question."""

    title: str
    say: str
    """Markdown: what to say, or read, before the question"""
    question: str
    answer: str
    minutes: float
    view: View
    drawing: str
    """One of DRAWINGS, or "" """


@dataclass(frozen=True)
class Lesson:
    """An ordered list of steps."""

    name: str
    """Its name in a link, which is that of its file"""
    title: str
    for_whom: str
    minutes: float
    """Minutes of the whole lesson, which are those of its steps"""
    steps: tuple[Step, ...]


def parse(text: str, name: str) -> Lesson:
    """A lesson in TOML. ValueError, one sentence, where it is none."""
    try:
        content = tomllib.loads(text)
    except ValueError as error:
        raise ValueError(f"the lesson {name} is no TOML: {error}.") from error
    where = f"the lesson {name}"
    if set(content) != {"title", "for_whom", "minutes", "step"}:
        raise ValueError(f"{where} must give title, for_whom, minutes and its steps as [[step]], and nothing else.")
    needed, more = {"title", "say", "question", "answer", "minutes", "view"}, {"drawing"}
    steps = []
    for k, table in enumerate(content["step"], 1):
        here = f"{where}, step {k}"
        if not isinstance(table, dict) or not needed <= set(table) <= needed | more:
            raise ValueError(f"{here} must give {', '.join(sorted(needed))}, and may give drawing.")
        texts = {key: table[key] for key in ("title", "say", "question", "answer")}
        if not all(isinstance(one, str) and one.strip() for one in texts.values()):
            raise ValueError(f"{here}: title, say, question and answer must be texts.")
        drawing = table.get("drawing", "")
        if drawing and drawing not in DRAWINGS:
            raise ValueError(f"{here}: there is no drawing {drawing!r} (there are {', '.join(DRAWINGS)}).")
        made = view(table["view"], here)
        texts = {key: " ".join(one.split()) for key, one in texts.items()}
        steps.append(Step(**texts, minutes=_minutes(table["minutes"], here), view=made, drawing=drawing))
    if not steps:
        raise ValueError(f"{where} has no step.")
    minutes, each = _minutes(content["minutes"], where), sum(step.minutes for step in steps)
    if not math.isclose(each, minutes):
        raise ValueError(f"{where} takes {each:g} minutes step by step, and says {minutes:g}.")
    return Lesson(name, str(content["title"]), " ".join(str(content["for_whom"]).split()), minutes, tuple(steps))


def _minutes(value, where: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value <= 600:
        raise ValueError(f"{where}: minutes is a number from 0 to 600.")
    return value


@lru_cache(maxsize=1)
def lessons() -> dict[str, Lesson]:
    """Name -> lesson, of all that come with the code."""
    found = {path.stem: parse(path.read_text(encoding="utf-8"), path.stem) for path in sorted(FOLDER.glob("*.toml"))}
    return dict(sorted(found.items(), key=lambda item: item[1].title))
