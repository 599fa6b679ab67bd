"""What to try: exercises of each variant, tied to views of the app; demo/zoo/exercises.toml holds them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .pinned import View, view

FILE = Path(__file__).with_name("exercises.toml")


@dataclass(frozen=True)
class Exercise:
    """Something to do, and where."""

    task: str
    """What to do and what to look for, one to three sentences"""
    look: str
    """What there is to see; shown after the visitor has tried"""
    view: View


def parse(text: str) -> dict[str, tuple[Exercise, ...]]:
    """Variant -> its exercises, of a TOML file with [[VARIANT]] tables of task, look and view. ValueError, one
    sentence, where it is none."""
    try:
        content = tomllib.loads(text)
    except ValueError as error:
        raise ValueError(f"the exercises are no TOML: {error}.") from error
    made = {}
    for variant, tables in content.items():
        if not isinstance(tables, list):
            raise ValueError(f"the exercises of {variant} stand below [[{variant}]].")
        some = []
        for k, table in enumerate(tables, 1):
            where = f"exercise {k} of {variant}"
            if not isinstance(table, dict) or set(table) != {"task", "look", "view"}:
                raise ValueError(f"{where} must give task, look and view.")
            if not all(isinstance(table[key], str) and table[key].strip() for key in ("task", "look")):
                raise ValueError(f"{where}: task and look must be texts.")
            told = {key: " ".join(table[key].split()) for key in ("task", "look")}
            some.append(Exercise(**told, view=view(table["view"], where)))
        made[variant] = tuple(some)
    return made


@lru_cache(maxsize=1)
def exercises() -> dict[str, tuple[Exercise, ...]]:
    """Variant -> exercises, of all that come with the code."""
    return parse(FILE.read_text(encoding="utf-8"))
