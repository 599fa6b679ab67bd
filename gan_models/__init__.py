"""What a GAN is, and what can be done with a trained one.

>>> import gan_models
>>> gan = gan_models.load("mnist/acgan")
>>> pictures = gan.sample(seeds=range(16), labels=[3] * 16)  # uint8 [16, H, W, C]
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # editors and type checkers read these lines and run nothing
    from .checkpoint import build, save
    from .folder import CheckpointError
    from .loading import load
    from .recipe import Recipe, RecipeError
    from .sampling import GAN

__version__ = "0.1.0"
__all__ = ["GAN", "CheckpointError", "Recipe", "RecipeError", "build", "load", "save"]
_MODULES = {
    "GAN": "sampling",
    "CheckpointError": "folder",
    "Recipe": "recipe",
    "RecipeError": "recipe",
    "build": "checkpoint",
    "load": "loading",
    "save": "checkpoint",
}
"""Name -> the module that is imported at its first use: torch takes seconds, and reading recipes needs none of it"""


def __getattr__(name: str):
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f".{_MODULES[name]}", __name__), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
