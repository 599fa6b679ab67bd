"""Write checkpoints/README.md, the tables of the zoo, from the folders: `python -m train.table`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from gan_models import CheckpointError
from gan_models.checkpoint import read_recipe
from gan_models.metrics import record
from gan_models.metrics.names import distance_name, kernel_name

HEAD = """# The zoo

Written by `python -m train.table` from the folders. Images: real images that D was shown. Seconds: wall time of the
training, beside whatever else the machine did. Size: of the generator's file.

| data | variant | images | G steps | width | batch | device | threads | seconds | G parameters | size |
|---|---|---:|---:|---:|---:|---|---:|---:|---:|---:|
"""
MEASURED = """
## Measured on {dataset}

{n} generated pictures against {reference} {split} images, through `{extractor}` ({hash}), by
`python -m train.evaluate`; mean ± standard deviation over the sampling seeds, one training seed each. What they mean:
[docs/measuring.md](../docs/measuring.md). Below: real and spoilt real pictures, measured in the same way.

| | {distance} | {kernel} | precision | recall | density | coverage | smallest class | label accuracy |
|---|---:|---:|---:|---:|---:|---:|---:|---:|
"""
FIGURES = ("fd", "kd", "precision", "recall", "density", "coverage", "smallest_share", "label_accuracy")


def row(folder: Path) -> str:
    """One line of the table. CheckpointError where the folder is no checkpoint."""
    recipe, about = read_recipe(folder)
    size = (folder / "generator.safetensors").stat().st_size / 1e6
    cells = [
        about["dataset"],
        f"[`{recipe.name}`]({folder.parent.name}/{folder.name}/samples.png)",
        f"{about['images']:,}",
        f"{about['images'] // (recipe.batch * recipe.critic_steps):,}",
        recipe.network_args.get("width", "default"),
        recipe.batch,
        about["device"],
        about["threads"],
        f"{about['seconds']:,.0f}",
        f"{about['parameters']['generator']:,}",
        f"{size:.2f} MB",
    ]
    return f"| {' | '.join(map(str, cells))} |\n"


def measured(folder: Path) -> str:
    """The table of figures of a data set's folder, best distance first; empty where there are no anchors."""
    path = folder / "anchors.json"
    if not path.is_file():
        return ""
    anchors = json.loads(path.read_text(encoding="utf-8"))
    eye = anchors["extractor"]
    rows = []
    for one in sorted(folder.glob("*/metrics.json")):
        content = record.read(one.parent)
        block = content["measured"].get(eye["name"], {})
        same = block.get("extractor") == eye and block.get("reference") == anchors["reference"]
        if same and record.current(one.parent, content):
            rows.append((f"`{one.parent.name}`", block))
    rows.sort(key=lambda r: r[1]["figures"]["fd"]["mean"])
    head = MEASURED.format(
        dataset=anchors["dataset"],
        n=" or ".join(f"{n:,}" for n in sorted({block["n"] for _, block in rows} or {anchors["rows"][0]["n"]})),
        reference=f"{anchors['reference']['n']:,}",
        split=anchors["reference"]["split"],
        extractor=eye["name"],
        hash=eye["hash"],
        distance=distance_name(eye["name"]),
        kernel=kernel_name(eye["name"]),
    )
    rows += [(f"*{anchor['title']}*", anchor) for anchor in anchors["rows"]]
    return head + "".join(f"| {name} | {' | '.join(cell(block, key) for key in FIGURES)} |\n" for name, block in rows)


def cell(block: dict, key: str) -> str:
    figure = block["figures"].get(key)
    return f"{figure['mean']:.3g} ± {figure['spread']:.1g}" if figure else ""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m train.table", description=__doc__)
    parser.add_argument("--checkpoints", type=Path, default=Path("checkpoints"), metavar="DIR")
    zoo = parser.parse_args().checkpoints
    try:
        rows = [row(path.parent) for path in sorted(zoo.glob("*/*/recipe.json"))]
        tables = [measured(folder) for folder in sorted(zoo.iterdir()) if folder.is_dir()]
        (zoo / "README.md").write_text(HEAD + "".join(rows) + "".join(tables))
    except (CheckpointError, OSError) as error:
        print(f"{parser.prog}: error: {error}", file=sys.stderr)
        return 2
    print(zoo / "README.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
