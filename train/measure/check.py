"""Test a variant from its first step to its page in the app, in seconds: `python -m train check VARIANT`.

VARIANT is the name of a script in train/, or the path of a script of your own. Each line of the output names a passed
check; a line with FAILED says what is wrong and what would be right (exit code 1). The contract of networks is in
gan_models/networks/README.md; docs/training.md explains how to make a variant.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train check", description=__doc__.split("\n\n")[0])
    parser.add_argument("variant", help="name of a script in train/, or the path of one")
    args = parser.parse_args(argv)
    # Imported here: torch takes seconds, which --help need not wait for.
    from .contract import Failed
    from .trial import checks, variant

    began, good = time.monotonic(), True
    try:
        recipe = variant(args.variant)
        print(f"ok      recipe: {recipe.name}, network {recipe.network}, loss {recipe.loss}")
    except Failed as error:
        print(f"FAILED  recipe: {error}")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        for name, words in checks(recipe, args.variant, Path(folder)):
            good &= name != "FAILED"
            print(f"{name:6}  {words}", flush=True)
    result = "all checks passed" if good else "not all checks passed"
    print(f"{recipe.name}: {result} in {time.monotonic() - began:.0f} s")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
