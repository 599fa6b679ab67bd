"""D's features of a picture: the input of its last layer."""

from __future__ import annotations

from copy import copy

from torch import Tensor, nn

from ..arguments import needs_labels
from ..networks.common import Head
from ..sampling import GAN


def d_features(gan: GAN, x: Tensor, y: Tensor | None = None) -> Tensor:
    """Pictures [N, C, H, W] in [-1, 1], labels int64 [N] or None -> D's features [N, F], with their gradient.

    Threads may share the GAN. Raises ValueError if there is no D, if D's features of a picture depend on the rest of
    the batch, or if D judges a picture with its class and there are no labels.
    """
    check(gan)
    name, head = next((name, m) for name, m in gan.D.named_modules() if isinstance(m, Head))
    if head.project is not None:
        needs_labels(gan.recipe, y)
    last = _Kept(head)
    _with(gan.D, name, last)(x, y)
    return last.features.flatten(1)


class _Kept(nn.Module):
    """A last layer that keeps what it is given."""

    def __init__(self, head: Head):
        super().__init__()
        self.head = head

    def forward(self, h: Tensor, y: Tensor | None):
        self.features = h
        return self.head(h, y)


def _with(net: nn.Module, name: str, layer: nn.Module) -> nn.Module:
    """The network with another layer at a dotted name: a copy that shares all other layers and all weights. A hook
    would change the network itself, and see what other threads put through it."""
    first, _, rest = name.partition(".")
    made = copy(net)
    made._modules = {**net._modules, first: _with(net._modules[first], rest, layer) if rest else layer}
    return made


def check(gan: GAN) -> None:
    """Raises ValueError if this GAN has no such features."""
    if gan.D is None:
        raise ValueError(
            f"{gan.recipe.name} was loaded without its discriminator, whose features are needed; "
            "load(..., discriminator=True)."
        )
    if gan.sees_batch:
        raise ValueError(
            f"the discriminator of {gan.recipe.name} judges pictures together, so that a picture has no features of "
            "its own."
        )
