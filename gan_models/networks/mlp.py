"""The fully connected pair of the first GAN paper."""

from functools import partial
from itertools import pairwise

from torch import Tensor, nn

from ..recipe import Recipe
from ..registry import NETWORKS, register
from .common import Dropout, Head, Verdict, with_labels


class Generator(nn.Module):
    """Three hidden layers that double in width, LeakyReLU(0.2), tanh."""

    def __init__(self, recipe: Recipe, width: int):
        super().__init__()
        self.classes = recipe.classes
        self.shape = (recipe.channels, recipe.size, recipe.size)
        widths = [recipe.z_dim + recipe.classes, width, 2 * width, 4 * width]
        layers = []
        for i, o in pairwise(widths):
            layers += [nn.Linear(i, o), nn.LeakyReLU(0.2, inplace=True)]
        self.layers = nn.Sequential(*layers, nn.Linear(widths[-1], recipe.channels * recipe.size**2), nn.Tanh())

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        # [N, z_dim], [N] -> [N, C, H, W]
        return self.layers(with_labels(z, y, self.classes)).unflatten(1, self.shape)


class Discriminator(nn.Module):
    """Two hidden layers that halve in width, LeakyReLU(0.2), dropout."""

    def __init__(self, recipe: Recipe, width: int, dropout: float, labels: str):
        super().__init__()
        widths = [recipe.channels * recipe.size**2, 4 * width, 2 * width]
        layers = []
        for i, o in pairwise(widths):
            layers += [nn.Linear(i, o), nn.LeakyReLU(0.2, inplace=True), Dropout(dropout)]
        self.layers = nn.Sequential(nn.Flatten(), *layers)
        self.head = Head(recipe, widths[-1], labels)

    def forward(self, x: Tensor, y: Tensor | None = None) -> Verdict:
        # [N, C, H, W], [N] -> Verdict
        return self.head(self.layers(x), y)


@register(NETWORKS)
def mlp(recipe: Recipe, width: int = 128, dropout: float = 0.3, labels: str = "projection"):
    """Any size. width: units of G's first layer. dropout: in D, as in Goodfellow et al. 2014, section 5; its
    maxout units are LeakyReLU here."""
    return partial(Generator, recipe, width), partial(Discriminator, recipe, width, dropout, labels)
