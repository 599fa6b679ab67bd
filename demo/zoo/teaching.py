"""A page on each variant for people who learn: its idea, what goes wrong, in words that the measured figures check
(`demo.zoo.lesson_text`). Numbers, pictures and text out; no UI."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from demo.zoo import ablation, leaderboard, objective, translated, uncertain
from demo.zoo.architecture import Network, networks
from demo.zoo.changes import Change
from demo.zoo.classroom import DRAWINGS
from demo.zoo.evolution import evolution
from demo.zoo.exercises import Exercise, exercises
from demo.zoo.figures import line
from demo.zoo.lesson_text import Numbers, Part, numbers, parts, steps, text_of
from demo.zoo.objective import Source
from gan_models.conditions import conditions, unlike
from gan_models.folder import CheckpointError
from gan_models.recipe import AnyRecipe, Recipe, TranslatorRecipe

if TYPE_CHECKING:
    from demo.zoo.ablation import Trick
    from demo.zoo.entries import Catalog, Entry
    from demo.zoo.zoo import Zoo


PAPER = "https://arxiv.org/abs/"


# What front ends get ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lesson:
    """What there is to learn about one checkpoint's variant. Texts of lessons are Markdown, all others plain."""

    key: str
    variant: str
    title: str
    year: int | None
    dataset: str
    dataset_title: str
    problem: str
    """Markdown: what its parent leaves unsolved; "" if the lesson has no such section"""
    idea: str
    """Markdown; "" where nobody wrote one, which leaves `summary`"""
    drawings: tuple[str, ...]
    """Names of drawings of the idea, out of classroom.DRAWINGS"""
    summary: str
    objective: str | None
    """TeX, as the recipe states it"""
    equations: tuple[str, ...]
    """TeX of L_D and L_G, as they are minimised, and of D where it is told the class"""
    symbols: tuple[tuple[str, str], ...]
    """(TeX, what it means) of each symbol in them"""
    terms: tuple[str, ...]
    """A line on each term of them, TeX between dollar signs"""
    networks: tuple[Network, ...]
    """G and D; () where they cannot be built"""
    parent: str | None
    """Its variant"""
    parent_title: str | None
    """None where the zoo does not have it"""
    parent_key: str | None
    changes: tuple[Change, ...]
    unlike: tuple[str, ...]
    """In which conditions the two trainings differ, so that their figures cannot be compared"""
    seen: str
    """What the changes did to the figures under the same conditions; "" if this was not measured"""
    wrong: tuple[Part, ...]
    """What goes wrong, seen in this zoo"""
    exercises: tuple[Exercise, ...]
    """What to try"""
    sources: tuple[Source, ...]
    paper: str
    """Markdown of the lesson; "" where nobody wrote one, which leaves `papers`"""
    papers: tuple[tuple[str, str], ...]
    """(paper as the recipe has it, address or "")"""
    notes: tuple[str, ...]
    """A sentence on what cannot be shown"""


@dataclass(frozen=True)
class Step:
    """One variant of the walk."""

    key: str
    variant: str
    title: str
    year: int | None
    text: str
    """Markdown: which problem it solves"""


# Questions --------------------------------------------------------------------------------------------------


def lesson(zoo: Zoo, key: str) -> Lesson:
    """What there is to learn about a checkpoint's variant, of either kind. ValueError: as `entry`."""
    entry = zoo.entry(key, kind=AnyRecipe)
    name, parent, catalog = entry.dataset, entry.recipe.parent, zoo.catalog([key])
    if entry in catalog.translators:
        entries, family, known = variants(catalog, name), (), translated.numbers(zoo, entry)
    else:
        entries = catalog.of(name)
        family = ablation.ablation(zoo, name, parent).tricks if parent in dict(ablation.families(zoo, name)) else ()
        known = numbers(entry, entries, leaderboard.leaderboard(zoo, name), leaderboard.shares(zoo, name))
    return zoo.over([entry], lambda _: _lesson(entry, entries, zoo.facts(key), known, family))


def variants(catalog: Catalog, dataset: str | None) -> list[Entry]:
    """The checkpoints of a data set that have a page: those that draw from noise, then translators."""
    return [*catalog.of(dataset), *(entry for entry in catalog.translators if entry.dataset == dataset)]


def sixteen(zoo: Zoo, key: str, seeds: Sequence[int] = range(16)) -> np.ndarray:
    """Sixteen pictures that show what a checkpoint does, uint8 [16, H, W, C]: of these seeds, or eight pictures that a
    translator is given and behind them what it makes of them. ValueError: they cannot be had."""
    entry = zoo.entry(key, kind=AnyRecipe)
    if isinstance(entry.recipe, TranslatorRecipe):
        return translated.sheet(zoo, entry)
    return zoo.samples([key], seeds)[key]


def ends(entry: Entry, pictures: np.ndarray) -> tuple[np.ndarray | None, np.ndarray]:
    """(what the first one was made of, the first one) of the pictures of `sixteen`; from noise the former is None."""
    if isinstance(entry.recipe, TranslatorRecipe):
        return pictures[0], pictures[len(pictures) // 2]
    return None, pictures[0]


def drawn(zoo: Zoo, keys: Sequence[str], seeds: Sequence[int]) -> dict[str, np.ndarray]:
    """{key: `sixteen`} without the checkpoints that are damaged; ValueError where all are."""
    found = {key: zoo.entry(key, kind=AnyRecipe).recipe for key in keys}
    noise = [key for key, recipe in found.items() if isinstance(recipe, Recipe)]
    made = zoo.samples(noise, seeds) if noise else {}
    for key in (key for key in keys if key not in noise):
        with contextlib.suppress(ValueError):
            made[key] = sixteen(zoo, key)
    return made


def illustrate(zoo: Zoo, key: str, part: Part) -> list[tuple[str, np.ndarray]]:
    """The pictures that a part of a lesson shows, each with its caption: uint8 [N, H, W, C].

    [] where they cannot be had: no film was kept, or the part is drawn from figures.
    """
    try:
        if part.kind == "translated":
            return translated.stations(zoo, zoo.entry(key, kind=TranslatorRecipe), [int(n) for n in part.values])
        if part.kind == "samples":
            seeds = [int(seed) for seed in part.values]
            return [(zoo.caption(key, seeds), zoo.samples([key], seeds)[key])]
        if part.kind in uncertain.CHOICES:
            entry, many = zoo.entry(key), int(part.values[0])
            seeds, words = uncertain.CHOICES[part.kind](zoo, entry, uncertain.extractor(entry, zoo.roots), many)
            return [(zoo.caption(key, seeds) + words, zoo.samples([key], seeds)[key])] if seeds else []
        if part.kind == "film":
            film = evolution(zoo, [key], "share", 16)
            moments = [film.at(share)[0] for share in part.values]
            return [(zoo.caption(key, range(len(m.pictures)), moment=m), m.pictures) for m in moments]
    except ValueError:  # damaged or not kept: the words stand without it
        return []
    return []


def shares_of(zoo: Zoo, key: str) -> tuple[tuple[str, ...], tuple[float, ...], tuple[float, ...] | None]:
    """(class names, their shares among a checkpoint's pictures, among the real ones). ValueError: not measured."""
    found = leaderboard.shares(zoo, zoo.entry(key).dataset)
    values = next((values for one, _, values in found.rows if one == key), None)
    if values is None:
        raise ValueError(f"No shares of classes were measured of {key}.")
    return found.class_names, values, found.reference


def walk(zoo: Zoo, dataset: str) -> tuple[Step, ...]:
    """From the first GAN to the newest, and on to translators: those that are there, each with the problem that it
    solves."""
    return _walk(variants(zoo.catalog(), dataset))


# Answers ----------------------------------------------------------------------------------------------------


def _lesson(
    entry: Entry,
    entries: Sequence[Entry],
    facts: dict[str, Any],
    known: Numbers,
    family: Sequence[Trick],
) -> Lesson:
    """See `lesson`; entries: those of the data set; family: the variants that change the same parent."""
    recipe, text, notes = entry.recipe, text_of(entry.variant), []
    parent = next((one for one in entries if one.variant == recipe.parent != entry.variant), None)
    try:
        pair = networks(entry.folder, recipe)
    except CheckpointError as error:
        pair, notes = (), [line(str(error).replace(str(entry.folder), entry.key))]
    trained = objective.of(recipe)
    odd = unlike(conditions(recipe, entry.provenance), conditions(parent.recipe, parent.provenance)) if parent else ()
    return Lesson(
        entry.key,
        entry.variant,
        entry.title,
        recipe.year or None,
        entry.dataset,
        facts["dataset_title"],
        text.get("problem", ""),
        text.get("idea", ""),
        tuple(name for name in text.get("pictures", "").split(", ") if name in DRAWINGS),
        recipe.summary,
        facts["objective"],
        trained.equations,
        trained.symbols,
        trained.terms,
        pair,
        recipe.parent or None,
        parent.title if parent else None,
        parent.key if parent else None,
        objective.changed(parent.recipe, recipe) if parent else (),
        tuple(line(one) for one in odd),
        next((trick.sentence for trick in family if trick.variant == entry.variant and trick.effects), ""),
        tuple(parts(text.get("what goes wrong", ""), known)),
        exercises().get(entry.variant, ()),
        trained.sources,
        text.get("paper", ""),
        tuple(_papers(recipe.paper)),
        tuple(notes),
    )


def _papers(text: str) -> Iterator[tuple[str, str]]:
    """The papers of a recipe, each with the address of its arXiv number where it has one."""
    for paper in text.split("; ") if text else ():
        number = re.search(r"arXiv:(\d{4}\.\d{4,5})", paper)
        yield paper, PAPER + number[1] if number else ""


def _walk(entries: Sequence[Entry]) -> tuple[Step, ...]:
    """See `walk`; entries: those of the data set."""
    there = {entry.variant: entry for entry in reversed(entries)}
    return tuple(
        Step(e.key, e.variant, e.title, e.recipe.year or None, step["text"])
        for step in steps()
        if (e := there.get(step["variant"]))
    )


# What both front ends say -----------------------------------------------------------------------------------


ABOUT = (
    "A page on each variant: the problem that it solves, its idea, what it minimises, its networks, what it changed, "
    "what goes wrong in this zoo, what you can try, the code and the paper. New to GANs? Begin with First steps."
)
DRAWN = "Drawn from the networks of this checkpoint, as one picture passes through them."
WALK = "From minimax to R3GAN"
ABOUT_WALK = (
    "Ten years of GANs in a few steps, with the problem that each step solves. All variants draw from the same "
    "latents. Below the pictures stands the number of images that each variant was shown in training; none was "
    "trained for long. The last steps are translators, which take a picture in place of a latent."
)


def names(entries: Sequence[Entry]) -> dict[str, Entry]:
    """What an address calls the entries of a data set: by variant, and a second one of a variant by its key."""
    found: dict[str, Entry] = {}
    for entry in entries:
        found[entry.key if entry.variant in found else entry.variant] = entry
    return found


def neighbours(names: Sequence[str], name: str) -> tuple[str | None, str | None]:
    """The one before and the one after, None at the ends."""
    at = names.index(name)
    return names[at - 1] if at else None, names[at + 1] if at + 1 < len(names) else None


def short(caption: str) -> str:
    """The parts of a caption that are new on a page on one variant: seeds, label and images shown."""
    parts = caption.split(" · ")
    kept = ("seed", "class", "asked for", "seen", "given", "made", "truth", "test pictures", "pictures by")
    shown = [p for p in parts if p.startswith(kept) or "images shown" in p]
    return " · ".join(shown)


def against_parent(lesson: Lesson) -> list[str]:
    """What stands before the table of changes."""
    if lesson.parent_title is None:
        return [f"It changes {lesson.parent}, which is not among the checkpoints of this data set."]
    said = [
        f"Its parent is {lesson.parent_title}."
        if lesson.changes
        else f"It changes no setting of {lesson.parent_title}."
    ]
    if lesson.unlike:
        said.append(f"The two checkpoints were not trained under the same conditions: {'; '.join(lesson.unlike)}.")
    return [*said, *([lesson.seen] if lesson.seen else [])]


def changes_table(lesson: Lesson) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """(headers, rows) of what a variant changes."""
    rows = [(c.setting[:1].upper() + c.setting[1:], c.before, c.after) for c in lesson.changes]
    return ("Setting", lesson.parent_title or "", lesson.title), rows
