"""Small fully connected networks for points in the plane: G [N, latent] -> [N, 2, 1, 1], D [N, 2, 1, 1] -> Verdict.

A point is a picture of two channels and one pixel, so that the registered losses, penalties and views take it as it is.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from gan_models.draws import bernoulli
from gan_models.networks.common import Verdict, spectral

NORMS = ("none", "batch", "spectral")
"""Norms of D: BatchNorm after each hidden layer, or each weight divided by its largest singular value; G takes the
first two"""
ACTIVATIONS = {"leaky_relu": lambda: nn.LeakyReLU(0.2), "tanh": nn.Tanh}


class Affine(nn.Linear):
    """nn.Linear [N, in] -> [N, out] whose weight lies in memory with the short side first.

    Matrix products with a side of 1 or 2 take five times as long the other way round: a third of a training step.
    """

    def __init__(self, i: int, o: int, bias: bool = True):
        super().__init__(i, o, bias)
        self.widens = i < o
        if self.widens:
            self.weight = nn.Parameter(self.weight.detach().t().contiguous())  # [in, out]

    def forward(self, x: Tensor) -> Tensor:
        w = self.weight if self.widens else self.weight.t()
        return torch.mm(x, w) if self.bias is None else torch.addmm(self.bias, x, w)


class BatchNorm(nn.BatchNorm1d):
    sees_batch = True
    """Real and generated points go through D separately (`gan_models.steps.judge`)"""


class Dropout(nn.Dropout):
    """nn.Dropout that draws from the generator of its own run (`gan_models.draws`)."""

    def forward(self, x: Tensor) -> Tensor:
        return x * bernoulli(x, 1 - self.p).div_(1 - self.p) if self.training else x


def _layers(widths, norm: str, dropout: float, activation: str, bias_last: bool = True) -> nn.Sequential:
    made: list[nn.Module] = []
    for i, o in pairwise(widths[:-1]):
        made += [Affine(i, o), *([BatchNorm(o)] if norm == "batch" else []), ACTIVATIONS[activation]()]
        made += [Dropout(dropout)] if dropout else []
    net = nn.Sequential(*made, Affine(*widths[-2:], bias=bias_last))
    return spectral(net) if norm == "spectral" else net


def _through(layers: nn.Sequential, x: Tensor) -> Tensor:
    """As layers(x), without the hooks that nobody has set: a tenth of a step."""
    for layer in layers:
        x = layer.forward(x)
    return x


class Generator(nn.Module):
    def __init__(self, latent: int, width: int, depth: int, norm: str = "none", activation: str = "leaky_relu"):
        super().__init__()
        self.layers = _layers([latent, *[width] * depth, 2], norm, 0.0, activation)

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        # [N, latent] -> [N, 2, 1, 1]
        return _through(self.layers, z)[:, :, None, None]


class Discriminator(nn.Module):
    """bias_last: False for a loss that ignores a shift of D."""

    def __init__(self, width: int, depth: int, norm: str, dropout: float, activation: str, bias_last: bool):
        super().__init__()
        self.layers = _layers([2, *[width] * depth, 1], norm, dropout, activation, bias_last)

    def forward(self, x: Tensor, y: Tensor | None = None) -> Verdict:
        # [N, 2, 1, 1] -> Verdict
        return Verdict(_through(self.layers, x.flatten(1)).squeeze(1))
