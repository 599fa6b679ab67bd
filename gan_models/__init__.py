"""What a GAN is, and what can be done with a trained one.

>>> import gan_models
>>> gan = gan_models.load("checkpoints/mnist/acgan")
>>> pictures = gan.sample(seeds=range(16), labels=[3] * 16)  # uint8 [16, H, W, C]
"""

from importlib import import_module

_HOME = {
    "GAN": "sampling",
    "CheckpointError": "folder",
    "Recipe": "recipe",
    "RecipeError": "recipe",
    "build": "checkpoint",
    "load": "checkpoint",
    "save": "checkpoint",
}
__all__ = list(_HOME)


def __getattr__(name: str):
    """Imported at first use: torch takes seconds, and whoever only reads recipes needs none of it."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f".{_HOME[name]}", __name__), name)
    return value
