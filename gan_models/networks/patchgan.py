"""The discriminator of translators, PatchGAN (Isola et al. 2017, arXiv:1611.07004, section 3.2.2), and the parts that
translators' networks share."""

from itertools import pairwise

import torch
from torch import Tensor, nn

from ..recipe import RecipeError, TranslatorRecipe
from ..registry import LOSSES
from .common import Verdict, halve, init_normal, spectral

MOST_CHANNELS = 256


def norm(kind: str, channels: int) -> list[nn.Module]:
    """batch: over the batch, as in pix2pix. instance: over each picture alone, as in CycleGAN. none: no norm."""
    kinds = {
        "batch": lambda: [nn.BatchNorm2d(channels)],
        "instance": lambda: [nn.InstanceNorm2d(channels, affine=True)],
        "none": lambda: [],
    }
    if kind not in kinds:
        raise RecipeError(f"the norm is {kind!r}, must be {', '.join(kinds)}.")
    return kinds[kind]()


def sides(size: int, levels: int) -> list[int]:
    """Sides of the maps, starting with the picture, each half of the one before, rounded up. Raises RecipeError if the
    last one has less than 2 pixels."""
    found = [size]
    for _ in range(levels):
        found.append(-(-found[-1] // 2))
    if found[-1] < 2:
        raise RecipeError(f"{levels} levels are too many for {size} pixels: give fewer.")
    return found


class Added(nn.Module):
    """G's output is added to the given picture, clipped to [-1, 1]."""

    def __init__(self, recipe: TranslatorRecipe, last: nn.Module):
        """last: G's last layer, initialised with zeros, so that G begins as the identity.
        Raises RecipeError if the two pictures have different channels."""
        super().__init__()
        if recipe.given_channels != recipe.channels:
            raise RecipeError(
                f"recipe {recipe.name!r}: what is added to a picture of {recipe.given_channels} channels has as many, "
                f"not {recipe.channels}: leave residual out."
            )
        for one in last.parameters():
            nn.init.zeros_(one)

    def forward(self, made: Tensor, given: Tensor) -> Tensor:
        return (given + made).clamp(-1, 1)


class PatchGAN(nn.Module):
    """Judges every patch of a picture separately: it sees texture and sharpness, and leaves large shapes to a pixel
    loss. Its logits are [N, P], one for each of P overlapping patches."""

    def __init__(self, recipe: TranslatorRecipe, width: int, levels: int, kind: str, with_spectral: bool):
        super().__init__()
        maps = sides(recipe.size, levels)
        channels = [recipe.judged_channels, *(min(width << k, MOST_CHANNELS) for k in range(levels))]
        self.levels = nn.ModuleList()
        for k, (i, o) in enumerate(pairwise(channels)):
            normed = norm(kind, o) if k else []
            layers = [halve(i, o, maps[k], not normed), *normed, nn.LeakyReLU(0.2, inplace=True)]
            self.levels.append(nn.Sequential(*layers))
        shifts = not getattr(LOSSES.get(recipe.loss), "ignores_shift", False)
        self.judge = nn.Conv2d(channels[-1], 1, 3, 1, 1, bias=shifts)
        if kind != "none":
            init_normal(self)
        if with_spectral:
            spectral(self)

    def features(self, x: Tensor) -> list[Tensor]:
        # [N, C, H, W] -> the map of each level
        maps = []
        for level in self.levels:
            x = level(x)
            maps.append(x)
        return maps

    def forward(self, x: Tensor, y: None = None) -> Verdict:
        # [N, C, H, W] -> Verdict with logits [N, P]
        for level in self.levels:
            x = level(x)
        return Verdict(torch.flatten(self.judge(x), 1))
