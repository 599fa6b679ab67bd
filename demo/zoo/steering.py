"""Directions of latent spaces by their measured effects: which variant has which effect, and pictures moved along a
direction.

Each variant has directions of its own, so what several have in common is an effect: a measure of the picture that
changes ("slant"), or a class that the move leads to ("class 3"). No UI; torch is imported where directions are read.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from demo.zoo.cache import LeastRecentlyUsed
from demo.zoo.checks import Key, check_keys, check_label, keys_of
from demo.zoo.folders import sentence
from demo.zoo.seeds import bounded
from demo.zoo.walks import Axis, Walk
from demo.zoo.words import listed, percent
from gan_models.folder import CheckpointError
from gan_models.metrics.names import minus

if TYPE_CHECKING:
    from demo.zoo.entries import Entry, Label
    from demo.zoo.zoo import Zoo
    from gan_models.latent.directions import Direction

AMOUNTS = (-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0)
"""Of a strip, in standard deviations of random latents along the direction"""
TICKS = 25
"""Of the slider, over the same range"""
MOST_AMOUNT = 10
CLASS = "class "
"""What the name of an effect that is a class begins with"""
LEAST = 0.3
"""Standard deviations of a measure: a direction that changes it by less does not have this effect"""
FOUND = {
    "sefa": "the first weights of G (SeFa)",
    "pca": "the principal components of its styles or first features (GANSpace)",
    "boundary": "a boundary between pictures of random latents (InterFaceGAN)",
}
"""Method -> where a direction comes from"""
KEPT = 64
"""Checkpoints whose directions stay in memory"""


@dataclass(frozen=True)
class Effect:
    """What a move does."""

    name: str
    """In links and endpoints: "slant", "class 3" """
    title: str
    more: str
    """What a move by a positive amount gives: "more slant to the right" """
    less: str


@dataclass(frozen=True, eq=False)
class Way:
    """One variant's best direction for an effect."""

    entry: Entry
    effect: Effect
    place: int
    """Among the directions of the checkpoint, from 0"""
    sign: float
    """1 where a move forward gives more of the effect, else -1"""
    direction: Direction

    @property
    def words(self) -> tuple[str, ...]:
        """What was measured, a sentence each."""
        d, name = self.direction, self.effect.name
        mine = abs(d.effects.get(name, 0.0))
        others = {key: self.sign * value for key, value in d.effects.items() if key != name}
        beside = max(others, key=lambda key: abs(others[key])) if others else None
        if name.startswith(CLASS):
            low, high = d.shares
            said = [
                f"From −2 to +2, the share of pictures that the extractor takes for {name} goes from "
                f"{percent(low)} to {percent(high)}."
            ]
            said += [f"The largest other change: {title_of(beside)}, {signed(others[beside])} sd."] if beside else []
        else:
            spread = f", ± {d.spread:.1f} from picture to picture" if mine == max(map(abs, d.effects.values())) else ""
            said = [f"At +2: {self.effect.title.lower()} changes by {mine:.1f} sd of random pictures{spread}."]
            if beside:
                share = abs(others[beside]) / mine
                said.append(
                    f"The largest other change: {title_of(beside)}, {signed(others[beside])} sd. Entanglement "
                    f"{share:.2f}: {_pure(share)}."
                )
        if d.unchanged is not None:
            said.append(f"The class stays the same in {percent(d.unchanged)} of the pictures.")
        return (*said, f"Found in {FOUND[d.method]}.")


def _pure(share: float) -> str:
    """What an entanglement means."""
    steps = (0.3, "little else"), (0.8, "something else as well"), (1 / 0.8, "another measure as much")
    return "it changes " + next((words for below, words in steps if share < below), "another measure more")


@dataclass(frozen=True, eq=False)
class Known:
    """The directions of one checkpoint."""

    directions: tuple[Direction, ...]
    problem: str = ""
    """Why there are none, to go on after the title: "has no directions yet" """


def known(zoo: Zoo, key: str) -> Known:
    """The directions of a key, read at the first call and kept."""
    from gan_models.latent import directions

    entry = zoo.entry(key)

    def make() -> Known:
        try:
            found = directions.read(entry.folder, entry.recipe)
        except CheckpointError as error:
            return Known((), f"has directions that cannot be read: {sentence(key, entry.folder, error)}")
        return Known(found, "" if found else "has no directions yet")

    try:
        seen = (entry.folder / directions.FILE).stat()
        stamp = zoo.stamp(key), seen.st_ino, seen.st_mtime_ns
    except OSError:
        return Known((), "has no directions yet")
    return zoo.kept("directions", lambda: LeastRecentlyUsed(KEPT)).get(key, stamp, make)


def title_of(name: str) -> str:
    """ "stroke_width" -> "stroke width", as `measures` calls it; of an unknown measure its name."""
    from gan_models.latent.measures import MEASURES

    return MEASURES[name].called if name in MEASURES else name


def effect(name: str) -> Effect:
    """The effect of a name."""
    from gan_models.latent.measures import MEASURES

    if name.startswith(CLASS):
        return Effect(name, name[:1].upper() + name[1:], f"towards {name}", f"away from {name}")
    title = title_of(name)
    fn = MEASURES.get(name)
    return Effect(
        name, title[:1].upper() + title[1:], fn.more if fn else f"more {name}", fn.less if fn else f"less {name}"
    )


def best(found: Sequence[Direction], name: str) -> tuple[int, float] | None:
    """(place, sign) of the direction that does this effect best: much of it, and little else. None where none does."""

    def merit(d: Direction) -> float:
        if name.startswith(CLASS):
            return d.shares[1] - d.shares[0] if d.towards == name.removeprefix(CLASS) and d.shares else 0.0
        mine = abs(d.effects.get(name, 0.0))
        others = max((abs(value) for key, value in d.effects.items() if key != name), default=0.0)
        return mine - others / 2 if mine >= LEAST else 0.0

    place = max(range(len(found)), key=lambda i: merit(found[i]), default=None)
    if place is None or merit(found[place]) <= 0:
        return None
    return place, 1.0 if name.startswith(CLASS) or found[place].effects[name] > 0 else -1.0


def effects(zoo: Zoo, entries: Iterable[Entry]) -> list[Effect]:
    """What at least one of the variants can do: measures, then classes, in their order."""
    from gan_models.latent.measures import MEASURES

    entries = list(entries)
    all_of = [d for entry in entries for d in known(zoo, entry.key).directions]
    names = dict.fromkeys([*MEASURES, *(name for d in all_of for name in d.effects)])
    order = list(dict.fromkeys(name for entry in entries for name in entry.classes))
    led = dict.fromkeys(d.towards for d in all_of if d.towards is not None)
    classes = sorted(led, key=lambda name: (order.index(name) if name in order else len(order), name))
    asked = [*names, *(f"{CLASS}{name}" for name in classes)]
    return [effect(name) for name in asked if any(best(known(zoo, e.key).directions, name) for e in entries)]


def most_common(zoo: Zoo, entries: Iterable[Entry]) -> str | None:
    """The effect that most of the variants can do; of several, the one that they do most strongly."""
    entries = list(entries)

    def rank(one: Effect) -> tuple:
        ways = [best(known(zoo, e.key).directions, one.name) for e in entries]
        done = [known(zoo, e.key).directions[way[0]] for e, way in zip(entries, ways, strict=True) if way]
        return not one.name.startswith(CLASS), len(done), sum(abs(d.effects.get(one.name, 0.0)) for d in done)

    found = effects(zoo, entries)
    return max(found, key=rank).name if found else None


def ways(zoo: Zoo, entries: Iterable[Entry], name: str) -> dict[str, Way]:
    """{key: its best direction} of the variants that can do this effect. ValueError, one sentence, where none can."""
    entries, found = list(entries), {}
    for entry in entries:
        if way := best(known(zoo, entry.key).directions, name):
            found[entry.key] = Way(entry, effect(name), *way, known(zoo, entry.key).directions[way[0]])
    if not found:
        there = [one.name for one in effects(zoo, entries)]
        if not there:
            raise ValueError(none(zoo, entries))
        raise ValueError(f"No direction of these variants changes {name[:60]!r}; they change {listed(there)}.")
    return found


def none(zoo: Zoo, entries: Sequence[Entry]) -> str:
    """Why no variant has a direction, and what makes some."""
    problems = [f"{e.title} {known(zoo, e.key).problem}" for e in entries]
    if len(entries) == 1 and "cannot be read" in problems[0]:
        return problems[0]
    return (
        "None of the chosen variants has directions yet: python -m train directions FOLDER finds them, in about 15 "
        "seconds for each."
    )


def missing(zoo: Zoo, entries: Iterable[Entry], name: str) -> list[str]:
    """A sentence for the variants that cannot do an effect, where others can."""
    empty, unable, broken = [], [], []
    for entry in entries:
        one = known(zoo, entry.key)
        if "cannot be read" in one.problem:
            broken.append(f"{entry.title} {one.problem}")
        elif not one.directions:
            empty.append(entry.title)
        elif not best(one.directions, name):
            unable.append(entry.title)
    said = [f"No direction with this effect was found for {listed(unable)}."] if unable else []
    if empty:
        said.append(f"No directions yet for {listed(empty)}: python -m train directions FOLDER finds them.")
    return said + broken


def moved(
    zoo: Zoo,
    entries: Iterable[Entry],
    name: str,
    keys: Sequence[Key],
    amounts: Sequence[float] = AMOUNTS,
    label: Label | None = None,
) -> dict[str, np.ndarray]:
    """{key: uint8 [A, N, H, W, C]}: seeds moved along each variant's direction for an effect; see `GAN.moved`.

    keys: seeds, or in place of one what was found for a picture, {key of a variant: latent}. amounts: in standard
    deviations, positive ones give more of the effect. label: of the seeds, as in `Zoo.samples`; a picture has the class
    with which it was found.
    ValueError: as there, an effect that none can do, an amount beyond MOST_AMOUNT.
    """
    keys = check_keys(keys)
    for amount in amounts:
        if not math.isfinite(amount) or abs(amount) > MOST_AMOUNT:
            raise ValueError(f"An amount is from −{MOST_AMOUNT} to {MOST_AMOUNT} standard deviations, not {amount:g}.")
    if not len(amounts):
        raise ValueError("No amount is given.")
    bounded(len(keys) * len(amounts))
    found = ways(zoo, entries, name)
    able = [way.entry for way in found.values()]
    starts = {entry.key: keys_of(entry, keys) for entry in able}
    told = [None if isinstance(key, Mapping) else label for key in keys]
    labels = {e.key: [None if one is None else check_label(e, one) for one in told] for e in able if e.classes}

    def draw(gan, entry: Entry) -> np.ndarray:
        way = found[entry.key]
        return gan.moved(starts[entry.key], way.direction, [way.sign * a for a in amounts], labels.get(entry.key))

    return zoo.each(able, draw)


def walk(
    zoo: Zoo,
    entries: Sequence[Entry],
    name: str,
    keys: Sequence[Key],
    label: Label | None = None,
    called: str | None = None,
) -> Walk:
    """The same as a walk under a slider, from AMOUNTS' first to its last; a picture for each key. called: what captions
    call the keys; None where all are seeds."""
    amounts = np.linspace(AMOUNTS[0], AMOUNTS[-1], TICKS)
    made = moved(zoo, entries, name, keys, amounts.tolist(), label)
    shown, what = [e for e in entries if e.key in made], effect(name)
    captions = [f"{caption(zoo, e.key, keys, label, called)} · {what.title.lower()}" for e in shown]
    axis = Axis(f"{what.title}: {what.less} ← 0 → {what.more}", tuple(map(stop, amounts)), 1)
    return Walk(tuple(shown), tuple(captions), tuple(made.values()), (axis,))


def caption(zoo: Zoo, key: str, keys: Sequence[Key], label: Label | None = None, called: str | None = None) -> str:
    """One line under what was moved."""
    if called is None:
        return zoo.caption(key, keys, label)
    return zoo.caption(key, called, label, unlabelled="class as it was found")


def stop(amount: float) -> str:
    """ "−1.5 sd", "0 sd", "+2 sd"."""
    return minus(f"{amount:+g} sd").replace("+0 sd", "0 sd")


def signed(value: float) -> str:
    """ "−0.3", "+1.2"."""
    return minus(f"{value:+.1f}")
