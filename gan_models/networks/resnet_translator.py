"""CycleGAN's pair, small: a residual network and a PatchGAN (Zhu et al. 2017, arXiv:1703.10593, section 4 and
appendix 7.2; the generator is that of Johnson et al. 2016, arXiv:1603.08155)."""

from functools import partial

from torch import Tensor, nn

from ..recipe import RecipeError, TranslatorRecipe
from ..registry import TRANSLATORS, register
from .common import double, halve, init_normal
from .patchgan import Added, PatchGAN, norm, sides


class Block(nn.Module):
    """Two convolutions, added to their input."""

    def __init__(self, width: int, kind: str):
        super().__init__()

        def conv():
            return [nn.Conv2d(width, width, 3, padding=1, bias=kind == "none"), *norm(kind, width)]

        self.layers = nn.Sequential(*conv(), nn.ReLU(inplace=True), *conv())

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x)


class Translating(nn.Module):
    """Halves the side twice, applies residual blocks, doubles it twice; tanh. Lite: zero padding, fewer blocks."""

    def __init__(self, recipe: TranslatorRecipe, width: int, blocks: int, kind: str, residual: bool = False):
        super().__init__()
        if recipe.given_size != recipe.size:
            raise RecipeError(
                f"recipe {recipe.name!r}: resnet_translator makes pictures of the size that it is given, and here "
                f"{recipe.size} pixels shall be made of {recipe.given_size}; network srresnet enlarges."
            )
        maps, bias = sides(recipe.size, 2), kind == "none"

        def finish(c):
            return [*norm(kind, c), nn.ReLU(inplace=True)]

        layers = [nn.Conv2d(recipe.given_channels, width, 7, padding=3, bias=bias), *finish(width)]
        for k in range(2):
            layers += [halve(width << k, width << k + 1, maps[k], bias), *finish(width << k + 1)]
        layers += [Block(4 * width, kind) for _ in range(blocks)]
        for k in (1, 0):
            layers += [double(width << k + 1, width << k, maps[k], bias), *finish(width << k)]
        last = nn.Conv2d(width, recipe.channels, 7, padding=3)
        self.layers = nn.Sequential(*layers, last, *([] if residual else [nn.Tanh()]))
        init_normal(self)
        self.add = Added(recipe, last) if residual else None

    def forward(self, x: Tensor, y: None = None) -> Tensor:
        # [N, C', H, W] -> [N, C, H, W]
        made = self.layers(x)
        return self.add(made, x) if self.add else made


@register(TRANSLATORS)
def resnet_translator(
    recipe: TranslatorRecipe,
    width: int = 16,
    blocks: int = 3,
    norm: str = "instance",
    residual: bool = False,
    d_width: int = 32,
    d_levels: int = 2,
    d_norm: str = "instance",
    d_spectral: bool = False,
):
    """Any size from 8 pixels on.

    width: channels at full size; four times as many in the blocks. blocks: their number (the paper: 6 at 128 pixels).
    norm, d_norm: batch, instance or none. residual, d_width, d_levels, d_spectral: see `unet`.
    """
    return (
        partial(Translating, recipe, width, blocks, norm, residual),
        partial(PatchGAN, recipe, d_width, d_levels, d_norm, d_spectral),
    )
