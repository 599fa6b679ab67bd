"""What a GAN is, and what can be done with a trained one.

>>> import gan_models
>>> gan = gan_models.load("checkpoints/mnist/acgan")
>>> pictures = gan.sample(seeds=range(16), labels=[3] * 16)  # uint8 [16, H, W, C]
"""

from . import losses, networks, penalties, views  # noqa: F401  (importing them fills the registries)
from .checkpoint import CheckpointError, build, load, save
from .recipe import Recipe, RecipeError
from .sampling import GAN

__all__ = ["GAN", "CheckpointError", "Recipe", "RecipeError", "build", "load", "save"]
