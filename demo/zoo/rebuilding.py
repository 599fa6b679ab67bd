"""A picture that somebody has, in the variants: the latent that rebuilds it, and the way from one latent to another.

No UI. torch is imported where a network is asked. A result is a pure function of the picture, the checkpoint and the
effort; it is kept under the picture itself, so that only a visitor who has the picture gets it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from demo.zoo.cache import LeastRecentlyUsed
from demo.zoo.checks import misfit
from demo.zoo.entries import Entry
from demo.zoo.judge import Score, judge_of
from demo.zoo.latents import inverter
from demo.zoo.seeds import check_seeds
from demo.zoo.standing import percent
from gan_models.folder import CheckpointError
from gan_models.found import Latent
from gan_models.pictures import sides

if TYPE_CHECKING:
    from demo.zoo.zoo import Zoo
    from gan_models.latent import Fit, Operator

RESTARTS, SEEDS = 16, range(256)
"""Starts of a search: one batch"""
EFFORTS = {"quick": (60, 6.0), "thorough": (150, 20.0)}
"""{name: (steps of a search, seconds after which it ends with what it has)}, for one picture in one variant"""
MOST_KEPT = 96
"""Answers: of three visitors who look at all variants, with two pictures each, about"""


@dataclass(frozen=True, eq=False)
class Rebuilt:
    """A picture as one variant rebuilds it."""

    entry: Entry
    picture: np.ndarray
    """uint8 [H, W, C]"""
    decibels: float
    """PSNR of it against the given picture"""
    label: int | None
    """The class with which it was found; None for an unconditional variant"""
    latent: np.ndarray
    """float32 [D], in `space`"""
    space: str
    """ "z", or "w" for a style-based network"""
    seconds: float
    stopped: bool
    """Whether the time limit ended the search before all steps were done"""
    path: np.ndarray
    """uint8 [M, H, W, C]: the best so far at some moments of the search, from the first guess to the end"""
    path_steps: tuple[int, ...]
    """[M], after how many steps"""

    @property
    def class_name(self) -> str:
        """ "" for an unconditional variant."""
        return "" if self.label is None else self.entry.classes[self.label]

    @property
    def found(self) -> Latent:
        return Latent(self.space, self.label, self.latent)

    @property
    def text(self) -> str:
        """The latent as a link holds it."""
        return self.found.text


def search(
    zoo: Zoo, key: str, targets, operator: str | Operator = "identity", effort: str = "quick", labels=None, kept=None
) -> Fit:
    """`gan_models.latent.fit` of one target in one variant, with the settings of an effort.

    kept: what tells the question apart from others of this key; its answer is then kept. ValueError, one sentence:
    no such effort, a target that does not fit; CheckpointError as `inverter`.
    """
    if effort not in EFFORTS:
        raise ValueError(f"The search is one of {', '.join(EFFORTS)}, not {effort!r:.40}.")
    steps, seconds = EFFORTS[effort]
    gan = inverter(zoo, key)

    def make() -> Fit:
        from gan_models.latent import fit

        try:
            return fit(
                gan, targets, operator, labels=labels, restarts=RESTARTS, steps=steps, seeds=SEEDS, seconds=seconds
            )
        except CheckpointError as error:
            raise zoo.blame(key, error) from error

    if kept is None:
        return make()
    answers = zoo.kept("searches", lambda: LeastRecentlyUsed(MOST_KEPT))
    return answers.get((key, effort, kept), zoo.stamp(key), make)


def rebuild(zoo: Zoo, key: str, picture: np.ndarray, effort: str = "quick", label: int | str | None = None) -> Rebuilt:
    """A picture uint8 [H, W, C] as the variant of a key rebuilds it, within the seconds of the effort.

    label: its class, for a conditional variant; None searches for the class too. ValueError, one sentence: a picture of
    another size, or one that is all alike, or a class that the variant does not have.
    """
    entry = zoo.entry(key)
    check_picture(entry, picture)
    labels = [label] if entry.classes and label is not None else None
    kept = ("identity", picture.shape, picture.tobytes(), str(labels))
    found = search(zoo, key, picture[None], "identity", effort, labels, kept)
    gan = inverter(zoo, key)
    from gan_models.latent.space import draw

    classes = None if found.path_labels is None else found.path_labels[:, 0].tolist()
    return Rebuilt(
        entry,
        found.pictures[0, 0],
        float(found.psnr[0, 0]),
        None if found.labels is None else int(found.labels[0, 0]),
        found.latents[0, 0].numpy(),
        found.space,
        found.seconds,
        found.stopped == "time",
        draw(gan, found.path[:, 0], classes, found.space),
        found.path_steps,
    )


def of_all(
    zoo: Zoo, entries: Iterable[Entry], picture: np.ndarray, effort: str = "quick", label: int | str | None = None
) -> Iterator[tuple[list[Rebuilt], list[str]]]:
    """(what is rebuilt so far, a sentence on each variant that cannot), after each variant.

    label: its class, for those that have such a class. ValueError, one sentence, where none can; damaged checkpoints
    are left out, since the zoo tells of them.
    """
    made: list[Rebuilt] = []
    refused: list[str] = []
    damaged: list[Exception] = []
    for entry in entries:
        try:
            made.append(rebuild(zoo, entry.key, picture, effort, label))
        except CheckpointError as error:
            damaged.append(error)
            continue
        except ValueError as error:
            refused.append(str(error))
        yield made, refused
    if not made:
        raise ValueError(refused[0]) if refused else damaged[0]


def check_picture(entry: Entry, picture: np.ndarray) -> None:
    """ValueError, one sentence: a picture uint8 [H, W, C] does not have the shape that the variant draws, or is all
    alike."""
    size, channels = entry.recipe.size, entry.recipe.channels
    if picture.shape != (size, size, channels):
        one, draws = (
            f"{sides(h, w)}{' in colour' if c == 3 else ''}" for h, w, c in (picture.shape, (size, size, channels))
        )
        raise ValueError(f"{entry.title} draws pictures of {draws}, and this one is {one}.")
    if picture.min() == picture.max():
        raise ValueError("The picture is empty: all its pixels are alike.")


# Between two ------------------------------------------------------------------------------------------------


def between(zoo: Zoo, one: Rebuilt, other: Rebuilt | int, steps: int) -> np.ndarray:
    """The way from one found latent to another one of the same variant, or to that of a seed: uint8 [steps, H, W, C].

    On the sphere along its arc, among styles along the straight line; the class is mixed. A seed takes the class that
    was found.
    """
    (end,) = check_seeds([other]) if isinstance(other, int) else [other.found]
    return zoo.gan(one.entry.key).interpolate([one.found, end], steps)


# What D says ------------------------------------------------------------------------------------------------


def verdict(zoo: Zoo, one: Rebuilt, picture: np.ndarray) -> tuple[Score, Score]:
    """What the variant's own D says of the given picture and of the rebuilt one. ValueError, one sentence, where it has
    no usable D."""
    judge = judge_of(zoo, one.entry.key)
    return judge(picture, 0, one.label), judge(one.picture, 0, one.label)


def verdict_words(given: Score, made: Score) -> str:
    """One sentence on a `verdict`."""

    def above(score: Score) -> str:
        return percent((score.among_real or score.among_generated).percentile)

    others = "real test pictures" if given.among_real else "its own pictures"
    return (
        f"Its D finds your picture more real than {above(given)} of {others}, and the rebuilt picture more real than "
        f"{above(made)}."
    )


# Latents as text --------------------------------------------------------------------------------------------


def draw_latent(zoo: Zoo, key: str, text: str) -> np.ndarray:
    """The picture uint8 [H, W, C] of a latent as `Rebuilt.text` writes it. ValueError, one sentence, where it is none
    of this variant's."""
    return draw_found(zoo, key, Latent.read(text))


def draw_found(zoo: Zoo, key: str, latent: Latent) -> np.ndarray:
    """The same of a latent."""
    import torch

    from gan_models.latent.space import draw

    if words := misfit(zoo.entry(key), latent):
        raise ValueError(words)
    labels = None if latent.label is None else [latent.label]
    return draw(zoo.gan(key), torch.from_numpy(latent.values.copy())[None], labels, latent.space)[0]


def psnr(picture: np.ndarray, other: np.ndarray, where: np.ndarray | None = None) -> float:
    """Peak signal-to-noise ratio of two pictures uint8 [H, W, C] in dB, at most 99. where: bool [H, W], the pixels that
    count; None takes all."""
    off = (picture.astype(np.float64) - other.astype(np.float64)) ** 2
    error = float(off.mean() if where is None else off[where].mean())
    return min(99.0, 10 * math.log10(255**2 / error)) if error else 99.0
