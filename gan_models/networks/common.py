"""Shared by the families: the verdict, sizes, labels, D's last layer, initial weights."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from ..draws import per_image
from ..recipe import Recipe, RecipeError
from ..registry import LOSSES


class Verdict(NamedTuple):
    """What every D returns."""

    logits: Tensor
    """[N], high = real; [N, P] if D judges P patches of each picture"""
    classes: Tensor | None = None
    """Class logits [N, K] of an auxiliary classifier"""

    def float(self) -> "Verdict":
        """The verdict in float32, whatever precision D used."""
        return Verdict(*(None if t is None else t.float() for t in self))


class Both(nn.Module):
    """The two networks of a cycle: `there`, from the given domain to the wanted one, and `back`."""

    def __init__(self, there: nn.Module, back: nn.Module):
        super().__init__()
        self.there, self.back = there, back

    def forward(self, x: Tensor, y: None = None):
        return self.there(x)


def pyramid(size: int) -> tuple[int, int]:
    """size = base * 2^steps with base 4 to 7, as (base, steps); a RecipeError if there is none.

    28 = 7 * 4, 32 = 4 * 8, 64 = 4 * 16.
    """
    base, steps = size, 0
    while base > 7 and base % 2 == 0:
        base, steps = base // 2, steps + 1
    if not (4 <= base <= 7 and steps):
        fits = [b << k for b in range(4, 8) for k in range(1, 9)]
        below, above = max((f for f in fits if f < size), default=8), min(f for f in fits if f > size)
        raise RecipeError(
            f"this network cannot make {size}-pixel images: the size must be 4, 5, 6 or 7 times a power of two; "
            f"{below} and {above} are the nearest."
        )
    return base, steps


def doubling(width: int, levels: int, most: int) -> list[int]:
    """Channels of each level from the finest to the coarsest: width, twice that, and so on, `most` at most."""
    return [min(width << k, max(width, most)) for k in range(levels)]


def with_labels(z: Tensor, y: Tensor | None, classes: int) -> Tensor:
    """[N, z_dim], labels [N] or mixtures [N, K] -> [N, z_dim + K]; z itself if there are no classes.

    A one-hot row and the linear layer behind it are an embedding, and a mixture of rows mixes embeddings.
    """
    if not classes:
        return z
    if y.dim() == 1:
        y = y[:, None] == torch.arange(classes, device=y.device)
    return torch.cat([z, y.to(z.dtype)], 1)


class Head(nn.Module):
    """The last layer of D: it turns the features of a picture into a score and, if there are labels, takes the class
    into account.

    Features [N, F], labels [N] -> Verdict. labels: "projection" adds the inner product of the features with a vector of
    the class (Miyato and Koyama 2018, arXiv:1802.05637, section 3); "auxiliary" judges without the label and also
    classifies the picture (Odena et al. 2016). Neither has an effect in an unconditional recipe.
    """

    def __init__(self, recipe: Recipe, features: int, labels: str = "projection"):
        super().__init__()
        if labels not in ("projection", "auxiliary"):
            raise RecipeError(f"recipe {recipe.name!r}: labels is {labels!r}, must be projection or auxiliary.")
        k = recipe.classes
        # An unknown loss was registered by a training script; the weights then tell (checkpoint.skeleton).
        self.judge = nn.Linear(features, 1, bias=not getattr(LOSSES.get(recipe.loss), "ignores_shift", False))
        self.project = nn.Embedding(k, features) if k and labels == "projection" else None
        self.classify = nn.Linear(features, k) if k and labels == "auxiliary" else None

    def forward(self, h: Tensor, y: Tensor | None) -> Verdict:
        logits = self.judge(h).squeeze(1)
        if self.project is not None:
            logits = logits + (self.project(y) * h).sum(1)
        return Verdict(logits, None if self.classify is None else self.classify(h))


class Deviation(nn.Module):
    """One more feature map, the variation among the images of the batch, so that D notices when all look alike.

    The mean over features and places (Karras et al. 2018, arXiv:1710.10196, section 3). D's verdict on an image then
    depends on the others of its batch."""

    sees_batch = True

    def forward(self, x: Tensor) -> Tensor:
        # [N, C, H, W] -> [N, C + 1, H, W]
        deviation = (x.var(0, correction=0) + 1e-8).sqrt().mean()
        return torch.cat([x, deviation.expand(len(x), 1, *x.shape[2:])], 1)


class Pack(nn.Module):
    """Joins each image with the next ones of its batch, so that D judges several at once and sees when they are too
    similar.

    The channels of the pack - 1 images that follow are appended to its own (PacGAN: Lin et al. 2018, arXiv:1712.04086,
    section 3). The packs overlap, while the paper's are disjoint: there are as many packs as images, so that every
    image keeps a logit of its own."""

    sees_batch = True

    def __init__(self, pack: int):
        super().__init__()
        self.pack = pack

    def forward(self, x: Tensor) -> Tensor:
        # [N, C, H, W] -> [N, pack * C, H, W]
        return torch.cat([x.roll(-k, 0) for k in range(self.pack)], 1)


class Dropout(nn.Module):
    """Sets a random share of the numbers to zero during training.

    Like nn.Dropout, but with a random byte per element instead of a float; p is rounded to a multiple of 1/256.

    On a CPU drawing is the main cost of dropout: this needs an eighth of the draws, and makes an MLP's training step a
    fifth faster.
    """

    def __init__(self, p: float):
        super().__init__()
        self.keep = 256 - round(p * 256)
        if not 1 <= self.keep <= 256:
            raise RecipeError(f"dropout is {p}, must be 0 or more and less than 1.")

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.keep == 256:
            return x
        each = x[0].numel()
        draws = per_image(_words, len(x), -(-each // 8), device=x.device)
        kept = draws.view(torch.uint8)[:, :each].view(x.shape) < self.keep
        return x * kept.to(x.dtype).mul_(256 / self.keep)


def _words(shape: tuple[int, ...], device) -> Tensor:
    """Random int64 of all bits."""
    return torch.empty(shape, dtype=torch.int64, device=device).random_(-(2**63), None)


class DropoutMaps(nn.Module):
    """Sets a random share of the feature maps to zero during training.

    Like nn.Dropout2d, with draws that `per_image` can share among processes."""

    def __init__(self, p: float):
        super().__init__()
        if not 0 <= p < 1:
            raise RecipeError(f"dropout is {p}, must be 0 or more and less than 1.")
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        # [N, C, H, W] -> the same
        if not self.training:
            return x
        kept = per_image(torch.rand, len(x), x.shape[1], 1, 1, device=x.device) >= self.p
        return x * (kept.to(x.dtype) / (1 - self.p))


def spectral(net: nn.Module) -> nn.Module:
    """The same network with every weight divided by its largest singular value.

    Miyato et al. 2018, arXiv:1802.05957, section 2.1; one power iteration per forward pass.
    """
    for m in net.modules():
        if isinstance(m, nn.Linear | nn.Conv2d | nn.Embedding):
            spectral_norm(m)
    return net


def init_normal(net: nn.Module, std: float = 0.02) -> nn.Module:
    """DCGAN's initial weights: N(0, std) for layers (Radford et al. 2015, arXiv:1511.06434, section 4), and, as in the
    authors' code, N(1, std) for BatchNorm gains and biases of 0."""
    layers = nn.Linear | nn.Conv2d | nn.ConvTranspose2d | nn.Embedding
    for m in net.modules():
        if not isinstance(m, layers | nn.BatchNorm2d):
            continue  # a custom module may use the name bias for anything
        if m.weight is not None:  # affine=False has none
            nn.init.normal_(m.weight, 1 if isinstance(m, nn.BatchNorm2d) else 0, std)
        if getattr(m, "bias", None) is not None:
            nn.init.zeros_(m.bias)
    return net


def halve(i: int, o: int, side: int, bias: bool) -> nn.Conv2d:
    """A convolution of stride 2. A kernel of 3 if the side is odd: 4 would leave out its last row and column."""
    return nn.Conv2d(i, o, 3 if side % 2 else 4, 2, 1, bias=bias)


def double(i: int, o: int, side: int, bias: bool) -> nn.ConvTranspose2d:
    """The reverse of `halve`, to a map of `side` pixels."""
    return nn.ConvTranspose2d(i, o, 3 if side % 2 else 4, 2, 1, bias=bias)
