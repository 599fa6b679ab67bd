"""What D sees in a picture: what its last layer is given."""

from __future__ import annotations

from torch import Tensor

from ..networks.common import Head
from ..sampling import GAN


def d_features(gan: GAN, x: Tensor, y: Tensor | None = None) -> Tensor:
    """Pictures [N, C, H, W] in [-1, 1], labels int64 [N] or None -> D's features [N, F], with their gradient.

    ValueError where there is no D, or one whose features of a picture depend on the others of its batch.
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
    """ValueError where `d_features` has none to give."""
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
