"""A light StyleGAN2 pair (Karras et al. 2020, arXiv:1912.04958): mapping network, modulated convolutions, noise.

Left out: path length regularisation, style mixing during training, more than one style per feature map side.
Differences from the paper: resampling averages or repeats two pixels instead of blurring with [1, 3, 3, 1], the
deviation in D is over the whole batch instead of groups of four, and G ends in a tanh.
"""

import math
from functools import partial
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..draws import per_image
from ..recipe import Recipe
from ..registry import NETWORKS, register
from .common import Deviation, Head, Verdict, doubling, pyramid, with_labels

MAPPING_RATE = 0.01
"""Learning rate of the mapping network, relative to the rest of G"""
MEAN_RATE = 0.005
"""Share of a batch in the running mean of w"""


def modulated_conv(x: Tensor, weight: Tensor, style: Tensor, demodulate: bool = True, up: bool = False) -> Tensor:
    """Convolution with separate weights for each image: equations 1 and 3.

    x [N, I, H, W], weight [O, I, k, k], style [N, I] -> [N, O, H, W], or [N, O, 2H, 2W] with `up`. The input and the
    output are scaled instead of the weights: the same result, with one convolution for the whole batch.
    """
    x = x * style[:, :, None, None]
    x = conv_up(x, weight) if up else F.conv2d(x, weight, padding=weight.shape[-1] // 2)
    if demodulate:
        scale = (style.square() @ weight.square().sum([2, 3]).T + 1e-8).rsqrt()  # [N, O]
        x = x * scale[:, :, None, None]
    return x


def conv_up(x: Tensor, weight: Tensor) -> Tensor:
    """Each pixel twice in both directions, then a 3 x 3 convolution, as one transposed convolution of 4 x 4: less than
    half the multiplications. [N, I, H, W], [O, I, 3, 3] -> [N, O, 2H, 2W]."""
    kernel = 4 * F.avg_pool2d(F.pad(weight.flip(2, 3), [1] * 4), 2, 1)
    return F.conv_transpose2d(x, kernel.transpose(0, 1), stride=2, padding=1)


def conv_down(x: Tensor, weight: Tensor) -> Tensor:
    """A 3 x 3 convolution, then the mean of 2 x 2 pixels, as one 4 x 4 convolution of stride 2.

    [N, I, H, W], [O, I, 3, 3] -> [N, O, H / 2, W / 2].
    """
    return F.conv2d(x, F.avg_pool2d(F.pad(weight, [1] * 4), 2, 1), stride=2, padding=1)


def activate(x: Tensor) -> Tensor:
    """LeakyReLU(0.2), and the factor that keeps the variance."""
    return F.leaky_relu(x, 0.2) * math.sqrt(2)


def normed(x: Tensor) -> Tensor:
    """Each row scaled to a mean square of 1."""
    return x * (x.square().mean(1, keepdim=True) + 1e-8).rsqrt()


def equalised(*shape: int, rate: float = 1.0) -> nn.Parameter:
    """Initial weights N(0, 1 / rate), to be used through `scaled`."""
    return nn.Parameter(nn.init.normal_(torch.empty(shape), 0, 1 / rate))


def scaled(weight: Tensor, rate: float = 1.0) -> Tensor:
    """Equalised learning rate (Karras et al. 2018, arXiv:1710.10196, section 4.1): weights are scaled when they are
    used, so that one learning rate suits all layers."""
    return weight * (rate / math.sqrt(weight[0].numel()))


class Linear(nn.Module):
    """Linear layer whose weights all learn at the same rate.

    bias: its initial value. rate: relative learning rate.
    """

    def __init__(self, i: int, o: int, bias: float = 0.0, rate: float = 1.0):
        super().__init__()
        self.rate = rate
        self.weight = equalised(o, i, rate=rate)
        self.bias = nn.Parameter(torch.full((o,), bias / rate))

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, scaled(self.weight, self.rate), self.bias * self.rate)


class StyledConv(nn.Module):
    """A 3 × 3 convolution whose input maps are weighted by the style; then noise, a bias and LeakyReLU.

    In training the noise is new for each image; otherwise it is constant, so that an image is a function of w.
    """

    def __init__(self, w_dim: int, i: int, o: int, side: int, up: bool = False):
        super().__init__()
        self.up = up
        self.style = Linear(w_dim, i, bias=1.0)
        self.weight = equalised(o, i, 3, 3)
        self.bias = nn.Parameter(torch.zeros(o))
        self.strength = nn.Parameter(torch.zeros(()))
        self.register_buffer("noise", nn.init.normal_(torch.empty(1, 1, side, side)))

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        # [N, I, H, W], [N, w_dim] -> [N, O, side, side]
        x = modulated_conv(x, scaled(self.weight), self.style(w), up=self.up)
        noise = per_image(torch.randn, len(x), 1, *x.shape[2:], device=x.device) if self.training else self.noise
        return activate(x + self.strength * noise + self.bias[:, None, None])


class ToImage(nn.Module):
    """A 1 × 1 convolution, weighted by the style, that turns the maps into this level's part of the image.

    Modulated, without demodulation."""

    def __init__(self, w_dim: int, i: int, channels: int):
        super().__init__()
        self.style = Linear(w_dim, i, bias=1.0)
        self.weight = equalised(channels, i, 1, 1)
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        # [N, I, H, W], [N, w_dim] -> [N, C, H, W]
        return modulated_conv(x, scaled(self.weight), self.style(w), demodulate=False) + self.bias[:, None, None]


class Generator(nn.Module):
    """z -> w; a constant grows through styled convolutions; each level adds to the image ("skip", section 4.1).

    `sides`: pixels per side of the levels, coarse to fine. `mean` [1, w_dim]: the running mean of w, towards which
    truncation moves w; with classes one mean for each, [K, w_dim].
    """

    def __init__(self, recipe: Recipe, width: int, depth: int, most: int):
        super().__init__()
        base, steps = pyramid(recipe.size)
        channels = doubling(width, steps + 1, most)[::-1]
        self.sides = tuple(base << k for k in range(steps + 1))
        self.classes, w_dim = recipe.classes, recipe.z_dim
        # Labels are embedded beside z (Karras et al. 2020, arXiv:2006.06676, as in their code).
        self.embed = equalised(w_dim, recipe.classes) if recipe.classes else None
        widths = [w_dim * (2 if recipe.classes else 1), *[w_dim] * depth]
        self.mapping = nn.ModuleList(Linear(i, o, rate=MAPPING_RATE) for i, o in pairwise(widths))
        self.register_buffer("mean", torch.zeros(max(recipe.classes, 1), w_dim))
        self.constant = nn.Parameter(nn.init.normal_(torch.empty(1, channels[0], base, base)))
        self.ups = nn.ModuleList(
            StyledConv(w_dim, i, o, side, up=True)
            for (i, o), side in zip(pairwise(channels), self.sides[1:], strict=True)
        )
        self.convs = nn.ModuleList(StyledConv(w_dim, c, c, side) for c, side in zip(channels, self.sides, strict=True))
        self.images = nn.ModuleList(ToImage(w_dim, c, recipe.channels) for c in channels)

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        # [N, z_dim], [N] -> [N, C, H, W]
        w = self.style(z, y)
        if self.training:
            self.follow(w.detach(), y)
        return self.draw([w] * len(self.sides))

    def style(self, z: Tensor, y: Tensor | None = None, truncation: float | Tensor = 1.0) -> Tensor:
        """[N, z_dim], [N], one truncation or [N, 1] -> w [N, w_dim]; with truncation 0 the mean w (of the class)."""
        h = normed(z)
        if self.classes:
            h = torch.cat([h, normed(F.linear(self.members(z, y), self.embed))], 1)
        for layer in self.mapping:
            h = activate(layer(h))
        if not isinstance(truncation, Tensor) and truncation == 1:
            return h
        return torch.lerp(self.members(z, y) @ self.mean, h, truncation)

    def draw(self, styles: list[Tensor]) -> Tensor:
        """The w of each level, coarse to fine, each [N, w_dim] -> images [N, C, H, W]."""
        x = self.constant.expand(styles[0].shape[0], -1, -1, -1)  # len() would fix the batch of an ONNX export
        x = self.convs[0](x, styles[0])
        image = self.images[0](x, styles[0])
        for w, up, conv, to_image in zip(styles[1:], self.ups, self.convs[1:], self.images[1:], strict=True):
            x = conv(up(x, w), w)
            image = F.interpolate(image, scale_factor=2, mode="bilinear") + to_image(x, w)
        return image.tanh()

    def members(self, z: Tensor, y: Tensor | None) -> Tensor:
        """The weight of each class in an image: [N, K]; one column of ones without classes."""
        return with_labels(z[:, :0], y, self.classes) if self.classes else torch.ones_like(z[:, :1])

    @torch.no_grad()
    def follow(self, w: Tensor, y: Tensor | None) -> None:
        """Update the running mean of w with a batch; the mean of a class that is not in the batch stays."""
        members = self.members(w, y)
        count = members.sum(0)[:, None]
        mean = members.T @ w / count.clamp(min=1)
        self.mean.lerp_(mean.to(self.mean), MEAN_RATE * (count > 0))


class Conv(nn.Module):
    """Convolution whose weights all learn at the same rate, then a bias and LeakyReLU.

    down: halve the side.
    """

    def __init__(self, i: int, o: int, kernel: int, down: bool = False):
        super().__init__()
        self.down = down
        self.weight = equalised(o, i, kernel, kernel)
        self.bias = nn.Parameter(torch.zeros(o))

    def forward(self, x: Tensor) -> Tensor:
        weight = scaled(self.weight)
        x = conv_down(x, weight) if self.down else F.conv2d(x, weight, padding=weight.shape[-1] // 2)
        return activate(x + self.bias[:, None, None])


class Block(nn.Module):
    """Two convolutions and a shortcut that halve the side.

    [N, I, H, W] -> [N, O, H / 2, W / 2]."""

    def __init__(self, i: int, o: int):
        super().__init__()
        self.layers = nn.Sequential(Conv(i, i, 3), Conv(i, o, 3, down=True))
        self.shortcut = equalised(o, i, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        return (self.layers(x) + F.conv2d(F.avg_pool2d(x, 2), scaled(self.shortcut))) / math.sqrt(2)


class Discriminator(nn.Module):
    """Residual blocks, the deviation of the batch, a convolution, a linear layer; then the head."""

    def __init__(self, recipe: Recipe, width: int, most: int, labels: str):
        super().__init__()
        base, steps = pyramid(recipe.size)
        channels = doubling(width, steps + 1, most)
        last = channels[-1]
        self.layers = nn.Sequential(
            Conv(recipe.channels, width, 1),
            *(Block(i, o) for i, o in pairwise(channels)),
            Deviation(),
            Conv(last + 1, last, 3),
            nn.Flatten(),
            Linear(last * base**2, last),
        )
        self.head = Head(recipe, last, labels)
        for layer in (self.head.judge, self.head.classify):
            if layer is not None:
                nn.init.normal_(layer.weight)
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor, y: Tensor | None = None) -> Verdict:
        # [N, C, H, W], [N] -> Verdict
        h = activate(self.layers(x))
        return self.head(h / math.sqrt(h.shape[1]), y)  # equalised too: the features are scaled instead of the weights


@register(NETWORKS)
def stylegan2(recipe: Recipe, width: int = 32, depth: int = 2, most: int = 256, labels: str = "projection"):
    """Sizes base * 2^k (28, 32, 64, ...).

    width: channels of the finest feature map; each coarser one has twice as many, `most` at most. depth: layers of the
    mapping network (the paper has 8). labels: how D uses them, see `Head`.
    """
    return partial(Generator, recipe, width, depth, most), partial(Discriminator, recipe, width, most, labels)
