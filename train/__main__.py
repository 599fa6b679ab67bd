"""`python -m train` lists variants and tools; `python -m train NAME ...` runs one of them."""

import importlib
import sys

from gan_models.recipe import did_you_mean

from . import recipes, tools, translators
from .engine import main as train


def main(argv: list[str]) -> int:
    """The exit code: 0 if done, 2 for an unknown name, others from the tool."""
    drawing, translating, others = recipes(), translators(), tools()
    known = {**drawing, **translating}
    if not argv or argv[0] in ("-h", "--help"):
        print("python -m train NAME [--help]\n\nVariants, each a script that trains it:\n")
        for r in drawing.values():
            print(f"  {r.name:22} {r.title} ({r.year})")
        print("\nTranslators, which take a picture (docs/translation.md):\n")
        for r in translating.values():
            print(f"  {r.name:22} {r.title} ({r.year})")
        print("\nTools:\n")
        for name, tool in sorted(others.items()):
            print(f"  {name:22} {tool.what}")
        return 0
    name, *rest = argv
    if name in known:
        train(known[name], rest)
        return 0
    if name in others:
        try:
            return importlib.import_module(others[name].module).main(rest) or 0
        except KeyboardInterrupt:  # tools that keep what they have done say so themselves
            print("\nStopped.", file=sys.stderr)
            return 130
    print(f"there is no variant or tool {name!r}{did_you_mean(name, [*known, *others])}.", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
