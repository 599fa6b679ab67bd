"""What translators make, and where they fail: `python -m benchmarks.translators` writes docs/translate-*.png.

Rows: what is given, what is made of it, and the truth where it is known. Of data whose pictures may ship the columns
are test pictures by number, of others seeds of the GAN of the zoo that is nearest to the data.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from benchmarks.browser import ROOT
from demo.draw import compose
from demo.zoo import translated
from demo.zoo.zoo import Zoo

SHOWN = {
    "celeba/pix2pix": (0, 8, 11, 13, 18, 28, 30, 36),
    "celeba/srgan": (1, 8, 10, 15, 16, 22, 25, 32),
    "celeba/inpainter": (0, 1, 6, 11, 13, 15, 16, 22),
    "celeba/cyclegan": (1, 16, 21, 25, 0, 26, 30, 34),
    "mnist/inpainter": (5, 8, 14, 22, 26, 42, 45, 56),
}
"""Checkpoint -> test pictures or seeds"""
SIDE = 96
"""Pixels of a picture, about"""


def sheet(zoo: Zoo, key: str) -> np.ndarray:
    """uint8 [H, W, C] of a translator's pictures, a row for each station on the way."""
    entry = next(one for one in zoo.catalog().translators if one.key == key)
    rows = [pictures for _, pictures in translated.stations(zoo, entry, list(SHOWN[key]))]
    scale = compose.scale_of(rows[0].shape[1], SIDE)
    return compose.sheet(np.concatenate(rows), len(SHOWN[key]), scale)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--checkpoints", type=Path, default=ROOT / "checkpoints", metavar="DIR")
    parser.add_argument("--out", type=Path, default=ROOT / "docs", metavar="DIR")
    parser.add_argument("--only", nargs="+", choices=SHOWN, metavar="KEY", help="one of these: " + ", ".join(SHOWN))
    args = parser.parse_args()
    zoo = Zoo(args.checkpoints.resolve())
    for key in args.only or SHOWN:
        path = args.out / f"translate-{key.replace('/', '-')}.png"
        path.write_bytes(compose.png(sheet(zoo, key)))
        print(path)


if __name__ == "__main__":
    main()
