"""Views: differentiable changes of the images before D sees them, the same for real and generated images. A view with
`real_only=True` changes only real images, to augment the data.

Each takes images [N, C, H, W] in about [-1, 1], a strength from the recipe and the progress of the training
(0 at the start, 1 at the end; a number, or a tensor with one value, which a recorded CUDA graph can read again at each
step), draws from the global generator of the images' device, and returns images of the same shape. G's gradient passes
through them. A view that does not use neighbouring pixels, and so applies to points in a plane as well, has
`pointwise=True`.
"""

import math
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from .draws import per_image
from .registry import VIEWS, register


@register(VIEWS)
def diff_augment(x: Tensor, strength: float, progress: float) -> Tensor:
    """DiffAugment (Zhao et al. 2020, arXiv:2006.10738, section 4): translation for grey images; colour, translation and
    cutout for colour ones. strength 1 is the paper's.

    With any other number of channels x is a pair of images, such as a translator's D may see: translation and cutout,
    at one place for both. Saturation and contrast are left out, since their means would run over both images.
    """
    channels = x.shape[1]
    if channels == 3:
        x = color(x, strength)
    x = translation(x, strength / 8)
    return x if channels == 1 else cutout(x, strength / 2)


@register(VIEWS, real_only=True)
def mirror(x: Tensor, strength: float, progress: float) -> Tensor:
    """Flip each image left to right with probability strength / 2: twice the data, if left and right mean nothing
    (faces and clothes, never digits). Karras et al. 2019, arXiv:1812.04948, appendix C."""
    flipped = per_image(torch.rand, len(x), 1, 1, 1, device=x.device) < strength / 2
    return torch.where(flipped, x.flip(3), x)


@register(VIEWS, pointwise=True)
def instance_noise(x: Tensor, strength: float, progress: float) -> Tensor:
    """Gaussian noise whose sigma falls linearly from `strength` to 0. Sonderby et al. 2016,
    arXiv:1610.04490, section 3."""
    return constant_noise(x, strength * (1 - progress), progress)


@register(VIEWS, pointwise=True)
def constant_noise(x: Tensor, strength: float, progress: float) -> Tensor:
    """Gaussian noise of sigma `strength` that does not fade: a noise layer in front of D."""
    return x + strength * per_image(torch.randn, *x.shape, device=x.device)


@register(VIEWS)
def image_smoothing(x: Tensor, strength: float, progress: float) -> Tensor:
    """Gaussian blur whose sigma, in pixels, falls linearly from `strength` to 0: D sees coarse shapes first.

    The kernel always has the width that `strength` needs, so that shapes are the same at every step, but is never wider
    than the image allows. Edges are padded by replication.
    """
    radius = math.ceil(min(2 * strength, max(x.shape[2:])))
    sigma = torch.as_tensor(strength * (1 - progress)).clamp(min=1e-3)  # 1e-3 pixels: the kernel is exactly a delta
    at = torch.arange(-radius, radius + 1, device=x.device, dtype=x.dtype)
    kernel = torch.exp(-0.5 * (at / sigma).square())
    kernel = (kernel / kernel.sum()).expand(x.shape[1], 1, 1, -1)
    x = F.pad(x, [radius] * 4, mode="replicate")
    x = F.conv2d(x, kernel, groups=x.shape[1])
    return F.conv2d(x, kernel.transpose(2, 3), groups=x.shape[1])


def translation(x: Tensor, ratio: float) -> Tensor:
    """Shift each image by up to ratio * side in each direction, in whole pixels; pixels that enter are 0, mid-grey.

    Mid-grey and not the background: so D can see how far an image was moved, and the shift does not leak into G's
    images.
    """
    n, _, h, w = x.shape
    dy, dx = (_randint(n, round(ratio * side), x.device) for side in (h, w))
    rows = torch.arange(h, device=x.device) + dy[:, None]  # [N, H]
    cols = torch.arange(w, device=x.device) + dx[:, None]  # [N, W]
    inside = ((rows >= 0) & (rows < h))[:, None, :, None] & ((cols >= 0) & (cols < w))[:, None, None, :]
    each = torch.arange(n, device=x.device)[:, None, None]
    moved = x.permute(0, 2, 3, 1)[each, rows.clamp(0, h - 1)[:, :, None], cols.clamp(0, w - 1)[:, None, :]]
    return moved.permute(0, 3, 1, 2) * inside


def color(x: Tensor, strength: float) -> Tensor:
    """Random brightness (+- 0.5), saturation (0 to 2) and contrast (0.5 to 1.5) of each RGB image [N, 3, H, W]."""
    draws = per_image(torch.rand, len(x), 3, 1, 1, 1, device=x.device)
    brightness, saturation, contrast = ((draws - 0.5) * strength).unbind(1)
    x = x + brightness
    grey = x.mean(1, keepdim=True)
    x = grey + (x - grey) * (1 + 2 * saturation)
    mean = x.mean([1, 2, 3], keepdim=True)
    return mean + (x - mean) * (1 + contrast)


def cutout(x: Tensor, ratio: float) -> Tensor:
    """Set a square of ratio * side at a random place of each image to 0; it may hang over the edge."""
    n, _, h, w = x.shape
    half = round(ratio * h) // 2
    cy, cx = (per_image(partial(torch.randint, side), n, 1, device=x.device) for side in (h, w))
    rows, cols = (torch.arange(side, device=x.device) - c for side, c in ((h, cy), (w, cx)))
    rows, cols = ((-half <= d) & (d < half) for d in (rows, cols))
    return x * ~(rows[:, None, :, None] & cols[:, None, None, :])


def _randint(n: int, limit: int, device) -> Tensor:
    return per_image(partial(torch.randint, -limit, limit + 1), n, device=device)
