"""The DCGAN pair (Radford et al. 2015, arXiv:1511.06434, section 3), with labels if the recipe has classes."""

from functools import partial
from itertools import pairwise

from torch import Tensor, nn

from ..recipe import Recipe, RecipeError
from ..registry import NETWORKS, register
from .common import (
    Deviation,
    DropoutMaps,
    Head,
    Pack,
    Verdict,
    double,
    halve,
    init_normal,
    pyramid,
    spectral,
    with_labels,
)  # fmt: skip

MOST_CHANNELS = 512


def _norm(kind: str, channels: int) -> list[nn.Module]:
    kinds = {
        "batch": lambda: [nn.BatchNorm2d(channels)],
        "layer": lambda: [nn.GroupNorm(1, channels)],
        "none": lambda: [],
    }
    if kind not in kinds:
        raise RecipeError(f"the norm is {kind!r}, must be {', '.join(kinds)}.")
    return kinds[kind]()


def _dropout(p: float) -> list[nn.Module]:
    return [DropoutMaps(p)] if p else []


def _channels(width: int, steps: int) -> list[int]:
    """Channels from the finest feature map to the coarsest, doubling."""
    return [min(width << k, MOST_CHANNELS) for k in range(steps)]


def _sides(size: int, least: int) -> list[int]:
    """Sides of the maps of either network, from the image to the smallest, at most `least`: 28, 14, 7, (4)."""
    base, _ = pyramid(size)
    sides = [size]
    while sides[-1] > min(base, least):
        sides.append(-(-sides[-1] // 2))
    return sides


class Generator(nn.Module):
    """z -> a small map, then transposed convolutions that double the side, BatchNorm, ReLU; tanh."""

    def __init__(self, recipe: Recipe, width: int, side: int, leaky: bool, dropout: float):
        super().__init__()
        sides = _sides(recipe.size, side)[::-1]
        channels = _channels(width, len(sides) - 1)[::-1]

        def finish(c):
            act = nn.LeakyReLU(0.2, inplace=True) if leaky else nn.ReLU(inplace=True)
            return [nn.BatchNorm2d(c), act, *_dropout(dropout)]

        self.classes = recipe.classes
        # The paper's first layer, a transposed convolution of a 1 x 1 map, equals a linear layer, which runs faster.
        layers = [
            nn.Linear(recipe.z_dim + recipe.classes, channels[0] * sides[0] ** 2, bias=False),
            nn.Unflatten(1, (channels[0], sides[0], sides[0])),
            *finish(channels[0]),
        ]
        for k, (i, o) in enumerate(pairwise(channels), 1):
            layers += [double(i, o, sides[k], False), *finish(o)]
        self.layers = nn.Sequential(*layers, double(channels[-1], recipe.channels, sides[-1], True), nn.Tanh())
        init_normal(self)

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        # [N, z_dim], [N] -> [N, C, H, W]
        return self.layers(with_labels(z, y, self.classes))


class Discriminator(nn.Module):
    """Convolutions of stride 2, a norm on all but the first, LeakyReLU(0.2); a linear layer on the last map."""

    def __init__(
        self, recipe: Recipe, width: int, side: int, norm: str, norm_first: bool, dropout: float, deviation: bool,
        pack: int, labels: str,
    ):  # fmt: skip
        super().__init__()
        sides = _sides(recipe.size, side)
        channels = [recipe.channels * pack, *_channels(width, len(sides) - 1)]
        layers = [Pack(pack)] if pack > 1 else []
        for k, (i, o) in enumerate(pairwise(channels)):
            normed = _norm(norm, o) if k or norm_first else []
            layers += [halve(i, o, sides[k], not normed), *normed]
            layers += [nn.LeakyReLU(0.2, inplace=True), *_dropout(dropout)]
        if deviation:
            layers.append(Deviation())
        self.layers = nn.Sequential(*layers, nn.Flatten())
        self.head = Head(recipe, (channels[-1] + deviation) * sides[-1] ** 2, labels)
        if norm == "batch":
            # Without BatchNorm, weights of N(0, 0.02) shrink the signal layer by layer: PyTorch's own are used.
            init_normal(self)

    def forward(self, x: Tensor, y: Tensor | None = None) -> Verdict:
        # [N, C, H, W], [N] -> Verdict
        return self.head(self.layers(x), y)


@register(NETWORKS)
def dcgan(
    recipe: Recipe,
    width: int = 64,
    g_side: int = 7,
    g_leaky: bool = False,
    g_dropout: float = 0.0,
    d_side: int = 7,
    d_norm: str = "batch",
    d_norm_first: bool = False,
    d_dropout: float = 0.0,
    d_spectral: bool = False,
    d_deviation: bool = False,
    d_pack: int = 1,
    labels: str = "projection",
):
    """Sizes base * 2^k (28, 32, 64, ...).

    width: channels of the finest feature map; each coarser one has twice as many, 512 at most.
    g_side: G begins with a map of this side at most: 7 at 28 pixels, 4 at 32.
    g_leaky: LeakyReLU(0.2) in place of G's ReLU. g_dropout, d_dropout: probability of dropping a feature map.
    d_side: D halves its maps down to this side at most. At 28 pixels 7 makes two levels, and D's logit is almost a sum
    over patches of 10 x 10 pixels; 4 makes three levels, and the last maps see the whole picture.
    d_norm: batch, layer or none. d_norm_first: a norm after D's first convolution as well.
    d_spectral: spectral norm on every layer of D. d_deviation: see `Deviation`. d_pack: see `Pack`; 1 = off.
    labels: how D uses them, see `Head`.
    """

    def discriminator():
        D = Discriminator(recipe, width, d_side, d_norm, d_norm_first, d_dropout, d_deviation, d_pack, labels)
        return spectral(D) if d_spectral else D

    return partial(Generator, recipe, width, g_side, g_leaky, g_dropout), discriminator
