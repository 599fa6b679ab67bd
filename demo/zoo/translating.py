"""Translators in a zoo: what they do, what they are given, what they make of it, and what was measured of them.

Translators of one data set from the same domain to the same other domain, at the same size, do one task; a cycle does
two, one in each direction. Arrays, numbers and text out; no UI. torch is imported when the first picture is translated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from demo.zoo.distances import nearest
from demo.zoo.entries import Entry
from demo.zoo.figures import finite, is_name, line, whole
from demo.zoo.words import dataset_title, listed, percent
from gan_models import domains
from gan_models.metrics.names import deficiency, minus
from gan_models.metrics.translation import NAMES
from gan_models.pictures import fitted
from gan_models.recipe import TranslatorRecipe

if TYPE_CHECKING:
    from demo.zoo.entries import Catalog
    from demo.zoo.zoo import Zoo

MOST_SIDE_BY_SIDE = 6
"""Translators of one task that are shown"""
MEAN_OF = 64
"""Pictures of a GAN that make the mean picture where no real ones ship"""
ABOUT = (
    "A translator turns one picture into another: outlines into a shoe, thin strokes into thick ones. Draw "
    "something, or take a picture, and see what each translator makes of it, with the truth beside it if there is "
    "one."
)
MEASURED = (
    "↑ higher is better, ↓ lower is better. PSNR and SSIM measure how near an answer is to the truth; both favour "
    "blurred answers. The row “The given picture itself” shows what doing nothing would reach: a useful answer must "
    "be better."
)
UP = ("psnr", "ssim", "taken", "class_kept")
"""Figures of which more is better"""
SHARES = ("taken", "class_kept", "turned_over")
"""Figures that are shown in per cent"""
BASELINES = {"given picture itself": "The given picture itself", "wanted pictures": "Pictures of the wanted domain"}
"""Row of the figures that is no translator's -> its title"""
SHORT = {
    "psnr": "PSNR (dB)",
    "ssim": "SSIM",
    "feature_distance": "Features",
    "fd": "Fréchet",
    "kernel": "Kernel",
    "taken": "Taken for wanted",
    "class_kept": "Class kept",
    "cycle_error": "There and back",
    "turned_over": "Inverted",
}
"""Figure -> the head of its column, for narrow screens; NAMES says what it is"""


# Tasks ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Task:
    """One direction between two domains, and its translators."""

    words: str
    """ "edges → pictures", unlike any other task of the data set"""
    given: str
    """What the domain of the given pictures is called"""
    wanted: str
    backwards: bool
    """Whether it is the way back of cycles"""
    entries: tuple[Entry, ...]
    """One at least; of one rule and one shape"""

    @property
    def recipe(self) -> TranslatorRecipe:
        return self.entries[0].recipe

    @property
    def rule(self) -> str:
        """The rule that makes given pictures from ordinary ones; "" if there is none."""
        return self.recipe.rule if self.recipe.rule in domains.RULES else ""

    @property
    def draws(self) -> bool:
        """Whether anything in the rule is random."""
        return bool(self.rule and getattr(domains.RULES[self.rule], "draws", False))

    @property
    def sketched(self) -> bool:
        """Whether a person can draw the given picture by hand."""
        return bool(self.rule and getattr(domains.RULES[self.rule], "sketched", False))

    @property
    def masks(self) -> bool:
        """Whether the rule takes a part of the picture away, which a person can choose as well."""
        return bool(self.rule and not self.backwards and getattr(domains.RULES[self.rule], "masks", False))

    @property
    def given_shape(self) -> tuple[int, int, int]:
        """(height, width, channels) of what the translators take."""
        return (self.recipe.given_size, self.recipe.given_size, self.recipe.given_channels)

    @property
    def wanted_shape(self) -> tuple[int, int, int]:
        return (self.recipe.size, self.recipe.size, self.recipe.channels)

    @property
    def ordinary_shape(self) -> tuple[int, int, int]:
        """Shape of an ordinary picture, from which the rule makes the given one; without a rule, of the given one."""
        if not self.rule:
            return self.given_shape
        size, _, channels = self.wanted_shape
        return size, size, getattr(domains.RULES[self.rule], "takes", None) or channels


def tasks(catalog: Catalog, dataset: str | None) -> dict[str, Task]:
    """{words: task} of a data set, in the order of its translators."""
    found: dict[tuple, list[Entry]] = {}
    for entry in catalog.translators:
        if entry.dataset == dataset:
            one = entry.recipe
            shape = (one.rule, one.domains or (entry.key,), one.given_size, one.given_channels, one.size, one.channels)
            found.setdefault(shape, []).append(entry)
    made: dict[str, Task] = {}
    for entries in found.values():
        given, wanted = entries[0].recipe.domains or ("given", "wanted")
        _add(made, given, wanted, False, entries)
        if cycles := [entry for entry in entries if entry.recipe.cycle]:
            _add(made, wanted, given, True, cycles)
    return made


def _add(made: dict[str, Task], given: str, wanted: str, backwards: bool, entries: Sequence[Entry]) -> None:
    size, words = entries[0].recipe.size, f"{given} → {wanted}"
    for name in (words, f"{words}, {size} px", f"{words} ({entries[0].key})"):
        if name not in made:
            made[name] = Task(name, given, wanted, backwards, tuple(entries))
            return


def datasets(catalog: Catalog) -> list[str]:
    """Names of the data sets of which there is a translator."""
    return list(dict.fromkeys(entry.dataset for entry in catalog.translators))


def none_of(catalog: Catalog, dataset: str) -> str:
    """What to say of a data set without a translator."""
    others = listed([dataset_title(name) for name in datasets(catalog)])
    title, there = dataset_title(dataset), f"There are some of {others}." if others else ""
    return " ".join(
        f"There is no translator of {title} in this zoo. {there} python -m train.pix2pix --dataset NAME trains one, "
        "and docs/translation.md says how to choose the domains.".split()
    )


# Pictures ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Given:
    """What the translators of a task are given."""

    pictures: np.ndarray
    """uint8 [N, given_size, given_size, given_channels]"""
    truth: np.ndarray | None = None
    """uint8 [N, size, size, channels]: what a rule made the given pictures of; None where there is none"""


@dataclass(frozen=True, eq=False)
class Answer:
    """What one translator made of what it was given."""

    pictures: np.ndarray
    """uint8 [N, size, size, channels]"""
    back: np.ndarray | None = None
    """The answers translated back, of a cycle"""


def by_rule(task: Task, ordinary: np.ndarray, numbers: Sequence[int], hole: np.ndarray | None = None) -> Given:
    """Ordinary pictures uint8 [N, H, W, 1 or 3] of any size as given ones, with their truth where there is a rule.

    numbers: the seed of what the rule draws at random for each, so that a picture does not depend on those beside it.
    hole: bool [size, size], the pixels that are removed from every picture in place of the rule's hole. ValueError: the
    rule of the task removes nothing.
    """
    size, _, channels = task.ordinary_shape
    ordinary = fitted(ordinary, size, channels)
    if hole is not None:
        if not task.masks:
            raise ValueError(f"These translators fill no hole: they go from {task.given} to {task.wanted}.")
        return Given(np.where(hole[..., None], np.uint8(domains.MISSING), ordinary), ordinary)
    if not task.rule:
        return Given(ordinary)
    each = [domains.apply(task.rule, one[None], int(number)) for one, number in zip(ordinary, numbers, strict=True)]
    given, wanted = (np.concatenate(side) for side in zip(*each, strict=True))
    return Given(wanted, given) if task.backwards else Given(given, wanted)


def as_given(task: Task, pictures: np.ndarray) -> Given:
    """Pictures of the given domain uint8 [N, H, W, 1 or 3] of any size, fitted; their truth is not known."""
    size, _, channels = task.given_shape
    return Given(fitted(pictures, size, channels))


def translate(zoo: Zoo, task: Task, given: Given, keys: Iterable[str] | None = None) -> dict[str, Answer]:
    """{key: answer} of the translators of a task, or those of them that are named; a damaged one is left out, and where
    all are, a CheckpointError says so."""
    keys = [entry.key for entry in task.entries] if keys is None else list(keys)

    def draw(translator, entry: Entry) -> Answer:
        if not entry.recipe.cycle:
            return Answer(translator.translate(given.pictures))
        ways = (translator.translate, translator.back)
        there, back = reversed(ways) if task.backwards else ways
        made = there(given.pictures)
        return Answer(made, back(made))

    return zoo.each(zoo.chosen(keys, TranslatorRecipe), draw)


def places(zoo: Zoo, task: Task, dataset: str) -> list[int]:
    """Places, among the real pictures that ship, of those that a task can start with: all of them if it has a rule, or
    those of the given domain if that is a class; [] if there are none."""
    shown = zoo.real(dataset)
    if shown is None:
        return []
    name, others = task.given.removeprefix("not "), task.given.startswith("not ")
    if task.rule or name not in shown.class_names:
        return list(range(len(shown.pictures)))
    return [i for i, label in enumerate(shown.labels) if (shown.class_names[label] == name) is not others]


def test_pictures(zoo: Zoo, task: Task, dataset: str) -> np.ndarray | None:
    """The real pictures at `places`: uint8 [N, H, W, C]; None where there are none."""
    at = places(zoo, task, dataset)
    return zoo.real(dataset).pictures[at] if at else None


def mean_picture(zoo: Zoo, task: Task, dataset: str) -> tuple[np.ndarray, str] | None:
    """(the mean of many pictures of the wanted domain, uint8 [size, size, channels]; of which ones, in words). None
    where no rule makes any."""
    if not task.rule:
        return None
    ordinary = test_pictures(zoo, task, dataset)
    words = f"of {len(ordinary)} test pictures" if ordinary is not None else ""
    if ordinary is None:
        entries = zoo.catalog().of(dataset)
        if not entries:
            return None
        best = nearest(zoo.files, entries)[0]
        ordinary, words = zoo.samples([best.key], range(MEAN_OF))[best.key], f"of {MEAN_OF} pictures by {best.title}"
    truth = by_rule(task, ordinary, range(len(ordinary))).truth
    return truth.mean(0).round().astype(np.uint8), words


def likeness(made: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """PSNR in decibel and SSIM of pictures uint8 [N, H, W, C] to their truth, the mean over them; of pictures of fewer
    than 11 pixels PSNR alone. Equal pictures count as 99 dB."""
    import torch

    from gan_models.metrics.similarity import WINDOW, psnr, ssim

    answers, right = (torch.from_numpy(np.array(x.transpose(0, 3, 1, 2), order="C")) for x in (made, truth))
    found = {"psnr": psnr(answers, right).clamp(max=99).mean().item()}
    return {**found, "ssim": ssim(answers, right).mean().item()} if min(made.shape[1:3]) >= WINDOW else found


def back_again(answer: Answer, given: Given) -> float:
    """Mean difference of a cycle's way back from the given pictures, in levels of 255."""
    return float(abs(answer.back.astype(float) - given.pictures).mean())


# Figures ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Measured:
    """What `python -m train translation` wrote of a translator."""

    n: int
    """Test pictures"""
    rows: dict[str, dict[str, float]]
    """ "answer", "given picture itself", "without D", "wanted pictures" -> figures by their names in NAMES"""
    failures: tuple[str, ...]
    """In words: "labels flip: ..." """
    extractor: str
    features: int | None = None
    """Their number, of the extractor; None where the record does not say"""
    baseline: int | None = None
    """Pictures that the training without D was shown; None where it is not known"""


def measured(zoo: Zoo, entry: Entry) -> Measured | None:
    """The figures of a translator; None where there are none that can be read."""
    return read(zoo.files.metrics(entry.folder).translation)


def read(content: Any) -> Measured | None:
    """The block `translation` of a metrics.json, which may come from anyone."""
    if not isinstance(content, dict) or not isinstance(content.get("rows"), dict):
        return None
    rows = {}
    for name, found in list(content["rows"].items())[:5]:
        if isinstance(found, dict) and isinstance(name, str):
            rows[line(name)[:40]] = {key: float(found[key]) for key in NAMES if finite(found.get(key)) is not None}
    failures, seen, n = content.get("failures"), content.get("extractor"), whole(content.get("n"))
    failures = [line(words) for words in failures[:10] if isinstance(words, str)] if isinstance(failures, list) else []
    seen = seen if isinstance(seen, dict) else {}
    name, features = seen.get("name", ""), whole(seen.get("features"))
    if not n or not rows.get("answer"):
        return None
    name, baseline = name if is_name(name) else "", whole(content.get("baseline_images"))
    return Measured(n, rows, tuple(failures), name, features, baseline)


def table(zoo: Zoo, task: Task) -> tuple[list[str], list[list], list[str]]:
    """(headers, rows, help of each column) of the figures of a task's translators beside what the given picture itself
    scores: in each row a title, then per figure (value, text). No rows where nothing was measured."""
    rows: dict[str, dict[str, float]] = {}
    for entry in task.entries:
        found = measured(zoo, entry)
        for name, figures in found.rows.items() if found else ():
            title = {"answer": entry.title, **BASELINES}.get(name)
            rows.setdefault(title or f"{entry.title} {name}", figures)
    keys = [key for key in NAMES if any(key in figures for figures in rows.values())]
    headers = ["Translator", *(f"{SHORT[key]} {'↑' if key in UP else '↓'}" for key in keys)]
    order = sorted(rows, key=lambda title: title in BASELINES.values())  # the baselines of all come last
    rough = {"fd"} if any(deficient(zoo, entry) for entry in task.entries) else set()
    made = [[title, *(_cell(rows[title], key, "≈ " * (key in rough)) for key in keys)] for title in order]
    return headers, made, ["", *(NAMES[key] for key in keys)]


def _cell(figures: dict[str, float], key: str, mark: str) -> tuple[float | None, str]:
    value = figures.get(key)
    return (value, mark + text_of(key, value)) if value is not None else (None, "–")


def text_of(key: str, value: float) -> str:
    """A figure as it is read: "20.8", "86.0 %"."""
    return percent(value, 1) if key in SHARES else minus(f"{value:.3g}")


def failures(zoo: Zoo, task: Task) -> list[str]:
    """A sentence on each known failure of a task's translators."""
    told = []
    for entry in task.entries:
        found = measured(zoo, entry)
        if found is None:
            told.append(f"{entry.title} was never measured (python -m train translation does it).")
        else:
            # Records write "14.0%".
            told += [re.sub(r"(?<=\d)%", " %", f"{entry.title}: {words}.") for words in found.failures]
    return told


def conditions(zoo: Zoo, task: Task) -> str:
    """The text under the table: on how many pictures it was measured, and with which extractor."""
    found = [one for one in (measured(zoo, entry) for entry in task.entries) if one]
    numbers = sorted({one.n for one in found})
    seen = sorted({one.extractor for one in found if one.extractor})
    way = f", from {task.wanted} to {task.given}, the other way than above" if task.backwards else ""
    through = f" Features and classes are those that {listed(seen)} sees." if seen else ""
    n = " to ".join(f"{n:,}" for n in dict.fromkeys((numbers[0], numbers[-1]))) if numbers else ""
    budgets = "".join(
        f" {entry.title} without D was trained on {one.baseline:,} pictures."
        for entry, one in ((entry, measured(zoo, entry)) for entry in task.entries)
        if one and one.baseline
    )
    rank = dict.fromkeys(
        f" {SHORT['fd']}: {said}" for said in (deficient(zoo, entry) for entry in task.entries) if said
    )
    more = f"{budgets}{through}{''.join(rank)} {MEASURED}"
    return f"On the first {n} test pictures{way}; one training seed each.{more}" if n else ""


def deficient(zoo: Zoo, entry: Entry) -> str:
    """A sentence where so few pictures were measured that the Fréchet distance cannot have full rank, else ""."""
    found = measured(zoo, entry)
    if not found or not any("fd" in figures for figures in found.rows.values()):
        return ""
    # Older records do not say how many features the extractor has; the data set's own figures do.
    blocks = (one for anchors in zoo.files.anchors(entry.dataset)[0] for _, _, one in anchors.rows)
    same = (one.features for one in blocks if one.sight.extractor == found.extractor)
    return deficiency(found.n, found.n, found.features or next(same, None))
