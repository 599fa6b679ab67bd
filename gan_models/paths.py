"""Paths between latents, and maps between four: points on lines or on arcs."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from .arguments import checked_name


def along(keys: Tensor, at: np.ndarray, how: str = "slerp") -> Tensor:
    """Points of a path through key frames: keys [M, D], positions [T] in [0, M - 1] -> [T, D].

    Position 1.5 is halfway from the second key to the third. how: "lerp" or "slerp".
    """
    checked_name("a path", how, PATHS)
    first = np.clip(np.floor(at).astype(int), 0, len(keys) - 2)
    t = torch.as_tensor(at - first, dtype=keys.dtype)[:, None]
    return PATHS[how](keys[first], keys[first + 1], t)


def between(corners: Tensor, x: np.ndarray, y: np.ndarray, how: str = "slerp") -> Tensor:
    """Points of the map between four corners: corners [4, D], x (right) and y (down) [T] in [0, 1] -> [T, D].

    With p the path of `how` from one point to another at t, and corners a (top left), b (top right), c (bottom left)
    and d (bottom right): p(p(a, b; x), p(c, d; x); y). For "lerp" that is the bilinear
    (1-x)(1-y) a + x(1-y) b + (1-x)y c + xy d. For "slerp" the corners are exact and each of the four edges is the arc
    between its corners; inside, the order (right, then down) matters, for arcs on a sphere do not commute.
    """
    checked_name("a path", how, PATHS)
    a, b, c, d = (corner.expand(len(x), -1) for corner in corners)
    x, y = (torch.as_tensor(t, dtype=corners.dtype)[:, None] for t in (x, y))
    return PATHS[how](PATHS[how](a, b, x), PATHS[how](c, d, x), y)


def slerp(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """Spherical interpolation of the rows of a and b [N, D] at t [N, 1] (White 2016, arXiv:1609.04468).

    A straight line between two Gaussian latents passes closer to the origin than any latent that G has seen;
    this path does not. Where the two are (anti)parallel the arc is not defined, and the line is taken.
    """
    cosine = torch.nn.functional.cosine_similarity(a, b, dim=1)[:, None].clamp(-1, 1)
    angle = cosine.acos()
    sine = angle.sin()
    arc = ((1 - t) * angle).sin() / sine * a + (t * angle).sin() / sine * b
    return torch.where(sine > 1e-4, arc, torch.lerp(a, b, t))


PATHS = {"slerp": slerp, "lerp": torch.lerp}
