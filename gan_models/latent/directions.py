"""Directions of a latent space, and the effects of moving along them.

Candidates come from three places: the weights (SeFa: Shen and Zhou 2021, arXiv:2007.06600), the spread of styles or
first features (GANSpace: Härkönen et al. 2020, arXiv:2004.02546), and boundaries between pictures that differ in a
class or a measure (InterFaceGAN: Shen et al. 2020, arXiv:1907.10786). No candidate comes with a meaning: its effect is
measured (naming.py) and gives it its name.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from .. import limits
from ..arguments import checked_amount, checked_moves, checked_number, checked_space, short, whole
from ..disk import write_text
from ..folder import CheckpointError, one_line, read_recipe
from ..found import SPACES
from ..keys import Key, checked_keys, points, styled
from ..metrics.record import generator_hash
from ..recipe import Recipe
from ..sampling import GAN, latents
from .space import draw

FILE, FORMAT = "directions.json", 2
"""Format 1 does not store the class that a direction leads towards"""
MOST_FILE = 2_000_000
MOST = 64
"""Most directions of a file"""
METHODS = ("sefa", "pca", "boundary")
STEP = 2.0
"""Length of the measured move, in standard deviations of random latents along the direction"""
NEAR, MOST_STEP = 0.01, 100.0
"""How far the length of a vector may be from 1, and the largest step of a direction"""


@dataclass(frozen=True, eq=False)
class Direction:
    """A unit vector of a latent space, and the measured effect of a move along it."""

    name: str
    """ "more slant to the right +0.9 sd, class unchanged in 97 %" """
    method: str
    """One of METHODS"""
    space: str
    """ "z" or "w" """
    vector: Tensor
    """float32 [D], length 1"""
    step: float
    """Length of the measured move to either side, in units of the space"""
    effects: dict[str, float] = field(default_factory=dict)
    """Mean change of each measure after a step forward, in standard deviations of the measure over random pictures; the
    largest gives the name"""
    spread: float = 0.0
    """Standard deviation of the effect that gives the name, over the moved pictures"""
    entanglement: float = 0.0
    """Second largest effect divided by the largest: 0 if only one measure changes, 1 if two change equally"""
    unchanged: float | None = None
    """Share of pictures for which the extractor sees the same class before and after; None without classes"""
    towards: str | None = None
    """The class whose share grows most, if it names the direction; else None"""
    shares: tuple[float, float] | None = None
    """The share of that class a step backward and a step forward; None without `towards`"""

    def to_json(self) -> dict:
        keys = "name", "method", "space", "step", "spread", "entanglement", "unchanged", "towards", "shares"
        about = {k: getattr(self, k) for k in keys}
        return {**about, "effects": self.effects, "vector": [float(f"{x:.5g}") for x in self.vector.tolist()]}


# Candidates ---------------------------------------------------------------------------------------------------


def first_weight(gan: GAN) -> Tensor | None:
    """Weights of the first layer after the latent, float64 [outputs, D] on the CPU: the layers that make styles from w,
    or the z columns of the first linear layer. None if the network has no such layer."""
    if gan.sides:
        affines = [m.style for m in gan.G.modules() if isinstance(getattr(m, "style", None), nn.Module)]
        return torch.cat([a.weight for a in affines]).cpu().double() if affines else None
    d = gan.recipe.z_dim
    for m in gan.G.modules():
        if isinstance(m, nn.Linear) and m.in_features in (d, d + gan.recipe.classes):
            return m.weight[:, :d].cpu().double()
    return None


def sefa(weight: Tensor, most: int) -> Tensor:
    """[outputs, D] -> eigenvectors of W'W with the largest eigenvalues, after scaling each row of W to length 1: [most,
    D]."""
    rows = weight / weight.norm(dim=1, keepdim=True).clamp(min=1e-12)
    return torch.linalg.eigh(rows.T @ rows).eigenvectors.flip(1).T[:most]


def pca(gan: GAN, most: int, n: int = 2000) -> Tensor | None:
    """Principal directions [most, D] of n styles. Without styles: those of the first features W z, mapped back to z by
    regression as in GANSpace, which for normal z are the right singular vectors of the unscaled W."""
    if gan.sides:
        z = latents(range(n), gan.recipe.z_dim)
        k = gan.recipe.classes
        y = None if not k else nn.functional.one_hot(torch.arange(n) % k, k).float()
        w = styled(gan, z, y).double()
        return torch.linalg.svd(w - w.mean(0), full_matrices=False).Vh[:most].clone()
    weight = first_weight(gan)
    return None if weight is None else torch.linalg.svd(weight, full_matrices=False).Vh[:most]


def boundary(points: Tensor, values: np.ndarray, share: float = 0.1) -> Tensor:
    """The normal [D] of the plane between points [N, D] whose value is high and those whose value is low.

    share: of the points used at either end; fewer where the two ends would meet in equal values, so that for a class
    of 2 % no end has more than these. InterFaceGAN uses 2 % of 500,000 and a support vector machine; here it is
    logistic regression with a ridge penalty, on a tenth of far fewer points. Raises ValueError if all values are equal.
    """
    order = np.argsort(values, kind="stable")
    k = max(2, int(len(order) * share))
    k = np.count_nonzero(values[order[:k]] < values[order[::-1][:k]])
    if not k:
        raise ValueError("there is no boundary between equal values.")
    rows = torch.from_numpy(np.concatenate([order[:k], order[-k:]]).copy())
    x = points[rows].double()
    y = torch.cat([torch.zeros(k), torch.ones(k)]).double()
    centre = x.mean(0)
    x = torch.cat([x - centre, torch.ones(len(x), 1, dtype=torch.float64)], 1)
    ridge = torch.eye(x.shape[1], dtype=torch.float64) * 0.01 * len(x) * x[:, :-1].var()
    at = torch.zeros(x.shape[1], dtype=torch.float64)
    for _ in range(15):  # Newton's method; the ridge makes it converge
        p = torch.sigmoid(x @ at)
        at = at - torch.linalg.solve((x.T * (p * (1 - p))) @ x + ridge, x.T @ (p - y) + ridge @ at)
    return at[:-1] / at[:-1].norm().clamp(min=1e-12)


def apart(vectors: Tensor, gap: float = 0.9) -> list[int]:
    """Indices of rows [M, D] of length 1, in order, leaving out rows nearly parallel to an earlier one: |cosine| >
    gap."""
    kept: list[int] = []
    for i, v in enumerate(vectors):
        if all((v @ vectors[j]).abs() <= gap for j in kept):
            kept.append(i)
    return kept


# Moving -------------------------------------------------------------------------------------------------------


def checked_direction(gan: GAN, direction: Direction | int) -> Direction:
    """A direction, or the index of one of the GAN's own -> the direction, its vector float32 on the CPU. Raises
    ValueError if it does not fit the GAN."""
    name = gan.recipe.name
    if whole(direction):
        if not 0 <= direction < len(gan.directions):
            raise ValueError(
                f"{name} has {len(gan.directions)} directions, from 0, not {short(direction)}: load(..., latent=True) "
                "brings those of directions.json."
            )
        direction = gan.directions[direction]
    if not isinstance(direction, Direction):
        raise ValueError(f"a direction is a Direction, or the index of one of {name}, not {short(direction)}.")
    checked_space(gan.recipe, direction.space, bool(gan.sides))
    vector, d = direction.vector, gan.recipe.z_dim
    if not isinstance(vector, Tensor) or not vector.is_floating_point() or vector.shape != (d,):
        said = f"{vector.dtype} {list(vector.shape)}" if isinstance(vector, Tensor) else short(vector)
        raise ValueError(f"the vector of a direction of {name} is a tensor of floats [{d}], not {said}.")
    length = vector.float().norm().item()
    if not abs(length - 1) < NEAR:
        raise ValueError(f"the vector of a direction has length 1, not {length:g}.")
    checked_number("the step of a direction", direction.step, 0, MOST_STEP)
    return replace(direction, vector=vector.float().cpu())


def move(gan: GAN, points: Tensor, direction: Direction, by: float) -> Tensor:
    """Latents [N, D] of the direction's space, moved by this many of its steps. In z each keeps its length: G has never
    seen latents of other lengths."""
    moved = points + by * direction.step * direction.vector
    if direction.space == "z":
        moved = moved * (points.norm(dim=1, keepdim=True) / moved.norm(dim=1, keepdim=True).clamp(min=1e-12))
    return moved


def moved(
    gan: GAN, seeds: Sequence[Key], direction: Direction | int, amounts: Sequence[float], labels: Sequence | None = None
) -> np.ndarray:
    """Pictures of seeds, or of found latents, moved along a direction: uint8 [A, N, H, W, C]. See `GAN.moved`."""
    direction = checked_direction(gan, direction)
    seeds, amounts = checked_keys(gan, seeds, 1, None, "a move needs one seed or more"), checked_moves(amounts)
    n = len(seeds)
    checked_amount(gan.recipe, n * len(amounts), -(-n // 4) * 4 * len(amounts))
    z, y, space = points(gan, seeds, labels)
    if space != direction.space:
        if space == "w":
            raise ValueError(f"a style cannot be moved along the direction {direction.name!r}, which is one of z.")
        z = styled(gan, z, y).clone()
    # Each amount begins at a multiple of four rows: a convolution rounds differently at an odd row.
    rows = torch.arange(-(-len(z) // 4) * 4).clamp(max=len(z) - 1)
    moves = torch.cat([move(gan, z[rows], direction, a / STEP) if a else z[rows] for a in amounts])
    made = draw(gan, moves, None if y is None else y[rows].repeat(len(amounts), 1), direction.space)
    return made.reshape(len(amounts), len(rows), *made.shape[1:])[:, : len(seeds)]


# The file -----------------------------------------------------------------------------------------------------


def write(folder, found: list[Direction]) -> None:
    """directions.json into a checkpoint folder. Raises ValueError if `read` would refuse it; an old file then stays."""
    path, recipe = Path(folder) / FILE, read_recipe(folder, Recipe)[0]
    content = {"format": FORMAT, "generator": generator_hash(folder), "directions": [d.to_json() for d in found]}
    try:
        text = json.dumps(content, indent=1, allow_nan=False) + "\n"
        if len(text) > MOST_FILE:
            raise ValueError(f"the file would have {len(text):,} bytes, and at most {MOST_FILE:,} are read")
        _directions(json.loads(text), recipe)
    except (ValueError, TypeError) as error:  # numbers of a kind that JSON does not have, too
        raise ValueError(f"{path} is not written: {one_line(error)}.") from error
    write_text(path, text)


def current(folder, recipe: Recipe) -> bool:
    """Whether a checkpoint folder has a list of directions, possibly empty, that this program found for these
    weights."""
    read(folder, recipe)  # raises if the file is damaged
    try:
        content = json.loads(limits.read(Path(folder) / FILE, MOST_FILE).decode("utf-8"))
        return content["format"] == FORMAT and content["generator"] == generator_hash(folder)
    except FileNotFoundError:
        return False


def read(folder, recipe: Recipe) -> tuple[Direction, ...]:
    """The directions of a checkpoint folder; () if there are none, or if they belong to another generator.

    Raises CheckpointError, with one sentence, if the file is damaged, foreign, too large or newer than this program.
    """
    path = Path(folder) / FILE
    try:
        content = json.loads(limits.read(path, MOST_FILE).decode("utf-8"))
        version = content["format"]
        if not isinstance(version, int) or version > FORMAT:
            raise CheckpointError(
                f"{path} has format {limits.shown(version)}; this program reads up to {FORMAT}: update it."
            )
        if not isinstance(content["generator"], str) or not isinstance(content["directions"], list):
            raise ValueError("it holds no directions")
        found = _directions(content, recipe)
        return found if content["generator"] == generator_hash(folder) else ()
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except CheckpointError:
        raise
    except limits.NotReadable as error:
        raise CheckpointError(f"{path} is not read: {error}.") from error
    except Exception as error:  # a foreign file can raise anything
        raise CheckpointError(
            f"{path} is damaged or foreign: {one_line(error)}; delete it, python -m train latent makes it anew."
        ) from error


def _directions(content: dict, recipe: Recipe) -> tuple[Direction, ...]:
    """Raises an error of `_direction`, or ValueError if there are too many."""
    if len(content["directions"]) > MOST:
        raise ValueError(f"it holds {len(content['directions']):,} directions, and at most {MOST} are read")
    return tuple(_direction(one, recipe) for one in content["directions"])


def _direction(one: dict, recipe: Recipe) -> Direction:
    """Raises ValueError, KeyError or TypeError if the entry is not a direction of this recipe."""
    for key, words in (("name", limits.line(one["name"], 200)), ("effects", limits.plain(one["effects"]))):
        if words:
            raise ValueError(f"{key} is {limits.shown(one[key])}, must be {words}")
    if one["method"] not in METHODS or one["space"] not in SPACES:
        raise ValueError(f"method is one of {', '.join(METHODS)} and space one of {', '.join(SPACES)}")
    vector, effects = one["vector"], one["effects"]
    if (
        not isinstance(vector, list)
        or len(vector) != recipe.z_dim
        or not isinstance(effects, dict)
        or len(effects) > 100
    ):
        raise ValueError(f"a vector is a list of {recipe.z_dim} numbers, and effects are at most 100")
    unchanged = one["unchanged"]
    towards, shares = one.get("towards"), one.get("shares")  # format 1 lacks both
    if towards is not None and (words := limits.line(towards, 100)):
        raise ValueError(f"towards is {limits.shown(towards)}, must be {words}")
    if (towards is None) != (shares is None) or not (shares is None or (isinstance(shares, list) and len(shares) == 2)):
        raise ValueError("shares are two numbers where there is a class that a direction leads towards")
    numbers = [*vector, *effects.values(), *(shares or ()), one["step"], one["spread"], one["entanglement"]]
    for value in numbers if unchanged is None else [*numbers, unchanged]:
        if words := limits.number(value):
            raise ValueError(f"it holds {limits.shown(value)}, must be {words}")
    made = torch.tensor(vector, dtype=torch.float32)
    length = made.norm().item()
    if not (math.isfinite(length) and abs(length - 1) < NEAR and 0 < one["step"] <= MOST_STEP):
        raise ValueError(f"a vector has length 1, and a step is above 0 and at most {MOST_STEP:g}")
    numbers = {k: float(one[k]) for k in ("step", "spread", "entanglement")}
    return Direction(
        one["name"], one["method"], one["space"], made / length, effects={k: float(v) for k, v in effects.items()},
        unchanged=None if unchanged is None else float(unchanged), towards=towards,
        shares=None if shares is None else (float(shares[0]), float(shares[1])), **numbers,
    )  # fmt: skip
