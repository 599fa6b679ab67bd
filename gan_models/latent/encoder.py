"""The encoder of a checkpoint: maps a picture to its latent in one pass (f-AnoGAN, Schlegl et al. 2019, section 3.2).

It is small, is stored beside the generator as encoder.safetensors, and belongs to that generator alone. `fit` starts
from its latent; without an encoder it starts from random latents. `python -m train encoder FOLDER` trains it.
"""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor, nn

from .. import limits
from ..arguments import checked_pictures
from ..disk import replacing
from ..folder import CheckpointError, one_line
from ..metrics.record import generator_hash
from ..recipe import Recipe

FILE, FORMAT = "encoder.safetensors", 1
MOST_WIDTH = 64
MOST_FILE = 20_000_000
"""Most bytes of a file; the zoo's have at most 500,000"""
LEAST_SIDE = 4
"""Smallest side of the last maps, in pixels"""


class Encoder(nn.Module):
    """Strided convolutions, then one linear layer for the latent and, if the recipe has classes, one for the class."""

    def __init__(self, recipe: Recipe, width: int):
        super().__init__()
        sides, channels = [recipe.size], [recipe.channels]
        while sides[-1] > 7 or (sides[-1] > LEAST_SIDE and len(sides) < 4):
            sides.append(-(-sides[-1] // 2))
            channels.append(width << min(len(channels) - 1, 2))
        layers: list[nn.Module] = []
        for i, o in pairwise(channels):
            layers += [nn.Conv2d(i, o, 3, 2, 1, bias=False), nn.BatchNorm2d(o), nn.LeakyReLU(0.2)]
        features = channels[-1] * sides[-1] ** 2
        self.layers = nn.Sequential(*layers, nn.Flatten())
        self.latent = nn.Linear(features, recipe.z_dim)
        self.classify = nn.Linear(features, recipe.classes) if recipe.classes else None
        self.width, self.radius = width, math.sqrt(recipe.z_dim)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor | None]:
        # [N, C, H, W] in [-1, 1] -> z [N, z_dim] of length sqrt(z_dim), class logits [N, K] or None
        h = self.layers(x)
        z = F.normalize(self.latent(h), dim=1) * self.radius
        return z, None if self.classify is None else self.classify(h)


def encode(gan, pictures: np.ndarray) -> tuple[Tensor, Tensor | None]:
    """The encoder's output for pictures uint8 [N, H, W, C]: z [N, z_dim], and the likeliest classes int64 [N] or None.

    Raises ValueError if the GAN has no encoder, or the pictures do not fit.
    """
    from ..sampling import chunks
    from .operators import as_float

    if gan.encoder is None:
        raise ValueError(
            f"{gan.recipe.name} has no encoder: python -m train encoder FOLDER trains one, and load(..., latent=True) "
            "brings it."
        )
    x = as_float(checked_pictures(gan.recipe, pictures))
    found, classes = [torch.empty(0, gan.recipe.z_dim)], [torch.empty(0, dtype=torch.int64)]
    with torch.inference_mode():
        for n, part in chunks(x):
            z, logits = gan.encoder(part.to(gan.device))
            found.append(z[:n].cpu())
            if logits is not None:
                classes.append(logits[:n].argmax(1).cpu())
    return torch.cat(found).clone(), torch.cat(classes).clone() if gan.recipe.classes else None


def write(folder: Path, encoder: Encoder) -> None:
    """encoder.safetensors into a checkpoint folder, floats in half precision."""
    from ..checkpoint import halved

    about = {"format": str(FORMAT), "width": str(encoder.width), "generator": generator_hash(folder)}
    content = save(halved(encoder), about)
    with replacing(Path(folder) / FILE) as file:
        file.write(content)


def read(folder: Path, recipe: Recipe) -> Encoder | None:
    """The encoder of a checkpoint folder; None if there is none, or if it belongs to another generator.

    Raises CheckpointError, with one sentence, if the file is damaged, foreign, too large or newer than this program.
    """
    from ..checkpoint import fill, most_bytes

    path = Path(folder) / FILE
    try:
        limits.check(path, MOST_FILE)
        with safe_open(path, "pt") as file:
            about = dict(file.metadata() or {})
        version, width = int(about["format"]), int(about["width"])
        if version > FORMAT:
            raise CheckpointError(f"{path} has format {version}; this program reads up to {FORMAT}: update it.")
        if not 1 <= width <= MOST_WIDTH:
            raise ValueError(f"width is {width}, must be 1 to {MOST_WIDTH}")
        if about["generator"] != generator_hash(folder):
            return None
        with torch.device("meta"):
            encoder = Encoder(recipe, width)
        limits.check(path, most_bytes(encoder))
    except FileNotFoundError:
        return None
    except CheckpointError:
        raise
    except limits.NotReadable as error:
        raise CheckpointError(f"{path} is not read: {error}.") from error
    except MemoryError:
        raise
    except Exception as error:  # a foreign file can raise anything in the library
        raise CheckpointError(f"{path} is damaged or foreign: {one_line(error)}") from error
    fill(encoder, path)
    return encoder
