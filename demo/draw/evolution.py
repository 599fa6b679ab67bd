"""Trainings as one animation. Values in, the bytes of a file out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from demo.draw import compose

if TYPE_CHECKING:
    from demo.zoo.evolution import Evolution


FPS, REST = 8, 2000
"""Of the animation; milliseconds that its end stays on"""
ROOM = 100_000_000
"""Values of the pixels of an animation, about; a larger one leaves positions out"""


def animation(evolution: Evolution) -> bytes:
    """All variants in step from the first position to the last, as a GIF that rests at its end."""
    scale = compose.scale_of(max(one.pictures.shape[2] for one in evolution.films), 56)
    frame = scale**2 * sum(one.pictures[0, : evolution.n].size for one in evolution.films)
    number = min(len(evolution.positions), max(2, ROOM // frame))
    stops = [evolution.positions[round(k)] for k in np.linspace(0, len(evolution.positions) - 1, number)]
    columns, walk = math.ceil(math.sqrt(evolution.n)), [evolution.at(place) for place in stops]
    sheets = [np.stack([compose.sheet(m.pictures, columns, 1) for m in ms]) for ms in zip(*walk, strict=True)]
    frames = compose.panel([one.title for one in evolution.films], sheets, scale, across=4)
    return compose.gif(compose.titled(frames, [evolution.words(place) for place in stops]), FPS, REST)
