"""What a batch of each network really costs, beside what `gan_models.work` says from its shapes.

    python -m benchmarks.work                       # a table in Markdown; some minutes
    python -m benchmarks.work --networks dcgan --sizes 28:32,64:64

With one thread: the most memory that the process had at a time, less what it had before the network was built, and the
processor's seconds of one batch. Linux only.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import os
import time
from pathlib import Path

import torch

from benchmarks.results import Results, add_json
from gan_models import Recipe, checkpoint, work
from gan_models.registry import NETWORKS

SIZES = "28:16,64:32,64:64,128:32,256:16,256:64"
"""Pixels : width"""


def recipe(network: str, size: int, width: int) -> Recipe:
    classes = tuple(str(i) for i in range(10))
    return Recipe(
        name="x", network=network, network_args={"width": width}, size=size, channels=3, z_dim=128,
        conditional=True, class_names=classes,
    )  # fmt: skip


def resident() -> int:
    """Bytes that this process has in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def measure(made: Recipe, judges: bool) -> tuple[int, float]:
    """(bytes at the peak, seconds) of a batch of G, or of D where it `judges`."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # or what earlier batches left behind would hide what this one takes
    before = resident()
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    seconds = _batch(made, judges)
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1]) * 1024 - before, seconds


def _batch(made: Recipe, judges: bool) -> float:
    net = checkpoint.build(made)[judges].eval().requires_grad_(False)
    n = work.batch_of(net)
    classes = made.classes
    y = (
        None
        if not classes
        else torch.zeros(n, dtype=torch.int64)
        if judges
        else torch.eye(classes)[torch.zeros(n).long()]
    )
    x = torch.randn(n, made.channels, made.size, made.size) if judges else torch.randn(n, made.z_dim)
    seconds = []
    with torch.inference_mode():
        for _ in range(2):
            started = time.process_time()
            net(x, y)
            seconds.append(time.process_time() - started)
    return min(seconds)


def rows(networks: list[str], sizes: list[tuple[int, int]]):
    """(network, side, size, width, Work, bytes, seconds) of each."""
    for network in networks:
        for judges in (False, True):
            _batch(recipe(network, 28, 2), judges)  # what the library takes for itself at its first call
            for size, width in sizes:
                made = recipe(network, size, width)
                net = checkpoint.skeleton(Path("x"), made, True, work.Work(10**12, 10**13, 10**15))[judges]
                told = work.estimate(net, made, judges)
                if told.memory < 4e9 and told.multiply_adds < 3e11:  # more, a small machine should not be asked for
                    yield network, "GD"[judges], size, width, told, *measure(made, judges)


COLUMNS = {
    "network": "{}", "side": "{}", "pixels": "{:d}", "width": "{:d}", "estimate, MB": "{:,.0f}", "peak, MB": "{:,.0f}",
    "ratio": "{:.2f}", "billion multiply-adds": "{:,.2f}", "seconds": "{:.2f}", "per s": "{:.0f}",
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--networks", default=",".join(NETWORKS))
    parser.add_argument("--sizes", default=SIZES, help="pixels:width, ... (default: %(default)s)")
    add_json(parser)
    args = parser.parse_args()
    torch.set_num_threads(1)
    results, made = Results(), []
    sizes = [tuple(map(int, pair.split(":"))) for pair in args.sizes.split(",")]
    for network, side, size, width, told, peak, seconds in rows(args.networks.split(","), sizes):
        memory = [told.memory / 1e6, peak / 1e6, peak / told.memory]
        speed = [told.multiply_adds / 1e9, seconds, told.multiply_adds / seconds / 1e9]
        made.append([network, side, size, width, *memory, *speed])
        print(f"{network}, {side}, {size} px, width {width}: {seconds:.2f} s", flush=True)
    results.table("batches", COLUMNS, made)
    results.save(args.json)


if __name__ == "__main__":
    main()
