"""The similarity of a picture to its truth, pixel by pixel: PSNR and SSIM."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

WINDOW, SIGMA = 11, 1.5
"""Side and spread, in pixels, of SSIM's Gaussian window"""
K1, K2 = 0.01, 0.03
LARGEST = 255.0


def psnr(made: Tensor, truth: Tensor) -> Tensor:
    """Peak signal-to-noise ratio of each picture, in decibel: two uint8 [N, C, H, W] -> float64 [N]; higher is more
    similar, infinite if they are equal.

    10 log10(255^2 / mean squared error).
    """
    error = (alike(made, truth)[0] - truth.double()).square().mean((1, 2, 3))
    return 20 * math.log10(LARGEST) - 10 * error.log10()


def ssim(made: Tensor, truth: Tensor) -> Tensor:
    """Structural similarity of each picture: two uint8 [N, C, H, W], of 11 pixels or more -> float64 [N]; 1 if they are
    equal.

    Wang et al. 2004, IEEE TIP 13(4), equation 13: an 11 x 11 Gaussian window of sigma 1.5 pixels, at every place where
    it fits into the picture; the mean over places and channels.
    """
    x, y = alike(made, truth)
    if min(x.shape[2:]) < WINDOW:
        raise ValueError(f"SSIM needs pictures of {WINDOW} pixels or more, and these have {min(x.shape[2:])}.")
    at = torch.arange(WINDOW, dtype=torch.float64) - WINDOW // 2
    bell = torch.exp(-0.5 * (at / SIGMA).square())
    bell = (bell / bell.sum()).expand(x.shape[1], 1, 1, -1)

    def local(t: Tensor) -> Tensor:
        t = F.conv2d(t, bell, groups=t.shape[1])
        return F.conv2d(t, bell.transpose(2, 3), groups=t.shape[1])

    mx, my = local(x), local(y)
    vx, vy, cov = local(x * x) - mx * mx, local(y * y) - my * my, local(x * y) - mx * my
    c1, c2 = (K1 * LARGEST) ** 2, (K2 * LARGEST) ** 2
    found = (2 * mx * my + c1) * (2 * cov + c2) / ((mx * mx + my * my + c1) * (vx + vy + c2))
    return found.mean((1, 2, 3))


def alike(made: Tensor, truth: Tensor) -> tuple[Tensor, Tensor]:
    """Both in float64. Raises ValueError if they are not pictures of the same shape."""
    if made.shape != truth.shape or made.dim() != 4 or {made.dtype, truth.dtype} != {torch.uint8}:
        raise ValueError(
            f"pictures and their truth are uint8 [N, C, H, W] alike, not {list(made.shape)} and {list(truth.shape)}."
        )
    return made.double(), truth.double()
