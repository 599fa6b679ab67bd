"""D's features of a picture: the input of its last layer."""

from __future__ import annotations

from torch import Tensor

from ..networks.common import Head
from ..sampling import GAN


def d_features(gan: GAN, x: Tensor, y: Tensor | None = None) -> Tensor:
    """Pictures [N, C, H, W] in [-1, 1], labels int64 [N] or None -> D's features [N, F], with their gradient.

    Raises ValueError if there is no D, or if D's features of a picture depend on the rest of the batch.
    """
    check(gan)
    caught: list[Tensor] = []
    head = next(m for m in gan.D.modules() if isinstance(m, Head))
    hook = head.register_forward_pre_hook(lambda _, given: caught.append(given[0]))
    try:
        gan.D(x, y)
    finally:
        hook.remove()
    return caught[-1].flatten(1)


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
