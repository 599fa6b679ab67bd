"""`python -m train` lists scripts and tools; `python -m train NAME ...` runs one."""

from __future__ import annotations

import ast
import importlib
import sys
from pathlib import Path

from gan_models.recipe import did_you_mean

HERE = Path(__file__).parent


def tools() -> dict[str, str]:
    """name -> module of every tool: the modules below this folder that define `main(argv)`. Imports none of them."""
    paths = (path for path in sorted(HERE.rglob("*.py")) if path.stem not in ("__init__", "__main__"))
    return {
        path.stem: ".".join(("train", *path.relative_to(HERE).with_suffix("").parts)) for path in paths if _tool(path)
    }


def _tool(path: Path) -> bool:
    return "\ndef main(argv" in path.read_text(encoding="utf-8")


def summary(module: str) -> str:
    """The first sentence of a module's docstring, without importing it."""
    path = HERE.parent.joinpath(*module.split(".")).with_suffix(".py")
    words = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(words.partition("\n\n")[0].split()).partition(": `")[0].rstrip(".")


def main(argv: list[str] | None = None) -> int | None:
    argv = sys.argv[1:] if argv is None else argv
    name, rest, found = argv[0] if argv else "--help", argv[1:], tools()
    if name in found:
        return importlib.import_module(found[name]).main(rest)
    from . import recipes
    from .engine import main as train

    known = recipes()
    if name in known:
        return train(known[name], rest)
    if name not in ("-h", "--help"):
        print(f"there is no variant or tool {name!r}{did_you_mean(name, [*known, *found])}.", file=sys.stderr)
        return 2
    print("python -m train NAME [--help]\n\nvariants\n")
    for recipe in known.values():
        print(f"  {recipe.name:22} {recipe.title} ({recipe.year})")
    print("\ntools\n")
    for tool, module in found.items():
        print(f"  {tool:22} {summary(module)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
