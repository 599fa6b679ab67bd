"""Everything a front end may ask of the zoo; arrays, tables and text out. Imports no UI.

>>> zoo = Zoo("checkpoints")
>>> zoo.catalog().entries[0].key
'mnist/gan'
>>> zoo.samples(["mnist/gan", "mnist/dcgan"], seeds=range(16))  # {key: uint8 [16, H, W, C]}

What is wrong with a question (an unknown key, a bad seed, a label that does not exist) is a ValueError of
one sentence, fit for the screen. A damaged checkpoint is no error as long as a sound one was asked
for as well: it is left out of the answer, and `Zoo.problems()` has one sentence on it.

torch is imported when the first picture is drawn, so that a page shows its controls while that takes its seconds.
"""

from __future__ import annotations

import contextlib
import difflib
import json
import logging
import math
import operator
import os
import re
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import gan_models
from demo.zoo import ablation, evolution, inspection, leaderboard, published, styles, teaching, uncertain
from demo.zoo import quiz as quizzes
from demo.zoo.cache import Kept
from demo.zoo.hub import MOST_NAMES, Shelf
from gan_models import film, limits, real
from gan_models.folder import CheckpointError, one_line, read_recipe
from gan_models.home import SHIPPED
from gan_models.recipe import Recipe
from gan_models.sources import SOURCES, source
from gan_models.styles import STYLED

if TYPE_CHECKING:
    from gan_models import GAN

log = logging.getLogger(__name__)
FAMILIES = {path.stem for path in (Path(gan_models.__file__).parent / "networks").glob("*.py")}
"""Names of the networks: one file each. Their table would have to import torch"""
MEASURES = ("extractor", "reference", real.TRAINING)
"""What tensors in the zoo begin with that measure and do not draw"""
MOST_PICTURES = 1024
"""Of one variant in one call; more is a ValueError"""
MOST_KEPT = 16
"""Pictures of one variant that are kept, for a while: the wall and a first view are the same for all visitors"""
MOST_SECONDS = 30.0
"""That one question may draw, with the models loaded: a visitor's network may be slow, and others wait"""
MOST_KEY, MOST_LETTERS = 300, 400
"""Characters of a key, and of a sentence on what is wrong with a folder"""
PATHS = re.compile(r"(?<![\w.])/[\w.+-]+(/[\w.+-]+)+")
MOST_SEED = 2**31 - 1
"""The largest seed that every front end can show and take: JavaScript and 32-bit widgets round larger ones"""

MOST_QUOTED = 60
"""Letters of a question that the sentence on what is wrong with it repeats"""
MOST_LISTED = 8
"""Names in a sentence that says what there is"""

IN_TURN = "all in turn"
"""What stands for a class where each picture has the one of its seed"""

Label = int | str | Sequence[float]
"""A class as its index, as its name, or as K weights that sum to 1 (a mixture of classes)"""


def default_folder() -> Path:
    """GANSCOPE_CHECKPOINTS, else the zoo that comes with the code."""
    return Path(os.environ.get("GANSCOPE_CHECKPOINTS") or SHIPPED).expanduser()


@dataclass(frozen=True)
class Entry:
    """One checkpoint of the zoo, without its weights."""

    key: str
    """Its name in every call and link: "mnist/dcgan"; the path below the zoo's folder"""
    title: str
    """As the screens call it, unlike any other title of the same data set: "DCGAN" """
    recipe: Recipe
    provenance: dict[str, Any]
    """How it was trained; empty or odd in a folder that someone else wrote: use `Zoo.facts` to read it"""
    folder: Path
    hub: str = ""
    """ "user/repo@commit" where it came from the Hub"""

    @property
    def variant(self) -> str:
        """The recipe's name: "dcgan"."""
        return self.recipe.name

    @property
    def dataset(self) -> str:
        """Name of its data: "mnist"; "unknown data" where the folder does not say."""
        name = self.provenance.get("dataset")
        return name if isinstance(name, str) and name else "unknown data"

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names, in the order of the labels; empty for an unconditional variant."""
        return self.recipe.class_names

    @property
    def styled(self) -> bool:
        """Whether its network has styles to mix."""
        return self.recipe.network in STYLED


@dataclass(frozen=True)
class Kind:
    """Variants that can do what one page is about."""

    name: str
    fit: Callable[[Entry], bool]
    can: str
    """What they do, to go on after "None of the variants": "takes a class" """
    train: str
    """What trains one"""

    def none(self, of: str, then: str = "", code: str = "{}") -> str:
        """What to say where there is none. of: "variants trained on MNIST"; then: a sentence on what else to do;
        code: how a command is written."""
        return " ".join(f"None of the {of} {self.can}. {then} {code.format(self.train)} trains one.".split())


CONDITIONAL = Kind("conditional", lambda e: bool(e.classes), "takes a class", "python -m train.cgan")
STYLE_BASED = Kind("styled", lambda e: e.styled, "has styles to mix", "python -m train.stylegan2")


@dataclass(frozen=True)
class Catalog:
    """What a zoo holds, and what is wrong in it."""

    entries: tuple[Entry, ...] = ()
    """By data set, year, generation (a parent before its children), title"""
    problems: tuple[str, ...] = ()
    """One sentence for each folder that cannot be used"""

    def __iter__(self):
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def keys(self) -> list[str]:
        return [entry.key for entry in self.entries]

    @property
    def datasets(self) -> list[str]:
        """Names of the data sets, in the order of the entries."""
        return list(dict.fromkeys(entry.dataset for entry in self.entries))

    def of(self, dataset: str) -> list[Entry]:
        """The entries of one data set."""
        return [entry for entry in self.entries if entry.dataset == dataset]


@dataclass(frozen=True)
class Added:
    """What came of a visitor's wish."""

    entries: tuple[Entry, ...] = ()
    problems: tuple[str, ...] = ()
    """One sentence for each repository that cannot be shown"""


@dataclass
class _Found:
    """One folder of the zoo as it was at one moment: an entry's parts, or a problem."""

    folder: Path
    stamp: tuple
    recipe: Recipe | None = None
    provenance: dict[str, Any] = field(default_factory=dict)
    problem: str = ""
    watched: tuple | None = None
    """Where the problem showed only when the entry was described or drawn: all its files at that moment"""
    hub: str = ""
    added: bool = False
    """By a visitor: only who names it sees it"""


class Zoo:
    """The checkpoints below one folder. Threads may share it; no method changes a model.

    folder: searched for recipe.json at any depth, so that a folder of training runs works as well; None takes
    `default_folder()`. keep: how many models stay in memory, and how many with their D as judges; the least recently
    used one goes first. pins: the
    hub.json whose checkpoints are shown too, where the folder has none of that key; None takes the one of the shipped
    zoo, and nothing for another folder. seconds: a drawing that takes longer is a ValueError.
    """

    def __init__(
        self,
        folder: str | Path | None = None,
        keep: int = 24,
        pins: Path | None = None,
        seconds: float = MOST_SECONDS,
    ):
        self.folder = default_folder() if folder is None else Path(folder).expanduser()
        self.seconds = seconds
        shipped = self.folder.resolve() == SHIPPED
        self._shelf = Shelf(pins or (SHIPPED.parent / "hub.json" if shipped else None))
        self._lock = threading.Lock()
        self._found: dict[str, _Found] = {}
        self._entries: dict[str, Entry] = {}
        self._models: Kept[GAN] = Kept(keep)
        self._judges: Kept[inspection.Judge] = Kept(keep)
        self._neighbours: Kept[inspection.Neighbours] = Kept(2)
        self._files = leaderboard.Files(self.folder, SHIPPED)
        self._films = evolution.Films()
        self._drawn: Kept[np.ndarray] = Kept(128)

    # What there is ------------------------------------------------------------------------------------------

    def catalog(self, also: Iterable[str] = ()) -> Catalog:
        """What the folder holds now, and what hub.json pins. Reads recipes, never weights, and only those that are new
        or changed.

        also: keys of what this visitor has added from the Hub; others' is left out. A checkpoint whose weights turned
        out damaged stands in `problems` from then on, until it is replaced.
        """
        local = _folders(self.folder)
        pinned, troubles = self._shelf.pinned({key for key, _ in local})
        added = self._shelf.added()
        places = [(key, folder, "") for key, folder in local]
        places += [(key, one.folder, one.name) for key, one in (*pinned.items(), *added.items())]
        with self._lock:
            found = {}
            for key, folder, name in places:
                try:
                    stamp = _stamp(folder)
                except OSError:
                    continue  # a training run is replacing it at this moment
                known = self._found.get(key)
                mended = known and known.watched and known.watched != _all_files(folder)
                if not known or known.stamp != stamp or mended:
                    known = _read(key, folder, stamp)
                    known.hub, known.added = name, key in added
                found[key] = known
            self._found = found
            entries = _entries(found)
            self._entries = {entry.key: entry for entry in entries}
            seen = {key for key, one in found.items() if not one.added}.union(also)
            problems = [one.problem for key, one in found.items() if one.problem and key in seen]
            if not self.folder.is_dir():
                problems.append(f"There is no folder {self.folder}.")
            return Catalog(tuple(entry for entry in entries if entry.key in seen), (*problems, *troubles))

    def problems(self, also: Iterable[str] = ()) -> list[str]:
        """`catalog(also).problems` as a list: one sentence for each folder that cannot be used."""
        return list(self.catalog(also).problems)

    def add(self, wishes: str | Sequence[str]) -> Added:
        """Fetch checkpoints from the Hub for a visitor, who names their keys to `catalog` from then on.

        wishes: "user/repo", "user/repo@revision", the id of a collection, or several of them; the last MOST_NAMES
        count. Nothing is raised: what cannot be had stands in `problems`.
        """
        names, keys, problems = [], [], []
        for wish in [wishes] if isinstance(wishes, str) else wishes[-MOST_NAMES:]:
            try:
                names += self._shelf.names(wish)
            except ValueError as error:
                problems.append(str(error))
        for name in dict.fromkeys(names[-MOST_NAMES:]):
            try:
                keys.append(self._shelf.add(name)[0])
            except ValueError as error:
                problems.append(str(error))
        catalog = self.catalog(keys)
        entries = {entry.key: entry for entry in catalog}
        problems += [self._found[key].problem for key in keys if key not in entries and key in self._found]
        return Added(tuple(entries[key] for key in dict.fromkeys(keys) if key in entries), tuple(problems))

    def entry(self, key: str, own: Collection[str] = ()) -> Entry:
        """The entry of a key. ValueError where there is none; CheckpointError if it is known as damaged.

        own: keys that whoever asks has named as well. The hint in the error lists them and what everybody sees, but
        never what others have added.
        """
        entry = self._entries.get(key)
        if entry is None:
            self.catalog()  # it may have come since
            entry = self._entries.get(key)
        if entry is None and key in self._found:
            raise CheckpointError(self._found[key].problem)
        if entry is None:
            found, key = self._found, str(key)[:MOST_QUOTED]
            known = [one for one in self._entries if one in own or not (one in found and found[one].added)]
            close = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"there are {listed(known) or 'none'}."
            raise ValueError(f"There is no checkpoint {key!r}; {hint}")
        return entry

    def facts(self, key: str) -> dict[str, Any]:
        """What stands under a picture, as plain JSON.

        key, title, variant, year, paper, parent, summary, objective (TeX), dataset, dataset_title, size
        (pixels per side), classes (names, may be empty), styled (whether it has styles to mix), images (of training),
        parameters (of G), discriminator_parameters, device, seconds (of training), quality ("FD-mnist-cnn 12.3 ± 0.2
        (floor 0.86, n = 10,000 against 10,000 real)"), distance (the same in parts, see `leaderboard.distance`), hub
        ("user/repo@commit" where it came from there). A fact that the folder does not give is None.
        """
        entry = self.entry(key)
        quality, distance = self._over(
            [entry], lambda _: (leaderboard.headline(self._files, entry), leaderboard.distance(self._files, entry))
        )
        return {**_facts(entry), "quality": quality, "distance": distance, "hub": entry.hub or None}

    def caption(
        self,
        key: str,
        seeds: Sequence[int] | str = (),
        label: Label | None = None,
        then: Sequence[Label] = (),
        unlabelled: str = "classes in turn",
        truncation: float = 1.0,
        moment: evolution.Moment | None = None,
    ) -> str:
        """One line under a picture: variant, data set, seeds, label, truncation where there is some, images of
        training, parameters, measured quality.

        seeds: a text stands for itself. label: None says `unlabelled`. then: the further labels of a path.
        Unconditional variants have neither.
        moment: the picture is of that one, and not of the trained model whose quality was measured.
        """
        facts = self.facts(key)
        seeds = seeds if isinstance(seeds, str) else seeds_text(seeds)
        parts = [facts["title"], facts["dataset_title"], *([seeds] if seeds else [])]
        if facts["classes"]:
            way = [] if label is None else [class_text(facts["classes"], one) for one in (label, *then)]
            way = [name for i, name in enumerate(way) if not i or name != way[i - 1]]
            parts.append("class " + " to ".join(way) if way else unlabelled)
        if truncation != 1:
            parts.append(f"truncation {truncation:g}")
        if moment:
            shown = f"{count(moment.images)} of {count(moment.total)} images of training"
            parts.append(f"{shown}, its last" if moment.ended else shown)
        elif facts["images"] is not None:
            parts.append(f"{count(facts['images'])} images of training")
        if facts["parameters"] is not None:
            parts.append(f"{count(facts['parameters'])} parameters")
        if facts["quality"] is not None and not moment:
            parts.append(facts["quality"])
        return " · ".join(parts)

    def path_caption(
        self,
        key: str,
        seeds: Sequence[int],
        labels: Label | Sequence[Label] | None = None,
        truncation: float = 1.0,
    ) -> str:
        """`caption` for what `interpolate` draws from the same arguments."""
        entry = self.entry(key)
        labels = _first_class(entry, seeds, labels) if entry.classes else labels
        first, *then = labels if isinstance(labels, list | tuple) else [labels]
        return self.caption(key, list(dict.fromkeys(seeds)), first, then, truncation=truncation)

    # What was measured --------------------------------------------------------------------------------------

    def leaderboard(self, dataset: str, extractor: str | None = None) -> leaderboard.Leaderboard:
        """The measured variants of a data set beside anchors and costs; those without figures with the reason.

        extractor: a name out of `Leaderboard.extractors`; None takes the data set's own. All figures are of one
        extractor, one reference and one n.

        ValueError: an unknown data set, or an extractor that measured nothing of it.
        """
        title = dataset_title(dataset)
        return self._over(
            self._of(dataset), lambda some: leaderboard.leaderboard(self._files, some, dataset, title, extractor)
        )

    def shares(self, dataset: str, extractor: str | None = None) -> leaderboard.Shares:
        """Share of each class among the generated images, per variant; arguments and errors as in `leaderboard`."""
        title = dataset_title(dataset)
        return self._over(
            self._of(dataset), lambda some: leaderboard.shares(self._files, some, dataset, title, extractor)
        )

    def curves(self, key: str) -> leaderboard.Curves:
        """The training curve of a checkpoint; damaged lines are left out. ValueError: as `entry`."""
        entry = self.entry(key)
        return self._over([entry], lambda _: leaderboard.curves(self._files, entry))

    def families(self, dataset: str) -> tuple[tuple[str, str], ...]:
        """(variant, title) of each parent that `ablation` may be asked for, the largest family first; often none."""
        return self._over(self._of(dataset), lambda some: ablation.families(self._files, some, dataset))

    def ablation(self, dataset: str, parent: str | None = None) -> ablation.Ablation:
        """What each variant that changes `parent` did to the figures: from the record of many training seeds where the
        zoo has one (`<dataset>/ablation.json`), else from its single checkpoints, where they are like for like.

        parent: a variant out of `families`; None takes the first. ValueError: an unknown data set or parent.
        """
        title = dataset_title(dataset)
        return self._over(self._of(dataset), lambda some: ablation.ablation(self._files, some, dataset, title, parent))

    def published(self, dataset: str) -> published.Published:
        """Figures that other people published for a data set; no rows where there are none."""
        return published.of(dataset, dataset_title(dataset))

    def lesson(self, key: str) -> teaching.Lesson:
        """What there is to learn about a checkpoint's variant. ValueError: as `entry`."""
        entry = self.entry(key)
        name, parent = entry.dataset, entry.recipe.parent
        family = self.ablation(name, parent).tricks if parent in dict(self.families(name)) else ()
        beside = self.catalog([key]).of(name), self.facts(key), self.leaderboard(name), self.shares(name), family
        return self._over([entry], lambda _: teaching.lesson(entry, *beside))

    def illustrate(self, key: str, part: teaching.Part) -> list[tuple[str, np.ndarray]]:
        """The pictures that a part of a lesson shows, each with its caption: uint8 [N, H, W, C].

        [] where they cannot be had: no film was kept, or the part is drawn from figures.
        """
        try:
            if part.kind == "samples":
                seeds = [int(seed) for seed in part.values]
                return [(self.caption(key, seeds), self.samples([key], seeds)[key])]
            if part.kind in uncertain.CHOICES:
                entry, many = self.entry(key), int(part.values[0])
                seeds, words = uncertain.CHOICES[part.kind](
                    self, entry, uncertain.extractor(entry, (self.folder, SHIPPED)), many
                )
                return [(self.caption(key, seeds) + words, self.samples([key], seeds)[key])] if seeds else []
            if part.kind == "film":
                film = self.evolution([key], "share", 16)
                moments = [film.at(share)[0] for share in part.values]
                return [(self.caption(key, range(len(m.pictures)), moment=m), m.pictures) for m in moments]
        except ValueError:  # damaged or not kept: the words stand without it
            return []
        return []

    def shares_of(self, key: str) -> tuple[tuple[str, ...], tuple[float, ...], tuple[float, ...] | None]:
        """(class names, their shares among a checkpoint's pictures, among the real ones). ValueError: not measured."""
        found = self.shares(self.entry(key).dataset)
        values = next((values for one, _, values in found.rows if one == key), None)
        if values is None:
            raise ValueError(f"No shares of classes were measured of {key}.")
        return found.class_names, values, found.reference

    def walk(self, dataset: str) -> tuple[teaching.Step, ...]:
        """From the first GAN to the newest, those that are there, each with the problem that it solves."""
        return teaching.walk(self.catalog().of(dataset))

    def _of(self, dataset: str) -> list[Entry]:
        """What was measured here: no figures of a visitor's, which nobody has checked."""
        catalog = self.catalog()
        if dataset not in self.catalog(self._shelf.added()).datasets:
            name, there = str(dataset)[:MOST_QUOTED], listed(catalog.datasets) or "none"
            raise ValueError(f"There is no checkpoint of the data set {name!r}; there are those of {there}.")
        return catalog.of(dataset)

    # Pictures -----------------------------------------------------------------------------------------------

    def samples(
        self, keys: Iterable[str], seeds: Sequence[int], label: Label | None = None, truncation: float = 1.0
    ) -> dict[str, np.ndarray]:
        """One picture per variant and seed: {key: uint8 [N, H, W, C]}, in the order of the keys.

        seeds: N whole numbers from 0. label: for the conditional variants, others ignore it; None gives
        seed s the class s mod K, so that consecutive seeds show all classes in turn. truncation: 0 to 2; below 1
        pictures are more typical and less diverse (see `GAN.sample`).

        ValueError: an unknown key, a bad seed, a label that a conditional variant does not have, a truncation
        out of range, more than MOST_PICTURES. A checkpoint that turns out damaged is missing from the answer
        (see `problems`); where all are, a ValueError says so.
        """
        entries, seeds, truncation = self._check(keys, seeds, truncation)
        labels = {e.key: [_label(e, label)] * len(seeds) for e in entries if e.classes and label is not None}

        def draw(gan: GAN, entry: Entry) -> np.ndarray:
            return gan.sample(seeds, labels.get(entry.key), truncation)

        if len(seeds) > MOST_KEPT:
            return self._each(entries, draw)

        def keep(gan: GAN, entry: Entry) -> np.ndarray:
            name = (entry.key, *seeds, truncation, str(labels.get(entry.key, "")))
            _, seen = self._seen(entry.key)
            kept = self._drawn.get(name, seen and seen.stamp, lambda: draw(gan, entry))
            return kept.copy()  # whoever asked may change it

        return self._each(entries, keep)

    def interpolate(
        self,
        keys: Iterable[str],
        seeds: Sequence[int],
        at: float | Sequence[float] | None = None,
        steps: int | None = None,
        how: str = "slerp",
        labels: Label | Sequence[Label] | None = None,
        truncation: float = 1.0,
        loop: bool = False,
    ) -> dict[str, np.ndarray]:
        """The path through two seeds or more: {key: uint8 [T, H, W, C]}; every variant moves together.

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
        ways: Sequence[tuple[Sequence[int], Label | Sequence[Label] | None]],
        at: float | Sequence[float] | None = None,
        steps: int | None = None,
        how: str = "slerp",
        truncation: float = 1.0,
        loop: bool = False,
    ) -> dict[str, np.ndarray]:
        """`interpolate` along R ways at once, each of (seeds, labels), all with as many seeds: {key: uint8 [R, T, H, W,
        C]}."""
        entries, truncation = self._chosen(keys), _truncation(truncation)
        ways = [(check_seeds(seeds), labels) for seeds, labels in ways]
        if len(ways[0][0]) < 2:
            raise ValueError("A path needs two seeds or more.")
        from gan_models.sampling import PATHS, along, latents

        if how not in PATHS:
            raise ValueError(f"A path is one of {', '.join(PATHS)}, not {how!r}.")
        number = len(ways[0][0])
        at = _positions(at, steps, loop) * (number - (not loop))
        ends = {e.key: [_ends(e, seeds, labels) for seeds, labels in ways] for e in entries if e.classes}
        order = [*range(number), *([0] if loop else [])]

        def draw(gan: GAN, entry: Entry) -> np.ndarray:
            import torch

            z = torch.cat([along(latents(seeds, gan.recipe.z_dim)[order], at, how) for seeds, _ in ways])
            y = ends.get(entry.key) and torch.cat([along(one[order], at, "lerp") for one in ends[entry.key]])
            made = gan.pictures(z, y, truncation)
            return made.reshape(len(ways), -1, *made.shape[1:])

        return self._each(entries, draw)

    def latent_map(
        self,
        keys: Iterable[str],
        seeds: Sequence[int],
        steps: int = 8,
        how: str = "slerp",
        labels: Label | Sequence[Label] | None = None,
        truncation: float = 1.0,
    ) -> dict[str, np.ndarray]:
        """A map between four seeds: {key: uint8 [steps, steps, H, W, C]}, rows from top to bottom.

        seeds: top left, top right, bottom left, bottom right. how: see `gan_models.sampling.between`. labels: as in
        `interpolate`, mixed bilinearly. steps: pictures along each axis, 2 or more.

        ValueError: as in `interpolate`, and other than four seeds.
        """
        entries, seeds, truncation = self._check(keys, seeds, truncation)
        if len(seeds) != 4:
            raise ValueError(f"A map has four corners, a seed at each; {len(seeds)} were given.")
        from gan_models.sampling import PATHS

        if how not in PATHS:
            raise ValueError(f"A map is one of {', '.join(PATHS)}, not {how!r}.")
        if not isinstance(steps, int | np.integer) or isinstance(steps, bool) or steps < 2:
            raise ValueError(f"A map needs two steps or more, not {steps!r}.")
        _bounded(int(steps) ** 2)
        ends = {e.key: _ends(e, seeds, labels).numpy() for e in entries if e.classes}
        return self._each(
            entries, lambda gan, entry: gan.latent_map(seeds, int(steps), how, ends.get(entry.key), truncation)
        )

    def class_grid(self, key: str, seeds: Sequence[int], truncation: float = 1.0) -> np.ndarray:
        """Every class of a conditional variant at the same seeds: uint8 [K, N, H, W, C].

        ValueError: as in `samples`, and an unconditional variant.
        """
        (entry,), seeds, truncation = self._check([key], seeds, truncation)
        k = len(_conditional(entry).classes)
        _bounded(k * len(seeds))
        labels = [label for label in range(k) for _ in seeds]
        drawn = self._each([entry], lambda gan, _: gan.sample([*seeds] * k, labels, truncation))[key]
        return drawn.reshape(k, len(seeds), *drawn.shape[1:])

    def truncations(
        self,
        keys: Iterable[str],
        seeds: Sequence[int],
        label: Label | None = None,
        values: Sequence[float] = styles.STEPS,
    ) -> dict[str, np.ndarray]:
        """The same seeds at T truncations: {key: uint8 [T, N, H, W, C]}; arguments and errors as in `samples`."""
        values = [_truncation(value) for value in values]
        if not values:
            raise ValueError("No truncation is given.")
        entries, seeds, _ = self._check(keys, seeds, 1.0)
        _bounded(len(values) * len(seeds))
        labels = {e.key: [_label(e, label)] * len(seeds) for e in entries if e.classes and label is not None}

        return self._each(entries, lambda gan, entry: gan.truncations(seeds, values, labels.get(entry.key)))

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

        levels: those of the columns: "coarse", "middle", "fine", or a list of sides in pixels. label: of all pictures
        of a conditional variant; None takes the class that the first row has by itself, seed mod K.

        ValueError: as in `samples`, and a variant without styles, or levels that it does not have.
        """
        entries, rows, truncation = self._check(keys, rows, truncation)
        columns = check_seeds(columns)
        _bounded((1 + len(rows)) * (1 + len(columns)))
        for entry in entries:
            if not entry.styled:
                raise ValueError(f"{entry.title} has no styles to mix: its network is not style-based.")
        labels = {e.key: _label(e, _first_class(e, rows, label)) for e in entries if e.classes}

        def draw(gan: GAN, entry: Entry) -> styles.Mixed:
            return styles.mix(gan, rows, columns, levels, labels.get(entry.key), truncation)

        return self._each(entries, draw)

    def mix_caption(self, key: str, mixed: styles.Mixed, label: Label | None = None, truncation: float = 1.0) -> str:
        """`caption` for what `mix` drew, with the same label and truncation."""
        entry = self.entry(key)
        label = _first_class(entry, mixed.rows, label) if entry.classes else None
        seeds = f"rows {seeds_text(mixed.rows)}, columns {seeds_text(mixed.columns)}: {mixed.words}"
        return self.caption(key, seeds, label, truncation=truncation)

    def real_samples(self, dataset: str, n: int, label: Label | Sequence[Label] | None = None) -> np.ndarray | None:
        """Real pictures to set beside the generated ones: uint8 [n, H, W, C], always the same ones.

        label: one class (index or name) for all, or a list of n classes; None takes them as the file has
        them: classes in turn. Where n is larger than the file holds, pictures come again. None where the zoo
        has no pictures of this data set (`<dataset>/real.png` and `real.json`), or none of an asked class.
        """
        if not 1 <= n <= MOST_PICTURES:
            raise ValueError(f"The number of pictures is from 1 to {MOST_PICTURES:,}, not {n:,}.")
        shown = self._real(dataset)
        if shown is None:
            return None
        tiles, labels, names = shown.pictures, shown.labels, shown.class_names
        if label is None:
            return tiles[np.arange(n) % len(tiles)]
        wanted = list(label) if isinstance(label, list | tuple) else [label] * n
        if len(wanted) != n:
            raise ValueError(f"There are {n} pictures and {len(wanted)} labels; there must be one label per picture.")
        wanted = [names.index(w) if w in names else w for w in wanted]
        places = {w: [i for i, of in enumerate(labels) if of == w] for w in wanted}
        if not all(places.values()):
            return None
        taken = dict.fromkeys(places, 0)
        rows = []
        for w in wanted:
            rows.append(places[w][taken[w] % len(places[w])])
            taken[w] += 1
        return tiles[rows]

    def real_caption(self, dataset: str) -> str:
        """`caption` for `real_samples`: whether some network was trained on them depends on the split."""
        shown = self._real(dataset)
        held_out = shown is not None and shown.split == "test"
        about = "test images, seen by no network" if held_out else "images of the training data"
        return f"Real data · {dataset_title(dataset)} · {about}"

    def _real(self, dataset: str) -> real.Real | None:
        """Real pictures of a data set, to be shown: this zoo's, else those of the shipped one."""
        return real.read(self.folder, dataset) or real.read(SHIPPED, dataset)

    # One picture --------------------------------------------------------------------------------------------

    def inspect(
        self, keys: Iterable[str], seed: int, label: Label | None = None, truncation: float = 1.0
    ) -> dict[str, inspection.Look]:
        """One seed of every variant, each with what its own D says of it and the training picture that is nearest.

        label: index or name of one class, for the conditional variants; None takes the class seed mod K. truncation: as
        in `samples`. What cannot be had stands in `Look.notes`: a variant without discriminator.safetensors has no
        score, a data set without training pictures in the zoo no neighbour.

        ValueError: as in `samples`, and a mixture of classes as the label.
        """
        if label is not None and not isinstance(label, int | str | np.integer):
            raise ValueError(f"D judges a picture of one class, not {label!r}.")
        made = self.samples(keys, [seed], label, truncation)
        (seed,) = check_seeds([seed])
        looks = {}
        for key, (picture,) in made.items():
            entry, notes, score, neighbour = self.entry(key), [], None, None
            place = _place(entry, seed, label)
            try:
                score = self._judge(key)(picture, seed, place)
            except ValueError as error:
                notes.append(f"No score: {error}")
            try:
                (neighbour,) = self._training(entry.dataset)(picture[None])
            except ValueError as error:
                notes.append(str(error))
            looks[key] = inspection.Look(
                key, entry.title, entry.recipe.year or None, seed, "" if place is None else entry.classes[place],
                self.caption(key, [seed], place, truncation=truncation), picture, score, neighbour, tuple(notes),
            )  # fmt: skip
        return looks

    def quiz_round(self, keys: Iterable[str], quiz: int, number: int) -> quizzes.Round:
        """Round `number` (from 1) of a quiz: a real picture of the variants' data set beside one that a variant made.

        A conditional variant is asked for the class of the real picture, so that the class tells nothing.

        ValueError: an unknown key, variants of several data sets, a number of a quiz that is no seed, no real pictures.
        """
        entries = self._chosen(keys)
        (quiz_seed,) = check_seeds([quiz])
        if len({entry.dataset for entry in entries}) > 1:
            raise ValueError("A quiz is of one data set: these variants are of several.")
        dataset = entries[0].dataset
        shown = self._real(dataset)
        fit = [e for e in entries if shown is not None and shown.pictures.shape[1:] == _shape(e.recipe)]
        if not fit:
            raise ValueError(f"A quiz needs real pictures, and there are none of {dataset_title(dataset)} in this zoo.")
        planned = quizzes.plan(quiz_seed, number, [entry.key for entry in fit], len(shown.pictures))
        entry = self.entry(planned.key)
        real_label = shown.class_names[shown.labels[planned.real]] if shown.class_names else ""
        label = real_label if real_label in entry.classes else None
        made = self.samples([planned.key], [planned.seed], label)[planned.key][0]
        place = _place(entry, planned.seed, label)
        pictures = (shown.pictures[planned.real], made)
        return quizzes.Round(
            planned, pictures if planned.side == 0 else pictures[::-1], entry.title,
            "" if place is None else entry.classes[place], real_label,
        )  # fmt: skip

    def quiz_answer(self, asked: quizzes.Round, side: int) -> quizzes.Answer:
        """What came of holding the picture on a side (0 left, 1 right) for real, and what the variant's own D held."""
        planned, entry, d_right = asked.plan, self.entry(asked.plan.key), None
        with contextlib.suppress(ValueError):  # without D there is no opinion
            judge = self._judge(planned.key)
            place = entry.classes.index(asked.label) if asked.label else None
            made, _ = judge.logit(asked.pictures[1 - planned.side], planned.seed, place)
            real_score = judge.real[planned.real] if planned.real < len(judge.real) else math.nan
            d_right = None if math.isnan(real_score) or real_score == made else bool(real_score > made)
        return quizzes.Answer(planned.number, planned.key, entry.title, side == planned.side, d_right)

    def _judge(self, key: str) -> inspection.Judge:
        """The judge of a key, made at the first call and kept. ValueError, one sentence, where it has no usable D."""
        entry, seen = self._seen(key)

        def make() -> inspection.Judge:
            if not (entry.folder / "discriminator.safetensors").is_file():
                raise CheckpointError(f"{entry.title} came without its discriminator.")
            try:
                gan = gan_models.load(entry.folder, discriminator=True)
                return inspection.Judge(gan, self._real(entry.dataset))
            except Exception as error:  # its discriminator's problem: the pictures are not to blame
                raise CheckpointError(_sentence(key, entry.folder, error)) from error

        return self._judges.get(key, seen and seen.stamp, make)

    def _training(self, dataset: str) -> inspection.Neighbours:
        """The training pictures of a data set and their features, computed at the first call and kept.

        ValueError, one sentence, where they are not there.
        """
        for root in (self.folder, SHIPPED):
            if stamp := real.stamp(root, dataset, real.TRAINING):

                def make(root: Path = root) -> inspection.Neighbours:
                    try:
                        return inspection.neighbours(root, dataset, self._real(dataset))
                    except Exception as error:  # whatever lies beside the checkpoints, the pictures are not to blame
                        raise ValueError(one_line(error).replace(f"{root}/", "")) from error

                return self._neighbours.get(dataset, (root, stamp), make)
        raise ValueError(inspection.no_training(dataset, dataset_title(dataset)))

    # Along the training -------------------------------------------------------------------------------------

    def evolution(self, keys: Iterable[str], by: str = "images", n: int = 16) -> evolution.Evolution:
        """What the variants drew along their trainings, at the seeds 0 to n - 1; `Evolution.at` gives one position.

        by: "images" lines trainings up by the number of images shown, "share" by the share of each one's own.
        n: fewer where the films hold fewer.

        ValueError: an unknown key or axis, a bad n. A variant whose film is missing or damaged stands in the
        answer's `problems`; where all are, a ValueError says so.
        """
        return self._over(self._chosen(keys), lambda some: evolution.of(self._films, some, by, n))

    def critics(self, keys: Iterable[str]) -> evolution.Critics:
        """What the losses of the variants told of quality along their trainings. ValueError: an unknown key."""
        return self._over(
            self._chosen(keys), lambda some: evolution.critics(some, [self.curves(entry.key) for entry in some])
        )

    def film(self, key: str) -> bytes:
        """The file of one variant's training as it was recorded: an animated WebP. ValueError: as `evolution`."""
        entry = self.entry(key)
        self._films.of(entry)
        return limits.read(entry.folder / evolution.FILM, film.LARGEST)

    # Models -------------------------------------------------------------------------------------------------

    def gan(self, key: str) -> GAN:
        """The model of a key, loaded at the first call and kept. It is shared: do not change it.

        Concurrent first calls load it once. CheckpointError where its weights are damaged.
        """
        entry, seen = self._seen(key)

        def make() -> GAN:
            if not (seen and seen.added):
                return gan_models.load(entry.folder)
            from gan_models.work import VISITOR

            return gan_models.load(entry.folder, most=VISITOR)

        try:
            return self._models.get(key, seen and seen.stamp, make)
        except Exception as error:
            raise self._blame(key, error) from error

    def _blame(self, key: str, error: Exception) -> CheckpointError:
        """An error on an entry, as one sentence, which stands in `problems` from now on and until one of its files has
        changed; the others go on without it. Not so where the machine had no memory left: that passes."""
        with self._lock:
            seen = self._found.get(key)
            folder = seen.folder if seen else self.folder / key
            if not isinstance(error, CheckpointError):
                log.warning("%s is left out", limits.printable(key), exc_info=error)
            problem = _sentence(key, folder, error)
            if seen and not _no_memory(error):
                seen.problem, seen.watched = problem, _all_files(folder)
                self._entries.pop(key, None)
        return CheckpointError(problem)

    def _over(self, entries: list[Entry], ask: Callable[[list[Entry]], Any]) -> Any:
        """ask(entries), whatever is in their folders: where it fails, those that it fails for alone are to blame, and
        it is asked of the others. A ValueError is about the question and goes on; CheckpointError where none is left.
        """
        try:
            return ask(entries)
        except (ValueError, TimeoutError):
            raise
        except Exception:
            sound, errors = [], []
            for entry in entries:
                try:
                    ask([entry])
                except (ValueError, TimeoutError):
                    sound.append(entry)
                except Exception as error:
                    errors.append(self._blame(entry.key, error))
                else:
                    sound.append(entry)
            if not errors:
                raise
            if not sound:
                raise errors[0] from None
        return ask(sound)

    def _seen(self, key: str) -> tuple[Entry, _Found | None]:
        """The entry of a key, and its folder as it was found."""
        entry = self.entry(key)
        with self._lock:
            return entry, self._found.get(key)

    def _each(self, entries: list[Entry], draw) -> dict[str, np.ndarray]:
        """{key: draw(model, entry)} without those that cannot be loaded; CheckpointError where none can, ValueError
        where the drawing takes more than the zoo's seconds."""
        loaded, errors = [], []
        for entry in entries:
            try:
                loaded.append((self.gan(entry.key), entry))
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
                        errors.append(self._blame(entry.key, error))
        except TimeoutError:
            raise ValueError(
                f"Drawing this takes more than {self.seconds:g} seconds: choose fewer variants or pictures."
            ) from None
        if not made:
            raise errors[0]
        return made

    def _check(self, keys, seeds, truncation) -> tuple[list[Entry], list[int], float]:
        """Entries of the keys, seeds and truncation in their own types, or a ValueError of one sentence."""
        return self._chosen(keys), check_seeds(seeds), _truncation(truncation)

    def _chosen(self, keys) -> list[Entry]:
        """Entries of the keys without those that are known as damaged; a ValueError where none is left."""
        entries, errors = [], []
        keys = _unique(keys)
        for key in keys:
            try:
                entries.append(self.entry(key, own=keys))
            except CheckpointError as error:
                errors.append(error)
        if not entries:
            raise errors[0] if errors else ValueError("No variant is chosen.")
        return entries


# Text -------------------------------------------------------------------------------------------------------


def dataset_title(name: str) -> str:
    """ "fashion_mnist" -> "Fashion-MNIST"."""
    return source(name).title


def count(n: float) -> str:
    """600000 -> "600k", 533889 -> "534k", 1234567 -> "1.2M"."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if n >= size * 0.9995:
            return f"{n / size:.3g}{unit}" if n / size < 999.5 else f"{n / size:.0f}{unit}"
    return f"{n:.0f}"


def duration(seconds: float) -> str:
    """78 -> "78 s", 2700 -> "45 min", 9000 -> "2.5 h"."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.3g} h"


def seeds_text(seeds: Sequence[int]) -> str:
    """[4] -> "seed 4", range(16) -> "seeds 0 to 15", [3, 8] -> "seeds 3, 8"; of none nothing."""
    seeds = list(seeds)
    if not seeds:
        return ""
    if len(seeds) == 1:
        return f"seed {seeds[0]}"
    if len(seeds) > 2 and seeds == list(range(seeds[0], seeds[0] + len(seeds))):
        return f"seeds {seeds[0]} to {seeds[-1]}"
    return f"seeds {', '.join(map(str, seeds))}"


def class_text(names: Sequence[str], label: Label) -> str:
    """3 -> the name of class 3; a name -> itself; weights -> "70% 3 + 30% 8"."""
    if isinstance(label, str):
        return label
    if isinstance(label, int | np.integer):
        return names[label]
    weights = zip(names, label, strict=True)
    return " + ".join(f"{w:.0%} {name}" for name, w in weights if w >= 0.005)


def listed(names: Sequence[str]) -> str:
    """ "a, b, c"; of many names the first ones and the number of the others."""
    more = len(names) - MOST_LISTED
    return ", ".join(names) if more <= 0 else f"{', '.join(names[:MOST_LISTED])} and {more} more"


def common_classes(entries: Sequence[Entry]) -> list[str]:
    """The class names that all conditional ones among the entries know, in their order."""
    named = [entry.classes for entry in entries if entry.classes]
    common = set(named[0]).intersection(*named[1:]) if named else ()
    return [name for name in named[0] if name in common] if named else []


# Inside -----------------------------------------------------------------------------------------------------


def read_seeds(text: str, most: int) -> list[int]:
    """Seeds as people write them: "3, 8, 100" or "0-15, 40" -> a list. ValueError, one sentence, where they are none,
    or more than `most`."""
    seeds: list[int] = []
    for part in re.split(r"[,;\s]+", re.sub(r"\s*[-–]\s*", "-", text.strip()).strip(",; ")):
        ends = re.fullmatch(r"(\d{1,10})(?:-(\d{1,10}))?", part)
        if not ends:
            raise ValueError(f"Seeds are written like 3, 8, 100 or 0-15, not {part[:40]!r}.")
        first, last = int(ends[1]), int(ends[2] or ends[1])
        if last < first:
            raise ValueError(f"{part} runs backwards: the smaller seed comes first.")
        if len(seeds) + last - first + 1 > most:
            raise ValueError(f"At most {most} seeds are shown at a time.")
        seeds += range(first, last + 1)
    return check_seeds(seeds)


def check_seeds(seeds: Sequence[int]) -> list[int]:
    """Seeds as a list of ints, or a ValueError of one sentence."""
    try:
        if any(isinstance(seed, bool | np.bool_) for seed in seeds):
            raise TypeError
        whole = [operator.index(seed) for seed in seeds]
    except TypeError:
        raise ValueError("Seeds are whole numbers.") from None
    if not whole:
        raise ValueError("No seed is given.")
    for seed in whole:
        if not 0 <= seed < 2**32:
            raise ValueError(f"A seed is a whole number from 0 to 2^32 - 1, not {seed}.")
    return whole[: _bounded(len(whole))]


def _bounded(n: int) -> int:
    if n > MOST_PICTURES:
        raise ValueError(f"At most {MOST_PICTURES:,} pictures of a variant are drawn at a time, not {n:,}.")
    return n


def _truncation(value: float) -> float:
    if not isinstance(value, int | float | np.number) or not 0 <= value <= 2:
        raise ValueError(f"The truncation is a number from 0 to 2, not {value!r}.")
    return float(value)


def _positions(at, steps, loop: bool) -> np.ndarray:
    """[T] in [0, 1]."""
    if (at is None) == (steps is None):
        raise ValueError("Give either a position on the path or a number of steps.")
    if steps is not None:
        if not isinstance(steps, int | np.integer) or steps < 2:
            raise ValueError(f"A path needs two steps or more, not {steps!r}.")
        return np.linspace(0, 1, _bounded(int(steps)), endpoint=not loop)
    try:
        at = np.atleast_1d(np.asarray(at, dtype=np.float64))
    except (TypeError, ValueError):
        raise ValueError(f"A position on the path is a number from 0 to 1, not {at!r}.") from None
    _bounded(at.size)
    if at.ndim != 1 or not at.size or not ((at >= 0) & (at <= 1)).all():
        raise ValueError("A position on the path is a number from 0 to 1.")
    return at


def _unique(keys: Iterable[str]) -> list[str]:
    return [keys] if isinstance(keys, str) else list(dict.fromkeys(keys))


def _conditional(entry: Entry) -> Entry:
    if not entry.classes:
        raise ValueError(f"{entry.title} is unconditional: it cannot be told which class to draw.")
    return entry


def _first_class(entry: Entry, seeds: Sequence[int], label):
    """The label, or where there is none the class that the first of the seeds has by itself."""
    return seeds[0] % len(entry.classes) if label is None else label


def _label(entry: Entry, label: Label) -> np.ndarray:
    """One label as K weights."""
    names = entry.classes
    if isinstance(label, str):
        if label not in names:
            raise ValueError(f"{entry.title} has no class {label!r}; it has {', '.join(names)}.")
        label = names.index(label)
    if isinstance(label, bool):
        raise ValueError(f"A label of {entry.title} is a class, not {label}.")
    try:
        from gan_models.sampling import mixtures

        return mixtures(entry.recipe, [label], 1)[0].numpy()
    except (TypeError, ValueError, RuntimeError):
        raise ValueError(
            f"A label of {entry.title} is a whole number from 0 to {len(names) - 1}, the name of a class, or "
            f"{len(names)} weights that sum to 1; not {label!r}."
        ) from None


def _shape(recipe: Recipe) -> tuple[int, int, int]:
    """Of one picture."""
    return recipe.size, recipe.size, recipe.channels


def _place(entry: Entry, seed: int, label: int | str | None) -> int | None:
    """Index of the class that a picture has; None for an unconditional variant. The label must have been checked."""
    if not entry.classes:
        return None
    return entry.classes.index(label) if isinstance(label, str) else int(_first_class(entry, [seed], label))


def _ends(entry: Entry, seeds: list[int], labels):
    """The labels of a path's key frames, as weights: a tensor [M, K]."""
    import torch

    labels = _first_class(entry, seeds, labels)
    if not isinstance(labels, list | tuple):
        labels = [labels] * len(seeds)
    if len(labels) != len(seeds):
        raise ValueError(f"There are {len(seeds)} seeds and {len(labels)} labels; there must be one label per seed.")
    return torch.from_numpy(np.stack([_label(entry, one) for one in labels]))


def _facts(entry: Entry) -> dict[str, Any]:
    """What of `Zoo.facts` follows from the recipe and the provenance."""
    recipe, about = entry.recipe, entry.provenance
    parameters = about.get("parameters")
    parameters = parameters if isinstance(parameters, dict) else {}
    device = about.get("device")
    return {
        "key": entry.key,
        "title": entry.title,
        "variant": recipe.name,
        "year": recipe.year or None,
        "paper": recipe.paper or None,
        "parent": recipe.parent or None,
        "summary": recipe.summary or None,
        # What could leave a formula again (and load a picture from elsewhere, say) is not shown as one.
        "objective": recipe.objective if recipe.objective and not set("$<\n") & set(recipe.objective) else None,
        "dataset": entry.dataset,
        "dataset_title": dataset_title(entry.dataset),
        "size": recipe.size,
        "classes": list(recipe.class_names),
        "styled": entry.styled,
        "images": _number(about.get("images")),
        "parameters": _number(parameters.get("generator")),
        "discriminator_parameters": _number(parameters.get("discriminator")),
        "device": device if isinstance(device, str) and device else None,
        "seconds": _number(about.get("seconds")),
    }


def _folders(root: Path) -> list[tuple[str, Path]]:
    """(key, folder) of everything below root that is or looks like a checkpoint, hidden folders left out."""
    found = []
    for folder, below, files in os.walk(root):
        below[:] = sorted(name for name in below if not name.startswith("."))
        if "recipe.json" in files or any(_is_model(name) for name in files):
            below.clear()
            path = Path(folder)
            parts = path.relative_to(root).parts
            if not parts:  # the zoo is a single checkpoint or a single run
                parts = path.resolve().parts[-2:]
            if parts[-1] == "checkpoint":  # a training run keeps its checkpoint in runs/x/checkpoint
                parts = parts[:-1] or (root.resolve().name,)
            found.append(("/".join(parts), path))
    return found


def _is_model(name: str) -> bool:
    """Whether a file is weights, and not those that measure other weights."""
    return name.endswith(".safetensors") and not name.startswith(MEASURES)


def _stamp(folder: Path) -> tuple:
    """Changes whenever a checkpoint is replaced."""
    stats = [(folder / name).stat() for name in ("recipe.json", "generator.safetensors") if (folder / name).exists()]
    return tuple((s.st_ino, s.st_mtime_ns, s.st_size) for s in stats)


def _all_files(folder: Path) -> tuple:
    """Changes with any file of a folder."""
    try:
        with os.scandir(folder) as files:
            stats = [(one.name, one.stat()) for one in files]
    except OSError:
        return ()
    return tuple(sorted((name, s.st_ino, s.st_mtime_ns, s.st_size) for name, s in stats))


def _read(key: str, folder: Path, stamp: tuple) -> _Found:
    try:
        if words := limits.line(key, MOST_KEY):
            raise CheckpointError(f"{key}: the path of a folder must be {words}: rename it.")
        recipe, provenance = read_recipe(folder)
        if recipe.network not in FAMILIES:
            raise CheckpointError(f"{folder} is a {recipe.network!r}, a network that this program does not have.")
        if recipe.channels == 2:
            raise CheckpointError(
                f"{folder} makes pictures of 2 channels: grey and colour ones, of 1, 3 or 4, are shown."
            )
        if not (folder / "generator.safetensors").is_file():
            raise CheckpointError(f"{folder} holds no generator.safetensors.")
        # What cannot be described, or not as JSON in UTF-8, would fail on every page.
        facts = _facts(Entry(key, recipe.title or recipe.name, recipe, provenance, folder))
        json.dumps(facts, allow_nan=False, ensure_ascii=False).encode()
    except Exception as error:
        return _Found(folder, stamp, problem=_sentence(key, folder, error))
    return _Found(folder, stamp, recipe, provenance)


def _sentence(key: str, folder: Path, error: Exception) -> str:
    """What is wrong with a folder, on one line and without the machine's path to it."""
    text = str(error).replace(str(folder), key)
    if not isinstance(error, ValueError):
        said = PATHS.sub("…", one_line(error))
        text = f"{key}: its files make this program fail ({type(error).__name__}: {said})."
    text = limits.printable(text)[:MOST_LETTERS]
    shown = limits.printable(key)
    return text if shown in text else f"{shown}: {text}"


def _no_memory(error: Exception) -> bool:
    said = isinstance(error, RuntimeError) and "memory" in str(error).lower()  # torch's way
    return said or isinstance(error, MemoryError)


def _entries(found: dict[str, _Found]) -> list[Entry]:
    """The usable ones, sorted, with titles that tell apart two trainings of one variant.

    Titles and order of the zoo do not change with what a visitor adds: that one's own title says where it came from,
    and it is nobody's parent.
    """
    sound = {key: one for key, one in found.items() if one.recipe and not one.problem}
    titles = {key: one.recipe.title or one.recipe.name for key, one in sound.items()}
    titles |= {key: f"{titles[key]} · {key[:-5]}" for key, one in sound.items() if one.added}  # 7 digits of the commit
    entries = [Entry(key, titles[key], one.recipe, one.provenance, one.folder, one.hub) for key, one in sound.items()]
    zoo = [entry for entry in entries if not sound[entry.key].added]
    taken = Counter((e.dataset, e.title) for e in zoo)
    entries = [
        replace(e, title=f"{e.title} ({e.key})") if taken[e.dataset, e.title] > (not sound[e.key].added) else e
        for e in entries
    ]
    order, parents = list(SOURCES), {(e.dataset, e.variant): e.recipe.parent for e in zoo}
    return sorted(
        entries,
        key=lambda e: (
            order.index(e.dataset) if e.dataset in order else len(order),
            e.dataset,
            e.recipe.year,
            _generation(parents, e),
            e.title,
        ),
    )


def _generation(parents: dict[tuple[str, str], str], entry: Entry) -> int:
    """How many of an entry's forebears are there; parents: (data set, variant) -> variant."""
    seen, name = {entry.variant}, entry.recipe.parent
    while (entry.dataset, name) in parents and name not in seen:
        seen.add(name)
        name = parents[entry.dataset, name]
    return len(seen) - 1


def _number(value) -> int | float | None:
    return leaderboard.finite(value, 0)
