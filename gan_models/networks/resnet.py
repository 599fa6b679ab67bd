"""The residual pair of SNGAN (Miyato et al. 2018, arXiv:1802.05957, appendix B.4), small, with labels as in the other
families."""

from functools import partial
from itertools import pairwise

import torch.nn.functional as F
from torch import Tensor, nn

from ..recipe import Recipe
from ..registry import NETWORKS, register
from .common import Head, Verdict, doubling, pyramid, spectral, with_labels

MOST_CHANNELS = 512


def _conv(i: int, o: int, side: int, gain: float = 1.0, bias: bool = True) -> nn.Conv2d:
    """A convolution that keeps the size, with the authors' initial weights (Glorot and Bengio 2010)."""
    conv = nn.Conv2d(i, o, side, padding=side // 2, bias=bias)
    nn.init.xavier_uniform_(conv.weight, gain)
    if bias:
        nn.init.zeros_(conv.bias)
    return conv


class Up(nn.Module):
    """Residual block that doubles the side: BatchNorm, ReLU and two convolutions, added to a 1 × 1 convolution of the
    input."""

    def __init__(self, i: int, o: int):
        super().__init__()
        # No bias: a constant per channel, which the next BatchNorm removes.
        self.layers = nn.Sequential(
            nn.BatchNorm2d(i),
            nn.ReLU(inplace=True),
            nn.Upsample(scale_factor=2),
            _conv(i, o, 3, 2**0.5, bias=False),
            nn.BatchNorm2d(o),
            nn.ReLU(inplace=True),
            _conv(o, o, 3, 2**0.5, bias=False),
        )
        self.shortcut = _conv(i, o, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        # [N, I, H, W] -> [N, O, 2H, 2W]; a 1 x 1 convolution may come before the upsampling, at a quarter of the work
        return self.layers(x) + F.interpolate(self.shortcut(x), scale_factor=2)


class Down(nn.Module):
    """Residual block of D: two convolutions with ReLU, added to a 1 × 1 convolution of the input; most halve the side.

    first: x is the image itself, so no ReLU is applied to it. halve: average over 2 x 2.
    """

    def __init__(self, i: int, o: int, first: bool = False, halve: bool = True):
        super().__init__()
        self.first, self.halve = first, halve
        self.layers = nn.Sequential(_conv(i, o, 3, 2**0.5), nn.ReLU(inplace=True), _conv(o, o, 3, 2**0.5))
        self.shortcut = _conv(i, o, 1)

    def forward(self, x: Tensor) -> Tensor:
        # [N, I, H, W] -> [N, O, H/2, W/2]
        h = self.layers(x if self.first else F.relu(x))
        if self.halve:
            x, h = F.avg_pool2d(x, 2), F.avg_pool2d(h, 2)
        return h + self.shortcut(x)


class Generator(nn.Module):
    """z -> base x base, then residual blocks that double the side; BatchNorm, ReLU, one convolution, tanh."""

    def __init__(self, recipe: Recipe, width: int):
        super().__init__()
        base, steps = pyramid(recipe.size)
        channels = doubling(width, steps, MOST_CHANNELS)[::-1]
        self.classes = recipe.classes
        self.layers = nn.Sequential(
            nn.Linear(recipe.z_dim + recipe.classes, channels[0] * base**2),
            nn.Unflatten(1, (channels[0], base, base)),
            *(Up(i, o) for i, o in pairwise([channels[0], *channels])),
            nn.BatchNorm2d(channels[-1]),
            nn.ReLU(inplace=True),
            _conv(channels[-1], recipe.channels, 3),
            nn.Tanh(),
        )
        nn.init.xavier_uniform_(self.layers[0].weight)

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        # [N, z_dim], [N] -> [N, C, H, W]
        return self.layers(with_labels(z, y, self.classes))


class Discriminator(nn.Module):
    """Residual blocks that halve the side down to the base, one more there, ReLU, the sum over all places."""

    def __init__(self, recipe: Recipe, width: int, labels: str):
        super().__init__()
        _, steps = pyramid(recipe.size)
        channels = [recipe.channels, *doubling(width, steps, MOST_CHANNELS)]
        blocks = [Down(i, o, first=not k) for k, (i, o) in enumerate(pairwise(channels))]
        self.layers = nn.Sequential(*blocks, Down(channels[-1], channels[-1], halve=False), nn.ReLU(inplace=True))
        self.head = Head(recipe, channels[-1], labels)

    def forward(self, x: Tensor, y: Tensor | None = None) -> Verdict:
        # [N, C, H, W], [N] -> Verdict
        return self.head(self.layers(x).sum((2, 3)), y)


@register(NETWORKS)
def resnet(recipe: Recipe, width: int = 64, d_spectral: bool = False, labels: str = "projection"):
    """Sizes base * 2^k (28, 32, 64, ...).

    width: channels of the finest feature map; each coarser one has twice as many, 512 at most.
    d_spectral: spectral norm on every layer of D, which has no other norm. labels: how D uses them, see `Head`.
    """

    def discriminator():
        D = Discriminator(recipe, width, labels)
        return spectral(D) if d_spectral else D

    return partial(Generator, recipe, width), discriminator
