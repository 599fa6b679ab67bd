"""A trained GAN as people use it: seeds and labels in, uint8 pictures out. No UI import.

A seed always gives the same picture: each seed has a latent of its own, drawn on the CPU (see also `model`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from .arguments import (
    checked_amount,
    checked_latents,
    checked_name,
    checked_pictures,
    checked_points,
    checked_seeds,
    checked_space,
    checked_steps,
    checked_strengths,
    checked_truncation,
    checked_truncations,
    classes_of,
    mixtures,
    sequence,
    short,
    whole,
)
from .keys import Key, checked_keys, latents, points
from .model import CHUNK, Model, chunks, to_uint8, within  # noqa: F401  (other modules import these from here)
from .paths import PATHS, along, between
from .recipe import Recipe
from .styles import LEVELS


class GAN(Model):
    """A recipe and its trained generator, in evaluation mode. Never changed after loading: threads may share it.

    recipe: its description. provenance: the facts of its training (a dict, empty for a network made in memory). encoder
    and directions: those that `load(..., latent=True)` found; None and () otherwise. calibration: D's calibration,
    which `sample(accept=...)` needs.
    """

    kind = Recipe
    recipe: Recipe

    def __init__(
        self, recipe: Recipe, G, provenance: dict | None = None, D=None, encoder=None, directions=(), calibration=None
    ):
        super().__init__(recipe, G, provenance, D)
        self.encoder = None if encoder is None else encoder.eval().requires_grad_(False)
        self.directions, self.calibration = tuple(directions), calibration

    @property
    def sides(self) -> tuple[int, ...]:
        """Sides in pixels of the levels that `mix` can mix, coarse to fine; empty if G has no styles."""
        return getattr(self.G, "sides", ())

    def __call__(self, z: Tensor, y: Tensor | None = None, truncation: float | Tensor = 1.0) -> Tensor:
        """z: floats [N, z_dim], y: labels int64 [N] or mixtures, floats [N, K] -> float32 [N, C, H, W] in [-1, 1].

        Floats may be of any precision; float32 is used. truncation: see `sample`; a tensor [N, 1] gives each picture
        its own. Raises ValueError if an argument does not fit.
        """
        return self._drawn_once(*self._checked(z, y, truncation))

    def _checked(self, z: Tensor, y: Tensor | None, truncation) -> tuple[Tensor, Tensor | None, float | Tensor]:
        """The three arguments, floats as float32. Raises ValueError unless all of them fit."""
        z, y = checked_latents(self.recipe, z, y)
        each = isinstance(truncation, Tensor)
        return z, y, checked_strengths(truncation, len(z)) if each else checked_truncation(truncation)

    def _drawn_once(self, z: Tensor, y: Tensor | None, truncation: float | Tensor) -> Tensor:
        """`__call__` for arguments that were checked."""
        z, y = z.to(self.device), None if y is None else y.to(self.device)
        if isinstance(truncation, Tensor):
            truncation = truncation.to(self.device)
        elif truncation == 1:
            return self.G(z, y)
        if self.sides:
            return self.G.draw([self.G.style(z, y, truncation)] * len(self.sides))
        return self.G(z * truncation, y)

    def sample(
        self, seeds: Sequence[int], labels=None, truncation: float = 1.0, accept: float | None = None
    ) -> np.ndarray:
        """One picture per seed: uint8 [N, H, W, C].

        At most 1,000,000 pictures and 8 GB of pictures per call; this holds for the methods below too.
        labels: N classes, as indices or names, or as K weights for a mixture of them; None takes class seed mod K.
        truncation: 0 or more; below 1 pictures are more typical and less diverse. It multiplies the latent; in a
        style-based network it moves the style towards its mean (Karras et al. 2019, arXiv:1812.04948, appendix B).
        accept: D rejects pictures so that only this share is kept, from 0.02 to 1 (latent/rejection.py): each seed has
        a stream of latents, and its picture is the first that D accepts. Needs a calibrated D that gives probabilities.
        Raises ValueError, with one sentence, if an argument is invalid.
        """
        seeds = checked_seeds(seeds)
        truncation = checked_truncation(truncation)
        checked_amount(self.recipe, len(seeds))
        z = latents(seeds, self.recipe.z_dim)
        y = mixtures(self.recipe, self.labels_of(seeds) if labels is None else labels, len(seeds))
        if accept is not None:
            from .latent.rejection import accepted  # which few need

            z = accepted(self, seeds, y, truncation, accept)
        return self.pictures(z, y, truncation)

    def truncations(self, seeds: Sequence[int], values: Sequence[float], labels=None) -> np.ndarray:
        """`sample` at each of T truncations, one or more: uint8 [T, N, H, W, C]."""
        seeds, values = checked_seeds(seeds), checked_truncations(values)
        n, t = len(seeds), len(values)
        checked_amount(self.recipe, n * t, -(-n // 4) * 4 * t)
        z = latents(seeds, self.recipe.z_dim)
        y = mixtures(self.recipe, self.labels_of(seeds) if labels is None else labels, n)
        # Each truncation begins at a multiple of four rows: a convolution rounds differently at an odd row.
        rows = torch.arange(-(-n // 4) * 4).clamp(max=n - 1).repeat(t)
        strength = torch.tensor(values, dtype=torch.float32).repeat_interleave(len(rows) // t)[:, None]
        made = self.pictures(z[rows], None if y is None else y[rows], strength)
        return made.reshape(t, len(rows) // t, *made.shape[1:])[:, :n]

    def moved(self, seeds: Sequence[Key], direction, amounts: Sequence[float], labels=None) -> np.ndarray:
        """Pictures of seeds, or of found latents, moved along a direction: uint8 [A, N, H, W, C].

        direction: a `latent.directions.Direction`, or the index of one in `directions`, from 0. amounts: A numbers from
        -100 to 100, each in standard deviations of random latents along the direction; 0 gives the pictures of
        `sample`. labels: N classes, as indices or names; None takes class seed mod K for a seed, and for a found latent
        the class it was found with. Raises ValueError if an argument does not fit.
        """
        from .latent.directions import moved  # which few need

        return moved(self, seeds, direction, amounts, labels)

    def mix(
        self, seeds: Sequence[int], others: Sequence[int], levels="fine", labels=None, truncation: float = 1.0
    ) -> np.ndarray:
        """Picture k has the style of seeds[k], and at some levels that of others[k]: uint8 [N, H, W, C].

        levels: the levels taken from the others, as sides in pixels (see `sides`), or "coarse", "middle" or "fine", a
        third of the levels each. labels: one per picture, for both styles; None takes class seeds[k] mod K. Raises
        ValueError if the network has no styles or an argument does not fit. Karras et al. 2019, arXiv:1812.04948,
        section 3.1.
        """
        taken = self.levels(levels)
        seeds, others, truncation = checked_seeds(seeds), checked_seeds(others), checked_truncation(truncation)
        if len(seeds) != len(others):
            raise ValueError(f"there are {len(seeds)} seeds and {len(others)} others; there must be one for each.")
        checked_amount(self.recipe, len(seeds))
        a, b = (latents(s, self.recipe.z_dim) for s in (seeds, others))
        y = mixtures(self.recipe, self.labels_of(seeds) if labels is None else labels, len(seeds))

        def draw(a, b, y):
            a, b, y = (None if t is None else t.to(self.device) for t in (a, b, y))
            style, other = (self.G.style(z, y, truncation) for z in (a, b))
            return self.G.draw([other if side in taken else style for side in self.sides])

        return self._drawn(draw, a, b, y)

    def levels(self, which) -> tuple[int, ...]:
        """ "coarse", "middle", "fine" or a collection of sides -> the sides, coarse to fine. Raises ValueError if a
        side is not one of this network's."""
        if not self.sides:
            raise ValueError(f"{self.recipe.name} has no styles to mix: its network is not style-based.")
        if isinstance(which, str) and which in LEVELS:
            which = dict(zip(LEVELS, np.array_split(self.sides, len(LEVELS)), strict=True))[which]
        which = sequence(f"levels are {', '.join(LEVELS)}, or a list of sides in pixels", which)
        if unknown := [side for side in which if not (whole(side) and side in self.sides)]:
            raise ValueError(
                f"the levels of {self.recipe.name} are {', '.join(map(str, self.sides))}, not {short(unknown[0])}."
            )
        return tuple(side for side in self.sides if side in which)

    def labels_of(self, seeds: list[int]) -> list[int] | None:
        """The class of each seed when no label is given: seed mod K."""
        return [seed % self.recipe.classes for seed in seeds] if self.recipe.classes else None

    def interpolate(
        self,
        seeds: Sequence[Key],
        steps: int = 16,
        how: str = "slerp",
        labels=None,
        truncation: float = 1.0,
        loop: bool = False,
    ) -> np.ndarray:
        """A path through the key frames `seeds`, two or more: uint8 [steps, H, W, C], both ends included.

        seeds: some may be latents that were found for pictures (`latent.fit`), as `Latent` or as its text.
        labels: one class (index, name, or K weights) per seed, mixed linearly between them; None, for all or for one,
        keeps the class of the seed before, or the class a latent was found with. how: "slerp" or "lerp" of the
        latents; if a found latent is a style, the path runs straight from style to style. loop: the path continues
        from the last seed to the first, which is not drawn again: the pictures repeat without a jump or a pause.
        """
        seeds = checked_keys(self, seeds, 2, None, "a path needs two seeds or more")
        steps, truncation = checked_steps(steps, "a path"), checked_truncation(truncation)
        checked_name("a path", how, PATHS)
        checked_amount(self.recipe, max(steps, len(seeds)))
        p, y, space = points(self, seeds, labels, path=True)
        if loop:
            p, y = (None if t is None else torch.cat([t, t[:1]]) for t in (p, y))
        at = np.linspace(0, len(p) - 1, steps, endpoint=not loop)
        y = None if y is None else along(y, at, "lerp")
        return self.at(along(p, at, how if space == "z" else "lerp"), y, space, truncation)

    def latent_map(
        self, seeds: Sequence[Key], steps: int = 8, how: str = "slerp", labels=None, truncation: float = 1.0
    ) -> np.ndarray:
        """A map between four corners: uint8 [steps, steps, H, W, C], rows from top to bottom.

        seeds: top left, top right, bottom left, bottom right; seeds and labels are as in `interpolate`, mixed
        bilinearly. how: see `between`.
        """
        seeds = checked_keys(self, seeds, 4, 4, "a map has four corners")
        steps, truncation = checked_steps(steps, "a map"), checked_truncation(truncation)
        checked_name("a path", how, PATHS)
        checked_amount(self.recipe, steps**2)
        p, y, space = points(self, seeds, labels, path=True)
        down, right = (axis.ravel() for axis in np.meshgrid(*[np.linspace(0, 1, steps)] * 2, indexing="ij"))
        y = None if y is None else between(y, right, down, "lerp")
        made = self.at(between(p, right, down, how if space == "z" else "lerp"), y, space, truncation)
        return made.reshape(steps, steps, *made.shape[1:])

    def at(self, points: Tensor, y: Tensor | None, space: str = "z", truncation: float = 1.0) -> np.ndarray:
        """Points of a space, floats [N, D], and y [N, K] or None -> uint8 [N, H, W, C].

        space: "z", or "w" for styles, which are drawn unchanged: they hold their class, and y has no effect. Raises
        ValueError if the network has no styles or an argument does not fit.
        """
        if checked_space(self.recipe, space, bool(self.sides)) == "z":
            return self.pictures(points, y, truncation)
        points = checked_points(self.recipe, points, "w")
        if checked_truncation(truncation) != 1:
            raise ValueError("a found style is drawn without truncation: the truncation must be 1.")
        return self._drawn(lambda w: self.G.draw([w.to(self.device)] * len(self.sides)), points)

    def pictures(self, z: Tensor, y: Tensor | None = None, truncation: float | Tensor = 1.0) -> np.ndarray:
        """z and y as in a call, of any precision -> uint8 [N, H, W, C]. truncation: see `sample`; [N, 1] gives one for
        each. Raises ValueError if an argument does not fit."""
        z, y, truncation = self._checked(z, y, truncation)
        if isinstance(truncation, Tensor):
            return self._drawn(self._drawn_once, z, y, truncation)
        return self._drawn(lambda z, y: self._drawn_once(z, y, truncation), z, y)

    def score(self, pictures: np.ndarray, labels=None) -> np.ndarray:
        """D's logits for uint8 pictures [N, H, W, C], high = real: float32 [N]. Needs D (see `load`).

        labels: N classes, as indices or names, for a conditional recipe. If D `sees_batch`, all pictures are one batch,
        else each is judged alone. Raises ValueError if pictures or labels do not fit.
        """
        return self.verdict(pictures, labels)[0]

    @torch.inference_mode()
    def verdict(self, pictures: np.ndarray, labels=None) -> tuple[np.ndarray, np.ndarray | None]:
        """(`score`, class logits of an auxiliary classifier in D: float32 [N, K], or None)."""
        if self.D is None:
            raise ValueError(f"{self.recipe.name} was loaded without its discriminator; load(..., discriminator=True).")
        pictures = checked_pictures(self.recipe, pictures)
        y = classes_of(self.recipe, labels, len(pictures))
        x = torch.from_numpy(pictures)
        # Batches of one size, as in sampling, so that a score does not change with the number of pictures.
        parts = [(len(x), x, y)] if self.sees_batch or not len(x) else chunks(x, y)

        def judged(n: int, x: Tensor, y: Tensor | None) -> list[Tensor | None]:
            x, y = x.to(self.device).permute(0, 3, 1, 2).float() / 127.5 - 1, None if y is None else y.to(self.device)
            return [None if t is None else t[:n] for t in self.D(x, y)]

        logits, classes = zip(*(judged(*part) for part in parts), strict=True)
        return torch.cat(logits).cpu().numpy(), None if classes[0] is None else torch.cat(classes).cpu().numpy()
