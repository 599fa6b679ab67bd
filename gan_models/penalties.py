"""Terms added to an adversarial loss: pure functions of D and one judged batch that return a scalar.

A recipe gives their weights (`d_terms`, `g_terms`); the training loop adds them to the loss and takes one step.
Gradients are taken with respect to the images as D saw them (after the views), always in float32. A penalty that needs
no gradient with respect to the batch's own images is registered with `at_images=False`, which saves one layer of D's
backward pass.
A term that is taken at every step, whatever `Recipe.lazy` is, is registered with `every_step=True`.

Terms of a translator's G use `Judged.way`, the pictures on their way from one domain to the other.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from .draws import per_image
from .networks.common import Verdict
from .recipe import RecipeError
from .registry import PENALTIES, register


class Way(NamedTuple):
    """A batch of a translator on its way from one domain to the other."""

    given: Tensor
    """[N, C', H', W']"""
    wanted: Tensor
    """[N, C, H, W]: the truth of each given picture, or, in a cycle, any pictures of that domain"""
    made: Tensor
    """[N, C, H, W]: `there` of the given pictures"""
    there: Callable[[Tensor], Tensor]
    back: Callable[[Tensor], Tensor] | None = None
    """In a cycle: the translator in the other direction"""


class Judged(NamedTuple):
    """A batch and D's verdict on it. In a D step with a term at images, `real` and `fake` are leaves with gradients."""

    real: Tensor
    """[N, C, H, W] as D saw them"""
    fake: Tensor
    """[N, C, H, W] as D saw them"""
    labels: Tensor | None
    """int64 [N], the same for both; None for a translator"""
    on_real: Verdict
    on_fake: Verdict
    way: Way | None = None
    """Only for a translator"""


def squared_grad_norm(logits: Tensor, images: Tensor) -> Tensor:
    """||dD/dx||^2 of each image: [N], [N, C, H, W] -> [N]."""
    if not logits.requires_grad:  # in a G step the verdict on real images is a constant
        raise RecipeError("a penalty on D's gradient at real images is a term of D's loss and cannot be one of G's.")
    (grad,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
    return grad.float().square().sum([1, 2, 3])


@register(PENALTIES)
def r1(D, judged: Judged) -> Tensor:
    """E ||grad D(x)||^2 / 2 on real images. Mescheder et al. 2018, arXiv:1801.04406, equation 9."""
    return squared_grad_norm(judged.on_real.logits, judged.real).mean() / 2


@register(PENALTIES)
def r2(D, judged: Judged) -> Tensor:
    """E ||grad D(G(z))||^2 / 2 on generated images. Mescheder et al. 2018, arXiv:1801.04406, section 4.1."""
    return squared_grad_norm(judged.on_fake.logits, judged.fake).mean() / 2


@register(PENALTIES, at_images=False)
def gradient_penalty(D, judged: Judged) -> Tensor:
    """E (||grad D(u)|| - 1)^2, u uniform on the line between a real and a generated image.

    Gulrajani et al. 2017, arXiv:1704.00028, equation 3. Inside the root we add 1e-12: at a gradient of
    exactly zero the norm has no derivative.
    """
    t = per_image(torch.rand, len(judged.real), 1, 1, 1, device=judged.real.device)
    u = torch.lerp(judged.real.detach(), judged.fake.detach(), t).requires_grad_()
    norm = squared_grad_norm(D(u, judged.labels).logits, u).add(1e-12).sqrt()
    return (norm - 1).square().mean()


@register(PENALTIES, at_images=False, every_step=True)
def classify_real(D, judged: Judged) -> Tensor:
    """Cross-entropy of D's class head on real images: first half of L_C, Odena et al. 2016,
    arXiv:1610.09585, equation 3."""
    return _classify(judged.on_real, judged.labels)


@register(PENALTIES, at_images=False, every_step=True)
def classify_fake(D, judged: Judged) -> Tensor:
    """Cross-entropy of D's class head on generated images: second half of the same equation."""
    return _classify(judged.on_fake, judged.labels)


def _classify(verdict: Verdict, labels: Tensor) -> Tensor:
    if verdict.classes is None:
        raise RecipeError("a class term needs D's class head: a conditional recipe with network_args labels=auxiliary.")
    return F.cross_entropy(verdict.classes, labels)


# Terms of a translator's G -----------------------------------------------------------------------------------


@register(PENALTIES, at_images=False)
def l1(D, judged: Judged) -> Tensor:
    """E |G(x) - y|, y the truth of x, mean over pixels. Isola et al. 2017, arXiv:1611.07004, equation 3."""
    way = _way(judged, pairs=True)
    return F.l1_loss(way.made, way.wanted)


@register(PENALTIES, at_images=False)
def l2(D, judged: Judged) -> Tensor:
    """E (G(x) - y)^2, mean over pixels: L_rec of Pathak et al. 2016, arXiv:1604.07379, equation 1, and the pixel loss
    of Ledig et al. 2017, arXiv:1609.04802, equation 4. Where several answers are possible its minimum is their mean."""
    way = _way(judged, pairs=True)
    return F.mse_loss(way.made, way.wanted)


@register(PENALTIES, at_images=False)
def cycle(D, judged: Judged) -> Tensor:
    """E |F(G(x)) - x|, there and back. Zhu et al. 2017, arXiv:1703.10593, equation 2, for one direction."""
    way = _way(judged, pairs=False)
    return F.l1_loss(way.back(way.made), way.given)


@register(PENALTIES, at_images=False)
def identity(D, judged: Judged) -> Tensor:
    """E |G(y) - y|, which asks that a picture of the wanted domain stay unchanged. Zhu et al. 2017, section 5.2, one
    direction."""
    way = _way(judged, pairs=False)
    return F.l1_loss(way.there(way.wanted), way.wanted)


@register(PENALTIES, at_images=False)
def feature_matching(D, judged: Judged) -> Tensor:
    """E |f_k(y) - f_k(G(x))|, f_k the maps of D's level k, mean over levels: Wang et al. 2018, arXiv:1711.11585,
    equation 2. It replaces SRGAN's network that was trained on photographs: every data set has a D."""
    _way(judged, pairs=True)
    if not hasattr(D, "features"):
        raise RecipeError("feature_matching needs a D with `features`, a PatchGAN.")
    with torch.no_grad():
        real = D.features(judged.real)
    made = D.features(judged.fake)
    return sum(F.l1_loss(m.float(), r.float()) for m, r in zip(made, real, strict=True)) / len(real)


def _way(judged: Judged, pairs: bool) -> Way:
    """The batch's `way`. Raises RecipeError if the term does not fit the recipe."""
    if judged.way is None:
        raise RecipeError("l1, l2, cycle, identity and feature_matching are terms of a translator's G.")
    if pairs == (judged.way.back is not None):
        raise RecipeError(
            "l1, l2 and feature_matching compare with a truth, and a cycle has none: it takes cycle and identity."
            if pairs
            else "cycle and identity need a recipe with cycle=true; one with pairs takes l1, l2 and feature_matching."
        )
    return judged.way
