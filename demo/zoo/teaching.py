"""A page on each variant for people who learn: its idea, what goes wrong, in words that the measured figures check.

What the app knows of a variant comes from its checkpoint's recipe.json. What a teacher would add stands in
`demo/zoo/lessons/<variant>.md`, which is picked up by being there, in sections "## Idea", "## What goes wrong" and
"## Paper". A paragraph may begin with what must hold for it to be shown, and holds figures by their names:

    [mnist, recall < wgan_gp.recall] On this data set recall is {recall}, and that of WGAN-GP {wgan_gp.recall}.

    ![Where it stands at a twentieth of its training.](film 0.05)

so that no sentence can outlive the measurement behind it. Numbers and text out; no UI.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from demo.draw import compose
from demo.zoo import objective
from demo.zoo.architecture import Network, networks
from demo.zoo.changes import Change
from demo.zoo.figures import line
from demo.zoo.leaderboard import Leaderboard, Shares
from demo.zoo.objective import Source
from gan_models.conditions import conditions, unlike
from gan_models.folder import CheckpointError

if TYPE_CHECKING:
    from demo.zoo.ablation import Trick
    from demo.zoo.core import Entry

LESSONS = Path(__file__).parent / "lessons"
PATH = LESSONS / "path.json"
"""The walk through the variants: [{"variant", "text"}, ...]"""
PAPER = "https://arxiv.org/abs/"
KINDS = ("samples", "unsure", "mistaken", "film", "shares")
"""Pictures that a lesson may show: of some seeds; so many, of the first hundred seeds, whose class the extractor is
least sure of; so many of the first seeds in which it sees another class than was asked for; of some shares of the
training; of the classes' shares"""
OF_CLASSES = ("unsure", "mistaken", "shares")
"""Those for which an extractor must know the classes"""


# What the front ends get ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """A paragraph of Markdown, or a picture."""

    text: str
    """Of a picture, what stands under it"""
    kind: str = ""
    """One of KINDS; empty for a paragraph"""
    values: tuple[float, ...] = ()
    """Seeds, how many pictures, or shares of the training from 0 to 1"""


@dataclass(frozen=True)
class Lesson:
    """What there is to learn about one checkpoint's variant. Texts of lessons are Markdown, all others plain."""

    key: str
    variant: str
    title: str
    year: int | None
    dataset: str
    dataset_title: str
    idea: str
    """Markdown; "" where nobody wrote one, which leaves `summary`"""
    summary: str
    objective: str | None
    """TeX, as the recipe states it"""
    equations: tuple[str, ...]
    """TeX of L_D and L_G, as they are minimised"""
    terms: tuple[str, ...]
    """A line on each part of them, TeX between dollar signs"""
    networks: tuple[Network, ...]
    """G and D; () where they cannot be built"""
    parent: str | None
    """Its variant"""
    parent_title: str | None
    """None where the zoo does not have it"""
    changes: tuple[Change, ...]
    unlike: tuple[str, ...]
    """In what else the two trainings differ, so that their figures cannot be compared"""
    seen: str
    """What the changes did to the figures, like for like; "" where nobody measured it"""
    wrong: tuple[Part, ...]
    """What goes wrong, seen in this zoo"""
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


# Texts ------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def _sections(path: Path, _stamp: float) -> dict[str, str]:
    """ "## Title" -> what stands below it."""
    parts = re.split(r"^## +(.+?) *$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {title.lower(): text.strip() for title, text in zip(parts[1::2], parts[2::2], strict=True)}


def text_of(variant: str) -> dict[str, str]:
    """The sections of a variant's lesson by title in small letters; {} where there is none."""
    path = LESSONS / f"{variant}.md"
    if path.parent != LESSONS or not re.fullmatch(r"\w+", variant) or not path.is_file():
        return {}  # a checkpoint may call itself anything
    return _sections(path, path.stat().st_mtime)


def steps() -> list[dict[str, str]]:
    """The walk as it is written: "variant" and "text" of each step."""
    return json.loads(PATH.read_text(encoding="utf-8"))


# Figures in texts -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Numbers:
    """The measured figures of one data set, by variant and name: `recall`, `smallest_class`, `dcgan.fd`."""

    own: str
    """Variant whose figures need no name in front"""
    dataset: str
    values: dict[str, dict[str, float | str]] = field(default_factory=dict)
    texts: dict[str, dict[str, str]] = field(default_factory=dict)

    def find(self, name: str, table: Mapping[str, dict]) -> Any:
        variant, _, figure = name.rpartition(".")
        return table.get(variant or self.own, {}).get(figure)

    def fill(self, text: str) -> str | None:
        """The text with its figures in place of their names; None where one was not measured."""
        names = re.findall(r"\{([\w.]+)\}", text)
        found = {name: self.find(name, self.texts) for name in names}
        if None in found.values():
            return None
        return re.sub(r"\{([\w.]+)\}", lambda m: found[m[1]], text)

    def hold(self, condition: str) -> bool:
        """Whether the data set is the named one, or the left figure stands to the right one as it says.

        ValueError: it is neither "name" nor "figure < figure" (or ">", or a number in place of a figure).
        """
        words = condition.split()
        if len(words) == 1:
            return condition == self.dataset
        if len(words) != 3 or words[1] not in "<>":
            raise ValueError(f"{condition!r} is no condition: a data set, or a figure < or > another.")
        left, right = (self._number(word) for word in words[::2])
        if left is None or right is None:
            return False
        return left < right if words[1] == "<" else left > right

    def _number(self, word: str) -> float | None:
        if re.fullmatch(r"[\d.]+", word):
            return float(word)
        value = self.find(word, self.values)
        return None if isinstance(value, str) else value


def numbers(entry: Entry, entries: Sequence[Entry], table: Leaderboard, shares: Shares) -> Numbers:
    """The figures of a data set; `entry` stands for its variant, of others the first checkpoint does.

    Beside the columns of the leaderboard: smallest_class, largest_class, largest_share, and real_smallest and
    real_largest, the shares of those classes in the real images; all shares in %. `real` and the names of the anchors
    stand for variants as well: {train.fd} is the floor.
    """
    made = Numbers(entry.variant, entry.dataset)
    names = {one.key: one.variant for one in [*reversed(entries), entry]}
    rows = [(row.key, row) for row in table.anchors] + [(names.get(row.key, ""), row) for row in table.rows]
    keys = {variant: key for key, variant in names.items()}  # one of each
    for variant, row in rows:
        if row.anchor or keys.get(variant) == row.key:
            values = {name: value for name, value in row.values.items() if value is not None}
            made.values[variant] = values
            made.texts[variant] = {
                name: table.column(name).text(value) + ("%" if table.column(name).unit == "%" else "")
                for name, value in values.items()
            }
    for key, _, share in shares.rows:
        variant = names.get(key, "")
        if keys.get(variant) == key and variant in made.values:
            few, many = share.index(min(share)), share.index(max(share))
            told = {"largest_share": 100 * share[many]}
            if shares.reference:
                told |= {"real_smallest": 100 * shares.reference[few], "real_largest": 100 * shares.reference[many]}
            made.values[variant] |= told
            made.texts[variant] |= {name: f"{value:.1f}%" for name, value in told.items()}
            classes = {"smallest_class": shares.class_names[few], "largest_class": shares.class_names[many]}
            classes = {k: re.sub(r"[^\w /+-]", "", name) for k, name in classes.items()}  # from anyone, into Markdown
            made.values[variant] |= classes
            made.texts[variant] |= classes
    return made


def parts(text: str, known: Numbers) -> Iterator[Part]:
    """The paragraphs and pictures of a text that hold for some figures."""
    for paragraph in re.split(r"\n\s*\n", text):
        paragraph = " ".join(paragraph.split())
        if guard := re.match(r"\[([^\]]*)\] ", paragraph):
            if not all(known.hold(one.strip()) for one in guard[1].split(",")):
                continue
            paragraph = paragraph[guard.end() :]
        filled = known.fill(paragraph)
        if not filled:
            continue
        if picture := re.fullmatch(r"!\[(.*)\]\((\w+)((?: [\d.]+)*)\)", filled):
            if picture[2] not in KINDS:
                raise ValueError(f"{picture[2]!r} is no picture; there are {', '.join(KINDS)}.")
            if picture[2] in OF_CLASSES and known.find("largest_share", known.values) is None:
                continue
            yield Part(picture[1], picture[2], tuple(float(value) for value in picture[3].split()))
        else:
            yield Part(filled)


# Answers ----------------------------------------------------------------------------------------------------


def lesson(
    entry: Entry,
    entries: Sequence[Entry],
    facts: dict[str, Any],
    table: Leaderboard,
    shares: Shares,
    family: Sequence[Trick],
) -> Lesson:
    """See `Zoo.lesson`; entries: those of the data set; family: the variants that change the same parent."""
    recipe, text, notes = entry.recipe, text_of(entry.variant), []
    known = numbers(entry, entries, table, shares)
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
        text.get("idea", ""),
        recipe.summary,
        facts["objective"],
        trained.equations,
        trained.terms,
        pair,
        recipe.parent or None,
        parent.title if parent else None,
        objective.changed(parent.recipe, recipe) if parent else (),
        tuple(line(one) for one in odd),
        next((trick.sentence for trick in family if trick.variant == entry.variant and trick.effects), ""),
        tuple(parts(text.get("what goes wrong", ""), known)),
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


def walk(entries: Sequence[Entry]) -> tuple[Step, ...]:
    """See `Zoo.walk`; entries: those of the data set."""
    there = {entry.variant: entry for entry in reversed(entries)}
    return tuple(
        Step(e.key, e.variant, e.title, e.recipe.year or None, step["text"])
        for step in steps()
        if (e := there.get(step["variant"]))
    )


# What both front ends say -----------------------------------------------------------------------------------

ABOUT = (
    "A page on each variant: its idea, what it minimises, its networks as they are built, what it changed, what goes "
    "wrong in this zoo, and the code."
)
DRAWN = "Drawn from the modules as they are built for this checkpoint, one picture going through."
WALK = "From minimax to R3GAN"
ABOUT_WALK = (
    "Ten years in a few steps: which problem each of them solves. All draw from the same latents; how long each was "
    "trained stands under its pictures, and none was trained for long."
)
WIDE = 620
"""Pixels of the only picture of a part"""


def names(entries: Sequence[Entry]) -> dict[str, Entry]:
    """What an address calls the entries of a data set: by variant, and a second one of a variant by its key."""
    found: dict[str, Entry] = {}
    for entry in entries:
        found[entry.key if entry.variant in found else entry.variant] = entry
    return found


def named(names: dict[str, Entry], text: str | None) -> str | None:
    """The name that an address means: one of `names`, or the key of what has one; None: neither."""
    return text if text in names else next((name for name, entry in names.items() if entry.key == text), None)


def neighbours(names: Sequence[str], name: str) -> tuple[str | None, str | None]:
    """The one before and the one after, None at the ends."""
    at = names.index(name)
    return names[at - 1] if at else None, names[at + 1] if at + 1 < len(names) else None


def picture(pictures: np.ndarray, beside: int) -> np.ndarray:
    """The pictures of a part [N, H, W, C] as one; beside: how many such stand beside each other."""
    if beside > 1:
        return compose.sheet(pictures, math.isqrt(len(pictures)), compose.scale_of(pictures.shape[1], 42))
    columns = min(len(pictures), 8)
    return compose.sheet(pictures, columns, compose.scale_of(pictures.shape[1], WIDE // 8))


def short(caption: str) -> str:
    """What of a caption is new under a picture of a page on one variant: seeds, label and images of training."""
    parts = caption.split(" · ")
    shown = [p for p in parts if p.startswith(("seed", "class", "asked for", "seen")) or "images of training" in p]
    return " · ".join(shown)


def against_parent(lesson: Lesson) -> list[str]:
    """What stands before the table of changes."""
    if lesson.parent_title is None:
        return [f"It changes {lesson.parent}, which is not among the checkpoints of this data set."]
    said = [f"Its parent is {lesson.parent_title}." if lesson.changes else f"No setting of {lesson.parent_title}."]
    if lesson.unlike:
        said.append(f"The two checkpoints were not trained alike: {'; '.join(lesson.unlike)}.")
    return [*said, *([lesson.seen] if lesson.seen else [])]


def changes_table(lesson: Lesson) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """(headers, rows) of what a variant changes."""
    rows = [(c.setting[:1].upper() + c.setting[1:], c.before, c.after) for c in lesson.changes]
    return ("Setting", lesson.parent_title or "", lesson.title), rows


def escaped(text: str, plain: Callable[[str], str]) -> str:
    """A line with TeX between dollar signs, whose other parts go through `plain`."""
    return "$".join(part if i % 2 else plain(part) for i, part in enumerate(text.split("$")))
