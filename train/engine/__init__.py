"""The engine of all training scripts: `main(RECIPE)` is a whole command-line program."""

from __future__ import annotations

import shutil
import sys
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from gan_models.disk import why
from gan_models.folder import CheckpointError
from gan_models.recipe import AnyRecipe, RecipeError

__all__ = ["main"]

FEW = 2000
"""A warning is given below this number of images: with so few, D overfits long before the usual budget (Karras et al.
2020, arXiv:2006.06676, figure 1: the fewer images, the earlier quality falls)"""


def main(recipe: AnyRecipe, argv: list[str] | None = None) -> None:
    """Train a recipe with the settings of the command line. Exits with 2 on bad input, 130 when interrupted."""
    from .console import guarded
    from .run_folder import FolderError, alone, begun, obey

    obey()
    with guarded():
        try:
            from .args import RunError, parse
            from .data import DataError
            from .distributed import joined

            args, recipe, changed = parse(recipe, argv)
            folder = nullcontext() if args.dry_run else alone(Path(args.out))
            with folder, joined(args.device, recipe.batch) as device:
                resume = args.resume or begun(Path(args.out))
                run(replace(args, device=device, resume=resume), recipe, changed)
        except KeyboardInterrupt:  # while it loads; during training `run` handles it
            print("Stopped.", file=sys.stderr)
            sys.exit(130)
        except (RecipeError, DataError, RunError, FolderError, CheckpointError, OSError) as error:
            print(f"python -m train.{recipe.name}: error: {error}", file=sys.stderr)
            sys.exit(2)


def run(args, recipe: AnyRecipe, changed: set[str] = frozenset()) -> None:
    """Load, train, report. changed: recipe fields that were asked for and take precedence over the data's."""
    # Imported here: torchvision takes seconds, and code that only reads recipes does not need it.
    import torch

    from gan_models.registry import check

    from . import distributed
    from .loop import State, train
    from .machine import peak_memory
    from .report import Report, summary
    from .stopping import Stopped
    from .tune import tune

    check(recipe)
    tune(args.device)  # before anything computes: threads inherit the setting from the one that starts them
    with distributed.first_alone():
        data = pictures(args, recipe, changed)
    if not distributed.rank():
        print(*data.understood(), sep="\n", file=sys.stderr)
    if len(data) < FEW and not distributed.rank():
        print(f"{len(data):,} images are few: D soon memorises them. --views diff_augment=1 helps.", file=sys.stderr)
    recipe = fitted(recipe, data)
    torch.manual_seed(args.seed)
    state = State.new(recipe, args.device, args.bf16, distributed.size())
    if distributed.rank():
        follow(args, recipe, data, state)
        return
    if args.dry_run:
        print(summary(recipe, args))
        return
    publishable(args, recipe, data)

    watch = None
    if args.eval_every:
        from .watch import Watch  # here: most runs need none of the metrics

        watch = Watch.open(args, data, recipe)
    report = Report(recipe, args, data, state, watch, changed & {"size", "channels"})
    if args.resume:
        report.restore()
    else:
        claim(report)
    if state.images >= args.images:
        print(f"{args.out} is finished: {state.images:,} images.")
        share(args)
        return
    try:
        with report:
            train(recipe, data.to(args.device), state, args.images, report)
    except KeyboardInterrupt:
        print(f"Stopped at once. {report.left()}")
        raise SystemExit(130) from None
    except Stopped:
        print(f"Stopped at {state.images:,} of {args.images:,} images; --resume goes on.")
        raise SystemExit(130) from None
    taken = f", {report.evaluated['seconds']:,.0f} s of them for evaluations" if watch else ""
    print(
        f"{Path(args.out) / 'checkpoint'}: {state.images:,} images in {report.elapsed():,.0f} s{taken}; "
        f"peak memory {peak_memory(args.device) / 1e6:,.0f} MB"
    )
    share(args)


def pictures(args, recipe: AnyRecipe, changed: set[str] = frozenset(), download: bool = True):
    """The training pictures that a command line asks for, as Data. Raises DataError if they cannot be loaded."""
    from .kinds import KINDS

    return KINDS[recipe.kind].read(args, recipe, changed, download)


def follow(args, recipe: AnyRecipe, data, state) -> None:
    """The work of the other processes of a training: they compute, but write and print nothing."""
    from .loop import train
    from .report import Report
    from .stopping import Silent, Stopped

    if args.dry_run:
        return
    if args.resume:
        Report(recipe, args, data, state).restore()
    try:
        with Silent(args.device) as report:
            train(recipe, data.to(args.device), state, args.images, report)
    except (KeyboardInterrupt, Stopped):
        raise SystemExit(130) from None


def publishable(args, recipe: AnyRecipe, data) -> None:
    """If --publish is given, raise RunError before the run if its result could not be published."""
    from train.publish import publish

    from .args import RunError

    try:
        if args.publish:
            publish.ready(args.publish, recipe.name, data.name)
    except ValueError as error:
        raise RunError(f"--publish: {error}") from error


def share(args) -> None:
    """Publish a finished run, if --publish is given."""
    from train.publish import publish

    from .args import RunError

    folder = Path(args.out) / "checkpoint"
    try:
        if args.publish:
            publish.publish(folder, args.publish, private=args.private)
    except ValueError as error:
        raise RunError(
            f"the run is finished and safe, but not published: {error} "
            f"(python -m train publish {folder} --repo {args.publish})"
        ) from error


def fitted(recipe: AnyRecipe, data) -> AnyRecipe:
    """The recipe for this data: its sizes, its channels, its classes. Raises RecipeError if recipe and data do not fit
    together."""
    from .kinds import KINDS

    return KINDS[recipe.kind].fitted(recipe, data)


def claim(report) -> None:
    """Make the run folder of a new run. Raises RunError if it holds a run already or cannot take a save."""
    from .args import RunError
    from .report import needed, room

    out = report.out
    if (out / "resume.pt").exists():
        raise RunError(f"{out} holds a run already; add --resume to continue it, or choose another --out.")
    try:
        out.mkdir(parents=True, exist_ok=True)
        probe = out / ".probe"
        probe.write_bytes(b"x" * 4096)
        probe.unlink()
        if shutil.disk_usage(out).free < needed(report.state, report.recipe):
            raise RunError(f"cannot write to {out} (disk full; {room(report.state, report.recipe, out)}); make room.")
    except OSError as error:
        raise RunError(f"cannot write to {out} ({why(error)}); choose another --out.") from error
