"""How odd pictures are to a GAN: scores of the pictures that are at hand, and where they differ from what G draws. The
score of a picture is its difference from the picture that G draws for the encoder's latent. No UI; torch is imported
where a picture is scored.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from demo.zoo.latents import with_encoder
from demo.zoo.standing import Standing, percent, standing
from demo.zoo.words import dataset_title, listed
from gan_models.folder import CheckpointError
from gan_models.sources import source

if TYPE_CHECKING:
    from demo.zoo.entries import Entry
    from demo.zoo.zoo import Zoo
    from gan_models.real import Real

CLASSES = "other classes"
"""The choice that counts the classes other than the normal one as odd, in place of another data set"""
NO_ENCODER = (
    "None of the chosen variants has an encoder yet: python -m train encoder FOLDER trains one, in about two minutes."
)


@dataclass(frozen=True, eq=False)
class Item:
    """One picture, how a GAN rebuilds it, and its anomaly score."""

    picture: np.ndarray
    """uint8 [H, W, C]"""
    rebuilt: np.ndarray
    """uint8 [H, W, C]: what G draws for the encoder's latent"""
    score: float
    """Sum of |picture - rebuilt| over all values, where black to white counts 2"""
    name: str = ""
    """Its class: "Bag" """
    odd: bool = False

    @property
    def heat(self) -> np.ndarray:
        """Where the two differ, float64 [H, W] from 0 to 1: the mean over the channels."""
        return heat_of(self.picture, self.rebuilt)


def heat_of(picture: np.ndarray, rebuilt: np.ndarray) -> np.ndarray:
    return np.abs(picture.astype(np.float64) - rebuilt).mean(-1) / 255


@dataclass(frozen=True, eq=False)
class Ranked:
    """Pictures as one variant ranks them, the most normal one first."""

    entry: Entry
    items: tuple[Item, ...]
    auc: float
    """Area under the ROC curve of these pictures"""

    @property
    def words(self) -> str:
        """A sentence on how well the scores separate normal and odd pictures."""
        odd = sum(item.odd for item in self.items)
        first = next((i for i, item in enumerate(self.items) if item.odd), len(self.items))
        apart = first == len(self.items) - odd
        said = (
            ("All odd pictures have higher scores than all normal ones")
            if apart
            else f"Of {len(self.items) - odd} normal pictures {first} have lower scores than every odd one"
        )
        return f"{said}: AUC {self.auc:.3f} on these {len(self.items)} pictures."


@dataclass(frozen=True)
class Asked:
    """Pictures to rank, and where they lie: of each data set the numbers in its file of test pictures."""

    pictures: np.ndarray
    """uint8 [N, H, W, C]"""
    names: tuple[str, ...]
    odd: tuple[bool, ...]
    numbers: tuple[tuple[str, tuple[int, ...]], ...]
    normal: str | None
    """The class that is normal; None where every class is"""


# What can be asked ------------------------------------------------------------------------------------------


def test_pictures(zoo: Zoo, dataset: str) -> Real:
    """Those that lie beside the checkpoints. ValueError, one sentence, where there are none."""
    found = zoo.real(dataset)
    if found is None:
        title = dataset_title(dataset) or repr(dataset)
        if source(dataset).pictures is False:
            raise ValueError(
                f"No test pictures of {title} come with the zoo, because its licence does not allow sharing them."
            )
        raise ValueError(
            f"There are no test pictures of {title} beside its checkpoints: python -m train real puts some there."
        )
    return found


def others(zoo: Zoo, dataset: str) -> list[str]:
    """Data sets whose test pictures have the shape of this one's: they can be the odd ones."""
    own = zoo.real(dataset)
    names = [name for name in zoo.catalog().datasets if name != dataset] if own else []
    found = ((name, zoo.real(name)) for name in names)
    return [name for name, one in found if one and one.pictures.shape[1:] == own.pictures.shape[1:]]


def classes_of(zoo: Zoo, dataset: str, entries: Iterable[Entry]) -> list[str]:
    """Classes at which a conditional variant can be kept: those of the test pictures, or of the variants where there
    are no test pictures, since figures may be on record all the same."""
    own = zoo.real(dataset)
    told = dict.fromkeys(name for entry in entries for name in entry.classes)
    names = own.class_names if own else [*told]
    return [name for name in names if name in told] if len(names) > 1 else []


def asked(zoo: Zoo, dataset: str, odd: str, n: int, normal: str | None = None) -> Asked:
    """n test pictures, half of them odd. odd: a data set out of `others`, or CLASSES. normal: the class that is not odd
    then. ValueError where there are no such pictures."""
    own, half = test_pictures(zoo, dataset), max(1, n // 2)
    if odd != CLASSES:
        foreign = test_pictures(zoo, odd)
        rows, far = range(min(half, len(own.pictures))), range(min(half, len(foreign.pictures)))
        return Asked(
            np.concatenate([own.pictures[: len(rows)], foreign.pictures[: len(far)]]),
            (*(_name(own, i) for i in rows), *(_name(foreign, i, dataset_title(odd)) for i in far)),
            (False,) * len(rows) + (True,) * len(far),
            ((dataset, tuple(rows)), (odd, tuple(far))),
            None,
        )
    if normal not in own.class_names:
        raise ValueError(f"There is no class {str(normal)[:60]!r} among the test pictures of {dataset_title(dataset)}.")
    of = [own.class_names[k] == normal for k in own.labels]
    rows = [i for i, mine in enumerate(of) if mine][:half]
    far = [i for i, mine in enumerate(of) if not mine][:half]
    return Asked(
        own.pictures[[*rows, *far]],
        tuple(_name(own, i) for i in (*rows, *far)),
        (False,) * len(rows) + (True,) * len(far),
        ((dataset, (*rows, *far)),),
        normal,
    )


def _name(of: Real, i: int, title: str = "") -> str:
    """Its class, else the title of its data set."""
    return of.class_names[of.labels[i]] if of.class_names else title


# Scores -----------------------------------------------------------------------------------------------------


def items_of(zoo: Zoo, entry: Entry, pictures: np.ndarray, normal: str | None = None) -> list[Item]:
    """Pictures uint8 [N, H, W, C] as one variant sees them. normal: the class at which a conditional one is held.

    ValueError, one sentence, where it has no encoder, or the pictures do not fit.
    """
    from gan_models.latent import anomaly
    from gan_models.sampling import within

    gan = with_encoder(zoo, entry.key)
    labels = [normal] * len(pictures) if normal is not None and entry.classes else None
    try:
        with within(zoo.seconds):
            made = anomaly.rebuilt(gan, pictures, labels)
    except TimeoutError:
        raise ValueError(f"Scoring this takes more than {zoo.seconds:g} seconds: choose fewer pictures.") from None
    scores = anomaly.residual(pictures, made)
    return [Item(*one) for one in zip(pictures, made, scores.tolist(), strict=True)]


def ranked(zoo: Zoo, entry: Entry, what: Asked) -> Ranked:
    """Pictures in the order of their scores. ValueError as in `items_of`."""
    from gan_models.latent import anomaly

    found = [
        replace(item, name=name, odd=odd)
        for item, name, odd in zip(items_of(zoo, entry, what.pictures, what.normal), what.names, what.odd, strict=True)
    ]
    scores, odd = np.array([item.score for item in found]), np.array(what.odd)
    found.sort(key=lambda item: item.score)
    return Ranked(entry, tuple(found), anomaly.auc(scores[~odd], scores[odd]))


@dataclass(frozen=True, eq=False)
class Judged:
    """One picture, as one variant sees it among the test pictures."""

    entry: Entry
    item: Item
    among: Standing | None
    """Among the scores of the test pictures of its own data set; None where there are none"""

    @property
    def words(self) -> str:
        """ "Score 83: odder than 97 % of 120 test pictures."."""
        said = f"Score {self.item.score:.0f}"
        if self.among is None:
            return f"{said}."
        of = f"{self.among.n} test pictures, nine in ten of which score {self.among.low:.0f} to {self.among.high:.0f}"
        return f"{said}: odder than {percent(self.among.percentile)} of {of}."


def judged(zoo: Zoo, entry: Entry, picture: np.ndarray, normal: str | None = None) -> Judged:
    """A picture uint8 [H, W, C] among the test pictures. normal: as in `items_of`; ValueError as there."""
    shown, usual = zoo.real(entry.dataset), np.full(0, np.nan)
    (item,) = items_of(zoo, entry, picture[None], normal)
    if shown is not None and shown.pictures.shape[1:] == picture.shape:
        mine = [normal is None or not entry.classes or shown.class_names[k] == normal for k in shown.labels]
        usual = np.array([one.score for one in items_of(zoo, entry, shown.pictures[np.array(mine)], normal)])
    return Judged(entry, item, standing(item.score, usual))


def usable(zoo: Zoo, entries: Sequence[Entry]) -> tuple[list[Entry], list[str]]:
    """(the variants with an encoder, a sentence on the others). ValueError where none has one."""
    good, none, broken = [], [], []
    for entry in entries:
        try:
            with_encoder(zoo, entry.key)
            good.append(entry)
        except CheckpointError as error:
            (none if "has no encoder yet" in str(error) else broken).append((entry.title, str(error)))
    if not good:
        raise ValueError(NO_ENCODER if not broken else broken[0][1])
    said = [error for _, error in broken]
    if none:
        said.append(
            f"No encoder yet for {listed([title for title, _ in none])}: python -m train encoder FOLDER trains one."
        )
    return good, said
