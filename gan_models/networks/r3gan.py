"""A light R3GAN pair (Huang et al. 2024, arXiv:2501.05441, section 4): residual networks without any normalisation.

Differences from the paper: one block at each level instead of two, but three at the coarsest; channels that double from
level to level; bilinear upsampling and means of 2 x 2 pixels instead of its [1, 2, 1] filter; a tanh after G.
"""

import math
from functools import partial
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..recipe import Recipe
from ..registry import NETWORKS, register
from .common import Head, Verdict, doubling, pyramid, with_labels

GAIN = math.sqrt(2 / (1 + 0.2**2))
"""The factor that keeps the variance after LeakyReLU(0.2)"""
GROUP = 16
"""Channels of a group in the grouped convolutions"""


def scaled(layer, gain: float = 1.0):
    """The same layer with weights N(0, gain / sqrt(fan in)), and a bias of 0 if it has one."""
    nn.init.normal_(layer.weight, 0, gain / math.sqrt(layer.weight[0].numel()))
    if getattr(layer, "bias", None) is not None:
        nn.init.zeros_(layer.bias)
    return layer


class Block(nn.Module):
    """Residual block: three convolutions, 1 × 1 to more maps, 3 × 3 in groups and 1 × 1 back, added to the input.

    The last convolution starts at zero and the others small, so that a deep network starts as a shallow one
    (Fixup: Zhang et al. 2019, arXiv:1901.09321). blocks: how many the network has in all.
    """

    def __init__(self, channels: int, blocks: int):
        super().__init__()
        inner = 2 * channels
        gain = GAIN * blocks**-0.25
        self.expand = scaled(nn.Conv2d(channels, inner, 1), gain)
        self.mix = scaled(nn.Conv2d(inner, inner, 3, padding=1, groups=inner // math.gcd(inner, GROUP)), gain)
        self.shrink = scaled(nn.Conv2d(inner, channels, 1, bias=False), 0.0)

    def forward(self, x: Tensor) -> Tensor:
        # [N, C, H, W] -> the same
        h = F.leaky_relu(self.expand(x), 0.2)
        return x + self.shrink(F.leaky_relu(self.mix(h), 0.2))


def linear(i: int, o: int) -> nn.Module:
    """1 x 1 convolution without a bias, which changes the number of channels."""
    return scaled(nn.Conv2d(i, o, 1, bias=False))


class Generator(nn.Module):
    """z weights learned base x base maps; at each level blocks, then the side doubles; the last level makes the
    image."""

    def __init__(self, recipe: Recipe, width: int, blocks: int, core: int, most: int):
        super().__init__()
        base, steps = pyramid(recipe.size)
        channels = doubling(width, steps + 1, most)[::-1]
        total = core + blocks * steps
        self.classes = recipe.classes
        self.weigh = scaled(nn.Linear(recipe.z_dim + recipe.classes, channels[0], bias=False))
        if recipe.classes:  # a label weighs as much as the whole latent
            nn.init.normal_(self.weigh.weight[:, recipe.z_dim :])
        self.maps = nn.Parameter(nn.init.normal_(torch.empty(channels[0], base, base)))
        layers = [Block(channels[0], total) for _ in range(core)]
        for i, o in pairwise(channels):
            # The 1 x 1 convolution before the upsampling: the same result as after it, at a quarter of the cost.
            layers += [linear(i, o), nn.Upsample(scale_factor=2, mode="bilinear")]
            layers += [Block(o, total) for _ in range(blocks)]
        self.layers = nn.Sequential(*layers, linear(channels[-1], recipe.channels), nn.Tanh())

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        # [N, z_dim], [N] -> [N, C, H, W]
        h = with_labels(z, y, self.classes)
        return self.layers(self.weigh(h)[:, :, None, None] * self.maps)


class Discriminator(nn.Module):
    """The reverse: features of the image, at each level blocks, then the side halves; a weight for each place."""

    def __init__(self, recipe: Recipe, width: int, blocks: int, core: int, most: int, labels: str):
        super().__init__()
        base, steps = pyramid(recipe.size)
        channels = doubling(width, steps + 1, most)
        total = core + blocks * steps
        layers = [linear(recipe.channels, width)]
        for i, o in pairwise(channels):
            layers += [*(Block(i, total) for _ in range(blocks)), nn.AvgPool2d(2), linear(i, o)]
        self.layers = nn.Sequential(*layers, *(Block(channels[-1], total) for _ in range(core)))
        self.maps = nn.Parameter(nn.init.normal_(torch.empty(channels[-1], base, base), 0, 1 / base))
        self.head = Head(recipe, channels[-1], labels)
        for layer in (self.head.judge, self.head.project, self.head.classify):
            if layer is not None:
                scaled(layer)

    def forward(self, x: Tensor, y: Tensor | None = None) -> Verdict:
        # [N, C, H, W], [N] -> Verdict
        return self.head((self.layers(x) * self.maps).sum([2, 3]), y)


@register(NETWORKS)
def r3gan(recipe: Recipe, width: int = 32, blocks: int = 1, core: int = 3, most: int = 256, labels: str = "projection"):
    """Sizes base * 2^k (28, 32, 64, ...).

    width: channels of the finest feature map; each coarser one has twice as many, `most` at most. blocks: residual
    blocks at each level but the coarsest. core: blocks at the coarsest level. D ends in a weighted sum over places, so
    its last maps must see the whole image: at 28 pixels one block sees 15 pixels, three see 31. labels: how D uses
    them, see `Head`.
    """
    sizes = width, blocks, core, most
    return partial(Generator, recipe, *sizes), partial(Discriminator, recipe, *sizes, labels)
