"""What may follow on many trainings: evaluate, collect into a zoo, publish. No torch import."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .jobs import FAILED, FINISHED, Job, JobsError


@dataclass(frozen=True)
class After:
    """What is asked for, once all trainings have ended."""

    evaluate: bool = False
    """Measure every finished checkpoint"""
    zoo: Path | None = None
    """Copy them to <zoo>/<dataset>/<variant>, in place of what is there"""
    publish: str | None = None
    """Name on the Hub, with {variant} and {dataset}"""
    private: bool = False
    seed: int = 0
    """Of the trainings that are collected and published: a place in a zoo, or on the Hub, is for one checkpoint"""

    def ready(self, jobs: Sequence[Job]) -> None:
        """ValueError where it could not be done: told before the trainings, not after them."""
        from ..measure.reference import names
        from ..publish import publish

        if self.evaluate:
            for job in (job for job in jobs if job.state != FAILED):
                path = Path(job.args.checkpoints) / job.data / names(job.data, None)[0]
                if not path.is_file():
                    raise JobsError(f"--evaluate needs {path}: python -m train reference makes it (docs/measuring.md).")
        if self.publish:
            told = [(job.recipe.name, job.data) for job in self.first(jobs)]
            for variant, data in told:
                publish.ready(self.publish, variant, data)
            if len({publish.named(self.publish, *one) for one in told}) < len(told):
                raise JobsError(
                    f"--publish {self.publish} is one name for several: it needs {{variant}} and {{dataset}}."
                )

    def __call__(self, jobs: Sequence[Job]) -> bool:
        """Do it with those that are finished; what fails is noted in `undone`. False: interrupted."""
        done = [job for job in jobs if job.state == FINISHED]
        try:
            if self.evaluate:
                evaluate(done)
            if self.zoo:
                each(self.first(done), "not collected", lambda job: collect(job, self.zoo))
            if self.publish:
                from ..publish.publish import publish

                # A card without its figures is none to publish.
                ready = [job for job in self.first(done) if not job.undone]
                each(ready, "not published", lambda job: publish(job.checkpoint, self.publish, private=self.private))
        except KeyboardInterrupt:
            print("Stopped; the same command goes on.", file=sys.stderr)
            return False
        return True

    def first(self, jobs: Sequence[Job]) -> list[Job]:
        return [job for job in jobs if job.args.seed == self.seed]


def evaluate(jobs: Sequence[Job]) -> None:
    """Measure the checkpoints, data set by data set, for whose sake extractor and reference are loaded once."""
    from gan_models.metrics import record

    from ..measure import evaluate

    for dataset in dict.fromkeys(job.args.dataset for job in jobs):
        here = [job for job in jobs if job.args.dataset == dataset]
        args = here[0].args
        argv = [*(str(job.checkpoint) for job in here), "--checkpoints", args.checkpoints]
        argv += ["--data-root", args.data_root] if args.data_root else []
        argv += ["--data", dataset] if Path(dataset).is_absolute() else []
        code = evaluate.main(argv)
        if code == 130:
            raise KeyboardInterrupt
        if code:
            missing = [job for job in here if not record.current(job.checkpoint)]
            for job in missing or here:
                job.undone.append("not evaluated")


def collect(job: Job, zoo: Path) -> None:
    """Copy a checkpoint to its place in a zoo, whole or not at all, in place of what is there.

    Figures go with the weights that they were measured on: those in the zoo stay where it holds the same weights.
    """
    from gan_models.disk import put
    from gan_models.metrics import record

    place = zoo / job.data / job.recipe.name
    theirs, mine = record.read(place), record.read(job.checkpoint)
    figures = [one for one in (theirs, mine) if record.current(job.checkpoint, one)]
    with put(place) as new:
        shutil.copytree(job.checkpoint, new, ignore=shutil.ignore_patterns(".*", record.FILE), dirs_exist_ok=True)
        if figures:
            measured = {name: block for one in figures for name, block in one["measured"].items()}
            record.write(new, {**figures[0], **figures[-1], "measured": measured})
    print(f"{job.name}: {place}")


def each(jobs: Sequence[Job], otherwise: str, do: Callable[[Job], object]) -> None:
    """Do something with every job; where it fails with one, the others go on."""
    for job in jobs:
        try:
            do(job)
        except (ValueError, OSError) as error:
            job.undone.append(otherwise)
            print(f"{job.name}: {otherwise}, {error}", file=sys.stderr)
