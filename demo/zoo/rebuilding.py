"""A picture that somebody has, in the variants: the latent that rebuilds it, and the way from one latent to another.

No UI. torch is imported where a network is asked. What is made of a picture is a pure function of it, of the checkpoint
and of the effort; it is kept under the picture itself, so that only whoever has the picture gets it.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from demo.zoo.cache import LeastRecentlyUsed
from demo.zoo.entries import Entry
from demo.zoo.judge import Score, judge_of
from demo.zoo.latents import inverter
from demo.zoo.seeds import check_seeds
from demo.zoo.standing import percent
from gan_models.folder import CheckpointError

if TYPE_CHECKING:
    from demo.zoo.zoo import Zoo
    from gan_models.latent import Fit, Operator

RESTARTS, SEEDS = 16, range(256)
"""Of a search: one batch, which takes as long with fewer"""
EFFORTS = {"quick": (60, 6.0), "thorough": (150, 20.0)}
"""{name: (steps of a search, seconds after which it ends with what it has)}, for one picture in one variant"""
MOST_KEPT = 96
"""Answers: of three visitors who look at all variants, with two pictures each, about"""
FORM = re.compile(r"(z|w)(?:\.(\d{1,4}))?\.([A-Za-z0-9_-]+)", re.ASCII)


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
    """Whether the time was up before all steps were done"""
    path: np.ndarray
    """uint8 [M, H, W, C]: the best so far at some moments of the search, from the first guess to the end"""
    path_steps: tuple[int, ...]
    """[M], after how many steps"""

    @property
    def class_name(self) -> str:
        """ "" for an unconditional variant."""
        return "" if self.label is None else self.entry.classes[self.label]

    @property
    def text(self) -> str:
        """The latent as a link holds it."""
        return latent_text(self.latent, self.space, self.label)


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

    label: its class, for a conditional variant; None searches the class too. ValueError, one sentence: a picture of
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


def check_picture(entry: Entry, picture: np.ndarray) -> None:
    """ValueError, one sentence, where a picture uint8 [H, W, C] is none that the variant could draw."""
    size, channels = entry.recipe.size, entry.recipe.channels
    if picture.shape != (size, size, channels):
        has, draws = (
            f"{h} × {w} pixels{' in colour' if c == 3 else ''}" for h, w, c in (picture.shape, (size, size, channels))
        )
        raise ValueError(f"{entry.title} draws pictures of {draws}, and this one has {has}.")
    if picture.min() == picture.max():
        raise ValueError("The picture is empty: all its pixels are alike.")


# Between two ------------------------------------------------------------------------------------------------


def between(zoo: Zoo, one: Rebuilt, other: Rebuilt | int, steps: int) -> np.ndarray:
    """The way from one found latent to another one of the same variant, or to that of a seed: uint8 [steps, H, W, C].

    On the sphere along its arc, among styles along the straight line; the class is mixed. A seed takes the class that
    was found.
    """
    import torch

    from gan_models.latent.fit import one_hot
    from gan_models.latent.space import draw
    from gan_models.sampling import along, latents

    gan, at = inverter(zoo, one.entry.key), np.linspace(0, 1, steps)
    labels = [one.label, one.label if isinstance(other, int) else other.label]
    y = one_hot(torch.tensor(labels), gan.recipe.classes) if gan.recipe.classes else None
    if isinstance(other, int):
        end = latents(check_seeds([other]), gan.recipe.z_dim)
        if one.space == "w":
            with torch.inference_mode():
                end = gan.G.style(end, None if y is None else y[:1]).clone()
    else:
        end = torch.from_numpy(other.latent)[None]
    points = along(torch.cat([torch.from_numpy(one.latent)[None], end]), at, "slerp" if one.space == "z" else "lerp")
    return draw(gan, points, None if y is None else along(y, at, "lerp"), one.space)


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
    return f"Its D finds your picture more real than {above(given)} of {others}, the rebuilt one than {above(made)}."


# Latents as text --------------------------------------------------------------------------------------------


def latent_text(latent: np.ndarray, space: str, label: int | None) -> str:
    """ "z.3.AbCd...": the space, the class where there is one, and the numbers in half precision as base64url."""
    packed = base64.urlsafe_b64encode(np.asarray(latent, "<f2").tobytes()).decode().rstrip("=")
    return ".".join([space, *([] if label is None else [str(label)]), packed])


def draw_latent(zoo: Zoo, key: str, text: str) -> np.ndarray:
    """The picture uint8 [H, W, C] of a latent as `latent_text` writes it. ValueError, one sentence, where it is none of
    this variant's."""
    import torch

    from gan_models.latent.space import draw

    entry = zoo.entry(key)
    found = FORM.fullmatch(text.strip())
    if not found:
        raise ValueError("A latent begins with z or w, then a point, and comes from this page or from /rebuild.")
    try:
        data = base64.urlsafe_b64decode(found[3] + "=" * (-len(found[3]) % 4))
    except binascii.Error:
        data = b""
    z_dim, classes = entry.recipe.z_dim, entry.recipe.classes
    if len(data) != 2 * z_dim:
        raise ValueError(f"A latent of {entry.title} has {z_dim} numbers; this text holds {len(data) / 2:g}.")
    values = np.frombuffer(data, "<f2").astype(np.float32)
    if not np.isfinite(values).all():
        raise ValueError("This latent contains something that is no number.")
    label = None if found[2] is None else int(found[2])
    if (label is None) == bool(classes) or (classes and label >= classes):
        takes = f"one of {classes} classes, from 0" if classes else "no class"
        raise ValueError(f"{entry.title} takes {takes}; this latent has {'none' if label is None else label}.")
    labels = None if label is None else [label]
    return draw(inverter(zoo, key), torch.from_numpy(values.copy())[None], labels, found[1])[0]


def psnr(picture: np.ndarray, other: np.ndarray, where: np.ndarray | None = None) -> float:
    """Peak signal-to-noise ratio of two pictures uint8 [H, W, C] in dB, at most 99. where: bool [H, W], the pixels that
    count; None takes all."""
    off = (picture.astype(np.float64) - other.astype(np.float64)) ** 2
    error = float(off.mean() if where is None else off[where].mean())
    return min(99.0, 10 * math.log10(255**2 / error)) if error else 99.0
