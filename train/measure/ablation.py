"""Record the effects of tricks: `python -m train ablation runs/ablation/mnist/*/checkpoint`.

Takes trainings of a parent and of its variants, with several training seeds each, and writes their figures into
checkpoints/<dataset>/ablation.json for the app's ablation page. All must have been shown the same number of images of
the same data, in equal batches, with networks of the same width, and must have been measured alike (python -m train
evaluate).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gan_models.conditions import DATA, IMAGES, SEED, budget, conditions, unlike
from gan_models.disk import replacing, write_json
from gan_models.folder import CheckpointError, read_recipe
from gan_models.metrics import record, seeds
from gan_models.metrics.names import distance_name
from gan_models.recipe import WORDS, Recipe

if TYPE_CHECKING:
    import numpy as np

KEPT = ("name", "title", "year", "parent")
"""Texts of the recipe that the record holds; the others are in the zoo"""
JUDGED = ("fd", "recall", "coverage", "smallest_share")
"""Figures in which a variant is compared with its parent: they determine the number of comparisons"""
SHOWN = 8
"""Pictures of each run that are stored: the seeds 0 to 7"""
MEASURED = ("extractor", "reference", "n", "seeds")
"""Settings of a measurement"""
SHARED = {"dataset": "data", "data_hash": "state of the data", "images": IMAGES, **{key: key for key in MEASURED}}
"""What all runs of a record have in common: its key -> its name"""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train ablation", description=__doc__.split("\n\n")[0])
    add = parser.add_argument
    add("folders", nargs="+", type=Path, metavar="FOLDER", help="checkpoint folders, measured by train evaluate")
    add("--checkpoints", default="checkpoints", type=Path, metavar="DIR", help="the zoo that gets the record")
    add("--extractor", metavar="NAME", help="the extractor to use, if several have measured all of the folders")
    args = parser.parse_args(argv)
    try:
        made = recorded(args.folders, args.extractor)
        folder = args.checkpoints / made["dataset"]
        folder.mkdir(parents=True, exist_ok=True)
        where = {(read_recipe(f)[0].name, read_recipe(f)[1]["seed"]): f for f in args.folders}
        pictures = [drawn(where[run["variant"], run["seed"]]) for run in made["runs"]]
        made["pictures"] = keep_pictures(made["runs"], pictures, folder / "ablation.png")
        write_json(folder / record.ABLATION, made)
    except (ValueError, OSError) as error:
        print(f"{parser.prog}: error: {error}", file=sys.stderr)
        return 2
    for variant in made["recipes"]:
        distances = [f"{run['figures']['fd']['mean']:.3g}" for run in made["runs"] if run["variant"] == variant]
        print(f"{variant}: {distance_name(made['extractor']['name'])} {', '.join(distances)}")
    print(seeds.comparisons(made, JUDGED).sentence())
    print(folder / record.ABLATION)
    return 0


def recorded(
    folders: list[Path],
    extractor: str | None = None,
    words: Mapping[Path, Mapping[str, Any]] | None = None,
    family: bool = True,
    old: Mapping[str, Any] | None = None,
    order: Sequence[str] = (),
) -> dict[str, Any]:
    """The content of ablation.json. Raises ValueError, with a sentence that names the folder, if they cannot be
    compared.

    words: by folder, the name, title and parent in the record, in place of the recipe's own. family: they are to show
    what each variant changes of its parent, so batch and width must be equal too, and at least one variant must have
    its parent among them. old: the content of a record whose other variants are kept; order: names in the order of the
    new record, for it.
    """
    read = []
    for folder in folders:
        recipe, about = read_recipe(folder, Recipe)
        read.append((folder, replace(recipe, **(words or {}).get(folder, {})), about))
    first, recipe, about = read[0]
    common = shared(recipe, about, family)
    recipes, settings, taken = {}, {}, {}
    for folder, recipe, about in read:
        shown, seed = budget(about), about.get("seed")
        if not all((isinstance(shown, int), isinstance(seed, int), isinstance(about.get("dataset"), str))):
            raise ValueError(f"{folder} does not say what data it was shown, how many images, or its training seed.")
        if shown < about.get("planned_images", 0):
            raise ValueError(f"{folder} is not finished: {shown:,} of {about['planned_images']:,} images.")
        if odd := unlike(conditions(recipe, about), common):
            raise ValueError(f"{folder} cannot be compared with {first}: {'; '.join(odd)}.")
        run = recipe.name, seed
        if run in taken:
            raise ValueError(f"{folder} and {taken[run]} are both {run[0]} with the training seed {run[1]}.")
        taken[run] = folder
        mine = {k: v for k, v in recipe.to_json().items() if k not in WORDS}
        differ = [k for k, v in settings.setdefault(recipe.name, mine).items() if v != mine[k]]
        if differ:
            raise ValueError(f"{folder} has other settings than the other {recipe.name}: {', '.join(differ)}.")
        recipes[recipe.name] = on_record(recipe)

    measured = {folder: _measured(folder) for folder in folders}
    name = extractor or _common(measured)
    looked, runs = {}, []  # the common settings of measurement; the runs
    for folder, recipe, about in read:
        how, figures = _figures(folder, measured[folder], name)
        looked = looked or how
        if differ := [key for key in how if how[key] != looked[key]]:
            raise ValueError(f"{folder} was not measured like {first}: other {', '.join(differ)}.")
        kept = {key: about.get(key) for key in ("seed", "images", "seconds", "device")}
        generator = record.generator_hash(folder)
        runs.append({"variant": recipe.name, **kept, "generator": generator, "figures": figures})
    runs.sort(key=lambda run: (list(recipes).index(run["variant"]), run["seed"]))
    content = {
        "format": record.ABLATION_FORMAT,
        "dataset": common["data"],
        "data_hash": common["state of the data"],
        "images": common[IMAGES],
        **looked,
        "recipes": recipes,
        "runs": runs,
    }
    if old:
        _extend(content, old, order)
    names = content["recipes"]
    if family and not any(one["parent"] in names and one["parent"] != name for name, one in names.items()):
        raise ValueError(f"None of {', '.join(names)} has its parent beside it: there is nothing to compare.")
    made = seeds.comparisons(content, JUDGED)
    return content | {"comparisons": {"number": made.comparisons, "by_chance": round(made.by_chance, 2)}}


def on_record(recipe: Recipe) -> dict[str, Any]:
    """What the record holds of a recipe, as plain JSON."""
    return {key: value for key, value in recipe.to_json().items() if key not in WORDS or key in KEPT}


def shared(recipe: Recipe, about: Mapping[str, Any], family: bool) -> dict[str, Any]:
    """Name -> value of what all trainings of a record must have in common; family: see `recorded`."""
    found = conditions(recipe, about)
    return {name: value for name, value in found.items() if name != SEED and (family or name in DATA)}


def _extend(content: dict[str, Any], old: Mapping[str, Any], order: Sequence[str]) -> None:
    """Add the variants of an older record. Raises ValueError if the two have not all of SHARED in common."""
    if differ := [name for key, name in SHARED.items() if old.get(key) != content[key]]:
        raise ValueError(f"the runs on record have another {', another '.join(differ)} than the new ones.")
    recipes = {**old["recipes"], **content["recipes"]}
    runs = [*content["runs"], *(run for run in old["runs"] if run["variant"] not in content["recipes"])]
    content["recipes"] = {name: recipes[name] for name in order if name in recipes}
    content["runs"] = sorted(runs, key=lambda run: (order.index(run["variant"]), run["seed"]))


def _measured(folder: Path) -> dict[str, Any]:
    """The content of a folder's metrics.json; raises CheckpointError if it does not belong to its weights."""
    content = record.read(folder)
    if not content:
        raise CheckpointError(f"{folder} was never measured: python -m train evaluate {folder}")
    if not record.current(folder, content):
        raise CheckpointError(f"{folder} was measured on other weights: python -m train evaluate {folder}")
    return content


def _figures(folder: Path, content: dict[str, Any], extractor: str) -> tuple[dict, dict]:
    """(settings of the measurement, mean and spread of each figure over the sampling seeds, with those of other
    measures)."""
    measured, more = content["measured"], content.get("yardsticks", {})
    if extractor not in measured:
        raise ValueError(f"{folder} was not measured with {extractor}: python -m train evaluate {folder}")
    block = measured[extractor]
    how = {key: block[key] for key in MEASURED}
    figures = {name: {"mean": one["mean"], "spread": one["spread"]} for name, one in block["figures"].items()}
    for name, one in more.items():
        figures[name] = {"mean": one["figure"]["mean"], "spread": one["figure"]["spread"]}
    return how, {"fd": figures["fd"], **figures}


def _common(measured: dict[Path, dict]) -> str:
    """The one extractor that measured every folder."""
    names = sorted(set.intersection(*(set(one["measured"]) for one in measured.values())))
    if not names:
        raise ValueError("No extractor has measured all of these folders: python -m train evaluate does it.")
    if len(names) > 1:
        raise ValueError(f"These folders were measured with {', '.join(names)}: name one of them with --extractor.")
    return names[0]


def drawn(folder: Path) -> np.ndarray:
    """The first SHOWN seeds of a checkpoint, uint8 [SHOWN, H, W, C]."""
    import gan_models

    return gan_models.load(folder).sample(range(SHOWN))


def keep_pictures(runs: Sequence[dict[str, Any]], pictures: Sequence[np.ndarray], path: Path) -> dict[str, Any]:
    """Write the pictures [SHOWN, H, W, C] of each run as one sheet, a row for each run, which gets the number of its
    row. Returns the record's entry for the sheet.
    """
    import numpy as np
    from PIL import Image

    from gan_models.pictures import tile

    for row, run in enumerate(runs):
        run["row"] = row
    with replacing(path) as file:
        Image.fromarray(tile(np.concatenate(pictures), SHOWN)).save(file, "PNG", optimize=True)
    _, size, _, channels = pictures[0].shape
    return {"file": path.name, "columns": SHOWN, "size": size, "channels": channels}


if __name__ == "__main__":
    sys.exit(main())
