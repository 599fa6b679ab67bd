"""Several trainings of each variant: mean, spread, ties, and the role of chance in comparisons. No torch import.

The record is a JSON file beside the checkpoints of a data set, as `python -m train repeat` writes it: figures of every
run, no weights. `seeds.json`: every variant at a small budget, for error bars; `ablation.json`: the effects of tricks.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev
from typing import TYPE_CHECKING

from gan_models import limits
from gan_models.folder import CheckpointError, one_line
from gan_models.limits import number

from .record import ABLATION_FORMAT, MOST

if TYPE_CHECKING:
    import numpy as np

SEEDS = "seeds.json"
"""File beside the checkpoints of a data set"""
MOST_SHEET, MOST_PIXELS = 64_000_000, 100_000_000
"""Most bytes of a sheet of pictures, and most pixels; the zoo's have some hundred thousand"""
FACTOR = {2: 2}
"""Seeds -> the number of ranges that a difference must exceed; 1 if not listed"""
LUCK = {2: 7, 3: 5, 4: 1}
"""Seeds -> % of all differences that pass `differs` if nothing differs, for independent normal figures (from a
simulation, which a test repeats); more seeds pass less often than 4"""


@dataclass(frozen=True)
class Runs:
    """One figure of one variant over its training seeds."""

    values: tuple[float, ...]
    """By seed"""
    seeds: tuple[int, ...]

    @property
    def mean(self) -> float:
        return fmean(self.values)

    @property
    def spread(self) -> float | None:
        """Standard deviation over training seeds (ddof 1): the ± beside the mean; None of a single run."""
        return stdev(self.values) if len(self.values) > 1 else None

    @property
    def range(self) -> float:
        """Largest minus smallest value."""
        return max(self.values) - min(self.values)

    def at(self, seeds: Sequence[int]) -> Runs:
        """The same figure at some of its seeds only."""
        by_seed = dict(zip(self.seeds, self.values, strict=True))
        return Runs(tuple(by_seed[seed] for seed in seeds), tuple(seeds))

    def text(self) -> str:
        """ "0.52 ± 0.03 (3 trainings)"."""
        if self.spread is None:
            return f"{self.mean:.3g} (1 training)"
        return f"{self.mean:.3g} ± {self.spread:.1g} ({len(self.values)} trainings)"


def read(path: Path) -> dict:
    """The content of a record; {} if there is none. Raises CheckpointError if it is damaged, foreign or newer."""
    try:
        content = json.loads(limits.read(path, MOST).decode("utf-8"))
        if not isinstance(content["format"], int) or content["format"] > ABLATION_FORMAT:
            raise CheckpointError(f"{path} has format {content['format']}; this program reads up to {ABLATION_FORMAT}.")
        for run in content["runs"]:
            if not isinstance(run["variant"], str) or not isinstance(run["seed"], int):
                raise ValueError("a run without variant or seed")
            if any(number(figure["mean"]) for figure in run["figures"].values()):
                raise ValueError("a figure that is not a number")
        recipes = content.get("recipes", {})  # a record of figures alone has none
        if not isinstance(recipes, dict) or not all(isinstance(one, dict) for one in recipes.values()):
            raise ValueError("recipes that are no recipes")
        if any(not isinstance(one.get("parent", ""), str) for one in recipes.values()):
            raise ValueError("a recipe whose parent is no name")
        if not isinstance(content.get("pictures", {}), dict):
            raise ValueError("pictures without a description")
        return content
    except FileNotFoundError:
        return {}
    except CheckpointError:
        raise
    except Exception as error:  # a foreign file can raise anything
        raise CheckpointError(f"{path} is damaged or foreign: {one_line(error)}; delete it to record anew.") from error


def of(content: Mapping, figure: str = "fd") -> dict[str, Runs]:
    """Variant -> its runs, from the content of `read`: the figure's mean over sampling seeds, one value per
    training."""
    made: dict[str, dict[int, float]] = {}
    for run in content.get("runs", ()):
        if figure in run["figures"]:
            made.setdefault(run["variant"], {})[run["seed"]] = float(run["figures"][figure]["mean"])
    return {name: Runs(tuple(v for _, v in sorted(by.items())), tuple(sorted(by))) for name, by in made.items()}


def differs(a: Runs, b: Runs) -> bool:
    """Whether two variants differ by more than chance between trainings: they differ in the same direction at every
    common seed, and in the mean by more than the range of either over the seeds (with two seeds: twice the range).
    Otherwise it is a tie.

    One seed cannot show a difference.
    """
    both = sorted(set(a.seeds) & set(b.seeds))
    if len(both) < 2:
        return False
    mine, theirs = (r.at(both) for r in (a, b))
    apart = [x - y for x, y in zip(mine.values, theirs.values, strict=True)]
    agree = all(d > 0 for d in apart) or all(d < 0 for d in apart)
    return agree and abs(fmean(apart)) > FACTOR.get(len(both), 1) * max(mine.range, theirs.range)


@dataclass(frozen=True)
class Place:
    """The place of a variant among others."""

    best: int
    """1 + the variants that are better beyond the spread"""
    worst: int
    """The number of variants minus those that are worse beyond the spread"""
    ties: tuple[str, ...]
    """Variants that it is tied with"""

    def text(self) -> str:
        """ "2" or "2 to 5"."""
        return str(self.best) if self.best == self.worst else f"{self.best} to {self.worst}"


def places(runs: Mapping[str, Runs]) -> dict[str, Place]:
    """Variant -> its place, a smaller figure is better; in the order of the means. A tie gives a range of places."""
    made = {}
    for name in sorted(runs, key=lambda n: runs[n].mean):
        others = [(other, differs(runs[name], runs[other])) for other in runs if other != name]
        better = sum(apart and runs[other].mean < runs[name].mean for other, apart in others)
        worse = sum(apart and runs[other].mean > runs[name].mean for other, apart in others)
        ties = tuple(other for other, apart in others if not apart)
        made[name] = Place(1 + better, len(runs) - worse, ties)
    return made


def pictures(path: Path, content: Mapping) -> dict[tuple[str, int], np.ndarray]:
    """(variant, seed) -> the pictures of a run, uint8 [columns, H, W, C], from the sheet beside the record at `path`;
    {} if there is none. Raises CheckpointError if the sheet is missing, damaged, or not the one of the record.
    """
    import numpy as np
    from PIL import Image

    about = content.get("pictures")
    if not about:
        return {}
    sheet = path.with_name(Path(str(about.get("file"))).name)
    try:
        columns, size, channels = (int(about[key]) for key in ("columns", "size", "channels"))
        if not (1 <= columns <= 64 and 1 <= size <= 1024 and channels in (1, 3)):
            raise ValueError(f"{columns} columns of {size} pixels in {channels} channels")
        with Image.open(io.BytesIO(limits.read(sheet, MOST_SHEET))) as image:
            if image.width != columns * size or image.height % size or image.width * image.height > MOST_PIXELS:
                raise ValueError(f"it has {image.width} x {image.height} pixels")
            tiles = np.asarray(image.convert("L" if channels == 1 else "RGB")).reshape(
                -1, size, columns, size, channels
            )
        rows = tiles.swapaxes(1, 2)  # [runs, columns, H, W, C]
        return {(run["variant"], run["seed"]): rows[run["row"]] for run in content["runs"] if "row" in run}
    except Exception as error:  # a damaged file can raise anything in the libraries
        raise CheckpointError(f"{sheet} does not go with {path.name}: {one_line(error)}.") from error


@dataclass(frozen=True)
class Chance:
    """The number of comparisons, and the number that would pass if no trick had an effect."""

    comparisons: int
    by_chance: float

    def sentence(self) -> str:
        """ "28 comparisons were made; if no trick did anything, about 1.4 of them would count by chance alone."."""
        return (
            f"{self.comparisons} comparisons were made; if no trick did anything, about {self.by_chance:.1f} of them "
            "would count by chance alone."
        )


def chance(seeds: Iterable[int]) -> Chance:
    """The chance of comparisons with this many training seeds each; those with one seed cannot pass and are not
    counted."""
    counted = [n for n in seeds if n > 1]
    return Chance(len(counted), sum(LUCK.get(n, LUCK[max(LUCK)]) for n in counted) / 100)


def comparisons(content: Mapping, figures: Sequence[str]) -> Chance:
    """The chance of a record's comparisons: each variant against its recipe's parent, in each figure that both have."""
    recipes = content.get("recipes", {})
    tables = {figure: of(content, figure) for figure in figures}
    numbers = []
    for name, recipe in recipes.items():
        parent = recipe.get("parent")
        for table in tables.values():
            if parent != name and parent in table and name in table:
                numbers.append(len(set(table[name].seeds) & set(table[parent].seeds)))
    return chance(numbers)
