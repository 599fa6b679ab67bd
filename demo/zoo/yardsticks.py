"""Measures of the same pictures other than the distance of the table: which figures can be compared, and where two
measures rank variants differently. Numbers and text out; no torch.

metrics.json holds them under "yardsticks" (train evaluate), and yardsticks.json beside the checkpoints those of the
anchors (train yardsticks). `gan_models.metrics.yardsticks` says what each of them measures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from demo.zoo.effects import listed
from demo.zoo.figures import Figure, Sight, figure, is_name, whole
from gan_models.metrics.names import distance_name, figure_text
from gan_models.metrics.orders import agreement

if TYPE_CHECKING:
    from demo.zoo.columns import Column
    from demo.zoo.files import Files, Metrics
    from demo.zoo.leaderboard import Row

NAMES = ("class_balanced", "label_free", "sliced_wasserstein")
PIXELS = "pixels"
"""In place of the extractor's name, if no network is used"""
MOST_NAMED = 3
"""Number of pairs in another order that are listed, those that are widest apart"""


@dataclass(frozen=True)
class Yardstick:
    """One figure of one set of pictures, checked."""

    sight: Sight
    n: int
    figure: Figure


def parse(content: Any) -> dict[str, Yardstick]:
    """The measures of NAMES in metrics.json's "yardsticks" that are complete."""
    found = {}
    for name in NAMES:
        one = content.get(name) if isinstance(content, dict) else None
        sight, n = sight_of(one), whole(one.get("n")) if isinstance(one, dict) else None
        value = figure(one.get("figure")) if isinstance(one, dict) else None
        if sight and n and value:
            found[name] = Yardstick(sight, n, value)
    return found


def parse_anchors(content: Any) -> tuple[dict[str, Sight], dict[str, dict[str, Figure]]]:
    """({measure: extractor and reference}, {anchor: {measure: figure}}) of a yardsticks.json; damaged items are left
    out."""
    heads = content.get("measures") if isinstance(content, dict) else None
    rows = content.get("rows") if isinstance(content, dict) else None
    sights = {name: sight_of(heads.get(name)) for name in NAMES} if isinstance(heads, dict) else {}
    sights = {name: sight for name, sight in sights.items() if sight}
    anchors: dict[str, dict[str, Figure]] = {}
    for row in rows[:20] if isinstance(rows, list) else ():
        figures = row.get("figures") if isinstance(row, dict) else None
        if isinstance(figures, dict) and isinstance(row.get("name"), str):
            read = {name: figure(figures.get(name)) for name in sights}
            anchors[row["name"]] = {name: one for name, one in read.items() if one}
    return sights, anchors


def sight_of(head: Any) -> Sight | None:
    """The extractor and the reference; None if they are missing or odd."""
    if not isinstance(head, dict) or not isinstance(head.get("reference"), dict):
        return None
    who, real = head.get("extractor"), head["reference"]
    who = {"name": PIXELS, "hash": PIXELS} if who is None else who
    names = [who.get("name"), who.get("hash")] if isinstance(who, dict) else [None]
    names += [real.get("dataset"), real.get("split"), real.get("hash")]
    n = whole(real.get("n"))
    return Sight(names[0], names[1], names[2], names[3], n, names[4]) if n and all(map(is_name, names)) else None


# Beside each other ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Others:
    """The figures of a data set by other measures, each measure of one sight and one n."""

    figures: dict[str, dict[str, Figure]]
    """Measure -> key -> figure"""
    anchors: dict[str, dict[str, Figure]]
    """Anchor -> measure -> figure"""
    titles: dict[str, str]
    """Measure -> its column's title"""
    notes: tuple[str, ...]

    def of(self, key: str) -> dict[str, Figure]:
        """Measure -> figure of a checkpoint."""
        return {name: some[key] for name, some in self.figures.items() if key in some}


def comparable(files: Files, metrics: Mapping[str, Metrics], dataset: str) -> Others:
    """The figures by other measures that may stand in one column each; metrics: of each checkpoint."""
    sights, anchors = files.yardsticks(dataset)
    figures: dict[str, dict[str, Figure]] = {}
    titles, notes = {}, []
    for name in NAMES:
        there = {key: one.yardsticks[name] for key, one in metrics.items() if name in one.yardsticks}
        known = Counter((one.sight, one.n) for one in there.values() if one.sight == sights.get(name, one.sight))
        if not known:
            continue
        (best, _), *_ = known.most_common(1)
        figures[name] = {key: one.figure for key, one in there.items() if (one.sight, one.n) == best}
        titles[name] = title(name, best[0].extractor)
        if left := len(there) - len(figures[name]):
            notes.append(
                f"{titles[name]}: {left} variant{'s' if left > 1 else ''} measured on other pictures or another number "
                "of them, and left out."
            )
    measured = [key for key, one in metrics.items() if one.blocks]
    lacking = [name for name in sights if len(figures.get(name, ())) < len(measured)]
    if lacking:
        known = min(len(figures.get(name, ())) for name in lacking)
        names = listed([titles.get(name) or title(name, sights[name].extractor) for name in lacking])
        notes.append(
            f"Of {len(measured)} variants {known or 'none'} {'was' if known < 2 else 'were'} measured by {names} so "
            "far: python -m train evaluate measures the rest."
        )
    return Others(figures, anchors if figures else {}, titles, tuple(notes))


def title(name: str, extractor: str) -> str:
    """What a measure is called: "Class-balanced FD", "Sliced Wasserstein"."""
    if name == "sliced_wasserstein":
        return "Sliced Wasserstein"
    return (
        f"{'Class-balanced' if name == 'class_balanced' else 'Label-free'} {distance_name(extractor).partition('-')[0]}"
    )


# Orders -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Order:
    """The order that the table's distance gives, beside that of another measure."""

    measure: str
    """Title of the other measure's column"""
    variants: int
    """Number of variants that were measured in both ways"""
    pairs: int
    """Pairs of these variants that are a tie by neither measure"""
    opposed: int
    """Pairs in opposite order"""
    sentence: str
    """How far the two agree"""
    examples: tuple[str, ...]
    """A sentence on each of the pairs that are widest apart"""


def orders(rows: Sequence[Row], shown: Sequence[Column]) -> tuple[Order, ...]:
    """Of the rows' distance and each other measure. Two values that differ by no more than their spread over the
    sampling seeds are a tie."""
    titles, made = {column.name: column.title for column in shown}, []
    for name in NAMES:
        both = {row.key: row for row in rows if row.values.get(name) is not None}
        if name not in titles or len(both) < 2:
            continue
        sides = [{key: row.values[one] for key, row in both.items()} for one in ("fd", name)]
        spreads = [{key: row.spreads.get(one, 0.0) for key, row in both.items()} for one in ("fd", name)]
        found = agreement(*sides, *spreads)
        examples = []
        for pair in found.disagreements[:MOST_NAMED]:
            first, second = both[pair.first], both[pair.second]
            told = [
                f"{figure_text(first.values[one])} against {figure_text(second.values[one])}" for one in ("fd", name)
            ]
            examples.append(
                f"{first.title} is better than {second.title} in {titles['fd']} ({told[0]}), but worse in "
                f"{titles[name]} ({told[1]})."
            )
        made.append(
            Order(titles[name], len(both), found.pairs, len(found.disagreements), found.sentence(), tuple(examples))
        )
    return tuple(made)
