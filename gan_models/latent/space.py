"""The space that is searched for a latent: the sphere of z, or the styles of a style-based network."""

from __future__ import annotations

import math
from typing import Protocol

import torch
from torch import Tensor

from ..arguments import checked_space, mixtures
from ..keys import styled
from ..sampling import GAN


class Space(Protocol):
    """Points [M, D], a row for each picture, and labels y, weights of the classes [M, K] or None.

    What `draw` takes and returns is on the generator's device, as in a call of the generator. `points` and `latents`
    take and return tensors on any one device.
    """

    name: str

    def points(self, z: Tensor, y: Tensor | None) -> Tensor:
        """Latents of the generator [M, z_dim] -> the points nearest to them."""

    def hold(self, p: Tensor) -> Tensor:
        """Points after a step -> the nearest points of the space."""

    def along(self, p: Tensor, slope: Tensor) -> Tensor:
        """The part of a gradient along which a point may move. With the full gradient, Adam would scale each coordinate
        by a component that leads out of the space, and stop beside the minimum."""

    def latents(self, p: Tensor, y: Tensor | None) -> Tensor:
        """Points -> what `Fit.latents` holds."""

    def draw(self, p: Tensor, y: Tensor | None) -> Tensor:
        """Points -> pictures [M, C, H, W]."""


def tangent(p: Tensor, slope: Tensor) -> Tensor:
    """The part of a gradient [..., D] that is orthogonal to its point."""
    return slope - p * ((p * slope).sum(-1, keepdim=True) / p.square().sum(-1, keepdim=True).clamp(min=1e-12))


class Sphere:
    """Latents of length sqrt(z_dim), where nearly all of a normal distribution lies (PULSE: Menon et al. 2020,
    arXiv:2003.03808, section 3.2)."""

    name = "z"

    def __init__(self, gan: GAN):
        self.gan, self.radius = gan, math.sqrt(gan.recipe.z_dim)

    def points(self, z: Tensor, y: Tensor | None) -> Tensor:
        return self.hold(z)

    def hold(self, p: Tensor) -> Tensor:
        return p * (self.radius / p.norm(dim=-1, keepdim=True).clamp(min=1e-12))

    def along(self, p: Tensor, slope: Tensor) -> Tensor:
        return tangent(p, slope)

    def latents(self, p: Tensor, y: Tensor | None) -> Tensor:
        return p

    def draw(self, p: Tensor, y: Tensor | None) -> Tensor:
        return self.gan.G(p, y)


class Styles:
    """Styles w = mean(y) + p S, where S spreads p as the styles of random latents are spread, and |p| <= sqrt(z_dim).

    An unconstrained style can rebuild anything and means nothing, so it is kept where the mapping network puts its own.
    The coordinates p are those of PULSE for StyleGAN and of Wulff and Torralba 2020, arXiv:2009.06529, without their
    change of the distribution's shape: uncorrelated, with unit variance.
    """

    name = "w"

    def __init__(self, gan: GAN, z: Tensor, y: Tensor | None):
        # z [M, z_dim], y [M, K]: random latents, from which the spread is measured.
        self.gan, self.radius = gan, math.sqrt(gan.recipe.z_dim)
        with torch.inference_mode():
            off = (styled(gan, z, y) - self._mean(z, y)).double()
            values, vectors = torch.linalg.eigh(off.T @ off / len(off))
            scale = values.clamp(min=values[-1] * 1e-8).sqrt()
            spread, back = (vectors * scale).T, vectors / scale
        self.spread, self.back = spread.float().clone(), back.float().clone()

    def _mean(self, p: Tensor, y: Tensor | None) -> Tensor:
        return self.gan.G.members(p, y) @ self.gan.G.mean.to(p.device)

    def points(self, z: Tensor, y: Tensor | None) -> Tensor:
        there = (None if t is None else t.to(self.gan.device) for t in (z, y))
        w = self.gan.G.style(*there).to(z.device)
        return self.hold((w - self._mean(z, y)) @ self.back.to(z.device))

    def hold(self, p: Tensor) -> Tensor:
        length = p.norm(dim=-1, keepdim=True)
        return p * (self.radius / length.clamp(min=self.radius))

    def along(self, p: Tensor, slope: Tensor) -> Tensor:
        at_rim = p.norm(dim=-1, keepdim=True) > self.radius * (1 - 1e-5)
        outward = (p * slope).sum(-1, keepdim=True) < 0  # a step goes against the slope
        return torch.where(at_rim & outward, tangent(p, slope), slope)

    def latents(self, p: Tensor, y: Tensor | None) -> Tensor:
        return self._mean(p, y) + p @ self.spread.to(p.device)

    def draw(self, p: Tensor, y: Tensor | None) -> Tensor:
        return self.gan.G.draw([self.latents(p, y)] * len(self.gan.sides))


def space_of(gan: GAN, name: str | None, z: Tensor, y: Tensor | None) -> Space:
    """The space of a name; None is "w" for a style-based network, else "z". z, y: see `Styles`.

    Raises ValueError for an unknown name, or for "w" if the network has no styles.
    """
    name = name or ("w" if gan.sides else "z")
    if checked_space(gan.recipe, name, bool(gan.sides)) == "z":
        return Sphere(gan)
    return Styles(gan, z, y)


def draw(gan: GAN, latents: Tensor, labels: list[int] | Tensor | None = None, space: str = "z"):
    """The pictures of latents such as `Fit.latents`: [M, D], M classes or None -> uint8 [M, H, W, C].

    space: the space of the latents. Raises ValueError if an argument does not fit.
    """
    return gan.at(latents, mixtures(gan.recipe, labels, len(latents)), space)
