"""samples.png and the frames of evolution.webp: one picture of a model's outputs, always for the same inputs."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from gan_models.pictures import tile
from gan_models.sampling import GAN
from gan_models.translation import Translator

COLUMNS, ROWS = 10, 4
"""Tiles without gaps. From noise: seed = index, and label = column in a conditional recipe. From pictures: six rows,
twice one of given pictures, one of their translations, and one of the truth or, without a truth, of the way back"""


def of_seeds(gan: GAN) -> np.ndarray:
    """The fixed seeds as one uint8 picture [H, W] or [H, W, C]."""
    k = gan.recipe.classes
    n = ROWS * COLUMNS
    made = gan.sample(range(n), labels=[i % COLUMNS % k for i in range(n)] if k else None)
    return tile(made, COLUMNS)


def of_pictures(translator: Translator, given: Tensor, truth: Tensor | None) -> np.ndarray:
    """The given pictures uint8 [N, C', H', W'] and their translations, as one uint8 picture [H, W] or [H, W, C].

    truth: uint8 [N, C, H, W], or None.
    """
    given = given[: 2 * COLUMNS]
    given = given[torch.arange(2 * COLUMNS) % len(given)]
    made = translator.translate(channels_last(given))
    if truth is None:
        third = translator.back(made) if translator.recipe.cycle else made
    else:
        third = channels_last(truth[: 2 * COLUMNS][torch.arange(2 * COLUMNS) % len(truth[: 2 * COLUMNS])])
    colours = max(one.shape[-1] for one in (channels_last(given), made))
    rows = [enlarged(one, made.shape[1], colours) for one in (channels_last(given), made, third)]
    order = [one[start : start + COLUMNS] for start in (0, COLUMNS) for one in rows]
    return tile(np.concatenate(order), COLUMNS)


def channels_last(images: Tensor) -> np.ndarray:
    return images.permute(0, 2, 3, 1).contiguous().cpu().numpy()


def enlarged(pictures: np.ndarray, size: int, channels: int) -> np.ndarray:
    """uint8 [N, h, w, c] -> [N, size, size, channels]: pixels become squares, grey is copied into all channels."""
    times = size // pictures.shape[1]
    if times > 1:
        pictures = pictures.repeat(times, 1).repeat(times, 2)
    return pictures.repeat(channels // pictures.shape[-1], -1)
