"""One script per variant, each with a RECIPE, and the engine that they share."""

from __future__ import annotations

import importlib
import pkgutil

from gan_models.recipe import Recipe


def recipes() -> dict[str, Recipe]:
    """name -> RECIPE of every script in this folder that has one, oldest paper first."""
    modules = (
        importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__) if m.name != "__main__"
    )
    found = [m.RECIPE for m in modules if hasattr(m, "RECIPE")]
    return {r.name: r for r in sorted(found, key=lambda r: (r.year, r.name))}
