"""Many trainings: `python -m train run_all --datasets mnist,fashion_mnist --variants all --gpus 0,1 --jobs-per-gpu 4`.

A queue of the training scripts, as many at a time as there are slots. What is finished is left alone, what was cut goes
on, one that fails stops no other. What stands behind a -- goes to every training. See docs/training.md.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from .. import everything, recipes
from ..engine.console import guarded
from . import settings
from .after import After
from .jobs import FAILED, FINISHED, WAITING, Job, JobsError, Plan, chosen, listed
from .screen import screen, summary
from .slots import Queue, cores, slots


def main(argv: Sequence[str] | None = None) -> int:
    """0: all are finished, and evaluated and published where that was asked for. 1: not all. 2: no such list. 130:
    interrupted."""
    argv = [*(sys.argv[1:] if argv is None else argv)]
    cut = argv.index("--") if "--" in argv else len(argv)
    parser = parsed_by()
    args = parser.parse_args(argv[:cut])
    with guarded():
        try:
            return run(args, tuple(argv[cut + 1 :]))
        except (ValueError, OSError) as error:  # of the list, of --publish
            print(f"{parser.prog}: error: {error}", file=sys.stderr)
            return 2
        except KeyboardInterrupt:
            print("\nStopped.", file=sys.stderr)
            return 130


def parsed_by() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m train run_all",
        usage="%(prog)s [options] [-- options of every training]",
        description=__doc__.split("\n\n")[1],
    )
    add = parser.add_argument
    add("--variants", default="all", metavar="A,B", help="names, or all (default) that draw from noise")
    add("--datasets", default="mnist", metavar="A,B", help="names, or folders of images (default: mnist)")
    add("--classes", metavar="A,B", help="CelebA attributes that make the classes of variants that take labels")
    add("--seeds", type=numbers, default=[0], metavar="0,1", help="of the trainings; others than 0 are in folder names")
    add("--images", default="600k", help="real images to show to D in each training")
    add("--settings", type=Path, metavar="FILE", help="options by variant and data set: train/queue/plans/cpu.toml")
    add("--out", type=Path, default=Path("runs"), metavar="DIR", help="the runs: DIR/<dataset>/<variant>[-<seed>]")
    add("--gpus", metavar="0,1", help="which (default: all that there are), or cpu")
    add("--jobs-per-gpu", type=positive, metavar="N", help="trainings at a time on each GPU (default: 1)")
    add("--jobs", type=positive, metavar="N", help="trainings at a time on the CPU (default: one a core)")
    add("--evaluate", action="store_true", help="then measure every finished checkpoint (train evaluate)")
    add("--collect", type=Path, metavar="DIR", help="then put them into a zoo, in place of what is there")
    add("--publish", metavar="NAME", help="then put them on the Hub: user/{variant}-{dataset} (train publish)")
    add("--private", action="store_true", help="with --publish: nobody else may see a repository that is made")
    add("--slurm", metavar="NAME=VALUE,...", help="hand them to a SLURM cluster: partition=gpu,time=60")
    add("--dry-run", action="store_true", help="print the commands, and what would be left alone, and stop")
    return parser


def run(args: argparse.Namespace, options: tuple[str, ...]) -> int:
    known = everything()
    variants = [known[name] for name in chosen(args.variants, known, recipes())]
    datasets = list(dict.fromkeys(name.strip() for name in args.datasets.split(",") if name.strip()))
    if args.classes and "celeba" not in datasets:
        raise JobsError("--classes is for celeba, which is not among --datasets.")
    gpus = [] if args.slurm else gpus_of(args.gpus)
    if args.slurm:
        ours_alone(args)
        device = "cpu" if args.gpus == "cpu" else "cuda"
    else:
        device = "cuda" if gpus else "cpu"
        if (args.jobs if gpus else args.jobs_per_gpu) is not None:
            raise JobsError("--jobs is for the CPU, and --jobs-per-gpu for GPUs.")
    ours = settings.read(args.settings, [*known]) if args.settings else {}
    plan = Plan(args.images, args.out, device, args.classes, options, ours, download=not args.dry_run)
    jobs = listed(variants, datasets, args.seeds, plan)
    if len({job.folder for job in jobs}) < len(jobs):
        raise JobsError("two of the data sets have the same name, and would share their folders: give one --out each.")
    then = After(args.evaluate, args.collect, args.publish, args.private, args.seeds[0])
    then.ready(jobs)
    if args.dry_run:
        return dry(jobs)
    for job in jobs:
        if job.state != WAITING:
            print(f"{job.name}: {'finished already' if job.state == FINISHED else job.state}, {job.why}")
    if args.slurm:
        return hand_over(args, jobs)

    waiting = sum(job.state == WAITING for job in jobs)
    with screen() as shown:
        queue = Queue(slots(gpus, (args.jobs_per_gpu or 1) if gpus else (args.jobs or cores()), waiting), shown)
        queue.run(jobs)
    whole = not queue.asked and then(jobs)
    print(summary(jobs))
    if not whole:
        return 130
    return 0 if all(job.state == FINISHED and not job.undone for job in jobs) else 1


def positive(text: str, least: int = 1) -> int:
    if not text.isdecimal() or int(text) < least:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} on")
    return int(text)


def numbers(text: str) -> list[int]:
    return list(dict.fromkeys(positive(one, 0) for one in text.split(",")))


def ours_alone(args: argparse.Namespace) -> None:
    """JobsError where something is asked for that a cluster does not do, or does by itself."""
    for name in ("evaluate", "collect", "publish"):
        if getattr(args, name):
            raise JobsError(f"with --slurm there is no --{name}: the same command without --slurm does it in the end.")
    if args.jobs or args.jobs_per_gpu or args.gpus not in (None, "cpu"):
        raise JobsError("with --slurm the cluster chooses GPUs; array_parallelism=8 is how many run at a time.")


def gpus_of(asked: str | None) -> list[str]:
    """What CUDA_VISIBLE_DEVICES calls the GPUs that are asked for; None = all, none where there are none or for cpu."""
    if asked == "cpu":
        return []
    import torch

    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    here = [str(k) for k in range(torch.cuda.device_count())] if visible is None else visible.split(",")
    here = here[: torch.cuda.device_count()]
    if asked is None:
        return here
    names = list(dict.fromkeys(filter(None, asked.split(","))))
    for name in names:
        if name.isdecimal() and name not in here:
            there = f"there are {', '.join(here)}" if here else "there is none here, or none that PyTorch can use"
            raise JobsError(f"--gpus: there is no GPU {name}; {there} (cpu is a choice, too).")
    return names


def dry(jobs: Sequence[Job]) -> int:
    """The list as lines of a shell: what would run, and as comments what would not."""
    for job in jobs:
        if job.state == WAITING:
            python, *rest = job.command()
            print(shlex.join(["python" if python == sys.executable else python, *rest]))
        else:
            print(f"# {job.name}: {job.state}, {job.why}")
    return 1 if any(job.state == FAILED for job in jobs) else 0


def hand_over(args: argparse.Namespace, jobs: Sequence[Job]) -> int:
    """To the cluster what waits."""
    from .slurm import submit

    waiting = [job for job in jobs if job.state == WAITING]
    for job, made in zip(waiting, submit(waiting, args.slurm, args.out), strict=True):
        print(f"{job.name}: submitted as {made.job_id}, log in {job.log}")
    if waiting:
        print("When they are done, the same command with --dry-run in place of --slurm says what is finished.")
    return 1 if any(job.state == FAILED for job in jobs) else 0


if __name__ == "__main__":
    sys.exit(main())
