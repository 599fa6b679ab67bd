"""SRGAN's generator, small (Ledig et al. 2017, arXiv:1609.04802, section 2.1.1 and figure 4), and a PatchGAN."""

from functools import partial

from torch import Tensor, nn

from ..recipe import RecipeError, TranslatorRecipe
from ..registry import TRANSLATORS, register
from .patchgan import PatchGAN, norm
from .resnet_translator import Block


class SRResNet(nn.Module):
    """Residual blocks at the size of the given picture, then pixel shuffle (Shi et al. 2016, arXiv:1609.05158), which
    doubles the side each time; tanh. Lite: ReLU instead of PReLU's learnt slopes, kernels of 3 instead of 9 in the
    first and last layer."""

    def __init__(self, recipe: TranslatorRecipe, width: int, blocks: int, kind: str):
        super().__init__()
        times = recipe.size // recipe.given_size
        if times not in (2, 4, 8) or times * recipe.given_size != recipe.size:
            raise RecipeError(
                f"recipe {recipe.name!r}: srresnet makes a picture 2, 4 or 8 times as large as it is given, and here "
                f"{recipe.size} pixels shall be made of {recipe.given_size}."
            )
        self.first = nn.Sequential(nn.Conv2d(recipe.given_channels, width, 3, padding=1), nn.ReLU())
        last = nn.Conv2d(width, width, 3, padding=1, bias=kind == "none")
        self.blocks = nn.Sequential(*(Block(width, kind) for _ in range(blocks)), last, *norm(kind, width))
        layers = []
        for _ in range(times.bit_length() - 1):
            layers += [nn.Conv2d(width, 4 * width, 3, padding=1), nn.PixelShuffle(2), nn.ReLU(inplace=True)]
        self.last = nn.Sequential(*layers, nn.Conv2d(width, recipe.channels, 3, padding=1), nn.Tanh())

    def forward(self, x: Tensor, y: None = None) -> Tensor:
        # [N, C', H', W'] -> [N, C, H, W]
        x = self.first(x)
        return self.last(x + self.blocks(x))


@register(TRANSLATORS)
def srresnet(
    recipe: TranslatorRecipe,
    width: int = 32,
    blocks: int = 4,
    norm: str = "batch",
    d_width: int = 32,
    d_levels: int = 3,
    d_norm: str = "batch",
    d_spectral: bool = False,
):
    """2, 4 or 8 times the given size.

    width: channels everywhere. blocks: their number (the paper: 16). norm, d_norm: batch, instance or none.
    d_width, d_levels, d_spectral: see `unet`; the paper's D ends in two linear layers and judges the
    picture as a whole.
    """
    return (
        partial(SRResNet, recipe, width, blocks, norm),
        partial(PatchGAN, recipe, d_width, d_levels, d_norm, d_spectral),
    )
