"""`python -m train` lists the variants; `python -m train VARIANT ...` is `python -m train.VARIANT ...`."""

import sys

from gan_models.recipe import did_you_mean

from . import recipes
from .engine import main

known = recipes()
if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
    print("python -m train VARIANT [--help]\n")
    for r in known.values():
        print(f"  {r.name:18} {r.title} ({r.year})")
elif sys.argv[1] not in known:
    print(f"there is no variant {sys.argv[1]!r}{did_you_mean(sys.argv[1], known)}.", file=sys.stderr)
    sys.exit(2)
else:
    main(known[sys.argv[1]], sys.argv[2:])
