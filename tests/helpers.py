"""What several tests share: recipes made small, networks with contrast, made-up data, folders as bytes."""

import math
from dataclasses import replace
from pathlib import Path

import torch
from PIL import Image, ImageSequence

import gan_models
from gan_models import GAN, Recipe
from train.engine.data import Data

CLASSES = ("zero", "one", "two")


def small(recipe: Recipe, **changes) -> Recipe:
    """The recipe with networks of a few channels, small batches and, where it takes labels, three classes."""
    ours = {
        "network_args": {**recipe.network_args, "width": 4},
        "class_names": CLASSES if recipe.conditional else (),
        "z_dim": 6,
        "batch": 8,
    }
    return replace(recipe, **{**ours, **changes})


def gan(recipe: Recipe, seed: int = 0) -> GAN:
    """A GAN of the recipe, untrained, with weights that give pictures contrast, and with its D."""
    torch.manual_seed(seed)
    G, D = gan_models.build(recipe)
    with torch.no_grad():
        for p in G.parameters():
            if p.dim() > 1:
                size = p.std().item() * math.sqrt(p[0].numel())
                if not size > 0.9:  # larger ones have it already; those that start at zero end residual branches
                    p.normal_(0, (2 if size else 0.5) / math.sqrt(p[0].numel()))
    return GAN(recipe, G, D=D)


def noise(recipe: Recipe, n: int = 48, seed: int = 0) -> Data:
    """n pictures of random pixels that fit the recipe, of every class in turn."""
    rng = torch.Generator().manual_seed(seed)
    shape = (n, recipe.channels, recipe.size, recipe.size)
    images = torch.randint(256, shape, generator=rng, dtype=torch.uint8)
    return Data("noise", images, torch.arange(n) % len(CLASSES), CLASSES)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones too: path -> bytes."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def moments(film: Path) -> int:
    """Number of moments in evolution.webp. WebP merges frames that look alike into one that stays longer."""
    durations = []
    with Image.open(film) as frames:
        for frame in ImageSequence.Iterator(frames):
            frame.load()
            durations.append(frame.info["duration"])
    return (sum(durations) - 2000) // 250 + 1  # 250 ms each, the last one 2 s
