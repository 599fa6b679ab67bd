"""What each trick did: a variant against the parent that it changes, like for like. Numbers and text out; no UI.

A difference counts as seen where it goes the same way at every training seed and is larger than the spread: the range
in which the figure of either of the two moved from seed to seed, whichever is wider, and twice that where there are two
seeds only. By luck alone, `LUCK` % of all differences pass. One seed each can give no more than a hint.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any

from demo import board, columns
from demo.changes import changes
from demo.columns import Column
from demo.figures import Block, Files, Runs, figure_text, line
from gan_models.conditions import IMAGES, SEED, conditions, unlike
from gan_models.recipe import Recipe

if TYPE_CHECKING:
    from demo.core import Entry

FIGURES = {"fd": "", "recall": "recall", "coverage": "coverage", "smallest_share": "the rarest class's share"}
"""What is compared, and its name within a sentence where that is not the column's title"""
FACTOR = {2: 2}
"""Seeds -> how many spreads a difference must be larger than; 1 where it is not in here"""
LUCK = {2: 7, 3: 5, 4: 1}
"""Seeds -> % of all differences that would count as seen if no trick did anything, for independent normal figures (from
a simulation, which a test repeats)"""
SAMPLING = 2
"""Of one seed each, a difference must be larger than so many standard deviations over the sampling seeds"""
MARKS = {
    "better": ("▲ better", "△ better?"), "worse": ("▼ worse", "▽ worse?"), "unclear": ("○ open", "○ open"),
}  # fmt: skip
"""Verdict -> its mark over several training seeds, and that of a hint"""
LEGEND = (
    "▲ better and ▼ worse than the parent, over several training seeds. △ and ▽ are hints: one training seed each. "
    "○ cannot be told from chance."
)


# What the front ends get ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Effect:
    """What became of one figure; all numbers in the unit of its column."""

    figure: str
    seeds: tuple[int | None, ...]
    """Training seeds, each of both"""
    parent: tuple[float, ...]
    """By seed"""
    child: tuple[float, ...]
    differences: tuple[float, ...]
    """child - parent at the same seed"""
    before: float
    """Mean of the parent over the seeds"""
    after: float
    difference: float
    spread: float
    """What the difference had to be larger than"""
    verdict: str
    """ "better", "worse", or "unclear" """
    reason: str
    """Why it is unclear: "the seeds disagree", "within the spread"; "" where it is not"""

    @property
    def hint(self) -> bool:
        return len(self.seeds) < 2

    @property
    def mark(self) -> str:
        """Verdict as sign and word, so that nobody needs its colour."""
        return MARKS[self.verdict][self.hint]


@dataclass(frozen=True)
class Trick:
    """A variant beside its parent."""

    variant: str
    title: str
    year: int | None
    key: str | None
    """Of the checkpoint that draws; None where the zoo has none"""
    changes: tuple[str, ...]
    """Settings that are not the parent's"""
    source: str
    """ "seeds": several trainings on record; "zoo": the zoo's own checkpoints; "": nothing can be compared"""
    effects: tuple[Effect, ...]
    sentence: str
    """What was seen, or why nothing can be"""


@dataclass(frozen=True)
class Source:
    """The parent in one of the places that figures come from."""

    seeds: tuple[int | None, ...]
    images: int | None
    """That each training was shown"""
    values: dict[str, tuple[float, ...]]
    """Figure -> by seed, in the unit of its column"""
    extractor: str
    extractor_hash: str
    reference: str
    """ "10,000 test images" """
    n: int
    devices: tuple[str, ...]
    """That the parent was trained on"""


@dataclass(frozen=True)
class Ablation:
    """A family: a parent, and what each variant that changes it did to the figures."""

    dataset: str
    dataset_title: str
    parent: str
    """Its variant"""
    title: str
    year: int | None
    key: str | None
    """Of the parent's checkpoint"""
    families: tuple[tuple[str, str], ...]
    """(variant, title) of each parent on this data set"""
    columns: tuple[Column, ...]
    """Of the figures that were compared"""
    sources: dict[str, Source]
    tricks: tuple[Trick, ...]
    """Those with several training seeds, then those with one, then what cannot be compared; by year in each"""
    method: tuple[str, ...]
    """How the figures came about and when a difference counts"""
    notes: tuple[str, ...]
    """A sentence on each thing that is damaged or left out"""

    @property
    def keys(self) -> list[str]:
        """Of all that can draw, the parent first."""
        return [key for key in (self.key, *(trick.key for trick in self.tricks)) if key]

    def column(self, figure: str) -> Column:
        return {column.name: column for column in self.columns}[figure]

    def told(self, effect: Effect) -> str:
        """ "FD-mnist-cnn 5.31 → 4.10 (-1.21)"."""
        column = self.column(effect.figure)
        before, after = text(column, effect.before), text(column, effect.after, unit=True)
        return f"{column.title} {before} → {after} ({text(column, effect.difference, '+')})"

    def brief(self, effect: Effect) -> str:
        """ "FD-mnist-cnn -1.21": beside a sentence that gives the rest."""
        column = self.column(effect.figure)
        unit = {"": "", "%": " points"}.get(column.unit, f" {column.unit}")
        return f"{column.title} {text(column, effect.difference, '+')}{unit}"

    def numbers(self) -> list[dict[str, str]]:
        """A table of every difference at every seed, as text."""
        return [
            {
                "Variant": trick.title,
                "Figure": (column := self.column(effect.figure)).title + (f" ({column.unit})" if column.unit else ""),
                "Seed": "–" if seed is None else str(seed),
                "Parent": text(column, before),
                "Variant's": text(column, after),
                "Difference": text(column, difference, "+"),
                "Spread": text(column, effect.spread),
                "Verdict": effect.mark + (f": {effect.reason}" if effect.reason else ""),
            }
            for trick in self.tricks
            for effect in trick.effects
            for seed, before, after, difference in zip(
                effect.seeds, effect.parent, effect.child, effect.differences, strict=True
            )
        ]


# Judging ----------------------------------------------------------------------------------------------------


def judge(
    column: Column,
    seeds: Sequence[int | None],
    parent: Sequence[float],
    child: Sequence[float],
    sampling: tuple[float, float] = (0.0, 0.0),
    rough: bool = False,
) -> Effect:
    """The effect on one figure, by the rule at the head of this file.

    parent, child: values at the same seeds. sampling: standard deviations of both over the sampling seeds, which is
    all that one training seed can be held against. rough: whether too few images are behind the figures for that.
    """
    differences = [after - before for before, after in zip(parent, child, strict=True)]
    difference = fmean(differences)
    if len(seeds) > 1:
        spread = FACTOR.get(len(seeds), 1) * max(max(values) - min(values) for values in (parent, child))
        agree = all(d > 0 for d in differences) or all(d < 0 for d in differences)
        reason = "the seeds disagree" if not agree else "within the spread" if abs(difference) <= spread else ""
    else:
        spread = SAMPLING * math.hypot(*sampling)
        reason = "too few images" if rough else "within the sampling spread" if abs(difference) <= spread else ""
    rise = "better" if column.better == "higher" else "worse"
    fall = "worse" if rise == "better" else "better"
    verdict = "unclear" if reason else rise if difference > 0 else fall
    values = tuple(seeds), tuple(parent), tuple(child), tuple(differences)
    return Effect(column.name, *values, fmean(parent), fmean(child), difference, spread, verdict, reason)


def sentence(title: str, effects: Sequence[Effect], shown: Iterable[Column], images: int | None = None) -> str:
    """What was seen of a trick, where it did not help or hurt as well. images: that each training was shown."""
    by_name = {column.name: column for column in shown}
    better, worse, unclear = ([e for e in effects if e.verdict == v] for v in ("better", "worse", "unclear"))

    def name(effect: Effect) -> str:
        return FIGURES[effect.figure] or by_name[effect.figure].title

    def moved(effect: Effect) -> str:
        column, verb = by_name[effect.figure], "rose" if effect.difference > 0 else "fell"
        return f"{name(effect)} {verb} from {text(column, effect.before)} to {text(column, effect.after, unit=True)}"

    parts = [listed([moved(e) for e in some]) for some in (better, worse) if some]
    seen = ", but ".join(parts)
    budget = f" ({images:,} images{' each' * (not effects[0].hint)})" if images else ""
    if effects[0].hint:
        begin = f"One training seed of {title}{budget}, so no more than a hint: "
        rest = f"no difference in {listed([name(e) for e in unclear], 'or')} is larger than the sampling spread."
        if any(e.reason == "too few images" for e in unclear):
            rest = "too few images are behind its figures to tell any difference."
    else:
        did = "helped and hurt" if better and worse else "helped" if better else "hurt"
        did = did if seen else "was not seen to help"
        begin = f"Over {len(effects[0].seeds)} training seeds{budget}, {title} {did}: "
        rest = f"no difference in {listed([name(e) for e in unclear], 'or')} can be told from chance."
    if not seen:
        return begin + rest
    return f"{begin}{seen}." + (f" {rest[0].upper()}{rest[1:]}" if unclear else "")


def text(column: Column, value: float, sign: str = "", unit: bool = False) -> str:
    """A figure as text: a distance with three digits, whatever its size. sign: "+" for a difference."""
    made = figure_text(abs(value)) if column.name == "fd" else column.text(abs(value))
    if value < 0 and any(digit in "123456789" for digit in made):
        sign = "-"
    return sign + made + (f" {column.unit}" if unit and column.unit else "")


def listed(items: Sequence[str], word: str = "and") -> str:
    """ "a", "a and b", "a, b and c"."""
    return f" {word} ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


# The family -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Training:
    """A checkpoint of the zoo or a run on record."""

    recipe: Recipe
    conditions: dict[str, Any]
    device: Any
    block: Block | None
    problem: str = ""
    """Why it has no figures"""


def families(files: Files, entries: Sequence[Entry], dataset: str) -> tuple[tuple[str, str], ...]:
    """(variant, title) of each parent whose children are there with it, the largest family first."""
    runs, _ = files.ablation(dataset)
    return _families(_recipes(entries, runs))


def _families(recipes: dict[str, Recipe]) -> tuple[tuple[str, str], ...]:
    sizes: dict[str, int] = {}
    for recipe in recipes.values():
        if recipe.parent in recipes and recipe.parent != recipe.name:
            sizes[recipe.parent] = sizes.get(recipe.parent, 0) + 1
    names = sorted(sizes, key=lambda name: (-sizes[name], recipes[name].year, name))
    return tuple((name, _title(recipes[name])) for name in names)


def _recipes(entries: Sequence[Entry], runs: Runs | None) -> dict[str, Recipe]:
    """By variant, oldest first; those of the zoo before those on record alone."""
    found = dict(runs.recipes) if runs else {}
    found |= {entry.variant: entry.recipe for entry in reversed(entries)}
    return dict(sorted(found.items(), key=lambda item: (item[1].year, _title(item[1]))))


def _title(recipe: Recipe) -> str:
    return line(recipe.title or recipe.name)[:60]


def ablation(files: Files, entries: Sequence[Entry], dataset: str, title: str, parent: str | None = None) -> Ablation:
    """See `Zoo.ablation`; entries: those of the data set."""
    runs, notes = files.ablation(dataset)
    recipes = _recipes(entries, runs)
    known = _families(recipes)
    if not known:
        raise ValueError(f"No variant of {title} stands beside the parent that it changes.")
    parent = known[0][0] if parent is None else parent
    parents = [name for name, _ in known]
    if parent not in parents:
        raise ValueError(f"No variant of {title} changes {parent!r}; the parents are {', '.join(parents)}.")
    children = [name for name, recipe in recipes.items() if recipe.parent == parent != name]

    recorded = _recorded(runs)
    extractor = runs.runs[0].block.sight.extractor if runs and runs.runs else None
    zoo = _zoo(files, entries, dataset, extractor)
    mine = next(iter(zoo.get(parent, {}).values()), None)
    keys = {name: _like(mine, zoo[name]) for name in children if name in zoo}
    first = {parent: next(iter(zoo.get(parent, {})), None), **keys}
    left = [key for name in (parent, *children) for key in zoo.get(name, {}) if key != first[name]]
    notes = [*notes, *([f"One checkpoint of each variant is shown, not {listed(left)}."] if left else [])]

    pairs: dict[str, tuple[str, list[tuple[_Training, _Training]]]] = {}
    for name in children:
        both = sorted(recorded.get(name, {}).keys() & recorded.get(parent, {}).keys())
        if both:
            pairs[name] = "seeds", [(recorded[parent][seed], recorded[name][seed]) for seed in both]
        elif mine and name in keys:
            pairs[name] = "zoo", [(mine, zoo[name][keys[name]])]
        else:
            pairs[name] = "", []
    measured = [one.block for _, some in pairs.values() for pair in some for one in pair if one.block]
    shown = _columns(measured)
    tricks = [_trick(recipes[name], keys.get(name), *pairs[name], recipes[parent], shown) for name in children]
    tricks.sort(key=lambda trick: (not trick.effects, trick.source))  # "seeds" before "zoo"
    sources = {
        source: _source(theirs, shown)
        for source, theirs in (
            ("seeds", list(recorded.get(parent, {}).values())),
            ("zoo", [mine] if mine and mine.block else []),
        )
        if any(trick.source == source and trick.effects for trick in tricks)
    }
    about = recipes[parent]
    return Ablation(
        dataset,
        title,
        parent,
        _title(about),
        about.year or None,
        first[parent],
        known,
        shown,
        sources,
        tuple(tricks),
        _method(sources, tricks),
        tuple(notes),
    )


def _recorded(runs: Runs | None) -> dict[str, dict[int, _Training]]:
    """Variant -> seed -> training."""
    made: dict[str, dict[int, _Training]] = {}
    for run in sorted(runs.runs, key=lambda run: run.seed) if runs else ():
        recipe = runs.recipes[run.variant]
        training = _Training(recipe, conditions(recipe, run.about), run.about.get("device"), run.block)
        made.setdefault(run.variant, {})[run.seed] = training
    return made


def _zoo(
    files: Files, entries: Sequence[Entry], dataset: str, extractor: str | None
) -> dict[str, dict[str, _Training]]:
    """Variant -> key -> training, measured by the extractor of the record where there is one."""
    table = board.comparable(files, entries, dataset, None)
    if extractor in table.extractors:
        table = board.comparable(files, entries, dataset, extractor)
    usable = extractor is None or (table.sight is not None and table.sight.extractor == extractor)
    problems = {one.key: one.reason for one in table.unmeasured}
    made: dict[str, dict[str, _Training]] = {}
    for entry in entries:
        block = table.blocks.get(entry.key) if usable else None
        problem = "" if block else problems.get(entry.key, f"not measured with {extractor}")
        about = entry.provenance
        made.setdefault(entry.variant, {})[entry.key] = _Training(
            entry.recipe, conditions(entry.recipe, about), about.get("device"), block, problem
        )
    return made


def _like(parent: _Training | None, some: dict[str, _Training]) -> str:
    """The key of the first that can be compared with the parent, of the first where none can."""
    good = (key for key, one in some.items() if parent and not unlike(one.conditions, parent.conditions))
    return next(good, next(iter(some)))


def _columns(measured: Sequence[Block]) -> tuple[Column, ...]:
    """Of FIGURES, those that somebody has."""
    values = [board.figures_of(block)[0] for block in measured]
    values = [{name: value for name, value in one.items() if name in FIGURES} for one in values]
    return columns.shown(measured[0].sight.extractor, values, ()) if measured else ()


def _trick(
    recipe: Recipe,
    key: str | None,
    source: str,
    pairs: Sequence[tuple[_Training, _Training]],
    parent: Recipe,
    shown: Sequence[Column],
) -> Trick:
    before, after = (pairs[0][0].recipe, pairs[0][1].recipe) if pairs else (parent, recipe)
    odd = next((odd for one, other in pairs if (odd := unlike(other.conditions, one.conditions))), ())
    missing = [f"{_title(one.recipe)}: {one.problem}" for pair in pairs for one in reversed(pair) if not one.block]
    effects = []
    if odd:
        said = f"Not like for like, so no difference is given: {'; '.join(odd)}."
    elif not pairs:
        said = (
            f"{_title(parent)} and {_title(recipe)} are neither both in the zoo nor both on record: nothing to compare."
        )
    elif missing:
        said = f"Not measured, so no difference is given. {missing[0]}."
    else:
        rough = any(one.block.rough for pair in pairs for one in pair)
        figures = [tuple(board.figures_of(one.block) for one in pair) for pair in pairs]
        seeds = [one.conditions[SEED] for one, _ in pairs]
        for column in shown:
            name = column.name
            if all(name in values for pair in figures for values, _ in pair):
                told = [[values[name] for values, _ in side] for side in zip(*figures, strict=True)]
                effects.append(judge(column, seeds, *told, tuple(one[1][name] for one in figures[0]), rough))
        said = sentence(_title(recipe), effects, shown, pairs[0][1].conditions[IMAGES])
        if after.conditional and not before.conditional:
            said += (
                " It is told what to draw, each class as often as in the real images: that alone evens out the "
                "classes, which the distance sees too."
            )
    told = tuple(line(one) for one in changes(before, after))
    return Trick(recipe.name, _title(recipe), recipe.year or None, key, told, source, tuple(effects), said)


def _source(trainings: Sequence[_Training], shown: Sequence[Column]) -> Source:
    first = trainings[0]
    figures = [board.figures_of(one.block)[0] for one in trainings]
    sight = first.block.sight
    return Source(
        tuple(one.conditions[SEED] for one in trainings),
        first.conditions[IMAGES],
        {c.name: tuple(one[c.name] for one in figures) for c in shown if all(c.name in one for one in figures)},
        sight.extractor,
        sight.extractor_hash,
        f"{sight.n:,} {sight.split} images",
        first.block.n,
        tuple(sorted({line(one.device)[:60] for one in trainings if isinstance(one.device, str) and one.device})),
    )


def _method(sources: dict[str, Source], tricks: Sequence[Trick]) -> tuple[str, ...]:
    """When a difference counts, and how much that is worth."""
    made = [
        "Like for like: the same data, images shown, batch, width of equal networks, size and training seed. What else "
        "differs is what the variant changes."
    ]
    if "seeds" in sources:
        made.append("Pictures are drawn by the zoo's checkpoints; figures of several seeds come from other trainings.")
    for name, one in sources.items():
        effects = [effect for trick in tricks if trick.source == name for effect in trick.effects]
        counts = sorted({len(effect.seeds) for effect in effects})
        seeds = "one training seed" if counts == [1] else f"{' to '.join(map(str, counts))} training seeds"
        images = "an unknown number of" if one.images is None else f"{one.images:,}"
        said = (
            f"{'On record' if name == 'seeds' else 'From the zoo'}: {seeds} each, of {images} images; "
            f"{one.n:,} pictures against {one.reference}, through {one.extractor} {one.extractor_hash}"
            f"{'; trained on ' * bool(one.devices)}{', '.join(one.devices)}."
        )
        many = [effect for effect in effects if not effect.hint]
        if many:
            two = [len(effect.seeds) == 2 for effect in many]
            times = "twice the spread" if all(two) else f"the spread{' (twice, with two seeds)' * any(two)}"
            luck = sum(LUCK.get(len(effect.seeds), 1) for effect in many) / 100
            said += (
                " A difference counts where every seed agrees on its sign and its mean is larger than "
                f"{times}: the wider of the two ranges in which parent and variant moved between seeds. If no trick "
                f"did anything, about {luck:.1f} of these {len(many)} differences would still count by luck."
            )
        if len(many) < len(effects):
            said += (
                f" Of one seed, a difference is a hint where it is larger than {SAMPLING} standard deviations over the "
                "sampling seeds; another training seed may turn it round."
            )
        made.append(said)
    return tuple(made)
