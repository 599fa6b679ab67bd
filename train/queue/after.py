"""Steps after many trainings: evaluate, collect into a zoo, publish. No torch import."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .jobs import FAILED, FINISHED, Job, JobsError


@dataclass(frozen=True)
class After:
    """The steps that are asked for after all trainings have ended."""

    evaluate: bool = False
    """Measure every finished checkpoint"""
    zoo: Path | None = None
    """Copy them to <zoo>/<dataset>/<variant>, replacing a checkpoint there"""
    publish: str | None = None
    """Name on the Hub, with {variant} and {dataset}"""
    private: bool = False
    seed: int = 0
    """Only trainings with this seed are collected and published: a place in a zoo, or on the Hub, holds one
    checkpoint"""

    def ready(self, jobs: Sequence[Job]) -> None:
        """Raises ValueError before the trainings if a step could not be done after them."""
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
        """Do the steps for finished jobs; failures are noted in `undone`. False: interrupted."""
        done = [job for job in jobs if job.state == FINISHED]
        try:
            if self.evaluate:
                evaluate(done)
            if self.zoo:
                each(self.first(done), "not collected", lambda job: collect(job, self.zoo))
            if self.publish:
                from ..publish.publish import publish

                # A card without figures must not be published.
                ready = [job for job in self.first(done) if not job.undone]
                each(ready, "not published", lambda job: publish(job.checkpoint, self.publish, private=self.private))
        except KeyboardInterrupt:
            print("Stopped; the same command continues.", file=sys.stderr)
            return False
        return True

    def first(self, jobs: Sequence[Job]) -> list[Job]:
        return [job for job in jobs if job.args.seed == self.seed]


def evaluate(jobs: Sequence[Job]) -> None:
    """Measure the checkpoints data set by data set, so that extractor and reference are loaded once for each."""
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
            missing = [job for job in here if not measured(job)]
            for job in missing or here:
                job.undone.append("not evaluated")


def measured(job: Job) -> bool:
    """Whether its metrics.json can be read and belongs to its weights."""
    from gan_models.folder import CheckpointError
    from gan_models.metrics import record

    try:
        return record.current(job.checkpoint)
    except CheckpointError:  # evaluate has printed it
        return False


def collect(job: Job, zoo: Path) -> None:
    """Copy a checkpoint to its place in a zoo, whole or not at all, replacing the one there.

    What was made from weights belongs to them. If the zoo's checkpoint has the same generator, its figures, encoder,
    directions and other files stay, except those that the run holds too.
    """
    from gan_models.disk import put
    from gan_models.metrics import record

    place = zoo / job.data / job.recipe.name
    theirs, mine = record.read(place), record.read(job.checkpoint)
    weights = record.generator_hash(job.checkpoint)
    same = (place / "generator.safetensors").is_file() and record.generator_hash(place) == weights
    figures = [one for one in (theirs, mine) if one and one["generator"] == weights]
    with put(place, "recipe.json") as new:
        for folder in [place] * same + [job.checkpoint]:
            shutil.copytree(folder, new, ignore=shutil.ignore_patterns(".*", record.FILE), dirs_exist_ok=True)
        if figures:
            record.write(new, record.merged(figures[0], figures[-1]))
    print(f"{job.name}: {place}")


def each(jobs: Sequence[Job], otherwise: str, do: Callable[[Job], object]) -> None:
    """Call `do` with every job; a failure with one does not stop the others."""
    for job in jobs:
        try:
            do(job)
        except (ValueError, OSError) as error:
            job.undone.append(otherwise)
            print(f"{job.name}: {otherwise}, {error}", file=sys.stderr)
