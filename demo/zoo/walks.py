"""Walks through the latent space: key frames as they are typed, paths and maps as they are drawn, shown and saved.

A walk is drawn once, as all its pictures. The screen then scrubs them without asking again (demo/draw/scrubber.py),
and its film strip is made of the same ones. No torch, no UI.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from string import ascii_uppercase
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from demo.zoo.checks import Key
from demo.zoo.entries import common_classes
from demo.zoo.words import listed
from gan_models.found import Latent
from gan_models.pictures import opaque, tile

if TYPE_CHECKING:
    from demo.zoo.entries import Entry, Label
    from demo.zoo.zoo import Zoo

MOST_KEYS = 12
"""Key frames of a path, rows of a walk"""
TICKS, LEAST = 72, 8
"""Of the slider over a path, about; at least so many from one key frame to the next. Half of both where more than one
row moves: all pictures are drawn before it can"""
LETTERS = ascii_uppercase[:MOST_KEYS]
"""Of pictures that are key frames"""
SIDES = (4, 6, 8, 11, 16)
"""Pictures along a side of a map"""
SECONDS = (0.5, 1.0, 2.0, 4.0)
"""Of a film, from one key frame to the next"""
SIZES = {"small": 84, "medium": 140, "large": 224}
"""Of a picture in a film, in pixels, about: each of its pixels becomes a whole square"""
FPS = 20
"""Pictures per second of a film: 50 ms each, which GIF, WebP and MP4 can all say"""
MOST_VALUES = 4_000_000
"""Of all pictures of a walk together: 5,000 at 28 px, 325 in colour at 64 px. Each is drawn, sent and held"""
STRIP = 13
"""Pictures of a film strip, about"""

KEYS_HELP = (
    "Two to twelve seeds, separated by commas. For conditional variants you can write a class after a seed: "
    "0, 7: {name}, 23. It applies from that key frame on. If you write no class, that of the first seed applies "
    "throughout. A letter stands for a picture of yours, in the class with which it was found."
)
CORNERS_HELP = (
    "Four seeds: top left, top right, bottom left, bottom right. For conditional variants you can write a class after "
    "a seed: 0: {name}, 7, 23, 42. A letter stands for a picture of yours."
)
HOW_HELP = (
    "slerp (spherical interpolation) follows an arc along which latent vectors keep a typical length. lerp (linear "
    "interpolation) follows the straight line, on which they become shorter, and so less typical."
)


PATH, MAP = "A path", "A map"
CLASSES, LATENTS = "Walk the classes", "Walk the latent"
"""What is seen of seeds, and of classes and seeds: short enough for two of them beside each other on a phone"""
SEEDS_HELP = "A path passes through all key frames. A map is a square of pictures between four corners."
CLASSES_HELP = (
    "Walk the classes: each latent vector stays fixed while the class changes. Walk the latent: each class stays fixed "
    "while the latent vector changes."
)
BY_SEED, BEFORE, AS_FOUND = "set by the seed", "same as before", "as it was found"
"""The class of a key frame that names none: the first one's, the others', a picture's"""
Found = Mapping[str, Mapping[str, Latent]]
"""What was found for pictures: {letter: {key of a variant: latent}}"""
NO_PICTURES: Found = MappingProxyType({})

# Key frames as text -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class KeyFrame:
    """A seed on a path, or at a corner of a map; or a picture for which latents were found."""

    seed: int | None
    """None for a picture"""
    label: str = ""
    """Name of a class; "" keeps the class of the key frame before, or the class found for the picture"""
    picture: str = ""
    """Its letter"""

    @property
    def mark(self) -> str:
        """ "7", or "A" for a picture."""
        return self.picture or str(self.seed)

    @property
    def name(self) -> str:
        return f"picture {self.picture}" if self.picture else f"seed {self.seed}"

    @property
    def text(self) -> str:
        return f"{self.mark}: {self.label}" if self.label else self.mark


def parse(
    text: str, names: Sequence[str] = (), most: int = MOST_KEYS, letters: Container[str] | None = None
) -> list[KeyFrame]:
    """ "0, 7: Sneaker, A" -> key frames. names: of the classes that a label may be, as name or index; none: any.
    letters: of the pictures that there are; None where only seeds are meant.

    ValueError, in one sentence: no seed, no such picture, a label that is none, more than `most`.
    """
    keys = []
    for part in text.replace(";", ",").split(","):
        first, _, label = (piece.strip() for piece in part.partition(":"))
        if not first and not label:
            continue  # a comma at the end, while somebody types
        if letters is not None and len(first) == 1 and first.upper() in LETTERS:
            if first.upper() not in letters:
                raise ValueError(
                    f"There is no picture {first.upper()} of this data set here: bring one from the page Your picture, "
                    "or write a seed."
                )
            keys.append(KeyFrame(None, _name(label, names), first.upper()))
            continue
        if not (first.isascii() and first.isdigit() and int(first) < 2**32):
            raise ValueError(f"{part.strip()!r} is not a key frame: write seeds, whole numbers from 0, like 0, 7, 23.")
        keys.append(KeyFrame(int(first), _name(label, names)))
    if len(keys) > most:
        raise ValueError(f"There are {len(keys)} key frames, and at most {most} are drawn.")
    return keys


def _name(label: str, names: Sequence[str]) -> str:
    if not label or not names or label in names:
        return label
    if label.isascii() and label.isdigit() and int(label) < len(names):
        return names[int(label)]
    for name in names:
        if name.casefold() == label.casefold():
            return name
    raise ValueError(f"There is no class {label!r}; there are {', '.join(names)}.")


def write(keys: Sequence[KeyFrame], names: Sequence[str] = ()) -> str:
    """Key frames -> what `parse` reads. A class whose name has a comma is written as its index."""
    safe = (replace(k, label=str(names.index(k.label))) if "," in k.label and k.label in names else k for k in keys)
    return ", ".join(key.text for key in safe)


def labels_of(keys: Sequence[KeyFrame], names: Sequence[str]) -> tuple[str | None, ...] | None:
    """A class for each key frame, None for one that keeps what was found for a picture; None for all where none is
    given, or none can be."""
    if not names or not any(key.label for key in keys):
        return None
    now = None if keys[0].picture else names[keys[0].seed % len(names)]
    found: list[str | None] = []
    for key in keys:
        now = key.label or (None if key.picture else now)
        found.append(now)
    return tuple(found)


def some_seed(keys: Sequence[KeyFrame]) -> int:
    """One that is not among them, of few digits."""
    return random.choice([seed for seed in range(1000) if seed not in {key.seed for key in keys}])


def added(keys: list[KeyFrame]) -> list[KeyFrame]:
    return [*keys, KeyFrame(some_seed(keys))]


def removed(keys: list[KeyFrame], at: int) -> list[KeyFrame]:
    return keys[:at] + keys[at + 1 :]


def reseeded(keys: list[KeyFrame], at: int) -> list[KeyFrame]:
    return [*keys[:at], replace(keys[at], seed=some_seed(keys), picture=""), *keys[at + 1 :]]


def labelled(keys: list[KeyFrame], at: int, label: str) -> list[KeyFrame]:
    return [*keys[:at], replace(keys[at], label=label), *keys[at + 1 :]]


# Walks ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Axis:
    """One slider over a walk."""

    title: str
    stops: tuple[str, ...]
    """What stands at the key frames, from the first picture to the last"""
    per: int
    """Pictures from one stop to the next"""

    def __len__(self) -> int:
        return (len(self.stops) - 1) * self.per + 1


@dataclass(frozen=True)
class Walk:
    """What some variants drew on one walk, all in step."""

    entries: tuple[Entry, ...]
    captions: tuple[str, ...]
    pictures: tuple[np.ndarray, ...]
    """Of each variant uint8 [T, R, H, W, C]: R pictures at each of T positions; those of a map row by row"""
    axes: tuple[Axis, ...]
    """One; of a map two, right and down"""
    loop: bool = False
    held: tuple[str, ...] = ()
    """The classes of the rows, where each row has one"""
    columns: int = 0
    """Of the R pictures side by side; 0: as many as look well"""
    side: int = 0
    """Pixels of a picture on the screen, about; 0: as many as look well"""
    start: float = 0.5
    """Where the slider stands at first, 0 to 1"""

    @property
    def rows(self) -> int:
        return self.pictures[0].shape[1]

    def frames(self, clear: bool = False) -> list[np.ndarray]:
        """What is shown of each variant at each position: [T, H', W', C], its R pictures as one. clear: for the screen,
        the gaps between them are transparent, and alpha is one channel more."""
        columns = self.columns or (self.rows if self.rows < 4 else -(-self.rows // 2))
        shown = [opaque(pictures) for pictures in self.pictures] if clear else self.pictures
        made = [np.stack([tile(p, columns, 1, 0 if clear else 255) for p in pictures]) for pictures in shown]
        return [m if m.ndim == 4 else m[..., None] for m in made]

    def strip(self) -> list[np.ndarray]:
        """Pictures of each variant at about STRIP positions: [T', R, H, W, C], key frames first of all."""
        steps, per = len(self.axes[0].stops) - 1, self.axes[0].per
        every = -(-steps // (STRIP - 1))  # this many steps between two of them, or else some between two key frames
        parts = max(1, min(per, (STRIP - 1) // steps))
        at = [step * per + round(part * per / parts) for step in range(0, steps, every) for part in range(parts)]
        return [pictures[[*at, steps * per]] for pictures in self.pictures]


def through_keys(
    zoo: Zoo,
    entries: Sequence[Entry],
    keys: Sequence[KeyFrame],
    how: str = "slerp",
    loop: bool = False,
    per: int | None = None,
    found: Found = NO_PICTURES,
) -> Walk:
    """From key frame to key frame, by the variants that have a latent of each picture among them. per: pictures from
    one to the next, fewer where that would be more than can be drawn; None suits a slider. ValueError: as
    `Zoo.interpolate`, and where no variant has all latents."""
    entries = able(entries, keys, found)
    labels = labels_of(keys, common_classes(entries))
    names = [key.name for key in keys]
    if labels:
        names = [f"{name} · {label}" if label else name for name, label in zip(names, labels, strict=True)]
    return _walk(
        zoo, entries, [(places(keys, found), labels)], names, "Position on the path", how, loop, per,
        lambda key: caption(zoo, key, keys, labels),
    )  # fmt: skip


def places(keys: Sequence[KeyFrame], found: Found) -> list[Key]:
    """Key frames as `Zoo.interpolate` takes them."""
    return [found.get(key.picture, {}) if key.picture else key.seed for key in keys]


def able(entries: Sequence[Entry], keys: Sequence[KeyFrame], found: Found) -> list[Entry]:
    """The variants that have a latent of each picture. ValueError, one sentence, where none has."""
    made = [e for e in entries if not lacking(e, keys, found)]
    if entries and not made:
        letters = listed(list(dict.fromkeys(letter for e in entries for letter in lacking(e, keys, found))))
        raise ValueError(
            f"None of the chosen variants has a latent of picture {letters}: choose those for which it was found, or "
            "bring it again from the page Your picture."
        )
    return made


def lacking(entry: Entry, keys: Sequence[KeyFrame], found: Found) -> list[str]:
    """Letters of the pictures of which a variant has no latent."""
    letters = dict.fromkeys(key.picture for key in keys if key.picture)
    return [letter for letter in letters if entry.key not in found.get(letter, {})]


def caption(
    zoo: Zoo, key: str, keys: Sequence[KeyFrame], labels: Sequence[Label | None] | None, truncation: float = 1.0
) -> str:
    """One line under a path or a map."""
    if not any(one.picture for one in keys):
        return zoo.path_caption(key, [one.seed for one in keys], labels and list(labels), truncation)
    way = " to ".join(dict.fromkeys(one.name for one in keys))
    first, *then = [label for label in labels or () if label is not None] or [None]
    return zoo.caption(key, way, first, then, "classes as they were found", truncation)


def through_classes(
    zoo: Zoo,
    entries: Sequence[Entry],
    seeds: Sequence[int],
    classes: Sequence[str],
    loop: bool = False,
    per: int | None = None,
) -> Walk:
    """The latents are kept fixed: a picture for each of the seeds, and all go from class to class."""
    if len(classes) < 2:
        raise ValueError("Choose two classes or more to walk from one to another.")
    way = " to ".join(classes)
    if len(classes) > 4:
        way = f"{classes[0]} to {classes[-1]} by way of {len(classes) - 2} others"
    return _walk(
        zoo, entries, [([seed] * len(classes), classes) for seed in seeds], classes, "Position between the classes",
        "lerp", loop, per, lambda key: zoo.caption(key, seeds, unlabelled=f"class {way}"),
    )  # fmt: skip


def with_classes_held(
    zoo: Zoo,
    entries: Sequence[Entry],
    keys: Sequence[KeyFrame],
    classes: Sequence[str],
    how: str = "slerp",
    loop: bool = False,
    per: int | None = None,
) -> Walk:
    """The classes are kept fixed: a picture for each of them, and all go from seed to seed. Labels of key frames are
    ignored."""
    if not classes:
        raise ValueError("Choose at least one class.")
    seeds = [key.seed for key in keys]
    held = f"class {', '.join(classes)}" if len(classes) < 5 else f"classes {classes[0]} to {classes[-1]}"
    caption = f"{held}, each kept fixed"
    return _walk(
        zoo, entries, [(seeds, [name] * len(seeds)) for name in classes], [f"seed {seed}" for seed in seeds],
        "Position on the path", how, loop, per,
        lambda key: zoo.caption(key, list(dict.fromkeys(seeds)), unlabelled=caption), tuple(classes),
    )  # fmt: skip


def over_a_map(
    zoo: Zoo,
    entries: Sequence[Entry],
    keys: Sequence[KeyFrame],
    side: int,
    how: str = "slerp",
    found: Found = NO_PICTURES,
) -> Walk:
    """Between four corners, `side` pictures along each axis, fewer where that would be more than can be drawn; by the
    variants that have a latent of each picture."""
    entries = able(entries, keys, found)
    side = max(2, min(side, math.isqrt(MOST_VALUES // _values(entries))))
    labels = labels_of(keys, common_classes(entries))
    made = zoo.latent_map([e.key for e in entries], places(keys, found), side, how, labels and list(labels))
    shown = [e for e in entries if e.key in made]
    return Walk(
        tuple(shown),
        tuple(caption(zoo, e.key, keys, labels) for e in shown),
        tuple(p.reshape(side * side, 1, *p.shape[2:]) for p in made.values()),
        (Axis("To the right", ("left", "right"), side - 1), Axis("Down", ("top", "bottom"), side - 1)),
    )


def _walk(
    zoo: Zoo,
    entries: Sequence[Entry],
    ways: Sequence[tuple[Sequence[Key], Sequence[str | None] | None]],
    names: Sequence[str],
    title: str,
    how: str,
    loop: bool,
    per: int | None,
    caption: Callable[[str], str],
    held: tuple[str, ...] = (),
) -> Walk:
    """One row of pictures for each way, (seeds, labels); names: of the key frames."""
    if len(names) < 2:
        raise ValueError("A path needs two seeds or more.")
    stops = (*names, names[0]) if loop else tuple(names)
    room = min(MOST_VALUES // (_values(entries) * max(1, len(ways))), 1024)
    steps = len(stops) - 1
    share = 1 if len(ways) == 1 else 2
    axis = Axis(title, stops, max(1, min(per or max(LEAST, TICKS // steps) // share, (room - 1) // steps)))
    at = np.linspace(0, 1, len(axis))
    made = zoo.paths(
        [e.key for e in entries], [(seeds, labels and list(labels)) for seeds, labels in ways], at, how=how, loop=loop
    )
    shown = [e for e in entries if e.key in made]
    pictures = tuple(rows.swapaxes(0, 1) for rows in made.values())
    return Walk(tuple(shown), tuple(caption(e.key) for e in shown), pictures, (axis,), loop, held)


def _values(entries: Sequence[Entry]) -> int:
    """Of one picture of each variant together."""
    return sum(e.recipe.size**2 * e.recipe.channels for e in entries) or 1
