"""The same budget for all: each variant at the moment when D had been shown the same number of images. No torch.
Distances were measured during the trainings (`--eval-every`); pictures come from their films.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from demo.zoo.comparable import Unmeasured, most_frequent
from demo.zoo.evolution import Moment, films_of
from demo.zoo.leaderboard import watcher
from gan_models.metrics import budget

if TYPE_CHECKING:
    from demo.zoo.entries import Entry
    from demo.zoo.files import Files
    from demo.zoo.zoo import Zoo


@dataclass(frozen=True)
class Equal:
    """A variant at a budget."""

    key: str
    title: str
    told: bool
    """Whether it is told the class to draw"""
    images: int
    """Images shown when it was measured, within 2 % of the budget"""
    distance: float


@dataclass(frozen=True)
class Budget:
    """All variants at one number of images."""

    images: int | None
    """None: there is no number of images at which two variants were measured"""
    choices: tuple[int, ...]
    """Numbers of images at which half of the measured variants have a distance, rising"""
    distance: str
    """ "FD-mnist-cnn, n = 2,000": too few images to stand beside figures of 10,000"""
    rows: tuple[Equal, ...]
    """The lowest distance first"""
    missing: tuple[Unmeasured, ...]


def equal(zoo: Zoo, keys: Iterable[str], images: int | None = None) -> Budget:
    """The distances of the checkpoints at `images` real images; None takes the largest number that most of them share.
    Only measurements by one extractor with one n are compared: those that most variants have. Nothing is interpolated.
    ValueError: an unknown key, a number of images below 1."""
    if images is not None and images < 1:
        raise ValueError(f"A budget is 1 image or more, not {images}.")
    return zoo.over(zoo.chosen(keys), lambda some: _equal(zoo.files, some, images))


def moments(zoo: Zoo, keys: Sequence[str], images: int, n: int) -> dict[str, Moment]:
    """The frame of each film that is nearest to a number of images, with n pictures or as many as it holds; a variant
    without a film is left out."""
    made = {}
    for film in films_of(zoo, keys):
        k = budget.frame(film.images, images)
        made[film.key] = Moment(film.key, film.title, film.pictures[k, :n], film.images[k], film.total, False)
    return made


def _equal(files: Files, some: Sequence[Entry], images: int | None) -> Budget:
    runs = {entry.key: budget.looks(files.curve(entry.folder)[0]) for entry in some}
    seen = {entry.key: watcher(entry) for entry in some if runs[entry.key]}
    kind = most_frequent((str(who), n) for _, who, n in seen.values())
    alike = {key: words for key, (words, who, n) in seen.items() if (str(who), n) == kind}
    found = budget.equal_budget({key: run if key in alike else () for key, run in runs.items()}, images)
    entries = {entry.key: entry for entry in some}
    other = "Its distance was measured with another extractor, or with another number of pictures."
    why = {key: other if key in seen and key not in alike else told for key, told in found.missing.items()}
    return Budget(
        found.images,
        budget.budgets({key: runs[key] for key in alike}, len(alike) // 2),
        most_frequent(alike.values()) or "",
        tuple(
            Equal(key, entries[key].title, entries[key].recipe.conditional, look.images, look.fd)
            for key, look in found.at.items()
        ),
        tuple(Unmeasured(key, entries[key].title, told.rstrip(".")) for key, told in why.items()),
    )
