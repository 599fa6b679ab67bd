"""Every table of the measuring pages as rows, for a spreadsheet (CSV) or a program (JSON). No torch, no UI."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from demo.zoo import ablation, equal, leaderboard, published, ranks

if TYPE_CHECKING:
    from demo.zoo.zoo import Zoo

Rows = list[dict[str, Any]]
"""Of a table: names -> numbers and texts, or a dictionary (the recipe)"""


def figures(zoo: Zoo, dataset: str) -> Rows:
    """The leaderboard: variants and anchors, every figure with its spread over the sampling seeds, and the whole recipe
    of each variant."""
    table = leaderboard.leaderboard(zoo, dataset)
    about = {"extractor": table.extractor and table.extractor["name"], "n": table.n}
    return [
        {
            "key": row.key,
            "title": row.title,
            "year": row.year,
            "kind": "anchor" if row.anchor else "variant",
            "told_the_class": row.told,
            **about,
            **{name: part for c in table.columns for name, part in _with_spread(row, c.name).items()},
            **({} if row.anchor else {"recipe": zoo.entry(row.key).recipe.to_json()}),
        }
        for row in (*table.rows, *table.anchors)
    ]


def shares(zoo: Zoo, dataset: str) -> Rows:
    """Share of each class among the generated images of each variant, 0 to 1, and in the real ones."""
    found = leaderboard.shares(zoo, dataset)
    real = [("", "Real images", found.reference)] if found.reference else []
    return [
        {"key": key, "title": title, **dict(zip(found.class_names, some, strict=True))}
        for key, title, some in (*real, *found.rows)
    ]


def curves(zoo: Zoo, dataset: str) -> Rows:
    """What was recorded during the training of each variant: a row per variant and moment."""
    made = []
    for entry in zoo.of(dataset):
        curve = leaderboard.curves(zoo, entry.key)
        for k, images in enumerate(curve.columns["images"]):
            point = {name: values[k] for name, values in curve.columns.items() if values[k] is not None}
            taken = curve.shares[k] if curve.shares else None
            some = {f"share_{c}": v for c, v in zip(curve.class_names, taken, strict=True)} if taken else {}
            made.append({"key": curve.key, "title": curve.title, "images": images, **point, **some})
    return made


def budget(zoo: Zoo, dataset: str) -> Rows:
    """The distance of each variant at every number of images at which most of them were measured."""
    keys = [entry.key for entry in zoo.of(dataset)]
    found = [equal.equal(zoo, keys, images) for images in equal.equal(zoo, keys).choices]
    return [{"budget": one.images, "distance_name": one.distance, **asdict(row)} for one in found for row in one.rows]


def trainings(zoo: Zoo, dataset: str) -> Rows:
    """The distance of each variant at each training seed, with its place."""
    found = ranks.ranks(zoo, dataset)
    return [
        {
            "variant": row.variant, "title": row.title, "told_the_class": row.told, "distance_name": found.distance,
            "images": found.images, "mean": row.mean, "spread": row.spread, "place": row.place,
            "ties": "; ".join(row.ties), **{f"training_{k}": value for k, value in enumerate(row.values)},
        }
        for row in found.rows
    ]  # fmt: skip


def others(zoo: Zoo, dataset: str) -> Rows:
    """Figures that other people published."""
    zoo.of(dataset)
    return [asdict(row) for row in published.published(dataset).rows]


def tricks(zoo: Zoo, dataset: str) -> Rows:
    """What each trick did, of every family: a row per variant, figure and training seed."""
    made = []
    for parent, title in ablation.families(zoo, dataset):
        found = ablation.ablation(zoo, dataset, parent)
        for trick in found.tricks:
            for effect in trick.effects:
                images = found.sources[trick.source].images
                head = {
                    "parent": parent, "parent_title": title, "variant": trick.variant, "title": trick.title,
                    "changes": "; ".join(trick.changes), "images": images, "figure": effect.figure,
                    "verdict": effect.verdict, "hint": effect.hint, "needed": effect.spread,
                }  # fmt: skip
                values = zip(effect.seeds, effect.parent, effect.child, effect.differences, strict=True)
                for seed, before, after, difference in values:
                    made.append({**head, "seed": seed, "before": before, "after": after, "difference": difference})
    return made


TABLES: dict[str, Callable[[Zoo, str], Rows]] = {
    "leaderboard": figures, "class_shares": shares, "curves": curves, "equal_budget": budget,
    "training_seeds": trainings, "published": others, "ablation": tricks,
}  # fmt: skip
TITLES = {
    "leaderboard": "Leaderboard, with recipes", "class_shares": "Class shares", "curves": "Training curves",
    "equal_budget": "Same number of images", "training_seeds": "Training seeds", "published": "Published figures",
    "ablation": "Ablation",
}  # fmt: skip


def table(zoo: Zoo, dataset: str, name: str, kind: str) -> bytes:
    """A table as a file; kind: "csv" or "json". ValueError: another table or kind, an unknown data set, or a table
    without rows."""
    if name not in TABLES or kind not in ("csv", "json"):
        raise ValueError(f"There are the tables {', '.join(TABLES)}, as csv or json; not {name!r} as {kind!r}.")
    rows = TABLES[name](zoo, dataset)
    if not rows:
        raise ValueError(f"The table “{TITLES[name]}” of this data set has no rows yet.")
    return as_csv(rows) if kind == "csv" else as_json(rows)


def as_json(rows: Rows) -> bytes:
    return (json.dumps(rows, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def as_csv(rows: Rows) -> bytes:
    """The first line has the names of all columns in any row. A dictionary becomes a column for each of its entries
    ("recipe.loss"); deeper values are written as JSON. An empty cell is a value that is not known."""
    flat = [_flat(row) for row in rows]
    out = io.StringIO()
    writer = csv.DictWriter(out, list(dict.fromkeys(name for row in flat for name in row)))
    writer.writeheader()
    writer.writerows(flat)
    return out.getvalue().encode()


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in row.items():
        parts = {f"{name}.{k}": v for k, v in value.items()} if isinstance(value, dict) else {name: value}
        made |= {_text(k): _cell(v) for k, v in parts.items()}
    return made


def _cell(value: Any) -> Any:
    return _text(json.dumps(value) if isinstance(value, dict | list | tuple) else value)


def _text(value: Any) -> Any:
    """The text in a form that no spreadsheet reads as a formula, since anyone may write a title."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def _with_spread(row: leaderboard.Row, name: str) -> dict[str, Any]:
    spread: Sequence = [row.spreads[name]] if name in row.spreads else []
    return {name: row.values[name], **{f"{name}_spread": one for one in spread}}
