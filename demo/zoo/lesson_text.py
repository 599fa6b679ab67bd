"""A page on each variant for people who learn: its idea, what goes wrong, in words that the measured figures check.

What the app knows of a variant comes from its checkpoint's recipe.json. What a teacher would add stands in
`demo/zoo/lessons/<variant>.md`, which needs no registration, in sections "## Problem", "## Pictures" (names of
drawings), "## Idea", "## What goes wrong" and "## Paper". A paragraph may begin with conditions under which it is
shown, and names figures in braces:

    [mnist, recall < wgan_gp.recall] On this data set recall is {recall}, and that of WGAN-GP {wgan_gp.recall}.

    ![Where it stands at a twentieth of its training.](film 0.05)

so that no sentence can outlive the measurement behind it. Numbers and text out; no UI.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from demo.zoo.entries import Entry
    from demo.zoo.leaderboard import Leaderboard, Shares


LESSONS = Path(__file__).parent / "lessons"
PATH = LESSONS / "path.json"
"""The walk through the variants: [{"variant", "text"}, ...]"""
KINDS = ("samples", "unsure", "mistaken", "film", "shares", "translated")
"""Pictures that a lesson may show: of some seeds; so many, of the first hundred seeds, whose class the extractor is
least sure of; so many of the first seeds in which it sees a class other than the one asked for; of some shares of the
training; of the classes' shares; of these test pictures as a translator is given them, as it makes them, and their
truth"""
OF_CLASSES = ("unsure", "mistaken", "shares")
"""Those for which an extractor must know the classes"""


@dataclass(frozen=True)
class Part:
    """A paragraph of Markdown, or a picture."""

    text: str
    """Of a picture, what stands under it"""
    kind: str = ""
    """One of KINDS; empty for a paragraph"""
    values: tuple[float, ...] = ()
    """Seeds, how many pictures, or shares of the training from 0 to 1"""


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
    """A condition that holds"""
    values: dict[str, dict[str, float | str]] = field(default_factory=dict)
    texts: dict[str, dict[str, str]] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    """Further conditions that hold: of a translator its rule and its domains"""

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
            return condition in (self.dataset, *self.also)
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
                name: table.column(name).text(value) + (" %" if table.column(name).unit == "%" else "")
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
            made.texts[variant] |= {name: f"{value:.1f} %" for name, value in told.items()}
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
