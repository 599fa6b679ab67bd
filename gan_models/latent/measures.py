"""Simple measures of pictures, by which a direction gets its name: uint8 [N, H, W, C] -> float64 [N].

A new measure is one registered function; its facts give the words for it and for a larger and a smaller value, and say
whether it needs a figure on a dark ground (`shape=True`), such as a digit or garment, or colours (`colour=True`).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..pictures import LUMA
from ..registry import register

MEASURES: dict[str, Callable] = {}


def light(pictures: np.ndarray) -> np.ndarray:
    """Grey values, float64 [N, H, W] from 0 to 1."""
    x = pictures.astype(np.float64) / 255
    return x[..., 0] if x.shape[-1] == 1 else x @ np.array(LUMA)


def moments(pictures: np.ndarray):
    """Moments of the light, treated as mass: (mass, centre x, centre y, variance x, variance y, covariance), each [N],
    in pixels."""
    m = light(pictures)
    y, x = np.mgrid[: m.shape[1], : m.shape[2]].astype(np.float64)
    mass = m.sum((1, 2)) + 1e-9
    cx, cy = (m * x).sum((1, 2)) / mass, (m * y).sum((1, 2)) / mass
    dx, dy = x - cx[:, None, None], y - cy[:, None, None]
    over = [(m * a * b).sum((1, 2)) / mass for a, b in ((dx, dx), (dy, dy), (dx, dy))]
    return mass, cx, cy, *over


@register(MEASURES, called="brightness", more="brighter", less="darker", shape=False, colour=False)
def brightness(pictures: np.ndarray) -> np.ndarray:
    """Mean grey value."""
    return light(pictures).mean((1, 2))


@register(MEASURES, called="contrast", more="more contrast", less="less contrast", shape=False, colour=False)
def contrast(pictures: np.ndarray) -> np.ndarray:
    """Standard deviation of the grey values."""
    return light(pictures).std((1, 2))


@register(MEASURES, called="stroke width", more="thicker strokes", less="thinner strokes", shape=True, colour=False)
def stroke_width(pictures: np.ndarray) -> np.ndarray:
    """Twice the light divided by its total slope, the length of the edge: the width of a long stroke, in pixels."""
    m = np.pad(light(pictures), ((0, 0), (1, 1), (1, 1)))
    down, right = np.diff(m, axis=1)[:, :, :-1], np.diff(m, axis=2)[:, :-1]
    return 2 * m.sum((1, 2)) / (np.hypot(down, right).sum((1, 2)) + 1e-9)


@register(
    MEASURES, called="slant", more="more slant to the right", less="more slant to the left", shape=True, colour=False
)
def slant(pictures: np.ndarray) -> np.ndarray:
    """How far the figure leans to the right for each pixel of height, by its second moments."""
    *_, yy, xy = moments(pictures)
    return -xy / (yy + 1e-9)


@register(MEASURES, called="width", more="wider", less="narrower", shape=True, colour=False)
def width(pictures: np.ndarray) -> np.ndarray:
    """Standard deviation of the light along x, in pixels, after the slant is removed."""
    _, _, _, xx, yy, xy = moments(pictures)
    return np.sqrt(np.maximum(xx - xy**2 / (yy + 1e-9), 0))


@register(MEASURES, called="height", more="taller", less="shorter", shape=True, colour=False)
def height(pictures: np.ndarray) -> np.ndarray:
    """Standard deviation of the light along y, in pixels."""
    return np.sqrt(moments(pictures)[4])


@register(MEASURES, called="place, left to right", more="further right", less="further left", shape=True, colour=False)
def across(pictures: np.ndarray) -> np.ndarray:
    """Centre of the light along x, in pixels."""
    return moments(pictures)[1]


@register(MEASURES, called="place, top to bottom", more="further down", less="further up", shape=True, colour=False)
def down(pictures: np.ndarray) -> np.ndarray:
    """Centre of the light along y, in pixels."""
    return moments(pictures)[2]


@register(
    MEASURES, called="warmth of the colours", more="warmer colours", less="colder colours", shape=False, colour=True
)
def warmth(pictures: np.ndarray) -> np.ndarray:
    """Mean of red minus blue."""
    return (pictures[..., 0].astype(np.float64) - pictures[..., -1]).mean((1, 2)) / 255


def measured(pictures: np.ndarray) -> dict[str, np.ndarray]:
    """Every measure that applies: {name: [N]}. Shape measures for grey pictures, colour measures for colour
    pictures."""
    colour = pictures.shape[-1] == 3
    fits = {name: fn for name, fn in MEASURES.items() if not (fn.shape and colour) and not (fn.colour and not colour)}
    return {name: fn(pictures) for name, fn in fits.items()}
