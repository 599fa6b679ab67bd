"""Write checkpoints/README.md, one table of the zoo, from the folders: `python -m train.table`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from gan_models import CheckpointError
from gan_models.checkpoint import read_recipe

HEAD = """# The zoo

Written by `python -m train.table` from the folders. Images: real images that D was shown. Seconds: wall time of the
training, beside whatever else the machine did. Size: of the generator's file.

| data | variant | images | G steps | width | batch | device | threads | seconds | G parameters | size |
|---|---|---:|---:|---:|---:|---|---:|---:|---:|---:|
"""


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


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m train.table", description=__doc__)
    parser.add_argument("--checkpoints", type=Path, default=Path("checkpoints"), metavar="DIR")
    zoo = parser.parse_args().checkpoints
    try:
        rows = [row(path.parent) for path in sorted(zoo.glob("*/*/recipe.json"))]
        (zoo / "README.md").write_text(HEAD + "".join(rows))
    except (CheckpointError, OSError) as error:
        print(f"{parser.prog}: error: {error}", file=sys.stderr)
        return 2
    print(zoo / "README.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
