"""A script for each variant, with its RECIPE; the engine that all scripts share; and folders of tools."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from pathlib import Path
from typing import NamedTuple

from gan_models.recipe import AnyRecipe, Recipe, TranslatorRecipe

WINGS = ("measure", "queue", "publish")


class Tool(NamedTuple):
    """What `python -m train NAME ...` runs."""

    module: str
    """With a function `main(argv) -> exit code`"""
    what: str
    """First sentence of its docstring"""


def recipes() -> dict[str, Recipe]:
    """name -> RECIPE of every script in this folder that trains a GAN which draws from noise, oldest paper first."""
    return {name: one for name, one in everything().items() if isinstance(one, Recipe)}


def translators() -> dict[str, TranslatorRecipe]:
    """name -> RECIPE of every script that trains a translator, which takes a picture."""
    return {name: one for name, one in everything().items() if isinstance(one, TranslatorRecipe)}


def everything() -> dict[str, AnyRecipe]:
    """name -> RECIPE of every script in this folder that has one, of either kind, oldest paper first."""
    scripts = (m.name for m in pkgutil.iter_modules(__path__) if not m.ispkg and m.name != "__main__")
    modules = [importlib.import_module(f"{__name__}.{name}") for name in scripts]
    found = [m.RECIPE for m in modules if hasattr(m, "RECIPE")]
    return {r.name: r for r in sorted(found, key=lambda r: (r.year, r.name))}


def tools() -> dict[str, Tool]:
    """name -> tool, for every module of a wing that has a `main`; no module is imported."""
    found = {}
    for wing in WINGS:
        for path in sorted((Path(__file__).parent / wing).glob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            if any(isinstance(node, ast.FunctionDef) and node.name == "main" for node in tree.body):
                first = " ".join((ast.get_docstring(tree) or "").split("\n\n")[0].split())
                found[path.stem] = Tool(f"{__name__}.{wing}.{path.stem}", first.partition(": `")[0])
    return found
