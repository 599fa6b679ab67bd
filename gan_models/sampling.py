"""A trained GAN as people use it: seeds and labels in, uint8 pictures out. No UI import.

Image k of seed s is always the same picture. Each seed has a latent of its own, drawn on the CPU, and the
generator always runs on batches of one size, since a library may round differently for another size.
"""

from __future__ import annotations

import contextlib
import contextvars
import math
import numbers
import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from .folder import CheckpointError
from .recipe import Recipe
from .styles import LEVELS

CHUNK = 16
"""Images per forward pass; a shorter batch is filled up"""
_until = contextvars.ContextVar("until", default=math.inf)


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """What is drawn in this context ends with a TimeoutError after so long: at the next CHUNK."""
    before = _until.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _until.reset(before)


class GAN:
    """A recipe and its trained generator, in evaluation mode. Never changed after loading: threads may share it.

    recipe: what it is. provenance: how it was trained (a dict, empty for a network made in memory).
    """

    def __init__(self, recipe: Recipe, G, provenance: dict | None = None, D=None):
        self.recipe = recipe
        self.provenance = provenance or {}
        self.G = G.eval().requires_grad_(False)
        self.D = None if D is None else D.eval().requires_grad_(False)

    def __repr__(self) -> str:
        return f"GAN({self.recipe.name}, {self.provenance.get('dataset', 'no data set')}, {self.device})"

    @property
    def device(self) -> torch.device:
        return next(self.G.parameters()).device

    def to(self, device) -> GAN:
        """The same GAN on another device; this one moves."""
        for net in (self.G, self.D):
            if net is not None:
                net.to(device)
        return self

    @property
    def sides(self) -> tuple[int, ...]:
        """Sides in pixels of the levels that `mix` can mix, coarse to fine; empty where G has no styles."""
        return getattr(self.G, "sides", ())

    def __call__(self, z: Tensor, y: Tensor | None = None, truncation: float | Tensor = 1.0) -> Tensor:
        """z [N, z_dim], y: labels int64 [N] or mixtures float [N, K] -> float32 [N, C, H, W] in [-1, 1].

        truncation: see `sample`; a tensor [N, 1] has one for each picture.
        """
        if y is None and self.recipe.classes:
            raise ValueError(f"{self.recipe.name} is conditional: it needs a label for each picture.")
        z, y = z.to(self.device), None if y is None else y.to(self.device)
        if isinstance(truncation, Tensor):
            truncation = truncation.to(self.device)
        elif truncation == 1:
            return self.G(z, y)
        if self.sides:
            return self.G.draw([self.G.style(z, y, truncation)] * len(self.sides))
        return self.G(z * truncation, y)

    def sample(self, seeds: Sequence[int], labels=None, truncation: float = 1.0) -> np.ndarray:
        """One picture per seed: uint8 [N, H, W, C].

        labels: N class indices, or N rows of K weights for mixtures of classes; None takes class seed mod K.
        truncation: below 1 pictures are more typical and less diverse. The latent is multiplied by it; a style-based
        network draws the style towards its mean by it (Karras et al. 2019, arXiv:1812.04948, appendix B).
        """
        seeds = list(seeds)
        z = latents(seeds, self.recipe.z_dim)  # first: it says which seeds are none
        y = mixtures(self.recipe, self.labels_of(seeds) if labels is None else labels, len(seeds))
        return self.pictures(z, y, truncation)

    def truncations(self, seeds: Sequence[int], values: Sequence[float], labels=None) -> np.ndarray:
        """`sample` at each of T truncations: uint8 [T, N, H, W, C]."""
        n, t = len(seeds), len(values)
        z = latents(seeds, self.recipe.z_dim)
        y = mixtures(self.recipe, self.labels_of(seeds) if labels is None else labels, n)
        # Each begins at a multiple of four rows: at an odd one a convolution rounds otherwise than at the first.
        rows = torch.arange(-(-n // 4) * 4).clamp(max=n - 1).repeat(t)
        strength = torch.tensor(values, dtype=torch.float32).repeat_interleave(len(rows) // t)[:, None]
        made = self.pictures(z[rows], None if y is None else y[rows], strength)
        return made.reshape(t, len(rows) // t, *made.shape[1:])[:, :n]

    def mix(
        self, seeds: Sequence[int], others: Sequence[int], levels="fine", labels=None, truncation: float = 1.0
    ) -> np.ndarray:
        """Picture k has the style of seeds[k], and at some levels that of others[k]: uint8 [N, H, W, C].

        levels: those of the others, as sides in pixels (see `sides`), or "coarse", "middle" or "fine", a third of the
        levels each. labels: one per picture, of both styles; None takes the class seeds[k] mod K. ValueError where
        the network has no styles. Karras et al. 2019, arXiv:1812.04948, section 3.1.
        """
        seeds, others = list(seeds), list(others)
        taken = self.levels(levels)
        if len(seeds) != len(others):
            raise ValueError(f"there are {len(seeds)} seeds and {len(others)} others; there must be one for each.")
        a, b = (latents(s, self.recipe.z_dim) for s in (seeds, others))
        y = mixtures(self.recipe, self.labels_of(seeds) if labels is None else labels, len(seeds))

        def draw(a, b, y):
            a, b, y = (None if t is None else t.to(self.device) for t in (a, b, y))
            style, other = (self.G.style(z, y, truncation) for z in (a, b))
            return self.G.draw([other if side in taken else style for side in self.sides])

        return self._drawn(draw, a, b, y)

    def levels(self, which) -> tuple[int, ...]:
        """ "coarse", "middle", "fine" or a collection of sides -> the sides, coarse to fine. ValueError where they are
        none of this network's."""
        if not self.sides:
            raise ValueError(f"{self.recipe.name} has no styles to mix: its network is not style-based.")
        if isinstance(which, str):
            thirds = dict(zip(LEVELS, np.array_split(self.sides, len(LEVELS)), strict=True))
            if which not in thirds:
                raise ValueError(f"levels are one of {', '.join(LEVELS)}, or sides, not {which!r}.")
            which = thirds[which].tolist()
        if unknown := [side for side in which if side not in self.sides]:
            raise ValueError(
                f"the levels of {self.recipe.name} are {', '.join(map(str, self.sides))}, not {unknown[0]}."
            )
        return tuple(side for side in self.sides if side in which)

    def labels_of(self, seeds: list[int]) -> list[int] | None:
        """The class that a seed has where none is asked for: seed mod K."""
        return [seed % self.recipe.classes for seed in seeds] if self.recipe.classes else None

    def interpolate(
        self,
        seeds: Sequence[int],
        steps: int = 16,
        how: str = "slerp",
        labels=None,
        truncation: float = 1.0,
        loop: bool = False,
    ) -> np.ndarray:
        """A path through the key frames `seeds`, two or more: uint8 [steps, H, W, C], both ends included.

        labels: one class index (or row of K weights) per seed, mixed linearly between them; None keeps the
        class of the first seed. how: "slerp" or "lerp" of the latents. loop: the path goes on from the last seed to
        the first, which is not drawn again: the pictures repeat without a jump or a pause.
        """
        seeds = list(seeds)
        if len(seeds) < 2:
            raise ValueError(f"a path needs two seeds or more, not {len(seeds)}.")
        if steps < 2:
            raise ValueError(f"a path needs two steps or more, not {steps}.")
        z, y = self._keys(seeds, labels)
        if loop:
            z, y = (None if t is None else torch.cat([t, t[:1]]) for t in (z, y))
        at = np.linspace(0, len(z) - 1, steps, endpoint=not loop)
        return self.pictures(along(z, at, how), None if y is None else along(y, at, "lerp"), truncation)

    def latent_map(
        self, seeds: Sequence[int], steps: int = 8, how: str = "slerp", labels=None, truncation: float = 1.0
    ) -> np.ndarray:
        """A map between four corners: uint8 [steps, steps, H, W, C], rows from top to bottom.

        seeds: top left, top right, bottom left, bottom right. labels: one per corner, mixed bilinearly; None as in
        `interpolate`. how: see `between`.
        """
        seeds = list(seeds)
        if len(seeds) != 4:
            raise ValueError(f"a map has four corners, not {len(seeds)}.")
        if steps < 2:
            raise ValueError(f"a map needs two steps or more, not {steps}.")
        z, y = self._keys(seeds, labels)
        down, right = (axis.ravel() for axis in np.meshgrid(*[np.linspace(0, 1, steps)] * 2, indexing="ij"))
        y = None if y is None else between(y, right, down, "lerp")
        made = self.pictures(between(z, right, down, how), y, truncation)
        return made.reshape(steps, steps, *made.shape[1:])

    def _keys(self, seeds: list[int], labels) -> tuple[Tensor, Tensor | None]:
        """Latents [M, z_dim] and labels [M, K] of key frames; without labels all have the class of the first."""
        z = latents(seeds, self.recipe.z_dim)
        if labels is None and self.recipe.classes:
            labels = [seeds[0] % self.recipe.classes] * len(seeds)
        return z, mixtures(self.recipe, labels, len(seeds))

    def pictures(self, z: Tensor, y: Tensor | None = None, truncation: float | Tensor = 1.0) -> np.ndarray:
        """z [N, z_dim], y [N, K] or None -> uint8 [N, H, W, C]. truncation: see `sample`, [N, 1] has one for each."""
        if isinstance(truncation, Tensor):
            return self._drawn(self, z, y, truncation)
        return self._drawn(lambda z, y: self(z, y, truncation), z, y)

    @torch.inference_mode()
    def _drawn(self, draw: Callable[..., Tensor], *rows: Tensor | None) -> np.ndarray:
        """`draw` over tensors of N rows, in parts: uint8 [N, H, W, C]. CheckpointError where what is drawn is no
        number: weights can be finite and make none."""
        made = []
        for n, *part in chunks(*rows):
            drawn = draw(*part)
            if not drawn.isfinite().all():
                raise CheckpointError(f"{self.recipe.name} draws values that are not finite: its weights are damaged.")
            made.append(to_uint8(drawn)[:n])
        size = (self.recipe.size, self.recipe.size, self.recipe.channels)
        return torch.cat(made).cpu().numpy() if made else np.zeros((0, *size), np.uint8)

    @property
    def sees_batch(self) -> bool:
        """Whether D's verdict on a picture depends on the others of its batch."""
        return self.D is not None and any(getattr(m, "sees_batch", False) for m in self.D.modules())

    def score(self, pictures: np.ndarray, labels=None) -> np.ndarray:
        """D's logits for uint8 pictures [N, H, W, C], high = real: float32 [N]. Needs D (see `load`).

        labels: N class indices for a conditional recipe. Where D `sees_batch`, all pictures are one batch, else each is
        judged alone.
        """
        return self.verdict(pictures, labels)[0]

    @torch.inference_mode()
    def verdict(self, pictures: np.ndarray, labels=None) -> tuple[np.ndarray, np.ndarray | None]:
        """(`score`, class logits of an auxiliary classifier in D: float32 [N, K], or None)."""
        if self.D is None:
            raise ValueError(f"{self.recipe.name} was loaded without its discriminator; load(..., discriminator=True).")
        x = torch.from_numpy(np.ascontiguousarray(pictures)).to(self.device).permute(0, 3, 1, 2) / 127.5 - 1
        if self.recipe.classes and labels is None:
            raise ValueError(f"{self.recipe.name} judges a picture together with its label: labels are missing.")
        y = torch.as_tensor(labels, device=self.device) if self.recipe.classes else None
        # Batches of one size, as in sampling, so that a score does not change with the number of pictures.
        parts = [(len(x), x, y)] if self.sees_batch or not len(x) else chunks(x, y)
        logits, classes = zip(*([t if t is None else t[:n] for t in self.D(*part)] for n, *part in parts), strict=True)
        return torch.cat(logits).cpu().numpy(), None if classes[0] is None else torch.cat(classes).cpu().numpy()


def latents(seeds: Sequence[int], z_dim: int) -> Tensor:
    """One standard normal latent per seed, the same on every device: [N, z_dim].

    A seed has 32 bits: of a longer one PyTorch's generator would take the lower half alone.
    """
    for seed in seeds:
        if not (isinstance(seed, numbers.Integral) and 0 <= seed < 2**32):
            raise ValueError(f"a seed is a whole number from 0 to 2^32 - 1, not {seed}.")
    z = [torch.randn(z_dim, generator=torch.Generator().manual_seed(int(seed))) for seed in seeds]
    return torch.stack(z) if z else torch.empty(0, z_dim)


def mixtures(recipe: Recipe, labels, n: int) -> Tensor | None:
    """Class indices [N] or weights [N, K] -> float32 [N, K]; None for an unconditional recipe.

    ValueError: labels where the recipe takes none, none where it needs them, a wrong number or an unknown class.
    """
    k = recipe.classes
    if not k:
        if labels is not None:
            raise ValueError(f"{recipe.name} is unconditional: it takes no labels.")
        return None
    if labels is None:
        raise ValueError(f"{recipe.name} is conditional: it needs a label from 0 to {k - 1} for each picture.")
    try:
        y = torch.as_tensor(np.asarray(labels))
        count = len(y)
    except (TypeError, ValueError):
        raise ValueError(f"labels are one number from 0 to {k - 1}, or {k} weights, for each picture.") from None
    if count != n:
        raise ValueError(f"there are {n} seeds and {count} labels; there must be one label per seed.")
    if not n:
        return torch.empty(0, k)
    if y.dim() == 1:
        if y.is_floating_point() or (n and not 0 <= y.min() <= y.max() < k):
            raise ValueError(f"a label of {recipe.name} is a whole number from 0 to {k - 1}.")
        return torch.nn.functional.one_hot(y.long(), k).float()
    if y.shape != (n, k) or (y < 0).any() or not torch.allclose(y.sum(1).float(), torch.ones(n), atol=1e-4):
        raise ValueError(f"a mixture of labels is {k} weights, none below 0, that sum to 1.")
    return y.float()


def along(keys: Tensor, at: np.ndarray, how: str = "slerp") -> Tensor:
    """Points of a path through key frames: keys [M, D], positions [T] in [0, M - 1] -> [T, D].

    Position 1.5 is halfway from the second key to the third. how: "lerp" or "slerp".
    """
    _known(how)
    first = np.clip(np.floor(at).astype(int), 0, len(keys) - 2)
    t = torch.as_tensor(at - first, dtype=keys.dtype)[:, None]
    return PATHS[how](keys[first], keys[first + 1], t)


def between(corners: Tensor, x: np.ndarray, y: np.ndarray, how: str = "slerp") -> Tensor:
    """Points of the map between four corners: corners [4, D], x (right) and y (down) [T] in [0, 1] -> [T, D].

    With p the path of `how` from one point to another at t, and corners a (top left), b (top right), c (bottom left)
    and d (bottom right): p(p(a, b; x), p(c, d; x); y). For "lerp" that is the bilinear
    (1-x)(1-y) a + x(1-y) b + (1-x)y c + xy d. For "slerp" the corners are exact and each of the four edges is the arc
    between its corners; inside, going down first would lead elsewhere, for arcs on a sphere do not commute.
    """
    _known(how)
    a, b, c, d = (corner.expand(len(x), -1) for corner in corners)
    x, y = (torch.as_tensor(t, dtype=corners.dtype)[:, None] for t in (x, y))
    return PATHS[how](PATHS[how](a, b, x), PATHS[how](c, d, x), y)


def _known(how: str) -> None:
    if how not in PATHS:
        raise ValueError(f"a path is one of {', '.join(PATHS)}, not {how!r}.")


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


def chunks(*tensors: Tensor | None, size: int = CHUNK) -> Iterator[tuple]:
    """(n, a, b, ...): parts of `size` rows of which the first n count, the rest repeats the last row.

    TimeoutError: between two parts, see `within`.
    """
    total = len(tensors[0])
    for start in range(0, total, size):
        if time.monotonic() > _until.get():
            raise TimeoutError
        rows = torch.arange(start, start + size).clamp(max=total - 1)
        yield (min(size, total - start), *(None if t is None else t[rows] for t in tensors))


def to_uint8(images: Tensor) -> Tensor:
    """[N, C, H, W] in [-1, 1] -> uint8 [N, H, W, C], rounded."""
    return images.float().add(1).mul(127.5).round().clamp(0, 255).byte().permute(0, 2, 3, 1).contiguous()
