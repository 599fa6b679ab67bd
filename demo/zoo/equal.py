"""The same budget for all: what each variant had come to when D had been shown equally many images. No torch.

Distances are those that were taken along the trainings (`--eval-every`), pictures those of their films.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from demo.zoo.comparable import Unmeasured, most_frequent
from demo.zoo.evolution import Moment, films_of
from demo.zoo.leaderboard import Curves, curves
from gan_models.metrics import budget

if TYPE_CHECKING:
    from demo.zoo.entries import Entry
    from demo.zoo.zoo import Zoo


@dataclass(frozen=True)
class Equal:
    """A variant at a budget."""

    key: str
    title: str
    told: bool
    """Whether it is told the class to draw"""
    images: int
    """At which it was looked at, within 2 % of the budget"""
    distance: float


@dataclass(frozen=True)
class Budget:
    """All variants at one number of images."""

    images: int | None
    """None: there is no number of images at which two variants were looked at"""
    choices: tuple[int, ...]
    """Numbers of images at which half of those that were watched were looked at, rising"""
    distance: str
    """ "FD-mnist-cnn, n = 2,000": too few images to stand beside figures of 10,000"""
    rows: tuple[Equal, ...]
    """The lowest distance first"""
    missing: tuple[Unmeasured, ...]


def equal(zoo: Zoo, keys: Iterable[str], images: int | None = None) -> Budget:
    """What the checkpoints had come to at `images` real images; None takes the largest number that most of them share.

    Only looks of one extractor with one n compare: those that most variants have. Nothing is interpolated. ValueError:
    an unknown key, a number of images below 1."""
    if images is not None and images < 1:
        raise ValueError(f"A budget is 1 image or more, not {images}.")
    return zoo.over(zoo.chosen(keys), lambda some: _equal([(one, curves(zoo, one.key)) for one in some], images))


def moments(zoo: Zoo, keys: Sequence[str], images: int, n: int) -> dict[str, Moment]:
    """The frame of each film that is nearest to a number of images, with n pictures or as many as it holds; a variant
    without a film is left out."""
    made = {}
    for film in films_of(zoo, keys):
        k = budget.frame(film.images, images)
        made[film.key] = Moment(film.key, film.title, film.pictures[k, :n], film.images[k], film.total, False)
    return made


def _equal(some: Sequence[tuple[Entry, Curves]], images: int | None) -> Budget:
    runs = {entry.key: _looks(curve) for entry, curve in some}
    watched = [curve for entry, curve in some if runs[entry.key]]
    kind = most_frequent((str(curve.extractor), curve.n) for curve in watched)
    alike = [curve for curve in watched if (str(curve.extractor), curve.n) == kind]
    odd = [curve.key for curve in watched if curve not in alike]
    runs |= {key: () for key in odd}
    found = budget.equal_budget(runs, images)
    entries = {entry.key: entry for entry, _ in some}
    other = "It was watched by another extractor, or with another number of pictures."
    return Budget(
        found.images,
        budget.budgets(runs, sum(map(bool, runs.values())) // 2),
        most_frequent(curve.distance for curve in alike) or "",
        tuple(
            Equal(key, entries[key].title, entries[key].recipe.conditional, look.images, look.fd)
            for key, look in found.at.items()
        ),
        tuple(
            Unmeasured(key, entries[key].title, (other if key in odd else why).rstrip("."))
            for key, why in found.missing.items()
        ),
    )


def _looks(curve: Curves) -> tuple[budget.Look, ...]:
    columns = curve.columns.get("images", ()), curve.columns.get("fd", ())
    return budget.looks({"images": images, "fd": fd} for images, fd in zip(*columns, strict=False) if fd is not None)
