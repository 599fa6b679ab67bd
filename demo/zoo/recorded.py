"""The trainings behind an ablation, with the pictures that their record kept. Arrays and text out; no torch, no UI."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from demo.zoo.effects import listed
from gan_models.conditions import budget

if TYPE_CHECKING:
    from demo.zoo.zoo import Zoo


@dataclass(frozen=True, eq=False)
class Judged:
    """The trainings of one variant on record."""

    seeds: tuple[int, ...]
    images: int | None
    """That each was shown; None where that is not known, or not the same"""
    pictures: np.ndarray | None
    """uint8 [S, N, H, W, C], a row for each seed; None where the record kept none"""

    @property
    def words(self) -> str:
        """ "3 trainings of 150,000 images each (seeds 0, 1 and 2)"."""
        several = len(self.seeds) > 1
        budget = f" of {self.images:,} images{' each' * several}" if self.images else ""
        named = listed([str(seed) for seed in self.seeds])
        return f"{len(self.seeds)} training{'s' * several}{budget} (seed{'s' * several} {named})"


def judged(zoo: Zoo, dataset: str) -> dict[str, Judged]:
    """Variant -> its trainings on record (`<dataset>/ablation.json`), by seed."""
    runs, _ = zoo.files.ablation(dataset)
    kept, found = zoo.files.judged(dataset), {}
    for run in sorted(runs.runs, key=lambda run: run.seed) if runs else ():
        found.setdefault(run.variant, []).append(run)
    made = {}
    for name, some in found.items():
        pictures = [kept.get((name, run.seed)) for run in some]
        images = {budget(run.about) for run in some}
        made[name] = Judged(
            tuple(run.seed for run in some),
            images.pop() if len(images) == 1 else None,
            None if any(one is None for one in pictures) else np.stack(pictures),
        )
    return made
