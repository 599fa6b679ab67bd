"""What was measured, as tables: leaderboard, class shares, training curves. Numbers and text out; no torch, no UI.

Figures of different extractors, references or numbers of images never stand in one table. What front ends get is plain
JSON after `dataclasses.asdict`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from demo.zoo import columns, undrawn, yardsticks
from demo.zoo.columns import Column
from demo.zoo.comparable import Unmeasured, comparable, figures_of, most_frequent
from demo.zoo.costs import COSTS, cost, front
from demo.zoo.figures import Block, Sight, finite, is_histogram, is_name, whole
from demo.zoo.files import Files
from demo.zoo.gains import Augmentation, cas, gains
from demo.zoo.words import dataset_title
from demo.zoo.yardsticks import Order
from gan_models.metrics.names import behind, distance_name

if TYPE_CHECKING:
    from demo.zoo.entries import Entry
    from demo.zoo.zoo import Zoo


# What front ends get ----------------------------------------------------------------------------------------


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
    told: bool = False
    """Whether it is told the class to draw, which makes its shares of the classes right without learning: it is ranked
    separately"""


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
    """The columns for which some row has a value"""
    rows: tuple[Row, ...]
    """By distance, lowest first"""
    anchors: tuple[Row, ...]
    """In the order in which a sound distance ranks them: the floor first"""
    fronts: dict[str, tuple[str, ...]]
    """{cost: keys of the `ranked` rows that no other beats in both distance and that cost}, cheapest first; of COSTS.
    A row that is worse than real images with added noise is on no front"""
    augmentation: tuple[Augmentation, ...]
    """Per variant, by number of real images; those of `scratch` last"""
    orders: tuple[Order, ...]
    """Where other measures of the same pictures put the rows in another order"""
    unmeasured: tuple[Unmeasured, ...]
    notes: tuple[str, ...]
    """A sentence on each thing that is damaged, missing or odd"""

    def column(self, name: str) -> Column:
        """The column of a name; KeyError where there is none."""
        return {column.name: column for column in self.columns}[name]

    def front(self, cost: str) -> tuple[str, ...]:
        """`fronts[cost]` without the rows whose cost is not known, or 0: what a logarithmic axis can show."""
        return front([row for row in self.ranked if row.values.get(cost)], cost, self._noise)

    @property
    def ranked(self) -> tuple[Row, ...]:
        """The rows that are told no class, best first; all where every one is told."""
        return tuple(row for row in self.rows if not row.told) or self.rows

    @property
    def apart(self) -> tuple[Row, ...]:
        """The rows that are told the class, where there are others too."""
        return tuple(row for row in self.rows if row not in self.ranked)

    @property
    def _noise(self) -> float | None:
        return next((row.values["fd"] for row in self.anchors if row.key == "noise"), None)

    @property
    def floor(self) -> Row | None:
        """The distance of real training images, measured as if they were generated: no generator can be expected to get
        below it."""
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
    """"images" first, rising; then what was recorded at that time ("d_loss", ..., "fd"), None where it was not"""
    distance: str
    """What "fd" is: "FD-mnist-cnn, n = 2,000". Not for the leaderboard: too few images"""
    extractor: dict[str, str] | None
    """{"name", "hash"} of the extractor that measured "fd" and the shares"""
    n: int | None
    class_names: tuple[str, ...]
    shares: list[list[float] | None]
    """Share of each class at each of the images, None where it was not taken; [] where it never was"""
    notes: tuple[str, ...]


# Questions --------------------------------------------------------------------------------------------------


def leaderboard(zoo: Zoo, dataset: str, extractor: str | None = None) -> Leaderboard:
    """The measured variants of a data set beside anchors and costs; those without figures with the reason.

    extractor: a name out of `Leaderboard.extractors`; None takes the data set's own. All figures are of one
    extractor, one reference and one n.

    ValueError: an unknown data set, or an extractor that measured nothing of it.
    """
    title = dataset_title(dataset)
    return zoo.over(zoo.of(dataset), lambda some: _leaderboard(zoo.files, some, dataset, title, extractor))


def shares(zoo: Zoo, dataset: str, extractor: str | None = None) -> Shares:
    """Share of each class among the generated images, per variant; arguments and errors as in `leaderboard`."""
    title = dataset_title(dataset)
    return zoo.over(zoo.of(dataset), lambda some: _shares(zoo.files, some, dataset, title, extractor))


def curves(zoo: Zoo, key: str) -> Curves:
    """The training curve of a checkpoint; damaged lines are left out. ValueError: as `entry`."""
    entry = zoo.entry(key)
    return zoo.over([entry], lambda _: _curves(zoo.files, entry))


# Tables -----------------------------------------------------------------------------------------------------


def _leaderboard(
    files: Files, entries: Sequence[Entry], dataset: str, title: str, extractor: str | None = None
) -> Leaderboard:
    """See `leaderboard`; entries: those of the data set."""
    table = comparable(files, entries, dataset, extractor)
    rows, worth = [], []
    others = yardsticks.comparable(files, {entry.key: table.metrics[entry.key] for entry in entries}, dataset)
    for entry in entries:
        if entry.key in table.blocks:
            metrics = table.metrics[entry.key]
            values, spreads = _shown(table.blocks[entry.key])
            mine = gains(entry, metrics.augment)
            worth += [*mine, *gains(entry, metrics.augment, "scratch")]
            added = {f"gain_{one.real}": (one.gain, one.spread) for one in mine}
            for part in (cas(metrics.augment), added, others.of(entry.key)):
                values |= {name: mean for name, (mean, _) in part.items()}
                spreads |= {name: spread for name, (_, spread) in part.items()}
            values |= cost(entry, metrics) | undrawn.column(metrics)
            told = entry.recipe.conditional
            rows.append(Row(entry.key, entry.title, entry.recipe.year or None, False, values, spreads, told))
    rows.sort(key=lambda row: row.values["fd"])
    anchors = []
    for name, words, block in table.anchors.rows if table.anchors else ():
        values, spreads = _shown(block)
        beside = others.anchors.get(name, {})
        values |= {measure: one.mean for measure, one in beside.items()}
        spreads |= {measure: one.spread for measure, one in beside.items()}
        anchors.append(Row(name, words, None, True, values, spreads))
    sight = table.sight
    shown = columns.shown(
        sight.extractor if sight else "",
        [row.values for row in rows + anchors],
        sorted({one.real for one in worth if not one.scratch}),
        {name for block in table.blocks.values() if block.rough for name in block.figures},
        others.titles,
    )
    made = Leaderboard(
        dataset,
        title,
        _extractor(sight),
        {"dataset": sight.dataset, "split": sight.split, "n": sight.n, "hash": sight.reference_hash} if sight else None,
        table.n,
        table.extractors,
        shown,
        tuple(_cut(row, shown) for row in rows),
        tuple(_cut(row, shown) for row in anchors),
        {},
        tuple(worth),
        yardsticks.orders(rows, shown),
        table.unmeasured,
        (*table.notes, *others.notes),
    )
    return replace(made, fronts={one: front(made.ranked, one, made._noise) for one in COSTS})


def _shares(files: Files, entries: Sequence[Entry], dataset: str, title: str, extractor: str | None = None) -> Shares:
    """See `shares`; entries: those of the data set."""
    table = comparable(files, entries, dataset, extractor)
    seen = {key: block for key, block in table.blocks.items() if block.class_shares}
    anchors = table.anchors.rows if table.anchors else ()
    real = next((block for name, _, block in anchors if name == "train" and block.class_shares), None)
    names = real.class_names if real else most_frequent(block.class_names for block in seen.values()) or ()
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
        notes.append("How often each class occurs in the real images is not known: equal shares are assumed.")
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


def _curves(files: Files, entry: Entry) -> Curves:
    """See `curves`."""
    points, notes = files.curve(entry.folder)
    names = list(dict.fromkeys(k for p in points for k, v in p.items() if k != "images" and finite(v) is not None))
    series: dict[str, list] = {"images": [point["images"] for point in points]}
    series |= {name[:40]: [finite(point.get(name)) for point in points] for name in names[:20]}
    taken = [point.get("shares") if is_histogram(point.get("shares")) else None for point in points]
    k = most_frequent(len(one) for one in taken if one) or 0
    taken = [one if one and len(one) == k else None for one in taken]

    distance, who, n = watcher(entry)
    return Curves(
        entry.key,
        entry.title,
        series,
        distance,
        who,
        n,
        _class_names(files, entry, who and who["name"], k),
        taken if k else [],
        notes,
    )


def watcher(entry: Entry) -> tuple[str, dict[str, str] | None, int | None]:
    """With what a training was measured along the way: (`Curves.distance`, `Curves.extractor`, `Curves.n`)."""
    about = entry.provenance.get("eval")
    about = about if isinstance(about, dict) else {}
    who, n, real = about.get("extractor"), whole(about.get("n")), whole(about.get("reference"))
    who = {k: who.get(k) for k in ("name", "hash")} if isinstance(who, dict) else {}
    known = all(is_name(value) for value in who.values()) and bool(who)
    distance = distance_name(who["name"]) if known else "FD"
    said = f"{distance}, {behind(n, real) if real else f'n = {n:,}'}" if n else distance
    return said, who if known else None, n


def _class_names(files: Files, entry: Entry, extractor: Any, k: int) -> tuple[str, ...]:
    """Names of the k classes that an extractor knows; numbers where nobody says."""
    blocks = [b for a in files.anchors(entry.dataset)[0] for *_, b in a.rows]
    blocks += files.metrics(entry.folder).blocks.values()
    named = [b.class_names for b in blocks if b.sight.extractor == extractor]
    return next((names for names in [*named, entry.classes] if len(names) == k), tuple(map(str, range(k))))


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


def _shown(block: Block) -> tuple[dict, dict]:
    """`figures_of`, without the spreads of a rough figure."""
    values, spreads = figures_of(block)
    return values, {} if block.rough else spreads
