"""pix2pix's pair: a U-Net with skips and a PatchGAN (Isola et al. 2017, arXiv:1611.07004, sections 3.2 and 6.1)."""

from functools import partial

import torch
from torch import Tensor, nn

from ..recipe import RecipeError, TranslatorRecipe
from ..registry import TRANSLATORS, register
from .common import DropoutMaps, double, halve, init_normal
from .patchgan import MOST_CHANNELS, Added, PatchGAN, norm, sides


class UNet(nn.Module):
    """Halves the picture level by level and doubles it again; each level on the way up also gets the map of its size
    from the way down, so that detail shared by input and output bypasses the narrow middle."""

    def __init__(
        self, recipe: TranslatorRecipe, width: int, levels: int, kind: str, dropout: float, residual: bool = False
    ):
        super().__init__()
        if recipe.given_size != recipe.size:
            raise RecipeError(
                f"recipe {recipe.name!r}: a U-Net makes pictures of the size that it is given, and here {recipe.size} "
                f"pixels shall be made of {recipe.given_size}; network srresnet enlarges."
            )
        maps = sides(recipe.size, levels)
        channels = [min(width << k, MOST_CHANNELS) for k in range(levels)]
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for k, o in enumerate(channels):
            normed = norm(kind, o) if 0 < k < levels - 1 else []  # as the authors: not outermost, not innermost
            conv = halve(channels[k - 1] if k else recipe.given_channels, o, maps[k], not normed)
            self.down.append(nn.Sequential(conv, *normed, nn.LeakyReLU(0.2)))
        for k in reversed(range(1, levels)):
            i, o = channels[k] * (1 if k == levels - 1 else 2), channels[k - 1]
            drop = [DropoutMaps(dropout)] if dropout and k == levels - 1 else []
            conv = double(i, o, maps[k], kind == "none")
            self.up.append(nn.Sequential(conv, *norm(kind, o), *drop, nn.ReLU(inplace=True)))
        last = double(channels[0] * (2 if levels > 1 else 1), recipe.channels, maps[0], True)
        self.last = nn.Sequential(last, *([] if residual else [nn.Tanh()]))
        init_normal(self)
        self.add = Added(recipe, last) if residual else None

    def forward(self, x: Tensor, y: None = None) -> Tensor:
        # [N, C', H, W] -> [N, C, H, W]
        given, skips = x, []
        for level in self.down:
            x = level(x)
            skips.append(x)
        skips.pop()
        for level in self.up:
            x = torch.cat([level(x), skips.pop()], 1)
        made = self.last(x)
        return self.add(made, given) if self.add else made


@register(TRANSLATORS)
def unet(
    recipe: TranslatorRecipe,
    width: int = 32,
    levels: int = 3,
    norm: str = "batch",
    dropout: float = 0.0,
    residual: bool = False,
    d_width: int = 32,
    d_levels: int = 2,
    d_norm: str = "batch",
    d_spectral: bool = False,
):
    """Any size from 8 pixels on.

    width: channels of the first level; each further one has twice as many, 256 at most. levels: how often the side is
    halved; 28 pixels at three levels have a middle of 4 x 4.
    norm, d_norm: batch, instance or none. dropout: of maps after the middle, in training. The paper keeps it on at
    inference as its only noise, and gets little variety from it (section 4); here it is off at inference, so that an
    answer is always the same.
    residual: G's output is added to the given picture and begins at zero (Shen and Liu 2017, arXiv:1612.05363).
    d_width, d_levels: of the PatchGAN. At two levels a patch has 18 pixels, at three 38. d_spectral: spectral norm on
    its layers.
    """
    return (
        partial(UNet, recipe, width, levels, norm, dropout, residual),
        partial(PatchGAN, recipe, d_width, d_levels, d_norm, d_spectral),
    )
