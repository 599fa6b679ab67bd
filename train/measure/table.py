"""Write checkpoints/README.md, the tables of the zoo, from the folders: `python -m train table`."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote

from gan_models.checkpoint import CheckpointError, read_recipe
from gan_models.disk import write_text
from gan_models.metrics import record
from gan_models.metrics.names import distance_name, kernel_name, percent
from gan_models.metrics.translation import table
from gan_models.recipe import AnyRecipe, Recipe, TranslatorRecipe

from .cost import cost

WRITTEN = "Written by `python -m train table`"
"""Stands in every file of this command, and so tells them from others of the same name"""
FARTHEST = 0.1
"""Target of the distance, as a fraction of the distance of real images of one class only"""
LABELS = {"mnist": 0.98, "fashion_mnist": 0.90}
"""Target of the label accuracy of conditional variants, by data set; other data sets have none"""
RAREST = 0.05
"""Target of the share of the rarest class"""
UNTARGETED = ("mlp",)
"""Networks without targets for distance and share: fully connected ones, which must even learn which pixels are
neighbours"""

HEAD = f"""# The zoo

Written by `python -m train table` from the folders.

## Which variant on which data

A variant in `train/` that is not here has no checkpoint yet.

{{coverage}}
## What each was trained on

Images: real images that D was shown. Cost: millions of
multiply-adds, for each of these images (all passes of G and D in a training step, forwards and backwards), and of G for
a picture that it draws; `python -m train cost` counts them. They are what a training costs on any machine; seconds
depend on what else the machine did. Size: of the generator's file. Distance: Fréchet, through the data set's own
extractor, of {{n}} generated pictures to the test images; the floor is that of as many real training images. The sign ≈
marks a rough figure, of too few images.

The targets: a distance of at most {FARTHEST:g} of that of real images of one class, and at least {percent(RAREST)} of
the pictures for each class (neither is asked of fully connected networks); of a conditional variant's pictures, the
extractor sees the class that was asked for in at least {{labels}}. A distance that real training
images would miss is no target, and classes count only if the extractor knows them: faces have neither target.

| data | variant | images | G steps | width | cost, an image | a picture | trained on | size | distance | below target |
|---|---|---:|---:|---:|---:|---:|---|---:|---:|---|
"""
MEASURED = """
## Measured on {dataset}

{n} generated pictures against {reference} {split} images, through `{extractor}` ({hash}), by
`python -m train evaluate`; {mean} over the sampling seeds, one training seed each. What the figures mean:
[docs/measuring.md](../docs/measuring.md). Below: real and spoilt real pictures, measured in the same way.{deficient}

| | {distance} | {kernel} | precision | recall | density | coverage | smallest class | label accuracy |
|---|---:|---:|---:|---:|---:|---:|---:|---:|
"""
TRANSLATORS = """
## Translators

They take a picture. Measured by `python -m train translation` on test pictures; what the figures mean:
[docs/translation.md](../docs/translation.md).
"""
MEAN = {False: "mean ± standard deviation", True: "mean, rough (≈) since the images are few,"}
FIGURES = ("fd", "kd", "precision", "recall", "density", "coverage", "smallest_share", "label_accuracy")


class Measured:
    """The anchors of a data set's folder, and the figures of its checkpoints that can be compared with them."""

    def __init__(self, folder: Path):
        path = folder / "anchors.json"
        self.anchors = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
        self.blocks: dict[str, dict] = {}
        """By folder name"""
        for one in sorted(folder.glob("*/metrics.json")) if self.anchors else ():
            content = record.read(one.parent)
            block = content["measured"].get(self.anchors["extractor"]["name"], {})
            same = all(block.get(key) == self.anchors[key] for key in ("extractor", "reference"))
            if same and record.current(one.parent, content):
                self.blocks[one.parent.name] = block

    @property
    def n(self) -> list[int]:
        """Numbers of generated images, per sampling seed."""
        return sorted({block["n"] for block in self.blocks.values()})

    @property
    def farthest(self) -> float:
        """Target of the distance; NaN if real training images would miss it: with few test images, or with classes so
        similar that one is near to all."""
        most = FARTHEST * self.anchor("one_class")
        return most if most > self.anchor("train") else math.nan

    def anchor(self, name: str) -> float:
        """Distance of an anchor; NaN, which no figure is above or below, if there is none of that name."""
        rows = {row["name"]: row for row in self.anchors["rows"]}
        return rows[name]["figures"]["fd"]["mean"] if name in rows else math.nan


def coverage(recipes: Mapping[Path, AnyRecipe]) -> str:
    """A table of variants and data sets with checkpoints: variants that draw from noise first, older ones first."""
    data = sorted({folder.parent.name for folder in recipes})
    lines = [f"| variant | {' | '.join(data)} |\n", f"|---|{':---:|' * len(data)}\n"]
    variants = {folder.name: recipe for folder, recipe in recipes.items()}
    for name, recipe in sorted(variants.items(), key=lambda one: (one[1].kind != Recipe.kind, one[1].year, one[0])):
        there = {folder.parent.name: folder for folder in recipes if folder.name == name}
        cells = [linked("✓", there[one]) if one in there else "" for one in data]
        lines.append(f"| {recipe.title} (`{name}`) | {' | '.join(cells)} |\n")
    return "".join(lines)


def linked(words: str, folder: Path) -> str:
    """Words, linked to a checkpoint's samples if these ship: a translator's samples also show the given pictures."""
    there = (folder / "samples.png").is_file()
    return f"[{words}]({quote(f'{folder.parent.name}/{folder.name}')}/samples.png)" if there else words


def trained(folder: Path, kind: type[AnyRecipe]) -> tuple[AnyRecipe, dict]:
    """`read_recipe` for a folder that a training script wrote. Raises CheckpointError if its provenance lacks entries
    that the tables need: a checkpoint saved from Python may lack them."""
    recipe, about = read_recipe(folder, kind)
    for name, wanted in (("dataset", str), ("device", str), ("images", int)):
        if not isinstance(about.get(name), wanted):
            words = "a text" if wanted is str else "a whole number"
            raise CheckpointError(f"{folder / 'recipe.json'}: its provenance must name {name!r}, {words}.")
    return recipe, about


def row(folder: Path, measured: Measured) -> str:
    """One line of the table. Raises CheckpointError if the folder is no checkpoint."""
    recipe, about = trained(folder, Recipe)
    size = (folder / "generator.safetensors").stat().st_size / 1e6
    threads = about.get("threads") if "CPU" in about["device"] else None
    threads = f", {threads} thread{'s' if threads > 1 else ''}" if threads else ""
    block = measured.blocks.get(folder.name)
    distance = "not measured"
    if block:
        rough = "≈ " * record.rough(block)
        distance = f"{rough}{figure(block, 'fd'):.3g} (floor {measured.anchor('train'):.3g})"
    cells = [
        about["dataset"],
        linked(f"`{folder.name}`", folder),
        f"{about['images']:,}",
        f"{about['images'] // (recipe.batch * recipe.critic_steps):,}",
        recipe.network_args.get("width", "default"),
        *multiply_adds(folder, recipe),
        f"{about['device']}{threads}",
        f"{size:.2f} MB",
        distance,
        verdict(recipe, about["dataset"], block, measured) if block else "",
    ]
    return f"| {' | '.join(map(str, cells))} |\n"


def multiply_adds(folder: Path, recipe: AnyRecipe) -> tuple[str, str]:
    """Millions of multiply-adds per training image and per drawn picture, as text; counted anew if the folder lacks
    them."""
    content = record.read(folder)
    known = content.get("cost", {}) if record.current(folder, content) else {}
    names = ("multiply_adds_per_image", "multiply_adds_per_picture")
    found = known if all(name in known for name in names) else cost(recipe)
    return tuple(f"{found[name] / 1e6:.3g}" if found[name] < 1e9 else f"{found[name] / 1e6:,.0f}" for name in names)


def verdict(recipe: Recipe, dataset: str, block: dict, measured: Measured) -> str:
    """The targets that a checkpoint misses; "no target" if its data set has none."""
    aimless = math.isnan(measured.farthest) and dataset not in LABELS
    return "; ".join(below(recipe, dataset, block, measured)) or ("no target" if aimless else "no")


def below(recipe: Recipe, dataset: str, block: dict, measured: Measured) -> list[str]:
    """The missed targets of a checkpoint, in words; empty if it meets them all."""
    found = []
    most, least = measured.farthest, LABELS.get(dataset, 0)
    distance, share, labels = (figure(block, key) for key in ("fd", "smallest_share", "label_accuracy"))
    if recipe.network not in UNTARGETED:
        found += [f"distance above {most:.3g}"] if distance > most else []
        found += [f"smallest class {percent(share, 1)}"] if share < RAREST else []
    return found + ([f"label accuracy {percent(labels, 1)}"] if labels < least else [])


def figure(block: dict, key: str) -> float:
    """Mean of a figure; NaN if it was not measured, which compares as neither above nor below."""
    return block["figures"].get(key, {}).get("mean", math.nan)


def details(measured: Measured) -> str:
    """The table of figures of a data set, best distance first; empty if there are no anchors."""
    anchors = measured.anchors
    if not anchors:
        return ""
    eye = anchors["extractor"]
    rows = [(f"`{name}`", block) for name, block in measured.blocks.items()]
    rows.sort(key=lambda r: figure(r[1], "fd"))
    head = MEASURED.format(
        dataset=anchors["dataset"],
        n=numbers(measured.n or [anchors["rows"][0]["n"]]),
        reference=f"{anchors['reference']['n']:,}",
        split=anchors["reference"]["split"],
        extractor=eye["name"],
        hash=eye["hash"],
        mean=MEAN[record.rough(anchors["rows"][0])],
        distance=distance_name(eye["name"]),
        kernel=kernel_name(eye["name"]),
        deficient=f" {sentence}" if (sentence := record.deficient(anchors["rows"][0])) else "",
    )
    rows += [(f"*{anchor['title']}*", anchor) for anchor in anchors["rows"]]
    return head + "".join(f"| {name} | {' | '.join(cell(block, key) for key in FIGURES)} |\n" for name, block in rows)


def translated(folder: Path) -> str:
    """A section on a translator: its domains, its cost, and its figures if they belong to these weights."""
    recipe, about = trained(folder, TranslatorRecipe)
    size = (folder / "generator.safetensors").stat().st_size / 1e6
    content = record.read(folder)
    block = content.get("translation") if record.current(folder, content) else None
    image, picture = multiply_adds(folder, recipe)
    cost = (
        f"{about['images']:,} images of {image} million multiply-adds each, {picture} million for a picture that it "
        f"makes, {about['device']}, {size:.2f} MB"
    )
    return (
        f"\n### `{folder.parent.name}/{folder.name}`: {' → '.join(recipe.domains)}\n\n"
        f"{recipe.title}, {cost}.\n\n"
        f"{table(block) if block else 'Not measured.'}\n"
    )


def numbers(n: Iterable[int]) -> str:
    return " or ".join(f"{one:,}" for one in n)


def cell(block: dict, key: str) -> str:
    figure = block["figures"].get(key)
    return record.text(block, figure) if figure else ""


def written(zoo: Path) -> str:
    """The tables of the checkpoints below zoo/DATA/. Raises CheckpointError if one is damaged."""
    folders = sorted(folder for folder in zoo.iterdir() if folder.is_dir())
    measured = {folder: Measured(folder) for folder in folders}
    found = {path.parent: read_recipe(path.parent)[0] for path in sorted(zoo.glob("*/*/recipe.json"))}
    rows = [row(folder, measured[folder.parent]) for folder, recipe in found.items() if recipe.kind == Recipe.kind]
    tables = [translated(folder) for folder, recipe in found.items() if recipe.kind == TranslatorRecipe.kind]
    n = numbers(sorted({one for figures in measured.values() for one in figures.n})) or "no"
    labels = " or ".join(f"{percent(least)} ({dataset})" for dataset, least in LABELS.items())
    tables = [details(figures) for figures in measured.values()] + ([TRANSLATORS, *tables] if tables else [])
    return HEAD.format(n=n, labels=labels, coverage=coverage(found)) + "".join(rows) + "".join(tables)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train table", description=__doc__)
    parser.add_argument("--checkpoints", type=Path, default=Path("checkpoints"), metavar="DIR")
    zoo = parser.parse_args(argv).checkpoints
    try:
        mine = zoo / "README.md"
        if mine.is_file() and WRITTEN not in mine.read_text(encoding="utf-8", errors="replace"):
            raise ValueError(f"{mine} was not written by this command, and is left alone: --checkpoints names a zoo.")
        write_text(mine, written(zoo))
    except (ValueError, OSError) as error:
        print(f"{parser.prog}: error: {error}", file=sys.stderr)
        return 2
    print(zoo / "README.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
