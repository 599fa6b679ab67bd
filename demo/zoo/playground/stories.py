"""Runs of the classical stories, precomputed, so that the page shows something at once.

`python -m demo.zoo.playground` trains them anew. Each is a file of some ten kB in `stories/`.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from gan_models.recipe import did_you_mean

from .data import REACH
from .frames import Frame, View, density
from .plots import PLOTS, Plot
from .settings import Settings
from .training import Run

FOLDER = Path(__file__).parent / "stories"
POINTS, ARROWS = 150, 36
"""In each frame of a story: fewer than a live run has"""
FORMAT = 1
EDGE = 1.25 * REACH
"""Coordinates are kept in 255 steps between +- this"""


@dataclass(frozen=True)
class Story:
    """A run that is over; frames as of a live one."""

    name: str
    title: str
    lesson: str
    told: str
    variants: tuple[str, ...]
    titles: tuple[str, ...]
    """On the screen"""
    settings: Settings
    changes: tuple[dict[str, Any], ...]
    """To go on live: `Host.start(visitor, story.settings, [recipe of each of story.variants], story.changes)`"""
    frames: tuple[Frame, ...]
    real: np.ndarray
    """[N, 2]"""
    notes: tuple[str, ...]

    @property
    def outcome(self) -> str:
        """The result, one sentence for each variant, from the last frame."""
        target = self.settings.target()
        return " ".join(
            f"{title}: {view.modes} of {len(target.modes)} {target.mode_word}, {100 * view.good:.0f} % good samples"
            f"{' (' + view.stopped.rstrip('.') + ')' if view.stopped else ''}."
            for title, view in zip(self.titles, self.frames[-1].views, strict=True)
        )


def names() -> tuple[str, ...]:
    """Of the stories that ship, in the order in which to tell them."""
    return tuple(name for name in PLOTS if (FOLDER / f"{name}.npz").is_file())


def of_lesson(variant: str) -> tuple[str, ...]:
    """Names of the stories that belong to a variant's lesson."""
    return tuple(name for name in names() if PLOTS[name].lesson == variant)


@functools.lru_cache(maxsize=16)
def story(name: str) -> Story:
    """ValueError, one sentence, where there is no such story."""
    if name not in names():
        raise ValueError(f"There is no story {str(name)[:60]!r}{did_you_mean(name, names())}.")
    with np.load(FOLDER / f"{name}.npz", allow_pickle=False) as file:
        return unpacked(name, {key: file[key] for key in file.files})


# Files ------------------------------------------------------------------------------------------------------


def pack(plot: Plot, run: Run, frames: Sequence[Frame]) -> dict[str, np.ndarray]:
    """Frames of a run as the arrays of a small file."""
    about = {
        "format": FORMAT,
        "titles": plot.labels or run.titles,
        "variants": plot.variants,
        "changes": run.changes,
        "settings": run.settings.to_json(),
        "notes": run.notes,
        "steps": [f.step for f in frames],
        "numbers": [
            [
                {k: getattr(v, k) for k in ("probability", "modes", "good", "d_loss", "g_loss", "span", "stopped")}
                for v in f.views
            ]
            for f in frames
        ],
    }
    views = [v for f in frames for v in f.views]
    heat = np.stack([v.heat for v in views]).astype(np.float32)
    low, high = heat.min((1, 2)), heat.max((1, 2))
    steps = (heat - low[:, None, None]) / np.maximum(high - low, 1e-6)[:, None, None] * 255
    return {
        "about": np.frombuffer(json.dumps(about).encode(), np.uint8),
        "real": _bytes(run.real[:200]),
        "fake": _bytes(np.stack([v.fake[:POINTS] for v in views])),
        "sheet": _bytes(np.stack([v.sheet[::2] if v.sheet.ndim == 2 else v.sheet[::2, ::2] for v in views])),
        "heat": np.nan_to_num(steps).round().astype(np.uint8),
        "ends": np.stack([low, high], 1).astype(np.float32),
        "push": np.stack([v.push[:ARROWS] for v in views]),
        "weights": np.stack([v.weights for v in views]),
    }


def unpacked(name: str, parts: Mapping[str, np.ndarray]) -> Story:
    about, plot = json.loads(parts["about"].tobytes()), PLOTS[name]
    if about["format"] != FORMAT:
        raise ValueError(f"The story {name!r} has format {about['format']}, not {FORMAT}: make it anew.")
    fake, sheet, (low, high) = _numbers(parts["fake"]), _numbers(parts["sheet"]), parts["ends"].T[..., None, None]
    heat = (low + (high - low) * (parts["heat"].astype(np.float32) / 255)).astype(np.float16)
    views = [
        View(
            fake=fake[k],
            heat=heat[k],
            sheet=sheet[k],
            density=density(torch.tensor(sheet[k])).clamp(max=1e4).half().numpy(),
            at=fake[k][:ARROWS],
            push=parts["push"][k],
            weights=parts["weights"][k],
            **numbers,
        )
        for k, numbers in enumerate(n for of_frame in about["numbers"] for n in of_frame)
    ]
    n = len(about["titles"])
    frames = tuple(Frame(step, tuple(views[i * n : (i + 1) * n]), number=i) for i, step in enumerate(about["steps"]))
    settings = Settings(**about["settings"])
    variants, titles, changes, notes = (tuple(about[k]) for k in ("variants", "titles", "changes", "notes"))
    return Story(
        name,
        plot.title,
        plot.lesson,
        plot.told,
        variants,
        titles,
        settings,
        changes,
        frames,
        _numbers(parts["real"]),
        notes,
    )


def _bytes(x: np.ndarray) -> np.ndarray:
    return (
        np.nan_to_num((np.clip(x, -EDGE, EDGE).astype(np.float32) + EDGE) / (2 * EDGE) * 255).round().astype(np.uint8)
    )


def _numbers(x: np.ndarray) -> np.ndarray:
    return x.astype(np.float32) / 255 * 2 * EDGE - EDGE
