"""How long a search for latents takes: one picture, and 64 of the test set.

    OMP_NUM_THREADS=1 python -m benchmarks.latent                    # mnist/dcgan
    OMP_NUM_THREADS=1 python -m benchmarks.latent mnist/cgan --pictures 1

The processor's seconds are what an idle core would take; the clock's are what this machine took beside its other work.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import torch

import gan_models
from benchmarks.results import Results, add_json
from gan_models import real
from gan_models.home import SHIPPED
from gan_models.latent import fit

TARGETS = {1: 1.5, 64: 20.0}
"""Pictures of a call -> seconds of one core that it may take"""
COLUMNS = {
    "checkpoint": "{}", "encoder": "{}", "pictures": "{:d}", "restarts": "{:d}", "steps": "{:d}",
    "processor, s": "{:.1f}", "clock, s": "{:.1f}", "target, s": "{:g}", "PSNR, dB": "{:.1f}",
}  # fmt: skip
SETTINGS = {1: {"restarts": 16, "steps": 150}, 64: {"restarts": 4, "steps": 150}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("checkpoints", nargs="*", default=["mnist/dcgan"], metavar="CHECKPOINT")
    parser.add_argument("--pictures", type=int, nargs="+", choices=list(TARGETS), default=list(TARGETS))
    add_json(parser)
    args = parser.parse_args()
    torch.set_num_threads(1)
    results, rows = Results(), []
    shipped = {key: real.read(SHIPPED, key.partition("/")[0]) for key in args.checkpoints}
    if without := [key for key, found in shipped.items() if found is None]:
        parser.error(f"no test pictures ship with {without[0]}: give a checkpoint of mnist or fashion_mnist.")
    for key in args.checkpoints:
        gan = gan_models.load(key, latent=True)
        pictures = shipped[key].pictures
        fit(gan, pictures[:1], steps=3)  # what a library takes for itself at its first call
        for n in args.pictures:
            began, clock = time.process_time(), time.perf_counter()
            found = fit(gan, np.ascontiguousarray(pictures[:n]), **SETTINGS[n])
            took = time.process_time() - began, time.perf_counter() - clock
            has = "yes" if gan.encoder else "no"
            rows.append([key, has, n, *SETTINGS[n].values(), *took, TARGETS[n], float(found.psnr[:, 0].mean())])
    results.table("searches", COLUMNS, rows)
    results.save(args.json)


if __name__ == "__main__":
    main()
