"""The pictures that the zoo draws: arrays and text out. Imports no UI, and none of the modules with functions that take
a zoo (leaderboard, evolution, teaching, ...).

>>> zoo = Zoo("checkpoints")
>>> zoo.catalog().entries[0].key
'mnist/gan'
>>> zoo.samples(["mnist/gan", "mnist/dcgan"], seeds=range(16))  # {key: uint8 [16, H, W, C]}

Raises ValueError, with one sentence for the screen, if a key, seed or label is invalid. A damaged checkpoint raises no
error as long as a sound one was asked for as well: it is left out of the answer, and `Zoo.problems()` has one sentence
on it.

torch is imported when the first picture is drawn: this takes seconds, and a page shows its controls meanwhile.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import gan_models
from demo.zoo import styles
from demo.zoo.cache import LeastRecentlyUsed
from demo.zoo.checks import (
    Key,
    check_heard,
    check_keys,
    check_label,
    check_positions,
    check_truncation,
    conditional,
    end_labels,
    first_class,
    keys_of,
)
from demo.zoo.describing import Describer
from demo.zoo.entries import Entry, Label
from demo.zoo.seeds import bounded, check_seeds
from gan_models.folder import CheckpointError

if TYPE_CHECKING:
    from gan_models import GAN, Translator


MOST_KEPT = 16
"""Number of pictures up to which those of one variant are kept for a while: the wall and a first view are the same for
all visitors"""
MOST_SECONDS = 30.0
"""Seconds that one request may draw, with the models loaded: a visitor's network may be slow, and others wait"""


class Zoo(Describer):
    """The checkpoints below one folder. Threads may share it; no method changes a model.

    folder: searched for recipe.json at any depth, so that a folder of training runs works as well; None takes
    `default_folder()`. keep: how many models stay in memory, and how many with their D as judges; the least recently
    used one goes first. pins: the hub.json whose checkpoints are shown too, where the folder has none of that key; None
    takes the one of the shipped zoo, and nothing for another folder. seconds: a drawing that takes longer is a
    ValueError.
    """

    def __init__(
        self,
        folder: str | Path | None = None,
        keep: int = 24,
        pins: Path | None = None,
        seconds: float = MOST_SECONDS,
    ):
        super().__init__(folder, pins)
        self.keep, self.seconds = keep, seconds
        self._models: LeastRecentlyUsed[GAN | Translator] = LeastRecentlyUsed(keep)
        self._drawn: LeastRecentlyUsed[np.ndarray] = LeastRecentlyUsed(128)

    # Pictures -----------------------------------------------------------------------------------------------

    def samples(
        self, keys: Iterable[str], seeds: Sequence[int], label: Label | None = None, truncation: float = 1.0
    ) -> dict[str, np.ndarray]:
        """One picture per variant and seed: {key: uint8 [N, H, W, C]}, in the order of the keys.

        seeds: N whole numbers from 0. label: for the conditional variants, others beside them ignore it; None gives
        seed s the class s mod K, so that consecutive seeds show all classes in turn. truncation: 0 to 2; below 1
        pictures are more typical and less diverse (see `GAN.sample`).

        ValueError: an unknown key, a bad seed, a label that a conditional variant does not have, or of which no variant
        is conditional, a truncation out of range, more than MOST_PICTURES. A checkpoint that turns out damaged is
        missing from the answer (see `problems`); where all are, a ValueError says so.
        """
        entries, seeds, truncation = self._check(keys, seeds, truncation, label)
        labels = {e.key: [check_label(e, label)] * len(seeds) for e in entries if e.classes and label is not None}

        def draw(gan: GAN, entry: Entry) -> np.ndarray:
            return gan.sample(seeds, labels.get(entry.key), truncation)

        if len(seeds) > MOST_KEPT:
            return self.each(entries, draw)

        def keep(gan: GAN, entry: Entry) -> np.ndarray:
            name = (entry.key, *seeds, truncation, str(labels.get(entry.key, "")))
            _, seen = self._seen(entry.key)
            kept = self._drawn.get(name, seen and seen.stamp, lambda: draw(gan, entry))
            return kept.copy()  # whoever asked may change it

        return self.each(entries, keep)

    def interpolate(
        self,
        keys: Iterable[str],
        seeds: Sequence[Key],
        at: float | Sequence[float] | None = None,
        steps: int | None = None,
        how: str = "slerp",
        labels: Label | Sequence[Label] | None = None,
        truncation: float = 1.0,
        loop: bool = False,
    ) -> dict[str, np.ndarray]:
        """The path through two seeds or more: {key: uint8 [T, H, W, C]}; every variant moves together. In place of a
        seed there may be the latents found for a picture, {key of a variant: latent}.

        Give either `at`, one position or T of them from 0, the first seed, to 1, the last; or `steps`, for
        T = steps positions evenly from 0 to 1. how: "slerp" or "lerp" of the latents.
        labels, for the conditional variants: None keeps the class of the first seed (seed mod K), one index
        or name holds for the whole path, a list or tuple with one label (index, name or K weights) per seed
        is mixed linearly between them. loop: the path goes on from the last seed to the first, which position 1
        then is; `steps` do not draw it again, so that the pictures repeat without a pause.

        ValueError: as in `samples`, and a lone seed, a position outside 0 to 1, steps below 2, unknown `how`.
        """
        made = self.paths(keys, [(seeds, labels)], at, steps, how, truncation, loop)
        return {key: pictures[0] for key, pictures in made.items()}

    def paths(
        self,
        keys: Iterable[str],
        ways: Sequence[tuple[Sequence[Key], Label | Sequence[Label] | None]],
        at: float | Sequence[float] | None = None,
        steps: int | None = None,
        how: str = "slerp",
        truncation: float = 1.0,
        loop: bool = False,
    ) -> dict[str, np.ndarray]:
        """`interpolate` along R ways at once, each of (seeds, labels), all with as many seeds: {key: uint8 [R, T, H, W,
        C]}."""
        entries, truncation = self.chosen(keys), check_truncation(truncation)
        ways = [(check_keys(keys), labels) for keys, labels in ways]
        for _, labels in ways:
            check_heard(entries, labels)
        if len(ways[0][0]) < 2:
            raise ValueError("A path needs two seeds or more.")
        from gan_models.keys import points
        from gan_models.sampling import PATHS, along

        if how not in PATHS:
            raise ValueError(f"A path is one of {', '.join(PATHS)}, not {how!r}.")
        number = len(ways[0][0])
        at = check_positions(at, steps, loop) * (number - (not loop))
        order = [*range(number), *([0] if loop else [])]
        asked: dict[str, list[tuple]] = {}
        for entry in entries:
            own = [(keys_of(entry, keys), labels) for keys, labels in ways]
            asked[entry.key] = [(keys, end_labels(entry, keys, labels)) for keys, labels in own]

        def draw(gan: GAN, entry: Entry) -> np.ndarray:
            made = []
            for keys, labels in asked[entry.key]:
                p, y, space = points(gan, keys, labels, path=True)
                y = None if y is None else along(y[order], at, "lerp")
                made.append(gan.at(along(p[order], at, how if space == "z" else "lerp"), y, space, truncation))
            return np.stack(made)

        return self.each(entries, draw)

    def latent_map(
        self,
        keys: Iterable[str],
        seeds: Sequence[Key],
        steps: int = 8,
        how: str = "slerp",
        labels: Label | Sequence[Label] | None = None,
        truncation: float = 1.0,
    ) -> dict[str, np.ndarray]:
        """A map between four seeds: {key: uint8 [steps, steps, H, W, C]}, rows from top to bottom.

        seeds: top left, top right, bottom left, bottom right, as in `interpolate`. how: see
        `gan_models.sampling.between`. labels: as in `interpolate`, mixed bilinearly. steps: pictures along each axis, 2
        or more.

        ValueError: as in `interpolate`, and other than four seeds.
        """
        entries, seeds, truncation = self.chosen(keys), check_keys(seeds), check_truncation(truncation)
        check_heard(entries, labels)
        if len(seeds) != 4:
            raise ValueError(f"A map has four corners, a seed at each; {len(seeds)} were given.")
        from gan_models.sampling import PATHS

        if how not in PATHS:
            raise ValueError(f"A map is one of {', '.join(PATHS)}, not {how!r}.")
        if not isinstance(steps, int | np.integer) or isinstance(steps, bool) or steps < 2:
            raise ValueError(f"A map needs two steps or more, not {steps!r}.")
        bounded(int(steps) ** 2)
        asked = {}
        for entry in entries:
            own = keys_of(entry, seeds)
            asked[entry.key] = own, end_labels(entry, own, labels)

        def draw(gan: GAN, entry: Entry) -> np.ndarray:
            own, ends = asked[entry.key]
            return gan.latent_map(own, int(steps), how, ends, truncation)

        return self.each(entries, draw)

    def class_grid(self, key: str, seeds: Sequence[int], truncation: float = 1.0) -> np.ndarray:
        """Every class of a conditional variant at the same seeds: uint8 [K, N, H, W, C].

        ValueError: as in `samples`, and an unconditional variant.
        """
        (entry,), seeds, truncation = self._check([key], seeds, truncation)
        k = len(conditional(entry).classes)
        bounded(k * len(seeds))
        labels = [label for label in range(k) for _ in seeds]
        drawn = self.each([entry], lambda gan, _: gan.sample([*seeds] * k, labels, truncation))[key]
        return drawn.reshape(k, len(seeds), *drawn.shape[1:])

    def truncations(
        self,
        keys: Iterable[str],
        seeds: Sequence[int],
        label: Label | None = None,
        values: Sequence[float] = styles.STEPS,
    ) -> dict[str, np.ndarray]:
        """The same seeds at T truncations: {key: uint8 [T, N, H, W, C]}; arguments and errors as in `samples`."""
        values = [check_truncation(value) for value in values]
        if not values:
            raise ValueError("No truncation is given.")
        entries, seeds, _ = self._check(keys, seeds, 1.0, label)
        bounded(len(values) * len(seeds))
        labels = {e.key: [check_label(e, label)] * len(seeds) for e in entries if e.classes and label is not None}

        return self.each(entries, lambda gan, entry: gan.truncations(seeds, values, labels.get(entry.key)))

    def mix(
        self,
        keys: Iterable[str],
        rows: Sequence[int],
        columns: Sequence[int],
        levels: str | Sequence[int] = "fine",
        label: Label | None = None,
        truncation: float = 1.0,
    ) -> dict[str, styles.Mixed]:
        """Style mixing: pictures of the seeds `rows` that have the style of the seeds `columns` at some levels.

        levels: levels that take the columns' styles: "coarse", "middle", "fine", or a list of sides in pixels. label:
        of all pictures of a conditional variant; None takes the class that the first row has by itself, seed mod K.

        ValueError: as in `samples`, and a variant without styles, or levels that it does not have.
        """
        entries, rows, truncation = self._check(keys, rows, truncation, label)
        columns = check_seeds(columns)
        bounded((1 + len(rows)) * (1 + len(columns)))
        for entry in entries:
            if not entry.styled:
                raise ValueError(f"{entry.title} has no styles to mix: its network is not style-based.")
        labels = {e.key: check_label(e, first_class(e, rows, label)) for e in entries if e.classes}

        def draw(gan: GAN, entry: Entry) -> styles.Mixed:
            return styles.mix(gan, rows, columns, levels, labels.get(entry.key), truncation)

        return self.each(entries, draw)

    # Models -------------------------------------------------------------------------------------------------

    def gan(self, key: str) -> GAN:
        """The model of a key that draws from noise; see `model`. CheckpointError where it is of another kind."""
        return self.model(self.entry(key).key)

    def model(self, key: str) -> GAN | Translator:
        """The model of a key, loaded at the first call and kept. It is shared: do not change it.

        Concurrent first calls load it once. CheckpointError where its weights are damaged.
        """
        try:
            return self._models.get(key, self.stamp(key), lambda: self.loaded(key))
        except Exception as error:
            raise self.blame(key, error) from error

    def loaded(self, key: str, **more) -> GAN | Translator:
        """The model of a key, loaded now; more: arguments of `gan_models.load`. A visitor's may cost less than ours."""
        entry, seen = self._seen(key)
        if not (seen and seen.added):
            return gan_models.load(entry.folder, **more)
        from gan_models.work import VISITOR

        return gan_models.load(entry.folder, most=VISITOR, **more)

    def each(self, entries: list[Entry], draw) -> dict[str, np.ndarray]:
        """{key: draw(model, entry)} without those that cannot be loaded; CheckpointError where none can, ValueError
        where the drawing takes more than the zoo's seconds."""
        loaded, errors = [], []
        for entry in entries:
            try:
                loaded.append((self.model(entry.key), entry))
            except CheckpointError as error:
                errors.append(error)
        if not loaded:
            raise errors[0]
        from gan_models.sampling import within  # torch is there by now

        made = {}
        try:
            # The newest, which are the heaviest, begin. Parts of one variant side by side would be no faster: Python
            # has one lock for all threads, and these networks are small.
            with within(self.seconds), ThreadPoolExecutor(os.cpu_count()) as threads:
                drawn = {e.key: threads.submit(copy_context().run, draw, gan, e) for gan, e in reversed(loaded)}
                for _, entry in loaded:
                    try:
                        made[entry.key] = drawn[entry.key].result()
                    except Exception as error:
                        asked_wrongly = isinstance(error, ValueError) and not isinstance(error, CheckpointError)
                        if asked_wrongly or isinstance(error, TimeoutError):
                            raise
                        errors.append(self.blame(entry.key, error))
        except TimeoutError:
            raise ValueError(
                f"Drawing this takes more than {self.seconds:g} seconds: choose fewer variants or pictures."
            ) from None
        if not made:
            raise errors[0]
        return made

    def _check(self, keys, seeds, truncation, label=None) -> tuple[list[Entry], list[int], float]:
        """Entries of the keys, seeds and truncation in their own types, or a ValueError of one sentence."""
        entries = self.chosen(keys)
        check_heard(entries, label)
        return entries, check_seeds(seeds), check_truncation(truncation)
