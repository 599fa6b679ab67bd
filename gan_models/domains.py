"""Pairs of domains made from one set of pictures: a rule takes pictures and returns the given ones, a translator's
input, and the wanted ones, its target. No torch import.

A rule is one registered function (`RULES`): uint8 [N, H, W, C] -> (given, wanted), uint8 arrays of N pictures each. The
same pictures always give the same pairs: what a rule draws at random, it draws from a seed. A rule that cannot use the
pictures raises a ValueError with one sentence.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFilter

from .pictures import luma
from .registry import register

RULES: dict[str, Callable] = {}
"""Rules by name. `names`: of its two domains. `draws`: whether it is random. `takes`: how many channels the pictures
must have (left out: any). `sketched`: whether a person can draw the given picture by hand"""
PART = 2_000
"""Pictures filtered at a time, so that their enlarged copies need little memory"""
MARGIN = 4
"""Pixels by which each picture's edge is repeated before a filter, so that it sees no neighbouring picture"""
SMALLER = 4
"""Factor by which `small` divides the side"""
EDGE = 60
"""Levels by which the brightest pixel of a 3 x 3 neighbourhood must exceed its centre to make an edge"""
ENLARGED, STROKE = 3, 2
"""Strokes become thinner and thicker by STROKE pixels in a picture enlarged ENLARGED times"""
MISSING = 128
"""The grey of a hole"""


@register(RULES, names=("edges", "pictures"), sketched=True)
def edges(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """White outlines on black -> the pictures. An outline is where a dark pixel touches a much brighter one: the
    morphological gradient after a slight blur (Rivest et al. 1993), which makes lines of one pixel."""
    soft = filtered(luma(x), lambda sheet: sheet.filter(ImageFilter.GaussianBlur(0.5)))
    return np.where(extreme(soft, 1, np.maximum) - soft > EDGE, np.uint8(255), np.uint8(0)), x


@register(RULES, names=("grey", "colour"), takes=3)
def grey(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Brightness (ITU-R 601) -> the colour pictures."""
    return luma(x), x


@register(RULES, names=("small", "large"))
def small(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A quarter of the side, each pixel the mean of 4 x 4 -> the pictures."""
    _, h, w, _ = x.shape
    fits = h % SMALLER == 0 and w % SMALLER == 0
    need(fits, f"small -> large needs a side that {SMALLER} divides, and these have {h} pixels.")
    return shrunk(x, SMALLER), x


@register(RULES, names=("hole", "whole"), draws=True, masks=True)
def hole(x: np.ndarray, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A grey square of half the side, at a random place in each picture -> the pictures."""
    n, h, w, _ = x.shape
    side = (h // 2, w // 2)
    corner = np.random.default_rng(seed).integers((h - side[0] + 1, w - side[1] + 1), size=(n, 2))
    rows, columns = (np.arange(length) - corner[:, k, None] for k, length in enumerate((h, w)))
    inside = ((rows >= 0) & (rows < side[0]))[:, :, None] & ((columns >= 0) & (columns < side[1]))[:, None, :]
    return np.where(inside[..., None], np.uint8(MISSING), x), x


@register(RULES, names=("thin", "thick"), sketched=True)
def thin(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bright strokes made thinner -> the same made thicker, by a pixel or so on either side: erosion and dilation at
    three times the size."""
    narrow, wide = np.empty_like(x), np.empty_like(x)
    for start in range(0, len(x), PART):
        part = slice(start, start + PART)
        large = filtered(x[part], enlarged)
        narrow[part], wide[part] = (
            shrunk(extreme(large, STROKE, which), ENLARGED) for which in (np.minimum, np.maximum)
        )
    # Erosion dims narrow strokes: each picture gets its own brightest value back.
    peak, was = (one.max((1, 2, 3), keepdims=True).astype(np.float32) for one in (narrow, x))
    return (narrow * (was / np.maximum(peak, 1))).round().clip(0, 255).astype(np.uint8), wide


def enlarged(sheet: Image.Image) -> Image.Image:
    return sheet.resize((ENLARGED * sheet.width, ENLARGED * sheet.height), Image.Resampling.BICUBIC)


@register(RULES, names=("coloured", "plain"), draws=True, takes=1)
def coloured(x: np.ndarray, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Grey pictures coloured with two random colours each, a dark one for the background and a light one for the figure
    -> the grey pictures, in three channels."""
    draw, n = np.random.default_rng(seed), len(x)
    ground, ink = (draw.uniform(low, high, (n, 1, 1, 3)).astype(np.float32) for low, high in ((0, 128), (128, 255)))
    share = x.astype(np.float32) / 255
    return (ground + share * (ink - ground)).round().astype(np.uint8), x.repeat(3, -1)


def apply(name: str, x: np.ndarray, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """(given, wanted) of a rule. seed: for its random draws. Raises ValueError if the rule cannot use the pictures or
    does not exist."""
    need(name in RULES, f"there is no rule {name!r}: there are {', '.join(RULES)}.")
    rule, kinds = RULES[name], {1: "grey", 3: "colour"}
    takes = getattr(rule, "takes", None)
    if takes not in (None, x.shape[-1]):
        these = kinds.get(x.shape[-1], f"of {x.shape[-1]} channels")
        need(
            False,
            f"{' -> '.join(rule.names)} needs {kinds[takes]} pictures, and these are {these}: choose other data or "
            "another rule.",
        )
    return rule(x, seed) if getattr(rule, "draws", False) else rule(x)


def extreme(x: np.ndarray, radius: int, which: np.ufunc) -> np.ndarray:
    """Dilation (np.maximum) or erosion (np.minimum) by a square of 2 radius + 1 pixels: uint8 [N, H, W, C] -> the same.
    Done along one axis, then along the other: the same result in far fewer steps."""
    for axis in (1, 2):
        length = x.shape[axis]
        pad = [(radius, radius) if k == axis else (0, 0) for k in range(4)]
        wide = np.pad(x, pad, "edge")
        x = wide.take(range(length), axis)
        for shift in range(1, 2 * radius + 1):
            which(x, wide.take(range(shift, shift + length), axis), out=x)
    return x


def shrunk(x: np.ndarray, times: int) -> np.ndarray:
    """Each block of times x times pixels as its mean: uint8 [N, H, W, C]."""
    n, h, w, c = x.shape
    blocks = x.reshape(n, h // times, times, w // times, times, c)
    return blocks.mean((2, 4), dtype=np.float32).round().astype(np.uint8)


def filtered(x: np.ndarray, do: Callable[[Image.Image], Image.Image]) -> np.ndarray:
    """Each channel of each picture through a filter of Pillow, which may enlarge it: uint8 [N, H, W, C] -> the same.

    For a small picture Pillow's overhead exceeds the filtering, so many are filtered as one tall sheet.
    """
    n, h, w, c = x.shape
    made = []
    for start in range(0, n, PART):
        part = np.pad(x[start : start + PART], ((0, 0), (MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)), "edge")
        sheets = (Image.fromarray(part[..., k].reshape(-1, w + 2 * MARGIN)) for k in range(c))
        done = np.stack([np.asarray(do(sheet)) for sheet in sheets], -1)
        times = done.shape[1] // (w + 2 * MARGIN)
        done = done.reshape(len(part), times * (h + 2 * MARGIN), -1, c)
        inside = slice(times * MARGIN, -times * MARGIN)
        made.append(done[:, inside, inside])
    return np.concatenate(made)


def need(ok: object, sentence: str) -> None:
    """ValueError with this sentence unless ok."""
    if not ok:
        raise ValueError(sentence)
