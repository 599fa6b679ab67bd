"""Runs of the playground as the data of the script that shows them (`demo.draw.stage_script`). Values in, JSON out.

The browser draws every frame by itself, so that a run can be scrubbed, and its layers switched, without a question to
the server. A view takes about 5 kB.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

STEP = 8192
"""Coordinates are whole numbers of this part of a unit: +- 4 units in 16 bits"""
LONGEST = 0.1
"""Of an arrow, as a share of the side of the plane"""


def head(
    titles: Sequence[str], real: np.ndarray, reach: float, modes: int, word: str, frame, variants: Sequence[str] = ()
) -> dict[str, Any]:
    """What all frames of a run have in common. real: [N, 2]. frame: any of them. variants: names, for the script's own
    use."""
    view = frame.views[0]
    return {
        "titles": list(titles), "variants": list(variants), "real": _text(_places(real)), "reach": reach,
        "step": 1 / STEP, "modes": modes, "word": word, "points": len(view.fake), "sheet": list(view.sheet.shape[:-1]),
        "arrows": len(view.push), "heat": view.heat.shape[0], "bins": len(view.weights),
    }  # fmt: skip


def frame(one, reach: float) -> dict[str, Any]:
    """A frame of `demo.zoo.playground`. reach: half the side of the plane."""
    return {
        "n": one.number, "step": one.step, "phase": one.phase, "views": [_view(view, reach) for view in one.views],
    }  # fmt: skip


def _view(view, reach: float) -> dict[str, Any]:
    heat = view.heat.astype(np.float32)
    there = heat[np.isfinite(heat)]
    low, high = (0.0, 1.0) if view.probability or not there.size else (float(there.min()), float(there.max()))
    steps = np.nan_to_num((heat - low) / (high - low) if high > low else np.full_like(heat, 0.5), nan=0.5)
    strong = np.clip(np.nan_to_num(view.density.astype(np.float32)) / 0.6, 0.03, 1) ** 0.5
    weights = view.weights.astype(np.float32)
    parts = [
        _places(view.fake), _places(view.sheet), _arrows(view.push.astype(np.float64), reach), _bytes(steps),
        _bytes(strong), _bytes(weights / max(float(weights.max()), 1e-6)),
    ]  # fmt: skip
    return {
        "data": _text(*parts), "probability": view.probability, "low": low, "high": high, "modes": view.modes,
        "good": view.good, "d": _number(view.d_loss), "g": _number(view.g_loss), "span": view.span,
        "stopped": view.stopped,
    }  # fmt: skip


def _places(points: np.ndarray) -> np.ndarray:
    """Coordinates as whole numbers; what is no number lies far outside."""
    at = np.nan_to_num(np.asarray(points, np.float64), nan=1e9, posinf=1e9, neginf=-1e9) * STEP
    return np.clip(at.round(), -32768, 32767).astype("<i2")


def _arrows(push: np.ndarray, reach: float) -> np.ndarray:
    """[A, 2] int8: 127 is LONGEST of the side. As long as the gradient, but for the longest, of which a tenth is cut;
    (0, 0) where there is none to draw."""
    length = np.linalg.norm(push, axis=1, keepdims=True)
    known = length[np.isfinite(length)]
    usual = np.quantile(known, 0.9) if known.size else 0
    if not usual > 0:
        return np.zeros(push.shape, np.int8)
    with np.errstate(invalid="ignore", divide="ignore"):
        made = push / length * np.minimum(length / usual, 1) * 127
    return np.where(np.isfinite(made) & (length > 0.02 * usual), made, 0).round().astype(np.int8)


def _bytes(shares: np.ndarray) -> np.ndarray:
    return (np.clip(np.nan_to_num(shares), 0, 1) * 255).round().astype(np.uint8)


def _text(*parts: np.ndarray) -> str:
    return base64.b64encode(b"".join(part.tobytes() for part in parts)).decode()


def _number(value: float) -> float | None:
    return round(value, 5) if math.isfinite(value) else None
