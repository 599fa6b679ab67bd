"""Which figures may stand in one table: those of one extractor, one reference and one number of images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from demo.zoo.figures import Block, Sight
from demo.zoo.files import Anchors, Files, Metrics
from gan_models.metrics.names import FEW, behind, deficiency, distance_name

if TYPE_CHECKING:
    from demo.zoo.entries import Entry


PERCENT = (
    "smallest_share", "label_accuracy", "memorisation_pixels", "copies_pixels", "memorisation_features",
    "copies_features",
)  # fmt: skip
"""Figures that the files hold as 0 to 1 and the table shows in %"""


@dataclass(frozen=True)
class Unmeasured:
    """A variant without a row."""

    key: str
    title: str
    reason: str
    """"never measured", "measured on other weights ...": goes on after "Title: " """


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
    sight = anchor.sight if anchor else most_frequent(block.sight for block in theirs.values())
    good = {key: block for key, block in theirs.items() if block.sight == sight}
    n = most_frequent(block.n for block in good.values()) or (anchor.n if anchor else None)
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
            f"({behind(rough.n, rough.sight.n)}). The spread over sampling seeds does not include the error of few "
            "real images, so no ± is shown.",
        )
        notes += (told,) if (told := deficiency(rough.n, rough.sight.n, rough.features)) else ()
    if anchor:
        notes += anchor.notes
        if anchor.n != n:
            notes += (f"The anchors were measured with n = {anchor.n:,}: fewer images make a distance larger.",)
    elif good:
        notes += (f"There are no anchors for {distance_name(name)} (python -m train reference makes them).",)
    return Comparable(sight, n, tuple(names), good, metrics, anchor, tuple(unmeasured), list(notes))


def most_frequent(values: Iterable):
    """The most frequent value, the first one of several; None if there are no values."""
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


def figures_of(block: Block) -> tuple[dict, dict]:
    """(values, spreads) in the units of the columns."""
    values, spreads = {"n": block.n, "seeds": block.seeds}, {}
    for name, one in block.figures.items():
        scale = 100 if name in PERCENT else 1
        values[name], spreads[name] = scale * one.mean, scale * one.spread
    return values, spreads
