"""Bring encoders, directions, rebuild and anomaly figures up to date: `python -m train latent checkpoints/mnist/*`.

Each step is the tool of its name and does only what is missing: an encoder of other weights, directions of an older
program, and figures measured with another encoder or plan are made anew, in that order. Ctrl-C loses the running step
only; the same command continues from there.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import sys
import time
from pathlib import Path

from .folders import STOPPED, is_checkpoint, missing, none_of

STEPS = ("encoder", "directions", "rebuild", "anomaly")
"""In this order, since the figures depend on the encoder"""
QUICK = {"rebuild": ("--n", "20", "--restarts", "4"), "anomaly": ("--n", "1000", "--restarts", "0")}
"""Default arguments of each step: minutes for a checkpoint instead of an hour"""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train latent", description=__doc__.split("\n\n")[0])
    add = parser.add_argument
    add("folders", nargs="+", type=Path, metavar="FOLDER", help="checkpoint folders; others are left out")
    add("--only", nargs="+", choices=STEPS, default=STEPS, metavar="STEP", help=f"some of {', '.join(STEPS)}")
    for name, words in QUICK.items():
        add(
            f"--{name}",
            default=" ".join(words),
            metavar="'WORDS'",
            help=f"arguments of the step {name} (default '{' '.join(words)}')",
        )
    add("--data-root", metavar="DIR", help="the data sets (default: $GAN_DATA_ROOT, else the pictures that ship)")
    add("--checkpoints", type=Path, default=Path("checkpoints"), metavar="DIR", help="folder of extractor and real.png")
    args = parser.parse_args(argv)
    told = {name: getattr(args, name, "").split() for name in STEPS}
    folders = [folder for folder in args.folders if wanted(folder)]
    if not folders:
        return none_of(parser.prog, args.folders)
    lost = missing(parser.prog, args.folders)
    return run(folders, [step for step in STEPS if step in args.only], told, args) or 2 * lost


def wanted(folder: Path) -> bool:
    """Whether a folder holds a checkpoint that draws from noise: a translator has no latent."""
    from gan_models.folder import CheckpointError, read_recipe
    from gan_models.recipe import Recipe

    try:
        return is_checkpoint(folder) and isinstance(read_recipe(folder)[0], Recipe)
    except CheckpointError:
        return True  # the first step reports the error


def run(folders: list[Path], steps: list[str], told: dict[str, list[str]], args) -> int:
    """Run every step for every folder, with a progress bar; returns the exit code of `each`."""
    from tqdm import tqdm

    seconds, failures = dict.fromkeys(steps, 0.0), []
    with tqdm(total=len(folders) * len(steps), unit="step", smoothing=0.1, disable=None) as bar:
        for folder in folders:
            name = f"{folder.parent.name}/{folder.name}"
            for step in steps:
                bar.set_description(f"{name} {step}")
                began, before = time.monotonic(), written(folder)
                code, said = called(step, folder, [*told[step], *common(args)])
                took = time.monotonic() - began
                seconds[step] += took
                if code == STOPPED:
                    bar.close()
                    print("\nStopped; finished steps are kept; the same command continues.", file=sys.stderr)
                    return STOPPED
                state = f"{took:7.1f} s" if written(folder) != before else "up to date"
                if code:
                    last = said.strip().splitlines()[-1]
                    failures.append(f"{name} {step}: {last.partition(f'{folder}: ')[2] or last}")
                    state = "failed"
                tqdm.write(f"{name:32} {step:10} {state}")
                bar.update()
    print(", ".join(f"{step} {took / 60:.1f} min" for step, took in seconds.items()))
    for failure in failures:
        print(f"error: {failure}", file=sys.stderr)
    return 2 if failures else 0


def common(args) -> list[str]:
    """Arguments with the paths."""
    data = ["--data-root", args.data_root] if args.data_root else []
    return [*data, "--checkpoints", str(args.checkpoints)]


def called(step: str, folder: Path, told: list[str]) -> tuple[int, str]:
    """(exit code of a tool, its output), captured since the bar uses the screen."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            code = importlib.import_module(f"{__package__}.{step}").main([str(folder), *told])
        except KeyboardInterrupt:
            code = STOPPED
        except SystemExit as stop:  # an unknown argument
            code = int(stop.code or 0)
    return code, said.getvalue() or "it failed."


def written(folder: Path) -> list[tuple]:
    """A value that changes whenever a step writes a file."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    return [(path.name, path.stat().st_ino, path.stat().st_mtime_ns) for path in files]


if __name__ == "__main__":
    sys.exit(main())
