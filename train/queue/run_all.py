"""Many trainings: `python -m train run_all --datasets mnist,fashion_mnist --variants all --gpus 0,1 --jobs-per-gpu 4`.

A queue of training scripts, as many at a time as there are slots. Finished trainings are skipped, interrupted ones
continue, and a failure stops no other. Options after a -- go to every training. See docs/training.md.
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
    """Exit code: 0 all are finished, and evaluated and published if asked; 1 not all; 2 invalid list; 130
    interrupted."""
    argv = [*(sys.argv[1:] if argv is None else argv)]
    cut = argv.index("--") if "--" in argv else len(argv)
    parser = parsed_by()
    args = parser.parse_args(argv[:cut])
    with guarded():
        try:
            return run(args, tuple(argv[cut + 1 :]))
        except (ValueError, OSError) as error:  # from the list or --publish
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
    add("--variants", default="all", metavar="A,B", help="names, or all (default): all that draw from noise")
    add("--datasets", default="mnist", metavar="A,B", help="names, or folders of images (default: mnist)")
    add("--classes", metavar="A,B", help="CelebA attributes that make the classes, for variants that take labels")
    add("--seeds", type=numbers, default=[0], metavar="0,1", help="seeds of the trainings; in folder names if not 0")
    add("--images", default="600k", help="real images to show to D in each training")
    add("--settings", type=Path, metavar="FILE", help="options by variant and data set: train/queue/plans/cpu.toml")
    add("--out", type=Path, default=Path("runs"), metavar="DIR", help="the runs: DIR/<dataset>/<variant>[-<seed>]")
    add("--gpus", metavar="0,1", help="GPUs to use (default: all), or cpu")
    add("--jobs-per-gpu", type=positive, metavar="N", help="trainings at a time on each GPU (default: 1)")
    add("--jobs", type=positive, metavar="N", help="trainings at a time on the CPU (default: one per core)")
    add("--evaluate", action="store_true", help="then measure every finished checkpoint (train evaluate)")
    add("--collect", type=Path, metavar="DIR", help="then copy them into a zoo, replacing checkpoints there")
    add("--publish", metavar="NAME", help="then put them on the Hub: user/{variant}-{dataset} (train publish)")
    add("--private", action="store_true", help="with --publish: new repositories are private")
    add("--slurm", metavar="NAME=VALUE,...", help="submit them to a SLURM cluster: partition=gpu,time=60")
    add("--dry-run", action="store_true", help="print the commands and the trainings that would be skipped, and stop")
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
    """Raises JobsError for an option that is not for a cluster."""
    for name in ("evaluate", "collect", "publish"):
        if getattr(args, name):
            raise JobsError(f"with --slurm there is no --{name}: run the same command without --slurm at the end.")
    if args.jobs or args.jobs_per_gpu or args.gpus not in (None, "cpu"):
        raise JobsError("with --slurm the cluster chooses GPUs; array_parallelism=8 sets how many run at a time.")


def gpus_of(asked: str | None) -> list[str]:
    """The chosen GPUs, as CUDA_VISIBLE_DEVICES names them. asked: None takes all; the list is empty for cpu, or without
    GPUs."""
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
    """The list as shell lines: commands that would run, and the other jobs as comments."""
    for job in jobs:
        if job.state == WAITING:
            python, *rest = job.command()
            print(shlex.join(["python" if python == sys.executable else python, *rest]))
        else:
            print(f"# {job.name}: {job.state}, {job.why}")
    return 1 if any(job.state == FAILED for job in jobs) else 0


def hand_over(args: argparse.Namespace, jobs: Sequence[Job]) -> int:
    """Submit the waiting jobs to the cluster."""
    from .slurm import submit

    waiting = [job for job in jobs if job.state == WAITING]
    for job, made in zip(waiting, submit(waiting, args.slurm, args.out), strict=True):
        print(f"{job.name}: submitted as {made.job_id}, log in {job.log}")
    if waiting:
        print("When they are done, the same command with --dry-run instead of --slurm lists what is finished.")
    return 1 if any(job.state == FAILED for job in jobs) else 0


if __name__ == "__main__":
    sys.exit(main())
