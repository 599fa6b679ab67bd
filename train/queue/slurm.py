"""The list of trainings as jobs of a SLURM cluster, through submitit (requirements/cluster.txt)."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gan_models.home import install

from .jobs import FINISHED, Job, JobsError
from .slots import cores, let_go, start

GENERIC = ("name", "timeout_min", "mem_gb", "nodes", "cpus_per_task", "gpus_per_node", "tasks_per_node")
"""Options that submitit names alike for every kind of cluster; all others are SLURM's own"""
DEFAULTS = {"name": "ganscope", "timeout_min": 240, "cpus_per_task": 4}
WARNED = 80.0
"""Seconds for saving, of the 90 that submitit makes SLURM leave between its warning and the end"""
WRONG = (RuntimeError, ValueError, NameError, AssertionError, TypeError)
"""Exceptions of submitit if it finds no SLURM, or does not know an option"""


class Training:
    """The job on a node: the same command as on one machine, continued after a preemption or a time limit."""

    def __init__(self):
        self.process: subprocess.Popen | None = None

    def __call__(self, job: Job) -> str:
        """Train; returns a sentence on the result. Raises RuntimeError if it is not finished, for submitit to note."""
        self.process, _ = start(job, {"OMP_NUM_THREADS": str(cores())})
        while self.process.poll() is None:  # not wait(), which would hold a lock when SLURM's warning arrives
            time.sleep(0.5)
        job.ended(self.process.returncode, False)
        if job.state != FINISHED:
            raise RuntimeError(f"{job.name}: {job.state}, {job.why}")
        return job.why

    def __submitit_checkpoint__(self, job: Job) -> Any:
        """SLURM is about to end this job: save, and be queued again."""
        from submitit.helpers import DelayedSubmission

        if self.process:
            let_go(self.process)
            until = time.monotonic() + WARNED
            while time.monotonic() < until and not _ended(self.process.pid):
                time.sleep(0.1)
        return DelayedSubmission(Training(), job)

    checkpoint = __submitit_checkpoint__
    """submitit 1.5 looks for this name to know whether it may queue a job again, and then calls the other one"""


def _ended(pid: int) -> bool:
    """Whether a child process has ended, without reaping it: Popen does that, and may be waiting for it right now."""
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return True


def submit(jobs: Sequence[Job], asked: str, out: Path) -> list:
    """Submit the jobs as one array; returns submitit's jobs, in the same order.

    asked: "partition=gpu,time=60": options of sbatch with underscores (time in minutes), and those in GENERIC;
    cluster=local runs them here, all at once, as a trial. Raises JobsError if submitit or SLURM is missing or an option
    is wrong.
    """
    if not jobs:
        return []
    try:
        import submitit
    except ImportError as error:
        raise JobsError(f"--slurm needs submitit: {install('cluster')}") from error
    given = options(asked)
    cluster = given.pop("cluster", "slurm")
    gpus = {} if {"gres", "gpus_per_task"} & {*given} else {"gpus_per_node": int("cuda" in jobs[0].argv)}
    chosen = {**DEFAULTS, **gpus, **given}
    try:
        executor = submitit.AutoExecutor(folder=out / "slurm" / "%j", cluster=cluster)
        executor.update_parameters(**{key if key in GENERIC else f"slurm_{key}": v for key, v in chosen.items()})
        return executor.map_array(Training(), jobs)
    except (*WRONG, submitit.core.utils.FailedJobError) as error:
        raise JobsError(f"--slurm {asked}: {' '.join(str(error).split())[:300]}") from error


def options(text: str) -> dict[str, Any]:
    """ "partition=gpu,time=60" -> {"partition": "gpu", "time": 60}."""
    pairs = [pair.partition("=") for pair in text.split(",") if pair]
    for name, sign, value in pairs:
        if not (name.isidentifier() and sign and value):
            raise JobsError(f"--slurm {text}: {name + sign + value!r} is not NAME=VALUE; write partition=gpu,time=60.")
    return {name: int(value) if value.isdecimal() else value for name, _, value in pairs}
