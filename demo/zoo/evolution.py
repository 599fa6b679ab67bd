"""Trainings replayed: what variants drew at the same moment, and what their losses said about quality. No UI.

torch is imported where the critics are asked for, since only the registered losses know which of them is an estimate.
"""

from __future__ import annotations

import contextlib
import math
import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from demo.zoo.figures import finite, whole
from demo.zoo.leaderboard import Curves, curves
from demo.zoo.words import count
from gan_models import film as recorded
from gan_models import limits
from gan_models.folder import one_line
from gan_models.metrics.curves import told
from gan_models.metrics.names import minus

if TYPE_CHECKING:
    from demo.zoo.entries import Entry
    from demo.zoo.zoo import Zoo

FILM = "evolution.webp"
AXES = {"images": "Images shown", "share": "Share of the training"}
"""How trainings of different lengths are lined up, and how the screens call it"""
STEPS = 60
"""Places of the slider, at most. They are denser early, as the moments are: even in the square root of the axis"""
MOST_MOMENTS = 500
KEPT = 256_000_000
"""Bytes of decoded films that stay in memory; a grey one has 1.1 million, one of faces at 64 px 18 million"""


# Questions --------------------------------------------------------------------------------------------------


def evolution(zoo: Zoo, keys: Iterable[str], by: str = "images", n: int = 16) -> Evolution:
    """What the variants drew during their trainings, at the seeds 0 to n - 1; `Evolution.at` gives one position.

    by: "images" lines trainings up by the number of images shown, "share" by the share of each one's own.
    n: fewer where the films hold fewer.

    ValueError: an unknown key or axis, a bad n. A variant whose film is missing or damaged stands in the
    answer's `problems`; where all are, a ValueError says so.
    """
    return zoo.over(zoo.chosen(keys), lambda some: _line_up(_films(zoo), some, by, n))


def critics(zoo: Zoo, keys: Iterable[str]) -> Critics:
    """What the losses of the variants said about quality during their trainings. ValueError: an unknown key."""
    return zoo.over(zoo.chosen(keys), lambda some: _critics(some, [curves(zoo, entry.key) for entry in some]))


def film(zoo: Zoo, key: str) -> bytes:
    """The file of one variant's training as it was recorded: an animated WebP. ValueError: as `evolution`."""
    entry = zoo.entry(key)
    _films(zoo).of(entry)
    return limits.read(entry.folder / FILM, recorded.LARGEST)


def films_of(zoo: Zoo, keys: Iterable[str]) -> tuple[Film, ...]:
    """The films of the checkpoints that have one. ValueError: an unknown key."""
    found = []
    for entry in zoo.chosen(keys):
        with contextlib.suppress(ValueError):
            found.append(_films(zoo).of(entry))
    return tuple(found)


def _films(zoo: Zoo) -> Films:
    return zoo.kept("films", Films)


# The films --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Film:
    """The pictures of one checkpoint at the recorded moments of its training."""

    key: str
    title: str
    images: tuple[int, ...]
    """Real images that D had been shown at each moment, rising"""
    pictures: np.ndarray
    """uint8 [T, N, H, W, C]: seed = index, and in a conditional variant label = column of the recorded sheet"""

    @property
    def total(self) -> int:
        return self.images[-1]


class Films:
    """Decodes films, each once until it changes; keeps those that were asked for last. Threads may share it."""

    def __init__(self, most: int = KEPT):
        self.most = most
        self._lock = threading.Lock()
        self._known: OrderedDict[str, tuple[Any, Film | str]] = OrderedDict()

    def of(self, entry: Entry) -> Film:
        """ValueError, one sentence: the folder has no film that can be shown."""
        images = entry.provenance.get("frames")
        with self._lock:  # also while it decodes: whoever wants the same film then finds it
            stamp = (entry.title, entry.recipe.size, entry.recipe.channels, repr(images), _stamp(entry))
            known = self._known.pop(entry.key, None)
            if known is None or known[0] != stamp:
                try:
                    known = stamp, _read(entry, images)
                except Exception as error:  # whatever a stranger's file makes the libraries say
                    known = stamp, f"{entry.title}: its {FILM} cannot be shown: {one_line(error).rstrip('.')}."
            self._known[entry.key] = known
            while len(self._known) > 1 and self._bytes() > self.most:
                self._known.popitem(last=False)
        if isinstance(known[1], str):
            raise ValueError(known[1])
        return known[1]

    def _bytes(self) -> int:
        return sum(one.pictures.nbytes for _, one in self._known.values() if isinstance(one, Film))


def _stamp(entry: Entry) -> tuple | None:
    try:
        s = (entry.folder / FILM).stat()
        return s.st_ino, s.st_mtime_ns, s.st_size
    except OSError:
        return None


def _read(entry: Entry, images: Any) -> Film:
    """ValueError in words that follow a colon."""
    if not (entry.folder / FILM).exists():
        raise ValueError("there is no such file")
    numbers = [whole(n) for n in images] if isinstance(images, list) and len(images) <= MOST_MOMENTS else [None]
    if not numbers or None in numbers or numbers != sorted(numbers):
        raise ValueError("the recipe.json beside it does not say after how many images its pictures were drawn")
    made = recorded.read(entry.folder / FILM, len(numbers), entry.recipe.channels)
    size, (moments, height, width, channels) = entry.recipe.size, made.shape
    if height % size or width % size:
        raise ValueError(f"pictures of {size} × {size} pixels do not fill {width} × {height}")
    tiles = made.reshape(moments, height // size, size, width // size, size, channels).swapaxes(2, 3)
    return Film(entry.key, entry.title, tuple(numbers), tiles.reshape(moments, -1, size, size, channels))


# At one position --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Moment:
    """What a variant had drawn last at a position."""

    key: str
    title: str
    pictures: np.ndarray
    """uint8 [N, H, W, C], of the seeds 0 to N - 1"""
    images: int
    """Images shown until then"""
    total: int
    """Images shown in its whole training"""
    ended: bool
    """The position lies after the end of its training: it keeps its last pictures"""


@dataclass(frozen=True)
class Evolution:
    """Several trainings lined up on one axis."""

    films: tuple[Film, ...]
    by: str
    """A name in AXES: a position is a number of images, or a share from 0 to 1 of each one's own training"""
    n: int
    """Number of pictures of each variant"""
    problems: tuple[str, ...] = ()
    """A sentence on each variant that was asked for and has no film"""

    @cached_property
    def positions(self) -> tuple[float, ...]:
        """Where a slider may stop, rising: recorded moments, of close ones the last; STEPS + 1 at most."""
        places = sorted({self._place(one, images) for one in self.films for images in one.images})
        gap, kept = math.sqrt(places[-1]) / STEPS, places[-1:]
        for place in places[-2:0:-1]:
            if math.sqrt(kept[-1]) - math.sqrt(place) >= gap and math.sqrt(place) - math.sqrt(places[0]) >= gap:
                kept.append(place)
        return tuple(sorted({places[0], *kept}))

    @property
    def totals(self) -> dict[str, int] | None:
        """{key: images of the whole training} where the axis is the share of it: what a chart divides by."""
        return {one.key: one.total for one in self.films} if self.by == "share" else None

    def at(self, position: float) -> list[Moment]:
        """Of each variant the last moment at or before a position, the first one where there is none before."""
        if finite(position, 0) is None:
            raise ValueError(f"A position in the training is a number from 0, not {position!r}.")
        if self.by == "share" and position > 1:
            raise ValueError(f"A share of the training is a number from 0 to 1, not {position!r}.")
        made = []
        for one in self.films:
            k = max(bisect_right([self._place(one, images) for images in one.images], position) - 1, 0)
            ended = self.by == "images" and position > one.total
            made.append(Moment(one.key, one.title, one.pictures[k, : self.n], one.images[k], one.total, ended))
        return made

    def text(self, position: float) -> str:
        """A position as the screens write it: "151k", "25.2 %"; no two of `positions` read the same."""
        return count(position) if self.by == "images" else f"{100 * position:.3g} %"

    def words(self, position: float) -> str:
        """ "151k images shown", "25.2 % of each training"."""
        return f"{self.text(position)} {'images shown' if self.by == 'images' else 'of each training'}"

    def _place(self, one: Film, images: int) -> float:
        """Where a number of images lies on the axis."""
        return images / (one.total or 1) if self.by == "share" else images


def _line_up(films: Films, entries: Iterable[Entry], by: str, n: int) -> Evolution:
    """See `evolution`."""
    if by not in AXES:
        raise ValueError(f"Trainings are lined up by one of {', '.join(AXES)}, not {by!r}.")
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise ValueError(f"The number of pictures is a whole number from 1, not {n!r}.")
    found, problems = [], []
    for entry in entries:
        try:
            found.append(films.of(entry))
        except ValueError as error:
            problems.append(str(error))
    if not found:
        raise ValueError(problems[0])
    return Evolution(tuple(found), by, min(n, *(one.pictures.shape[1] for one in found)), tuple(problems))


# What the losses told ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Estimate:
    """A critic's estimate of the distance between real and generated images, along its training."""

    key: str
    title: str
    points: tuple[tuple[float, float], ...]
    """(images shown, mean score of real images - mean score of generated ones), rising in images"""

    def at(self, images: float) -> float | None:
        """The last value at or before a number of images; None before the first."""
        k = bisect_right([x for x, _ in self.points], images)
        return self.points[k - 1][1] if k else None


@dataclass(frozen=True)
class Critics:
    """What the curves of some trainings say about quality."""

    estimates: tuple[Estimate, ...]
    watched: tuple[Curves, ...]
    """Those along which a distance was measured"""
    sentences: tuple[str, ...]
    """What the estimates mean, and why the other variants have none"""


def _critics(entries: Sequence[Entry], curves: Sequence[Curves]) -> Critics:
    """See `critics`; one curve per entry."""
    import gan_models.losses  # noqa: F401 - fills the table; imports torch
    from gan_models.registry import LOSSES

    estimates, silent, foreign, sentences = [], [], [], []
    for entry, curve in zip(entries, curves, strict=True):
        loss = LOSSES.get(entry.recipe.loss)
        if loss is None:
            foreign.append(entry.title)
        elif not getattr(loss, "estimates_distance", False):
            silent.append(entry.title)
        elif points := _differences(curve):
            estimates.append(Estimate(entry.key, entry.title, points))
        else:
            sentences.append(f"{entry.title}: its critic's estimate was not recorded.")
    watched = tuple(curve for curve in curves if any(v is not None and v > 0 for v in curve.columns.get("fd", ())))
    if estimates:
        sentences.insert(
            0,
            f"{_list(e.title for e in estimates)}: the critic's mean score of real images minus that of generated "
            "ones estimates the Wasserstein distance between the two, up to an unknown factor that differs from "
            "critic to critic.",
        )
    if silent:
        sentences.append(
            f"{_list(silent)}: the loss of each network depends on how good the other one is. So a loss says which of "
            "the two is ahead, and need not tell how good the pictures are."
        )
    sentences += _measured(curves)
    if foreign:
        sentences.append(f"{_list(foreign)}: what the loss tells is not known, because it is not part of this program.")
    if silent and not watched:
        sentences.append("A training with --eval-every 30k measures a distance along the way.")
    return Critics(tuple(estimates), watched, tuple(sentences))


def _measured(curves: Sequence[Curves]) -> list[str]:
    """How D's score gap followed the distance during these trainings: a sentence, or none if too little was
    recorded."""
    groups: dict[str, list[str]] = {}
    for curve in curves:
        names = [name for name in ("images", "real_logit", "fake_logit", "fd") if name in curve.columns]
        points = (dict(zip(names, row, strict=True)) for row in zip(*(curve.columns[n] for n in names), strict=True))
        if found := told(points):
            groups.setdefault(found.verdict, []).append(f"{curve.title} ({minus(f'{found.rho:+.2f}')})")
    if not groups:
        return []
    words = {
        "follows": "it falls with the distance in", "opposes": "it rises while the distance falls in",
        "tells nothing": "it says little about the distance in",
    }  # fmt: skip
    said = "; ".join(f"{words[verdict]} {_list(groups[verdict])}" for verdict in words if verdict in groups)
    return [
        "D's mean score of real images minus that of generated ones, averaged and compared with the measured "
        "distance along these trainings (rank correlation, from −1, the opposite order, to 1, the same order): "
        f"{said}."
    ]


def _differences(curve: Curves) -> tuple[tuple[float, float], ...]:
    """(images, real - fake) wherever both were recorded."""
    names = ("images", "real_logit", "fake_logit")
    columns = [curve.columns.get(name, ()) for name in names]
    return tuple((x, a - b) for x, a, b in zip(*columns, strict=False) if a is not None and b is not None)


def _list(titles: Iterable[str]) -> str:
    return ", ".join(titles)
