"""What each trick did: a variant against the parent that it changes, like for like. Numbers and text out; no UI."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from demo.zoo import columns
from demo.zoo.changes import changes
from demo.zoo.columns import Column
from demo.zoo.comparable import comparable, figures_of
from demo.zoo.effects import FIGURES, SAMPLING, Effect, judge, listed, sentence
from demo.zoo.figures import Block, line
from demo.zoo.files import Files, Runs
from demo.zoo.words import dataset_title
from gan_models.conditions import IMAGES, SEED, conditions, unlike
from gan_models.metrics.seeds import Chance, chance
from gan_models.recipe import Recipe

if TYPE_CHECKING:
    from demo.zoo.entries import Entry
    from demo.zoo.zoo import Zoo


# What front ends get ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trick:
    """A variant beside its parent."""

    variant: str
    title: str
    year: int | None
    key: str | None
    """Key of the checkpoint that draws its pictures; None if the zoo has none"""
    changes: tuple[str, ...]
    """Settings that differ from the parent's"""
    source: str
    """ "seeds": several trainings on record; "zoo": the zoo's own checkpoints; "": nothing can be compared"""
    effects: tuple[Effect, ...]
    sentence: str
    """What was seen, or why nothing can be"""


@dataclass(frozen=True)
class Source:
    """The parent's figures from one source."""

    seeds: tuple[int | None, ...]
    images: int | None
    """Images that each training was shown"""
    values: dict[str, tuple[float, ...]]
    """Figure -> its value at each seed, in the unit of its column"""
    extractor: str
    extractor_hash: str
    reference: str
    """ "10,000 test images" """
    n: int
    devices: tuple[str, ...]
    """Devices on which the parent was trained"""


@dataclass(frozen=True)
class Ablation:
    """A family: a parent, and what each variant that changes it did to the figures."""

    dataset: str
    dataset_title: str
    parent: str
    """Variant of the parent"""
    title: str
    year: int | None
    key: str | None
    """Key of the parent's checkpoint"""
    families: tuple[tuple[str, str], ...]
    """(variant, title) of each parent on this data set"""
    columns: tuple[Column, ...]
    """Columns of the figures that were compared"""
    sources: dict[str, Source]
    tricks: tuple[Trick, ...]
    """Variants with several training seeds, then those with one, then those that cannot be compared; by year in each
    group"""
    chance: Chance
    """How many differences over several training seeds were tested, and how many of them would count by chance alone"""
    method: tuple[str, ...]
    """How the figures came about and when a difference counts"""
    notes: tuple[str, ...]
    """A sentence on each thing that is damaged or left out"""

    @property
    def keys(self) -> list[str]:
        """Keys of all checkpoints that can draw, the parent first."""
        return [key for key in (self.key, *(trick.key for trick in self.tricks)) if key]

    def column(self, figure: str) -> Column:
        return {column.name: column for column in self.columns}[figure]

    def told(self, effect: Effect) -> str:
        """ "FD-mnist-cnn 5.31 → 4.10 (-1.21)"."""
        column = self.column(effect.figure)
        before, after = column.brief(effect.before), column.brief(effect.after, unit=True)
        return f"{column.title} {before} → {after} ({column.brief(effect.difference, '+')})"

    def brief(self, effect: Effect) -> str:
        """ "FD-mnist-cnn -1.21": beside a sentence that gives the rest."""
        column = self.column(effect.figure)
        unit = {"": "", "%": " points"}.get(column.unit, f" {column.unit}")
        return f"{column.title} {column.brief(effect.difference, '+')}{unit}"

    def numbers(self) -> list[dict[str, str]]:
        """A table of every difference at every seed, as text."""
        return [
            {
                "Variant": trick.title,
                "Figure": (column := self.column(effect.figure)).title + (f" ({column.unit})" if column.unit else ""),
                "Seed": "–" if seed is None else str(seed),
                "Parent": column.brief(before),
                "Variant's": column.brief(after),
                "Difference": column.brief(difference, "+"),
                "Spread": column.brief(effect.spread),
                "Verdict": effect.mark + (f": {effect.reason}" if effect.reason else ""),
            }
            for trick in self.tricks
            for effect in trick.effects
            for seed, before, after, difference in zip(
                effect.seeds, effect.parent, effect.child, effect.differences, strict=True
            )
        ]


# Questions --------------------------------------------------------------------------------------------------


def families(zoo: Zoo, dataset: str) -> tuple[tuple[str, str], ...]:
    """(variant, title) of each parent that `ablation` may be asked for, the largest family first; often none."""
    return zoo.over(zoo.of(dataset), lambda some: _known_families(zoo.files, some, dataset))


def ablation(zoo: Zoo, dataset: str, parent: str | None = None) -> Ablation:
    """What each variant that changes `parent` did to the figures: from the record of many training seeds where the
    zoo has one (`<dataset>/ablation.json`), else from its single checkpoints, where they are like for like.

    parent: a variant out of `families`; None takes the first. ValueError: an unknown data set or parent.
    """
    title = dataset_title(dataset)
    return zoo.over(zoo.of(dataset), lambda some: _ablation(zoo.files, some, dataset, title, parent))


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


def _known_families(files: Files, entries: Sequence[Entry], dataset: str) -> tuple[tuple[str, str], ...]:
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


def _ablation(files: Files, entries: Sequence[Entry], dataset: str, title: str, parent: str | None = None) -> Ablation:
    """See `ablation`; entries: those of the data set."""
    runs, notes = files.ablation(dataset)
    recipes = _recipes(entries, runs)
    known = _families(recipes)
    if not known:
        raise ValueError(f"This zoo has no variant of {title} together with the parent that it changes.")
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
        chance(len(effect.seeds) for trick in tricks for effect in trick.effects),
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
    table = comparable(files, entries, dataset, None)
    if extractor in table.extractors:
        table = comparable(files, entries, dataset, extractor)
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
    """The key of the first training that can be compared with the parent, or of the first one if none can."""
    good = (key for key, one in some.items() if parent and not unlike(one.conditions, parent.conditions))
    return next(good, next(iter(some)))


def _columns(measured: Sequence[Block]) -> tuple[Column, ...]:
    """The columns of FIGURES for which any training has a value."""
    values = [figures_of(block)[0] for block in measured]
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
        said = f"Not trained under the same conditions, so no difference is given: {'; '.join(odd)}."
    elif not pairs:
        said = (
            f"{_title(parent)} and {_title(recipe)} are neither both in the zoo nor both on record, so they cannot be "
            "compared."
        )
    elif missing:
        said = f"Not measured, so no difference is given. {missing[0]}."
    else:
        rough = any(one.block.rough for pair in pairs for one in pair)
        figures = [tuple(figures_of(one.block) for one in pair) for pair in pairs]
        seeds = [one.conditions[SEED] for one, _ in pairs]
        for column in shown:
            name = column.name
            if all(name in values for pair in figures for values, _ in pair):
                told = [[values[name] for values, _ in side] for side in zip(*figures, strict=True)]
                effects.append(judge(column, seeds, *told, tuple(one[1][name] for one in figures[0]), rough))
        said = sentence(_title(recipe), effects, shown, pairs[0][1].conditions[IMAGES])
        if after.conditional and not before.conditional:
            said += (
                " It is told which class to draw, each as often as in the real images. This alone makes the shares "
                "of the classes right, and so lowers the distance too."
            )
    told = tuple(line(one) for one in changes(before, after))
    return Trick(recipe.name, _title(recipe), recipe.year or None, key, told, source, tuple(effects), said)


def _source(trainings: Sequence[_Training], shown: Sequence[Column]) -> Source:
    first = trainings[0]
    figures = [figures_of(one.block)[0] for one in trainings]
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
    """When a difference counts, and on which trainings and pictures the figures rest."""
    made = [
        "Parent and variant were trained on the same data, with the same number of images shown, batch, picture size "
        "and training seed, and with the same width where the networks are the same. All other differences are what "
        "the variant changes."
    ]
    for name, one in sources.items():
        effects = [effect for trick in tricks if trick.source == name for effect in trick.effects]
        counts = sorted({len(effect.seeds) for effect in effects})
        seeds = "one training seed" if counts == [1] else f"{' to '.join(map(str, counts))} training seeds"
        images = "an unknown number of" if one.images is None else f"{one.images:,}"
        said = (
            f"{'On record' if name == 'seeds' else 'From the zoo'}: {seeds} each, {images} images shown; figures of "
            f"{one.n:,} generated pictures against {one.reference}, in the features of {one.extractor} "
            f"{one.extractor_hash}{'; trained on ' * bool(one.devices)}{', '.join(one.devices)}."
        )
        many = [effect for effect in effects if not effect.hint]
        if many:
            two = [len(effect.seeds) == 2 for effect in many]
            times = "twice the spread" if all(two) else f"the spread{' (twice, with two seeds)' * any(two)}"
            said += (
                f" A difference counts if it has the same sign at every seed and its mean is larger than {times}. The "
                "spread is the wider of the two ranges over the seeds, that of the parent and that of the variant."
            )
        if len(many) < len(effects):
            said += (
                f" With one training seed, a difference is a hint if it is larger than {SAMPLING} standard deviations "
                "over the sampling seeds; another training seed may reverse it."
            )
        made.append(said)
    return tuple(made)
