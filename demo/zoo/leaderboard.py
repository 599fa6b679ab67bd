"""What was measured, as tables: leaderboard, class shares, training curves. Numbers and text out; no torch, no UI.

Figures of different extractors, references or numbers of images never stand in one table. What front ends get is plain
JSON after `dataclasses.asdict`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from demo.zoo import columns
from demo.zoo.columns import Column
from demo.zoo.figures import (
    Anchors,
    Block,
    Files,
    Metrics,
    Sight,
    distance_text,
    figure,
    figure_text,
    finite,
    is_histogram,
    is_name,
    line,
    whole,
)
from gan_models.metrics.names import FEW, behind, distance_name

if TYPE_CHECKING:
    from demo.zoo.core import Entry

COSTS = {"parameters": "Parameters", "images": "Images shown", "steps": "G steps", "seconds": "Training time (s)"}
"""What quality is set against, and how an axis calls it. Images shown are this project's budget and the same on any
machine; seconds are what people pay, but compare only on one device"""
PERCENT = (
    "smallest_share", "label_accuracy", "memorisation_pixels", "copies_pixels", "memorisation_features",
    "copies_features",
)  # fmt: skip
"""Figures that the files hold as 0 to 1 and the table shows in %"""


# What the front ends get ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """A variant, or an anchor."""

    key: str
    """The checkpoint's; an anchor's name ("train", "noise", ...) where `anchor` is True"""
    title: str
    year: int | None
    anchor: bool
    values: dict[str, float | str | None]
    """By column name, in the column's unit; None where it was not measured"""
    spreads: dict[str, float]
    """Standard deviation over seeds, for the figures that have one"""


@dataclass(frozen=True)
class Unmeasured:
    """A variant without a row."""

    key: str
    title: str
    reason: str
    """"never measured", "measured on other weights ...": goes on after "Title: " """


@dataclass(frozen=True)
class Augmentation:
    """What a conditional variant's pictures are worth to a classifier that has few real ones; shares in %."""

    key: str
    title: str
    real: int
    """Labelled real images that the classifier has"""
    generated: int
    """Generated ones that it gets on top"""
    without: float
    """Test accuracy from the real ones alone, in %"""
    with_generated: float
    gain: float
    """In percentage points, the mean over seeds of the paired difference; below 0 it is a loss"""
    spread: float
    """Of the gain, over seeds"""
    generator_saw: int | None
    """Labelled real images behind the generator: more than `real`, and the gain is not one out of nothing"""
    scratch: bool
    """Whether the generator was trained anew on just those `real` images; else it is the checkpoint of the zoo"""


@dataclass(frozen=True)
class Leaderboard:
    """The measured variants of one data set, best first, and what stands beside them."""

    dataset: str
    dataset_title: str
    extractor: dict[str, Any] | None
    """{"name", "hash"} of all figures in it; None where nothing is measured"""
    reference: dict[str, Any] | None
    """{"dataset", "split", "n", "hash"} of the real images"""
    n: int | None
    """Generated images per sampling seed"""
    extractors: tuple[str, ...]
    """Names that `extractor` may be asked for"""
    columns: tuple[Column, ...]
    """Those for which some row has a value"""
    rows: tuple[Row, ...]
    """By distance, lowest first"""
    anchors: tuple[Row, ...]
    """In the order that a sound distance gives them: the floor first"""
    fronts: dict[str, tuple[str, ...]]
    """{cost: keys of the rows that no other beats in both distance and that cost}, cheapest first; of COSTS"""
    augmentation: tuple[Augmentation, ...]
    """Per variant, by number of real images; those of `scratch` last"""
    unmeasured: tuple[Unmeasured, ...]
    notes: tuple[str, ...]
    """A sentence on each thing that is damaged, missing or odd"""

    def column(self, name: str) -> Column:
        """The column of a name; KeyError where there is none."""
        return {column.name: column for column in self.columns}[name]

    @property
    def floor(self) -> Row | None:
        """Real training images measured as if they were generated: no generator can be expected below."""
        return next((row for row in self.anchors if row.key == "train"), None)


@dataclass(frozen=True)
class Shares:
    """Share of each class among the generated images, as the extractor sees them."""

    dataset: str
    dataset_title: str
    extractor: dict[str, Any] | None
    n: int | None
    """Images per sampling seed; the shares are means over the seeds"""
    class_names: tuple[str, ...]
    reference: tuple[float, ...] | None
    """Of the real training images, seen by the same extractor; None where there are no anchors"""
    rows: tuple[tuple[str, str, tuple[float, ...]], ...]
    """(key, title, share of each class, sum 1), by year as the zoo has them"""
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Curves:
    """The training curve of one checkpoint."""

    key: str
    title: str
    columns: dict[str, list[float | None]]
    """"images" first, rising; then what was noted at that time ("d_loss", ..., "fd"), None where it was not"""
    distance: str
    """What "fd" is: "FD-mnist-cnn, n = 2,000". Not for the leaderboard: too few images"""
    extractor: dict[str, str] | None
    """{"name", "hash"} of who measured "fd" and the shares"""
    n: int | None
    class_names: tuple[str, ...]
    shares: list[list[float] | None]
    """Share of each class at each of the images, None where it was not taken; [] where it never was"""
    notes: tuple[str, ...]


# What is compared -------------------------------------------------------------------------------------------


@dataclass
class Comparable:
    """The figures of a data set that can stand in one table."""

    sight: Sight | None
    n: int | None
    extractors: tuple[str, ...]
    blocks: dict[str, Block]
    metrics: dict[str, Metrics]
    anchors: Anchors | None
    unmeasured: tuple[Unmeasured, ...]
    notes: list[str]


def comparable(files: Files, entries: Sequence[Entry], dataset: str, extractor: str | None) -> Comparable:
    """The figures of the entries that may be compared. ValueError: an extractor that measured none of the entries."""
    metrics = {entry.key: files.metrics(entry.folder) for entry in entries}
    anchors, notes = files.anchors(dataset)
    blocks = {key: one.blocks for key, one in metrics.items()}
    by_name = Counter(name for one in blocks.values() for name in one)
    own = [a.sight.extractor for a in anchors]
    # The data set's own extractor first, then what measured most.
    names = sorted(by_name, key=lambda name: (own.index(name) if name in own else len(own), -by_name[name], name))
    if extractor is not None and extractor not in names:
        raise ValueError(
            f"No variant was measured with the extractor {extractor!r}; there is {', '.join(names) or 'none'}."
        )
    name = extractor or next(iter(names), None)
    anchor = next((a for a in anchors if a.sight.extractor == name), None)
    if name is None:
        anchor = next(iter(anchors), None)
    theirs = {key: one[name] for key, one in blocks.items() if name in one}
    sight = anchor.sight if anchor else _most(block.sight for block in theirs.values())
    good = {key: block for key, block in theirs.items() if block.sight == sight}
    n = _most(block.n for block in good.values()) or (anchor.n if anchor else None)
    good = {key: block for key, block in good.items() if block.n == n}

    unmeasured = []
    for entry in entries:
        one, block = metrics[entry.key], theirs.get(entry.key)
        if entry.key in good:
            notes += _odd(entry.title, one, good[entry.key])
            continue
        if one.problem:
            reason = one.problem
        elif block is None and name in one.damaged:
            reason = f"its figures cannot be used: {one.damaged[name]}"
        elif block is None and one.blocks:
            reason = f"measured with {', '.join(one.blocks)} only"
        elif block is None:
            reason = f"its figures cannot be used: {next(iter(one.damaged.values()))}"
        else:
            reason = _differs(block, sight, n, anchor is not None)
        unmeasured.append(Unmeasured(entry.key, entry.title, reason))
    if rough := next((block for block in good.values() if block.rough), None):
        least = f"{FEW:,}" if (rough.features or 0) <= FEW else f"the extractor's {rough.features:,} features"
        notes += (
            f"The figures are rough, and marked ≈: one side has fewer images than {least} "
            f"({behind(rough.n, rough.sight.n)}). The spread over sampling seeds does not hold the error of few real "
            "images, so no ± is shown.",
        )
    if anchor:
        notes += anchor.notes
        if anchor.n != n:
            notes += (f"The anchors were measured with n = {anchor.n:,}: fewer images make a distance larger.",)
    elif good:
        notes += (f"There are no anchors for {distance_name(name)} (python -m train reference makes them).",)
    return Comparable(sight, n, tuple(names), good, metrics, anchor, tuple(unmeasured), list(notes))


def _most(values: Iterable):
    """The most frequent one, the first of several; None of none."""
    found = Counter(values).most_common(1)
    return found[0][0] if found else None


def _odd(title: str, metrics: Metrics, block: Block) -> tuple[str, ...]:
    notes = []
    if block.odd:
        verb = "is no number" if len(block.odd) == 1 else "are no numbers"
        notes.append(f"{title}: {', '.join(block.odd[:5])} in metrics.json {verb} and left out.")
    notes += [f"{title}: the figures of {name} cannot be used: {why}." for name, why in metrics.damaged.items()]
    return tuple(notes)


def _differs(block: Block, sight: Sight, n: int, anchored: bool) -> str:
    """Why a block cannot stand in a table."""
    others = "the anchors" if anchored else "the others"
    mine, again = block.sight, "(python -m train evaluate anew)"
    if mine.extractor_hash != sight.extractor_hash:
        return f"measured with another {mine.extractor} ({mine.extractor_hash}) than {others} {again}"
    if mine != sight:
        return f"measured against other real images ({mine.dataset}, {mine.split}, {mine.n:,}) than {others} {again}"
    return f"measured with n = {block.n:,}, the others with {n:,}"


# Answers ----------------------------------------------------------------------------------------------------


def leaderboard(
    files: Files, entries: Sequence[Entry], dataset: str, title: str, extractor: str | None = None
) -> Leaderboard:
    """See `Zoo.leaderboard`; entries: those of the data set."""
    table = comparable(files, entries, dataset, extractor)
    rows, gains = [], []
    for entry in entries:
        if entry.key in table.blocks:
            metrics = table.metrics[entry.key]
            values, spreads = _shown(table.blocks[entry.key])
            mine = _gains(entry, metrics.augment)
            gains += [*mine, *_gains(entry, metrics.augment, "scratch")]
            for part in (_cas(metrics.augment), {f"gain_{one.real}": (one.gain, one.spread) for one in mine}):
                values |= {name: mean for name, (mean, _) in part.items()}
                spreads |= {name: spread for name, (_, spread) in part.items()}
            values |= _cost(entry, metrics)
            rows.append(Row(entry.key, entry.title, entry.recipe.year or None, False, values, spreads))
    rows.sort(key=lambda row: row.values["fd"])
    anchors = [
        Row(name, words, None, True, *_shown(block))
        for name, words, block in (table.anchors.rows if table.anchors else ())
    ]
    sight = table.sight
    shown = columns.shown(
        sight.extractor if sight else "",
        [row.values for row in rows + anchors],
        sorted({one.real for one in gains if not one.scratch}),
        {name for block in table.blocks.values() if block.rough for name in block.figures},
    )
    return Leaderboard(
        dataset,
        title,
        _extractor(sight),
        {"dataset": sight.dataset, "split": sight.split, "n": sight.n, "hash": sight.reference_hash} if sight else None,
        table.n,
        table.extractors,
        shown,
        tuple(_cut(row, shown) for row in rows),
        tuple(_cut(row, shown) for row in anchors),
        {cost: front(rows, cost) for cost in COSTS},
        tuple(gains),
        table.unmeasured,
        tuple(table.notes),
    )


def front(rows: Sequence[Row], cost: str) -> tuple[str, ...]:
    """Keys of the rows that no other beats: none is as good in distance and cost, and better in one. Cheapest first."""
    points = sorted(
        (row.values[cost], row.values["fd"], row.key)
        for row in rows
        if row.values.get(cost) is not None and row.values.get("fd") is not None
    )
    kept: list[tuple] = []
    for point in points:
        if not kept or point[1] < kept[-1][1] or point[:2] == kept[-1][:2]:
            kept.append(point)
    return tuple(key for *_, key in kept)


def shares(files: Files, entries: Sequence[Entry], dataset: str, title: str, extractor: str | None = None) -> Shares:
    """See `Zoo.shares`; entries: those of the data set."""
    table = comparable(files, entries, dataset, extractor)
    seen = {key: block for key, block in table.blocks.items() if block.class_shares}
    anchors = table.anchors.rows if table.anchors else ()
    real = next((block for name, _, block in anchors if name == "train" and block.class_shares), None)
    names = real.class_names if real else _most(block.class_names for block in seen.values()) or ()
    notes = [f"{item.title}: {item.reason}." for item in table.unmeasured]
    rows = []
    for entry in entries:
        if entry.key not in table.blocks:
            continue
        block = table.blocks[entry.key]
        if block.class_shares and block.class_names == names:
            rows.append((entry.key, entry.title, block.class_shares))
        else:
            notes.append(f"{entry.title}: no shares of the same classes were measured.")
    if rows and not real:
        notes.append("How often the classes come in the real images is not known: an even share stands for it.")
    return Shares(
        dataset,
        title,
        _extractor(table.sight),
        table.n,
        names,
        real.class_shares if real else None,
        tuple(rows),
        tuple(notes),
    )


def curves(files: Files, entry: Entry) -> Curves:
    """See `Zoo.curves`."""
    points, notes = files.curve(entry.folder)
    names = list(dict.fromkeys(k for p in points for k, v in p.items() if k != "images" and finite(v) is not None))
    series: dict[str, list] = {"images": [point["images"] for point in points]}
    series |= {name[:40]: [finite(point.get(name)) for point in points] for name in names[:20]}
    taken = [point.get("shares") if is_histogram(point.get("shares")) else None for point in points]
    k = _most(len(one) for one in taken if one) or 0
    taken = [one if one and len(one) == k else None for one in taken]

    about = entry.provenance.get("eval")
    about = about if isinstance(about, dict) else {}
    who, n, real = about.get("extractor"), whole(about.get("n")), whole(about.get("reference"))
    who = {k: who.get(k) for k in ("name", "hash")} if isinstance(who, dict) else {}
    known = all(is_name(value) for value in who.values()) and bool(who)
    distance = distance_name(who["name"]) if known else "FD"
    return Curves(
        entry.key,
        entry.title,
        series,
        f"{distance}, {behind(n, real) if real else f'n = {n:,}'}" if n else distance,
        who if known else None,
        n,
        _class_names(files, entry, who.get("name"), k),
        taken if k else [],
        notes,
    )


def _class_names(files: Files, entry: Entry, extractor: Any, k: int) -> tuple[str, ...]:
    """Names of the k classes that an extractor knows; numbers where nobody says."""
    blocks = [b for a in files.anchors(entry.dataset)[0] for *_, b in a.rows]
    blocks += files.metrics(entry.folder).blocks.values()
    named = [b.class_names for b in blocks if b.sight.extractor == extractor]
    return next((names for names in [*named, entry.classes] if len(names) == k), tuple(map(str, range(k))))


def headline(files: Files, entry: Entry) -> str | None:
    """The distance on one line, None where nothing holds: "FD-mnist-cnn 12.3 ± 0.2 (floor 0.86, n = 10,000 against
    10,000 real)", and with "≈ 12" and "too few" where it is a rough one."""
    block, floor = _headline(files, entry)
    if block is None:
        return None
    about = [f"floor {figure_text(floor, digits=2)}"] if floor is not None else []
    about += [behind(block.n, block.sight.n), *["too few"] * block.rough]
    return f"{distance_name(block.sight.extractor)} {distance_text(block)} ({', '.join(about)})"


def distance(files: Files, entry: Entry) -> dict[str, Any] | None:
    """What `headline` says, in parts: "name", "extractor", "value", "floor" (None where it is not known), "real" (how
    many real images are behind it), "rough"."""
    block, floor = _headline(files, entry)
    if block is None:
        return None
    who = block.sight.extractor
    told = {"name": distance_name(who), "extractor": who, "value": block.figures["fd"].mean, "floor": floor}
    return {**told, "real": block.sight.n, "rough": block.rough}


def _headline(files: Files, entry: Entry) -> tuple[Block | None, float | None]:
    """The figures that stand for a checkpoint, and the distance of real training images beside them."""
    blocks = files.metrics(entry.folder).blocks
    if not blocks:
        return None, None
    anchors, _ = files.anchors(entry.dataset)
    block, anchor = next(
        ((b, a) for a in anchors for b in blocks.values() if b.sight == a.sight),
        (blocks[min(blocks)], None),
    )
    floor = next((b for name, _, b in anchor.rows if name == "train"), None) if anchor else None
    return block, floor.figures["fd"].mean if floor else None


# Parts of a row ---------------------------------------------------------------------------------------------


def _extractor(sight: Sight | None) -> dict[str, str] | None:
    return {"name": sight.extractor, "hash": sight.extractor_hash} if sight else None


def _cut(row: Row, shown: Sequence[Column]) -> Row:
    """The row with a value, None at least, for each of the columns and for nothing else."""
    names = [column.name for column in shown]
    return replace(
        row,
        values={name: row.values.get(name) for name in names},
        spreads={name: row.spreads[name] for name in names if name in row.spreads},
    )


def figures_of(block: Block) -> tuple[dict, dict]:
    """(values, spreads) in the units of the columns."""
    values, spreads = {"n": block.n, "seeds": block.seeds}, {}
    for name, one in block.figures.items():
        scale = 100 if name in PERCENT else 1
        values[name], spreads[name] = scale * one.mean, scale * one.spread
    return values, spreads


def _shown(block: Block) -> tuple[dict, dict]:
    """`figures_of`, without the spreads of a rough figure."""
    values, spreads = figures_of(block)
    return values, {} if block.rough else spreads


def _cas(augment: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    """CAS in %, and that of real images: {column: (mean, spread)}."""
    cas = augment.get("cas")
    figures = {"cas": figure(cas), "cas_real": figure(cas.get("real")) if isinstance(cas, dict) else None}
    return {name: (100 * one.mean, 100 * one.spread) for name, one in figures.items() if one}


def _gains(entry: Entry, augment: Mapping[str, Any], name: str = "gain") -> list[Augmentation]:
    """The whole ones of these rows, fewest real images first. name: "gain", or "scratch" for `Augmentation.scratch`."""
    rows, made = augment.get(name), {}
    for row in rows[:20] if isinstance(rows, list) else ():
        if not isinstance(row, dict):
            continue
        real, generated = whole(row.get("real")), whole(row.get("generated"))
        figures = [figure(row.get(part)) for part in ("without", "with", "gain")]
        if not real or generated is None or not all(figures):
            continue
        without, with_generated, change = figures
        made[real] = Augmentation(
            key=entry.key,
            title=entry.title,
            real=real,
            generated=generated,
            without=100 * without.mean,
            with_generated=100 * with_generated.mean,
            gain=100 * change.mean,
            spread=100 * change.spread,
            generator_saw=whole(row.get("generator_saw", augment.get("generator_saw"))),
            scratch=name == "scratch",
        )
    return [made[real] for real in sorted(made)]


def _cost(entry: Entry, metrics: Metrics) -> dict[str, Any]:
    """What training and drawing cost; what metrics.json does not say is taken from the checkpoint itself."""
    about, cost, recipe = entry.provenance, metrics.cost, entry.recipe
    parameters = about.get("parameters")
    parameters = parameters.get("generator") if isinstance(parameters, dict) else None
    images = _first(cost.get("images"), about.get("images"))
    step = recipe.batch * recipe.critic_steps
    device = next((d for d in (cost.get("training_device"), about.get("device")) if isinstance(d, str) and d), None)
    return {
        "parameters": _first(cost.get("parameters"), parameters),
        "images": images,
        "steps": None if images is None or not step else int(images // step),
        "seconds": _first(cost.get("training_seconds"), about.get("seconds")),
        "device": device and line(device)[:60],
        "seconds_per_1000": _first(cost.get("seconds_per_1000")),
        "peak_memory_mb": _first(cost.get("peak_memory_mb")),
        "training_seeds": metrics.training_seeds,
    }


def _first(*values: Any) -> float | int | None:
    """The first that is a number from 0."""
    return next((v for v in values if finite(v, 0) is not None), None)
