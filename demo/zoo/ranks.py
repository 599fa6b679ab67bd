"""Places over several trainings of each variant: with error bars and ties. Numbers and text out; no torch.

`python -m train repeat seeds` writes the record, seeds.json beside the checkpoints of a data set.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from demo.zoo.effects import listed
from demo.zoo.figures import is_name, line, whole
from demo.zoo.words import dataset_title
from gan_models.metrics import seeds
from gan_models.metrics.names import distance_name, figure_text

if TYPE_CHECKING:
    from demo.zoo.zoo import Zoo

ONE = (
    "Each row comes from one training. With another training seed every figure would change by an unknown amount, so "
    "rows that are close are a tie, and their order is no ranking. python -m train repeat seeds trains each variant "
    "three times."
)


@dataclass(frozen=True)
class Rank:
    """One variant over its trainings."""

    variant: str
    title: str
    told: bool
    """Whether it is told the class to draw: ranked apart"""
    values: tuple[float, ...]
    """Distance by training seed"""
    mean: float
    spread: float | None
    """Standard deviation over trainings; None of one"""
    place: str
    """ "2", or "2 to 5" if it is in a tie; among the variants that are told the class, or among the rest"""
    ties: tuple[str, ...]
    """Titles of the variants with which it is in a tie"""

    def text(self) -> str:
        """ "0.52 ± 0.03"."""
        return figure_text(self.mean, self.spread or 0.0)


@dataclass(frozen=True)
class Ranks:
    """Places of the variants of one data set over several trainings."""

    dataset: str
    dataset_title: str
    distance: str
    """ "FD-mnist-cnn"; "" where there is no record"""
    images: int | None
    """Of each training"""
    seeds: tuple[int, ...]
    rows: tuple[Rank, ...]
    """Those that are told no class by mean, lowest first, then those that are"""
    sentence: str
    """What the places are based on, or why there are none"""
    notes: tuple[str, ...]


def ranks(zoo: Zoo, dataset: str) -> Ranks:
    """Of a data set; ValueError: an unknown one."""
    title = dataset_title(dataset)
    return zoo.over(zoo.of(dataset), lambda _: _ranks(*zoo.files.seeds(dataset), dataset, title))


def _ranks(content: dict[str, Any], notes: tuple[str, ...], dataset: str, title: str) -> Ranks:
    runs, recipes = seeds.of(content), content.get("recipes")
    recipes = recipes if isinstance(recipes, dict) else {}
    who = content.get("extractor")
    who = who.get("name") if isinstance(who, dict) else None
    if not runs or not is_name(who):
        return Ranks(dataset, title, "", None, (), (), ONE, notes)
    about = {name: one if isinstance(one, dict) else {} for name in runs for one in [recipes.get(name)]}
    titles = {name: line(str(about[name].get("title") or name))[:60] for name in runs}
    rows: list[Rank] = []
    for told in (False, True):
        some = {name: one for name, one in runs.items() if bool(about[name].get("conditional")) == told}
        for name, place in seeds.places(some).items():
            one, ties = some[name], tuple(titles[other] for other in place.ties)
            rows.append(Rank(name, titles[name], told, one.values, one.mean, one.spread, place.text(), ties))
    known, images = sorted({seed for one in runs.values() for seed in one.seeds}), whole(content.get("images"))
    budget = f"{images:,} images each" if images else "an unknown number of images each"
    sentence = (
        f"{len(known)} trainings of each variant with the seeds {listed([str(seed) for seed in known])}, of {budget}: "
        "not the checkpoints of the table above, which had other budgets. ± is the standard deviation over the "
        "trainings. Two variants count as different if they differ in the same direction at every seed, and by more "
        "than either of them varies from seed to seed. Otherwise they are a tie, and their place is a range."
    )
    return Ranks(dataset, title, distance_name(who), images, tuple(known), tuple(rows), sentence, notes)
