"""One script per variant, each with a RECIPE, and the engine that they share."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from pathlib import Path
from typing import NamedTuple

from gan_models.recipe import Recipe


class Tool(NamedTuple):
    """What `python -m train NAME ...` runs."""

    module: str
    """With a function `main(argv) -> exit code`"""
    what: str
    """First sentence of its docstring"""


def recipes() -> dict[str, Recipe]:
    """name -> RECIPE of every script in this folder that has one, oldest paper first."""
    modules = (
        importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__) if m.name != "__main__"
    )
    found = [m.RECIPE for m in modules if hasattr(m, "RECIPE")]
    return {r.name: r for r in sorted(found, key=lambda r: (r.year, r.name))}


def tools() -> dict[str, Tool]:
    """name -> tool, of every module of this folder that has a `main`; none of them is imported."""
    found = {}
    for path in sorted(Path(__file__).parent.glob("[!_]*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(node, ast.FunctionDef) and node.name == "main" for node in tree.body):
            first = " ".join((ast.get_docstring(tree) or "").split("\n\n")[0].split())
            found[path.stem] = Tool(f"{__name__}.{path.stem}", first.partition(": `")[0])
    return found
