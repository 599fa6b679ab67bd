"""What the page Leaderboard answers to programs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Literal

from demo.page.answers import File, answer
from demo.zoo import equal, exports, ranks
from demo.zoo import leaderboard as board

if TYPE_CHECKING:
    from demo.zoo.zoo import Zoo


@answer("read")
def leaderboard(zoo: Zoo, dataset: str, extractor: str | None = None) -> dict:
    """The measured variants of a data set, best first, with anchors and costs. Reads recorded figures only.

    Parameters:
        dataset: a name from the catalog, such as "mnist".
        extractor: the network that looked at the pictures, out of "extractors"; null takes the data set's own.
    Returns:
        "rows", "anchors": "values" by column, in its unit, null where not measured; "spreads" over sampling seeds;
        "told": whether it is told the class to draw, and ranked separately.
        "columns": "name", "title", "unit", "better" ("lower", "higher" or null), "help" of each.
        "extractor", "reference", "n": whose features, which real pictures, how many generated ones.
        "fronts": for each cost, the keys on its Pareto front: no other variant is both better and cheaper. Variants
        that are told the class, or are worse than real images with added noise, are on no front.
        "orders": where other measures of the same pictures put the variants in another order.
        "augmentation": what the pictures add to a classifier's accuracy.
        "unmeasured": the variants without figures, with the "reason".
        "notes": a sentence on each thing that is damaged or missing.
    """
    return asdict(board.leaderboard(zoo, dataset, extractor))


@answer("read")
def curves(zoo: Zoo, variant: str, points: int | None = None) -> dict:
    """The training curve of one checkpoint, as columns of equal length.

    Parameters:
        variant: its key from the catalog.
        points: about how many points of the curve to return, evenly over the training; null: all, at most 500.
    Returns:
        "columns": "images" (real images shown so far) and what was recorded then, null where nothing was.
        "distance", "extractor", "n": what the column "fd" is, where there is one.
        "class_names", "shares": share of each class at each of the images; [] where it was not recorded.
        "notes": a sentence on each thing that is damaged.
    """
    made = board.curves(zoo, variant)
    if points is not None:
        if points < 2:
            raise ValueError(f"A curve has two points or more, not {points}.")
        kept = spread(len(made.columns["images"]), points)
        made = replace(
            made,
            columns={name: [values[i] for i in kept] for name, values in made.columns.items()},
            shares=[made.shares[i] for i in kept] if made.shares else made.shares,
        )
    return asdict(made)


def spread(n: int, points: int) -> Iterable[int]:
    """At most `points` places out of n, evenly, the first and the last among them."""
    return sorted({round(i * (n - 1) / (points - 1)) for i in range(points)}) if n > points else range(n)


@answer("read")
def class_shares(zoo: Zoo, dataset: str, extractor: str | None = None) -> dict:
    """Share of each class among the generated pictures of each variant: which classes it forgot.

    Parameters:
        dataset: a name from the catalog, such as "mnist".
        extractor: the network that recognised the classes, out of the leaderboard's "extractors"; null takes its own.
    Returns:
        "class_names", "reference" (the shares of the real pictures, null where not known).
        "rows": "key", "title", "shares" of each variant, means over sampling seeds.
        "extractor", "n", "notes".
    """
    made = asdict(board.shares(zoo, dataset, extractor))
    rows = [dict(zip(("key", "title", "shares"), row, strict=True)) for row in made["rows"]]
    return {**made, "rows": rows}


@answer("read")
def equal_budget(zoo: Zoo, dataset: str, images: int | None = None) -> dict:
    """The distance of each variant after the same number of real images, as measured along its training.

    Parameters:
        dataset: a name from the catalog, such as "mnist".
        images: a number of images, best one of "choices"; null takes the largest that most variants share.
    Returns:
        "rows": "key", "title", "told" (whether it is told the class), "images" (within 2 % of the budget), "distance";
        best first.
        "distance": what the distance is. "missing": the variants that were not measured there, with the "reason".
    """
    return asdict(equal.equal(zoo, [entry.key for entry in zoo.of(dataset)], images))


@answer("read")
def training_seeds(zoo: Zoo, dataset: str) -> dict:
    """Places of the variants over several trainings of each, with ties.

    Parameters:
        dataset: a name from the catalog, such as "mnist".
    Returns:
        "rows": "values" by training seed, "mean", "spread" over trainings, "place", "ties"; [] without a record.
        "distance", "images", "seeds": what was measured, the images of each training, their seeds.
        "sentence": what the places are based on. "notes": a sentence on each thing that is damaged.
    """
    return asdict(ranks.ranks(zoo, dataset))


@answer("read")
def table(
    zoo: Zoo,
    dataset: str,
    name: Literal[
        "leaderboard", "class_shares", "curves", "equal_budget", "training_seeds", "published", "ablation"
    ] = "leaderboard",
    kind: Literal["csv", "json"] = "csv",
) -> dict:
    """A table of the measuring pages as a file, with every digit.

    Parameters:
        dataset: a name from the catalog, such as "mnist".
        name: name of the table; "leaderboard" holds the whole recipe of each variant.
        kind: "csv" for a spreadsheet, "json" for a program.
    Returns:
        "file".
    """
    return {"file": File(f"{dataset}-{name}.{kind}", exports.table(zoo, dataset, name, kind))}
