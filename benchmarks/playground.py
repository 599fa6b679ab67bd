"""Steps per second of the playground's live training, beside the floor that its matrix products set.

    python -m benchmarks.playground              # some minutes on an idle core
    python -m benchmarks.playground --seconds 2  # rougher

One thread, MLP of 2 x 64 on both sides, batch 256. A step is one step of G and the critic steps before it. Playground
and floor take turns in one process, so that whatever else the machine does disturbs both alike: the figures are medians
over the turns, of the clock on the wall and of the processor's own time, which a busy machine disturbs less. The floor
is the time of the matrix products of a step alone, on arrays that are there already: no Python, no autograd, no
optimiser.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import replace

import torch

from benchmarks.results import Results, add_json
from demo.zoo.playground import Run, Settings, warm_up
from train import recipes

SETTINGS = Settings(width=64, depth=2, batch=256, steps=20_000)
ALONE = ("gan", "lsgan", "dcgan_r1", "r3gan", "sngan", "wgan", "wgan_gp")
TOGETHER = (("gan", "lsgan", "dcgan_r1", "r3gan"), ("gan", "wgan", "wgan_gp", "r3gan"))
TARGETS = {"steps": 600, "first": 0.3, "four": 30.0}
SPEED = {
    "variant": "{}", "critic steps": "{:d}", "steps/s": "{:,.0f}", "steps/s, processor": "{:,.0f}",
    "floor, steps/s": "{:,.0f}", "floor, processor": "{:,.0f}", "share of the processor's": "{:.0%}",
}  # fmt: skip
FOUR = {"variants": "{}", "batch": "{:d}", "wall": "{:.0f} s", "processor": "{:.0f} s"}


def floor(width: int, batch: int) -> Callable[[], None]:
    """The matrix products of one step of each side, without penalties, forwards and backwards."""
    w, x, h = torch.randn(width, width), torch.randn(batch, 2), torch.randn(batch, width)
    first, last, out = torch.randn(2, width), torch.randn(width, 1), torch.randn(batch, 1)

    def net(to_weights: bool, to_input: bool, backwards: bool = True) -> None:
        torch.mm(x, first), torch.mm(h, w), torch.mm(h, last)
        if backwards:
            torch.mm(out, last.t()), torch.mm(h, w.t())
            if to_weights:
                torch.mm(h.t(), out), torch.mm(h.t(), h), torch.mm(x.t(), h)
            if to_input:
                torch.mm(h, first.t())

    def step() -> None:
        with torch.no_grad():
            net(False, False, backwards=False)  # G for D
            net(True, False), net(True, False)  # D on real and generated points
            net(True, False), net(False, True)  # G, and D for G

    return step


def timed(work: Callable[[], int], seconds: float) -> tuple[float, float]:
    """(steps per second on the wall, per second of the processor) of work that does some steps and says how many."""
    wall, processor, steps = time.perf_counter(), time.process_time(), 0
    while time.perf_counter() - wall < seconds:
        steps += work()
    return steps / (time.perf_counter() - wall), steps / (time.process_time() - processor)


def speed(names: tuple[str, ...], known: dict, turns: int, seconds: float) -> dict[str, float]:
    made = [known[name] for name in names]
    run, bottom = Run(SETTINGS, made, most_seconds=1e9), floor(64, 256)

    def train() -> int:
        run._slice(10)
        return 10

    def bare() -> int:
        for _ in range(10):
            bottom()
        return 10

    with run._work():
        timed(train, 0.2), timed(bare, 0.1)
        pairs = [(timed(train, seconds), timed(bare, seconds / 4)) for _ in range(turns)]
    columns = zip(*((*mine, *least) for mine, least in pairs), strict=True)
    return dict(
        zip(("wall", "processor", "floor_wall", "floor_processor"), map(statistics.median, columns), strict=True)
    )


def first_frame(names: tuple[str, ...], known: dict, repeats: int = 5) -> float:
    """Median seconds from the start of a run to its first frame."""
    taken = []
    for _ in range(repeats):
        begun = time.perf_counter()
        Run(SETTINGS, [known[name] for name in names])
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def together(names: tuple[str, ...], known: dict, batch: int, steps: int) -> tuple[float, float]:
    """Seconds (wall, processor) of 3,000 steps of four variants with a frame every 50, from `steps` of them."""
    run = Run(replace(SETTINGS, batch=batch, steps=steps), [known[name] for name in names], most_seconds=1e9)
    wall, processor = time.perf_counter(), time.process_time()
    for _ in run.advance(every=50):
        pass
    scale = 3000 / steps
    return (time.perf_counter() - wall) * scale, (time.process_time() - processor) * scale


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=1.0, help="of a turn (default: %(default)s)")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument(
        "--steps", type=int, default=3000, help="of four variants; scaled to 3,000 (default: %(default)s)"
    )
    add_json(parser)
    args = parser.parse_args()
    torch.set_num_threads(1)
    results, known = Results(), recipes()
    warm_up()
    rows = []
    for name in ALONE:
        got = speed((name,), known, args.turns, args.seconds)
        share = got["processor"] / got["floor_processor"]
        rows.append([name, known[name].critic_steps, *got.values(), share])
    results.table("steps a second", SPEED, rows)
    frames = [[", ".join(names), 1000 * first_frame(names, known)] for names in (("gan",), TOGETHER[1])]
    results.table("first frame", {"variants": "{}", "first frame": "{:.0f} ms"}, frames)
    runs = [[", ".join(names), b, *together(names, known, b, args.steps)] for names in TOGETHER for b in (128, 256)]
    results.table("3,000 steps of four variants", FOUR, runs)
    print(f"Targets: {TARGETS['steps']} steps a second of one variant, a first frame within {TARGETS['first']} s, "
          f"four variants within {TARGETS['four']} s")  # fmt: skip
    results.save(args.json)


if __name__ == "__main__":
    main()
