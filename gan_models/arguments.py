"""Checks of the arguments that people give to a trained GAN: each function returns its argument in the right type, or
raises a ValueError whose one sentence says what was wrong and what would be right."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

import numpy as np
import torch
from torch import Tensor

from . import limits
from .found import SPACES
from .recipe import Recipe, did_you_mean

MOST_SEED = 2**32 - 1
"""PyTorch's generator would use only the lower half of a longer seed"""
MOST_TRUNCATION = 100.0
"""Far beyond useful values; a far larger latent overflows"""
MOST_AMOUNT = 100.0
"""Standard deviations of a move along a direction: far beyond useful values too"""
MOST_PICTURES, MOST_BYTES = 1_000_000, 8_000_000_000
"""Most pictures of one call, with their latents and labels: a larger number is a mistake, or must be split"""


def whole(value: Any) -> bool:
    """Whether a value is a whole number of Python, NumPy or a tensor; a bool or 2.0 is not."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool | np.bool_)


def is_number(value: Any) -> bool:
    """Whether a value is a number of Python or NumPy; a bool is not."""
    return isinstance(value, numbers.Real) and not isinstance(value, bool | np.bool_)


def short(value: Any) -> str:
    """A value as an error message shows it, in 60 characters at most."""
    try:
        text = " ".join(repr(value[:100] if isinstance(value, str | bytes | list | tuple) else value).split())
    except ValueError:  # Python refuses to write out more than 4,300 digits
        text = "a number of thousands of digits"
    return text if len(text) <= 60 else f"{text[:57]}..."


def sequence(what: str, values: Any) -> list:
    """Any iterable except text, of at most MOST_PICTURES entries -> list. A tensor or array becomes Python's numbers or
    its rows. An endless iterable is cut off."""
    array = isinstance(values, Tensor | np.ndarray)
    if isinstance(values, str | bytes | dict) or not isinstance(values, Iterable) or (array and not values.ndim):
        raise ValueError(f"{what}, not {short(values)}.")
    found = list(islice(values, MOST_PICTURES + 1)) if not array else values[: MOST_PICTURES + 1]
    if len(found) > MOST_PICTURES:
        raise ValueError(f"{what}, at most {MOST_PICTURES:,} at a time; here are more.")
    return found.tolist() if array and found.ndim == 1 else list(found)


def checked_amount(recipe: Recipe, n: int, drawn: int | None = None) -> None:
    """Check the number of pictures of one call: at most MOST_PICTURES and MOST_BYTES.

    drawn: how many are drawn for the n; None takes n.
    """
    drawn = n if drawn is None else drawn
    size = drawn * (recipe.size**2 * recipe.channels + 4 * (math.prod(recipe.input_shape) + recipe.classes))
    if drawn > MOST_PICTURES or size > MOST_BYTES:
        pixels = f"{recipe.size} x {recipe.size} pixels"
        more = f", for which {drawn:,} are drawn" if drawn != n else ""
        raise ValueError(
            f"that would be {n:,} pictures of {pixels}{more}, {size / 1e9:,.1f} GB; one call takes at most "
            f"{MOST_PICTURES:,} pictures and {MOST_BYTES / 1e9:g} GB: ask for fewer at a time."
        )


def checked_seeds(values: Iterable[int], least: int = 0, most: int | None = None, what: str = "") -> list[int]:
    """Seeds as whole numbers. least, most: how many there must be. what: begins the sentence if the number is wrong."""
    seeds = sequence("seeds are a list of whole numbers from 0 to 2^32 - 1", values)
    for seed in seeds:
        if not (whole(seed) and 0 <= seed <= MOST_SEED):
            raise ValueError(f"a seed is a whole number from 0 to 2^32 - 1, not {short(seed)}.")
    if len(seeds) < least or (most is not None and len(seeds) > most):
        raise ValueError(f"{what}, not {len(seeds)}.")
    return [int(seed) for seed in seeds]


def checked_steps(value: int, what: str) -> int:
    """A number of steps, 2 or more. what: "a path" or "a map"."""
    if not whole(value):
        raise ValueError(f"steps are a whole number, not {short(value)}.")
    if not 2 <= value <= MOST_PICTURES:
        bound = "needs two steps or more" if value < 2 else f"has at most {MOST_PICTURES:,} steps"
        raise ValueError(f"{what} {bound}, not {short(value)}.")
    return int(value)


def checked_number(what: str, value: Any, least: float, most: float) -> float:
    """A number of Python, NumPy or a tensor, from `least` to `most`. what: "the truncation"."""
    if isinstance(value, Tensor | np.ndarray) and value.ndim == 0:
        value = value.item()
    if not (is_number(value) and least <= value <= most):
        raise ValueError(f"{what} is a number from {least:g} to {most:g}, not {short(value)}.")
    return float(value)


def checked_truncation(value: float) -> float:
    """A truncation from 0 to MOST_TRUNCATION."""
    return checked_number("the truncation", value, 0, MOST_TRUNCATION)


def checked_truncations(values: Sequence[float]) -> list[float]:
    """One or more truncations."""
    found = [checked_truncation(one) for one in sequence("truncations are a list of numbers", values)]
    if not found:
        raise ValueError("no truncation is given: give one or more numbers.")
    return found


def checked_strengths(values: Tensor, n: int) -> Tensor:
    """A tensor of a truncation for each of N pictures -> float32 [N, 1]."""
    if values.shape != (n, 1) or values.dtype == torch.bool or values.is_complex():
        raise ValueError(f"a tensor of truncations is of numbers [{n}, 1], not {_described(values)}.")
    made = values.float()
    fine = (made >= 0) & (made <= MOST_TRUNCATION)  # a NaN fails both comparisons
    if not fine.all():
        odd = values[~fine][0].item()
        raise ValueError(f"a truncation is a number from 0 to {MOST_TRUNCATION:g}, not {odd:g}.")
    return made


def checked_moves(values: Iterable[float]) -> list[float]:
    """One or more amounts of a move, from -MOST_AMOUNT to MOST_AMOUNT."""
    found = sequence("amounts are a list of numbers, in standard deviations", values)
    if not found:
        raise ValueError("no amount is given: give one or more numbers of standard deviations.")
    return [checked_number("an amount of standard deviations", one, -MOST_AMOUNT, MOST_AMOUNT) for one in found]


def checked_device(device: Any) -> torch.device:
    """A device that tensors can be put on."""
    try:
        found = torch.device(device)
        torch.empty(0, device=found)
    except Exception:  # RuntimeError, AssertionError, TypeError and more, with long messages
        right = "cpu, or cuda, cuda:1 or mps where there is one"
        raise ValueError(f"there is no device {short(device)} on this machine: give {right}.") from None
    return found


def named(recipe: Recipe, labels: Any) -> list:
    """Labels with each class name replaced by its index."""
    k = recipe.classes
    words = f"labels are one class for each picture: a number from 0 to {k - 1}, a name, or {k} weights"
    names = recipe.class_names

    def place(one):
        if not isinstance(one, str):
            return one
        if one not in names:
            hint = did_you_mean(one[:100], names)
            raise ValueError(f"{recipe.name} has no class {short(one)}{hint if len(hint) < 200 else ''}.")
        return names.index(one)

    return [place(one) for one in sequence(words, labels)]


def needs_labels(recipe: Recipe, labels: Any) -> bool:
    """Whether the recipe takes labels. Raises ValueError if it does and none are given, or if it does not and some
    are."""
    k = recipe.classes
    if not k and labels is not None:
        raise ValueError(f"{recipe.name} is unconditional: it takes no labels.")
    if k and labels is None:
        raise ValueError(f"{recipe.name} is conditional: it needs a label from 0 to {k - 1} for each picture.")
    return bool(k)


def classes_of(recipe: Recipe, labels: Any, n: int) -> Tensor | None:
    """N class indices or names -> int64 [N]; None for an unconditional recipe."""
    if not needs_labels(recipe, labels):
        return None
    found = named(recipe, labels)
    if len(found) != n:
        raise ValueError(f"there are {n} pictures and {len(found)} labels; there must be one label per picture.")
    return torch.tensor([_class(recipe, one) for one in found], dtype=torch.int64)


def _class(recipe: Recipe, label: Any) -> int:
    if not (whole(label) and 0 <= label < recipe.classes):
        raise ValueError(
            f"a label of {recipe.name} is the name of a class or a whole number from 0 to {recipe.classes - 1}, "
            f"not {short(label)}."
        )
    return int(label)


def mixtures(recipe: Recipe, labels: Any, n: int) -> Tensor | None:
    """N class indices, names or rows of K weights -> float32 [N, K]; None for an unconditional recipe.

    Raises ValueError for labels that the recipe does not take, missing labels, a wrong number or an unknown class.
    """
    if not needs_labels(recipe, labels):
        return None
    found = named(recipe, labels)
    if len(found) != n:
        raise ValueError(f"there are {n} seeds and {len(found)} labels; there must be one label per seed.")
    rows = np.zeros((n, recipe.classes), np.float32)
    for row, label in zip(rows, found, strict=True):
        _fill(recipe, row, label)
    return torch.from_numpy(rows)


def _fill(recipe: Recipe, row: np.ndarray, label: Any) -> None:
    """Write one label into its row of K weights."""
    k = recipe.classes
    if isinstance(label, Tensor | np.ndarray):
        label = label.tolist() if label.shape in ((), (k,)) else list(label.shape)
    if isinstance(label, Sequence):
        weights = list(islice(label, k + 1))
        numeric = len(weights) == k and all(isinstance(one, numbers.Real) for one in weights)
        if not numeric or not all(one >= 0 for one in weights) or not abs(sum(weights) - 1) < 1e-4:
            raise ValueError(_no_mixture(k, label))
        row[:] = weights
    else:
        row[_class(recipe, label)] = 1


def _no_mixture(k: int, label: Any) -> str:
    return f"a mixture of labels is {k} weights, none below 0, that sum to 1, not {short(label)}."


def checked_points(recipe: Recipe, points: Any, space: str = "z") -> Tensor:
    """Points [N, D] of a space, of floats of any kind from -limits.LATENT to limits.LATENT -> float32."""
    fits = isinstance(points, Tensor) and points.is_floating_point() and points.dim() == 2
    if not fits or points.shape[1] != recipe.z_dim:
        raise ValueError(f"{space} is a tensor of floats [N, {recipe.z_dim}], not {_described(points)}.")
    checked_amount(recipe, len(points))
    made, most = points.float(), limits.LATENT
    if not (fine := made.abs() <= most).all():  # a NaN fails the comparison
        raise ValueError(f"{space} is of numbers from {-most:,.0f} to {most:,.0f}, not {points[~fine][0].item():g}.")
    return made


def checked_latents(recipe: Recipe, z: Any, y: Any) -> tuple[Tensor, Tensor | None]:
    """z [N, z_dim] of floats -> float32; y int64 [N], or mixtures of floats [N, K] -> float32, for a conditional
    recipe, else None."""
    z = checked_points(recipe, z)
    if not needs_labels(recipe, y):
        return z, None
    k = recipe.classes
    if isinstance(y, Tensor) and y.shape == (len(z),) and y.dtype == torch.int64:
        if len(y) and not 0 <= y.min() <= y.max() < k:
            raise ValueError(f"a label of {recipe.name} is a whole number from 0 to {k - 1}.")
        return z, y
    if not (isinstance(y, Tensor) and y.shape == (len(z), k) and y.is_floating_point()):
        raise ValueError(f"y is a tensor of int64 [{len(z)}] or of floats [{len(z)}, {k}], not {_described(y)}.")
    # Weights in half precision sum to 1 within its rounding.
    made, near = y.float(), max(1e-4, torch.finfo(y.dtype).eps)
    fine = (made >= 0).all(1) & ((made.sum(1) - 1).abs() <= near)
    if not fine.all():
        raise ValueError(_no_mixture(k, made[~fine][0].tolist()))
    return z, made


def checked_pictures(recipe: Recipe, pictures: Any) -> np.ndarray:
    """An array, a tensor, or a list of N pictures -> uint8 [N, H, W, C] of the recipe's size."""
    shape = recipe.size, recipe.size, recipe.channels
    right = f"pictures are uint8 [N, {', '.join(map(str, shape))}], 0 to 255"

    def fitting(found: Any, axes: tuple[int, ...]) -> np.ndarray:
        # A list of plain numbers is refused here: it has no uint8, and could be a range of 10^12.
        if not isinstance(found, Tensor) and not hasattr(found, "__array__"):
            raise ValueError(f"{right}, not {short(type(found).__name__)}.")
        try:
            found = np.asarray(found.cpu() if isinstance(found, Tensor) else found)
        except (TypeError, ValueError, RuntimeError):
            raise ValueError(f"{right}, not {short(type(found).__name__)}.") from None
        if found.dtype != np.uint8 or found.ndim != len(axes) + 3 or found.shape[-3:] != shape:
            floats = "; (x * 255).round().astype('uint8') makes them of floats from 0 to 1"
            raise ValueError(f"{right}, not {_described(found)}{floats if found.dtype.kind == 'f' else ''}.")
        return found

    if isinstance(pictures, list | tuple) and pictures:
        checked_amount(recipe, len(pictures))
        return np.stack([fitting(one, ()) for one in pictures])
    found = fitting(pictures, (0,))
    checked_amount(recipe, len(found))
    return np.ascontiguousarray(found)


def checked_space(recipe: Recipe, space: str, styled: bool) -> str:
    """A space of a network. styled: whether it has styles."""
    checked_name("a space", space, SPACES)
    if space == "w" and not styled:
        raise ValueError(f'{recipe.name} has no styles, so its space is "z": its network is not style-based.')
    return space


def checked_name(what: str, value: Any, known: Iterable[str]) -> str:
    """One of some names. what: "a path"."""
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"{what} is one of {', '.join(known)}, not {short(value)}.")
    return value


def _described(value: Any) -> str:
    """The kind and shape of an array, or the value itself."""
    if isinstance(value, Tensor | np.ndarray):
        return f"{str(value.dtype).removeprefix('torch.')} {list(value.shape)}"
    return short(value)
